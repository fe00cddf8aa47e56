"""`parse_document`: outline → items → fields → dependencies, every step a pure function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from .document import check_text, normalise_newlines
from .estimates import EstimateError, read_estimate
from .fields import read_fields
from .frontmatter import read_front_matter
from .gathering import Gatherer
from .items import ItemFinder, choose
from .labels import Statement, Topic, is_dependency_topic
from .layout import PREAMBLE, Layout
from .leftovers import note_hidden_headings, note_loose_boxes, note_other_sections
from .linking import Linker
from .markdown import Block, Outline, read_outline
from .model import (
    DEFAULT_OPTIONS,
    MAX_NOTES,
    MAX_TASKS,
    MAX_TOTAL_MINUTES,
    MAX_TOTALS,
    PARSER_VERSION,
    DocumentError,
    Estimate,
    Note,
    Options,
    ParsedDocument,
    Section,
)
from .plain import promote_headings
from .proposals import Draft, Drafter, Proposer
from .tables import Columns, read_columns, row_statements


def parse_document(text: str, options: Options = DEFAULT_OPTIONS) -> ParsedDocument:
    """Read the tasks that a document states. The same text always gives an equal result.

    A heading that begins with an id is a task. One with such headings beneath it is a group: as
    H1 never a task, else a group whose own text ends before the first of them. Of several headings
    with one id the first is the task. Where no id makes tasks, sections do; see `items`. Details
    are the text beneath without outer blank lines and a closing thematic break.
    """
    check_text(text)
    outline = read_outline(normalise_newlines(text.removeprefix("\ufeff")))
    promote_headings(outline)
    return _Reading(outline, options).run()


class _Reading:
    """The state of one parse."""

    def __init__(self, outline: Outline, options: Options) -> None:
        self.outline = outline
        self.options = options
        self.notes: list[Note] = []
        self.layout = Layout(outline, options, self.notes)
        self.gatherer = Gatherer(self.layout)
        self.drafts: list[Draft] = []

    def run(self) -> ParsedDocument:
        layout, nodes = self.layout, self.outline.nodes
        finder = self._find()
        layout.find_owners()
        statements = {
            number: list(self.gatherer.section(number)) for number in range(PREAMBLE, len(nodes))
        }
        said = self._read_fields(statements, finder.rows_of_known)
        owned = {number for number, draft in layout.owners.items() if not draft.group}
        self.notes += note_loose_boxes(statements, owned)
        self.notes += note_hidden_headings(self.outline, layout.ids)
        tasks = [draft for draft in self.drafts if not draft.group]
        linker = Linker(layout, self.gatherer, tasks, said)
        edges = linker.link(statements)
        proposer = Proposer(self.outline, self._note)
        by_item = {draft.item: draft for draft in self.drafts}
        proposals = tuple(
            proposer.propose(
                draft,
                by_item[draft.item.parent] if draft.item.parent else None,
                edges.get(draft.key, ()),
                layout.end_of(draft),
            )
            for draft in self.drafts
        )
        if not tasks:
            self._note(
                "no_tasks",
                "No heading begins with an id such as ST-001-01 and no section lists tasks, so no "
                "task was read.",
                None,
            )
        metadata, unread = read_front_matter(self.outline.front_matter, 2)
        if unread:
            message = f"{len(unread)} line(s) of the front matter are no plain entries."
            self._note("front_matter_unread", message, unread[0])
        totals = tuple(islice(self._totals(statements, owned), MAX_TOTALS))
        titles = [node.title for node in nodes if node.level == 1]
        titles += [m.values[0] for m in metadata if m.name.lower() == "title" and m.values]
        return ParsedDocument(
            version=PARSER_VERSION,
            title=titles[0] if titles else None,
            metadata=metadata,
            sections=tuple(self._section(number) for number in range(len(nodes))),
            tasks=proposals,
            totals=totals,
            cyclic=linker.cyclic,
            notes=self._sorted_notes(),
        )

    def _find(self) -> ItemFinder:
        """Fill `drafts` and the layout with the tasks."""
        layout = self.layout
        containers, skipped = layout.read_ids()
        finder = ItemFinder(
            self.outline, layout.ids, containers, skipped, layout.title_node, self.options
        )
        items, left = choose(finder.run())
        if len(items) > MAX_TASKS:
            raise DocumentError(
                "too_many_tasks",
                f"The document has more than {MAX_TASKS:,} tasks: split it into several documents.",
            )
        drafter = Drafter(self.outline, layout.ids)
        for item in items:
            draft = drafter.draft(item)
            self.drafts.append(draft)
            layout.place(draft)
        # Loose checkboxes have a note of their own.
        shown = [item for item in left if item.rule != "checkbox"]
        self.notes += note_other_sections(self.outline, shown)
        return finder

    def _read_fields(
        self,
        statements: Mapping[int, Sequence[Statement]],
        rows_of_known: Sequence[tuple[str, Block, Columns]],
    ) -> dict[str, list[Statement]]:
        """Give every draft its fields and decide which are groups; what is said of each."""
        layout, gatherer = self.layout, self.gatherer
        result: dict[str, list[Statement]] = {draft.key: [] for draft in self.drafts}
        for number, owner in layout.owners.items():
            result[owner.key] += statements[number]
        for key, block, columns in rows_of_known:
            if key in result:
                row = row_statements(columns, block)
                result[key] += (s for s in row if not is_dependency_topic(s.topic))
        inner = layout.blocks_of_items()
        for draft in self.drafts:
            said, item = result[draft.key], draft.item
            said += draft.marks
            if item.list_item >= 0:
                said += gatherer.inside(draft, inner[draft.key])
            elif item.block:
                said += row_statements(read_columns(item.block.header), item.block)
            said += gatherer.section_priority(item, said)
            bullets = item.list_item >= 0
            draft.fields = read_fields(draft.key, said, self.options, bullets=bullets)
            draft.group = self._is_group(draft)
            if not draft.group:
                self.notes += draft.fields.notes
        return result

    def _is_group(self, draft: Draft) -> bool:
        item, fields = draft.item, draft.fields
        if item.container:
            if not fields.criteria:
                self._note(
                    "group",
                    f"{draft.key} groups the tasks beneath it and is no task itself.",
                    item.first_line,
                )
            return not fields.criteria
        stated = fields.criteria or fields.estimate or fields.points
        return item.gathers and item.children > 0 and not stated

    def _totals(
        self, statements: Mapping[int, Sequence[Statement]], owned: set[int]
    ) -> Iterator[Estimate]:
        """The efforts that stand for several tasks."""
        for number, found in statements.items():
            for statement in found:
                if statement.topic is Topic.TOTAL and number not in owned:
                    text, line = statement.text, statement.line
                    try:
                        yield read_estimate(text, line, self.options, MAX_TOTAL_MINUTES)
                    except EstimateError as error:
                        self._note(error.code, f"The total: {error}", line)

    def _section(self, number: int) -> Section:
        node, ids = self.outline.nodes[number], self.layout.ids
        key = ids[number][0] if number in ids else None
        return Section(node.title, node.level, node.path, node.first_line, node.last_line, key)

    def _note(self, code: str, message: str, line: int | None) -> None:
        self.notes.append(Note(code, message, line))

    def _sorted_notes(self) -> tuple[Note, ...]:
        notes = sorted(set(self.notes), key=lambda n: (n.line or 0, n.code, n.message))
        if len(notes) > MAX_NOTES:
            left = len(notes) - MAX_NOTES
            notes = [*notes[:MAX_NOTES], Note("more_notes", f"{left:,} more notes.", None)]
        return tuple(notes)
