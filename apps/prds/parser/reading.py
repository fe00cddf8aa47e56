"""`parse_document`: outline → tasks → fields → dependencies, every step a pure function."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .document import check_text, normalise_newlines
from .fields import Fields, read_fields
from .ids import find_ids, split_heading
from .labels import Statement, Topic, read_statements, topic_of_title
from .markdown import Block, Node, Outline, read_outline
from .model import (
    MAX_DETAILS_BYTES,
    MAX_NOTES,
    MAX_TASKS,
    MAX_TITLE,
    PARSER_VERSION,
    DependencyEdge,
    DocumentError,
    Note,
    ParsedDocument,
    Section,
    TaskProposal,
)
from .references import Mention, Resolver

_INHERITED = frozenset({Topic.CRITERIA, Topic.DEPENDS_ON, Topic.PARALLEL})
_ONE_VALUE = frozenset({Topic.ESTIMATE, Topic.PRIORITY, Topic.ASSIGNEE})
_HTML_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(\S.{0,200})", re.MULTILINE)
_CODE_OR_COMMENT = re.compile(r"<(?:!|\?|script\b|style\b|pre\b|textarea\b)", re.IGNORECASE)
_PREAMBLE = -1


@dataclass(slots=True)
class _Item:
    """A heading with an id, on its way to become a task."""

    node: int
    key: str
    title: str
    container: bool
    last_node: int  # its own text ends with this node
    fields: Fields = field(default_factory=Fields)


def parse_document(text: str) -> ParsedDocument:
    """Read the tasks that a document states. The same text always gives an equal result.

    A heading that begins with an id is a task. One with such headings beneath it is a group: as
    H1 never a task, else a task only for acceptance criteria of its own that stand before the
    first of them. Of several headings with one id the first is the task. Details are the text
    beneath the heading without outer blank lines and a closing thematic break.
    """
    check_text(text)
    outline = read_outline(normalise_newlines(text.removeprefix("\ufeff")))
    return _Reading(outline).run()


class _Reading:
    """The state of one parse."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.nodes = outline.nodes
        self.notes: list[Note] = []
        self.ids: dict[int, tuple[str, str]] = {}
        # A first H1 names the document, whatever its words; it never sets a topic.
        self.title_node = 0 if self.nodes and self.nodes[0].level == 1 else None

    def run(self) -> ParsedDocument:
        self._read_ids()
        items = self._items()
        owners = {node: item for item in items for node in range(item.node, item.last_node + 1)}
        statements = {n: list(self._statements(n)) for n in range(_PREAMBLE, len(self.nodes))}
        tasks = []
        for item in items:
            own = (s for n in range(item.node, item.last_node + 1) for s in statements[n])
            item.fields = read_fields(item.key, own)
            if item.container and not item.fields.criteria:
                self._note(
                    "group",
                    f"{item.key} groups the tasks beneath it and is no task itself.",
                    self.nodes[item.node].first_line,
                )
            else:
                tasks.append(item)
                self.notes += item.fields.notes
        of_tasks = {id(item) for item in tasks}
        owner = {node: item.key for node, item in owners.items() if id(item) in of_tasks}
        self._note_loose_boxes(statements, owner)
        self._note_hidden_headings()
        edges = self._dependencies(tasks, statements, owner)
        proposals = tuple(self._proposal(item, edges.get(item.key, ())) for item in tasks)
        if not tasks:
            self._note(
                "no_tasks",
                "No heading begins with an id such as ST-001-01, so no task was read.",
                None,
            )
        return ParsedDocument(
            version=PARSER_VERSION,
            title=next((node.title for node in self.nodes if node.level == 1), None),
            sections=tuple(self._section(n, node) for n, node in enumerate(self.nodes)),
            tasks=proposals,
            notes=self._sorted_notes(),
        )

    # -- headings --------------------------------------------------------------------------------

    def _read_ids(self) -> None:
        for number, node in enumerate(self.nodes):
            found = split_heading(node.title)
            if found is None:
                continue
            key, rest, certain = found
            if certain:
                self.ids[number] = (key, rest)
            else:
                self._note(
                    "ignored_id",
                    f"{key} looks like the name of a standard; write \u201c{key}:\u201d to make "
                    "the heading a task.",
                    node.first_line,
                )

    def _items(self) -> list[_Item]:
        groups: set[int] = set()
        for number in self.ids:
            parent = self.nodes[number].parent
            while parent is not None and parent not in groups:
                groups.add(parent)
                parent = self.nodes[parent].parent
        items: list[_Item] = []
        first_lines: dict[str, int] = {}
        ends = self._subtree_ends()
        ordered = list(self.ids)
        for place, number in enumerate(ordered):
            key, title = self.ids[number]
            node, container = self.nodes[number], number in groups
            if container and node.level == 1:
                continue
            if key in first_lines:
                self._note(
                    "duplicate_id",
                    f"{key} already stands on line {first_lines[key]}; this heading was not made "
                    "a task.",
                    node.first_line,
                )
                continue
            first_lines[key] = node.first_line
            last = ordered[place + 1] - 1 if container else ends[number]
            items.append(_Item(number, key, title, container, last))
        if sum(not item.container for item in items) > MAX_TASKS:
            raise DocumentError(
                "too_many_tasks",
                f"The document has more than {MAX_TASKS:,} headings with ids: "
                "split it into several documents.",
            )
        return items

    def _subtree_ends(self) -> list[int]:
        """For each node the last node beneath it, or itself."""
        ends = list(range(len(self.nodes)))
        for number in range(len(self.nodes) - 1, -1, -1):
            parent = self.nodes[number].parent
            if parent is not None:
                ends[parent] = max(ends[parent], ends[number])
        return ends

    # -- statements ------------------------------------------------------------------------------

    def _topic(self, number: int) -> tuple[Topic | None, str]:
        """A section's own topic with the value in its title, else the one that it lies in."""
        current: int | None = number
        while current is not None and current not in self.ids and current != self.title_node:
            found = topic_of_title(self.nodes[current].title)
            if found:
                if current == number:
                    return found
                return (found[0], "") if found[0] in _INHERITED else (None, "")
            current = self.nodes[current].parent
        return None, ""

    def _statements(self, number: int) -> Iterator[Statement]:
        if number == _PREAMBLE:
            yield from read_statements(self.outline.preamble, None)
            return
        node = self.nodes[number]
        topic, value = self._topic(number)
        if topic and value:
            yield Statement(topic, value, node.first_line, labelled=True)
            topic = topic if topic in _INHERITED else None
        taken = False
        for statement in read_statements(node.blocks, topic):
            if statement.topic in _ONE_VALUE and not statement.labelled:
                # Beneath a heading "Estimated time" the first line is the value.
                if taken:
                    continue
                taken = True
            yield statement

    def _dependencies(
        self, tasks: list[_Item], statements: dict[int, list[Statement]], owner: dict[int, str]
    ) -> dict[str, tuple[DependencyEdge, ...]]:
        if not tasks:
            return {}
        keys = [item.key for item in tasks]
        inside: dict[int, int] = dict.fromkeys(range(_PREAMBLE, len(self.nodes)), 0)
        for item in tasks:
            parent: int | None = self.nodes[item.node].parent
            while parent is not None:
                inside[parent] += 1
                parent = self.nodes[parent].parent
        mentions = [
            Mention(statement, owner.get(number), number, self._sees_all(number, inside, len(keys)))
            for number, found in statements.items()
            for statement in found
        ]
        other_ids = frozenset(key for key, _ in self.ids.values()) - frozenset(keys)
        titles = {n: node.title for n, node in enumerate(self.nodes)}
        resolver = Resolver(keys, other_ids, titles)
        edges = resolver.resolve(mentions)
        self.notes += resolver.notes
        return edges

    def _sees_all(self, number: int, inside: dict[int, int], total: int) -> bool:
        current: int | None = number if number != _PREAMBLE else None
        while current is not None:
            if inside[current]:
                return inside[current] == total
            current = self.nodes[current].parent
        return True

    # -- results ---------------------------------------------------------------------------------

    def _section(self, number: int, node: Node) -> Section:
        external_id = self.ids[number][0] if number in self.ids else None
        return Section(
            node.title, node.level, node.path, node.first_line, node.last_line, external_id
        )

    def _proposal(self, item: _Item, edges: tuple[DependencyEdge, ...]) -> TaskProposal:
        node, fields = self.nodes[item.node], item.fields
        end = node.last_line
        if item.container:  # its own text ends before the first task beneath it
            end = self.nodes[item.last_node + 1].first_line - 1
        details, last_line = self._details(item.key, node, end)
        estimate = fields.estimate
        if item.container:
            confidence = 0.7
        elif fields.criteria or estimate:
            confidence = 1.0
        else:
            confidence = 0.8 if details else 0.6
        return TaskProposal(
            external_key=item.key,
            title=self._title(item, node),
            details=details,
            section_path=node.path,
            first_line=node.first_line,
            last_line=last_line,
            criteria=tuple(fields.criteria),
            estimate=estimate,
            estimated_minutes=estimate.minutes if estimate else None,
            priority=fields.priority,
            assignee=fields.assignee,
            tags=fields.tags,
            depends_on=edges,
            rule="heading_id_group" if item.container else "heading_id",
            confidence=confidence,
        )

    def _title(self, item: _Item, node: Node) -> str:
        if not item.title:
            self._note(
                "missing_title",
                f"{item.key} has no title; its id stands for it.",
                node.first_line,
            )
            return item.key
        if len(item.title) <= MAX_TITLE:
            return item.title
        self._note(
            "title_cut",
            f"{item.key}: its title was cut to {MAX_TITLE} characters.",
            node.first_line,
        )
        head = item.title[: MAX_TITLE - 1]
        words = head.rsplit(None, 1)[0] if " " in head else head
        return words.rstrip() + "\u2026"

    def _details(self, key: str, node: Node, end: int) -> tuple[str, int]:
        """The body with its last line; both leave out blank lines and a closing rule."""
        lines, first, last = self.outline.lines, node.body_line, end
        while last >= first and (not lines[last - 1].strip() or last in self.outline.breaks):
            last -= 1
        while first <= last and not lines[first - 1].strip():
            first += 1
        text = "\n".join(lines[first - 1 : last])
        encoded = text.encode("utf-8")
        if len(encoded) > MAX_DETAILS_BYTES:
            self._note(
                "details_cut",
                f"{key}: its text was cut to {MAX_DETAILS_BYTES:,} bytes; the document keeps it.",
                node.first_line,
            )
            text = encoded[: MAX_DETAILS_BYTES - 4].decode("utf-8", errors="ignore")
            text = text.rstrip() + "\u2026"
        return text, max(last, node.body_line - 1)

    # -- notes -----------------------------------------------------------------------------------

    def _note_loose_boxes(
        self, statements: dict[int, list[Statement]], owner: dict[int, str]
    ) -> None:
        for number, found in statements.items():
            boxes = [statement for statement in found if statement.box]
            if boxes and number not in owner:
                self._note(
                    "checkbox_outside_task",
                    f"{len(boxes)} checkbox(es) from here on stand beneath no task.",
                    boxes[0].line,
                )

    def _note_hidden_headings(self) -> None:
        known = {key for key, _ in self.ids.values()}
        for number, node in enumerate(self.nodes):
            if number not in self.ids:
                for key in find_ids(node.title[:MAX_TITLE]):
                    if key not in known and split_heading(key + ": x") and f"({key})" in node.title:
                        self._note(
                            "id_inside_heading",
                            f"This heading mentions {key} but does not begin with it, so it is no "
                            "task.",
                            node.first_line,
                        )
        for block in self._all_blocks():
            if block.kind == "heading" and split_heading(block.text[:MAX_TITLE]):
                self._note(
                    "nested_heading",
                    "This heading lies inside a list or a quote, so it is no task.",
                    block.line,
                )
            elif block.kind == "html" and not _CODE_OR_COMMENT.match(block.text):
                for match in _HTML_HEADING.finditer(block.text):
                    line = block.line + block.text[: match.start()].count("\n")
                    self._note(
                        "heading_in_html",
                        "This line looks like a heading but belongs to the HTML above it: put a "
                        "blank line before it.",
                        line,
                    )

    def _all_blocks(self) -> Iterator[Block]:
        yield from self.outline.preamble
        for node in self.nodes:
            yield from node.blocks

    def _note(self, code: str, message: str, line: int | None) -> None:
        self.notes.append(Note(code, message, line))

    def _sorted_notes(self) -> tuple[Note, ...]:
        notes = sorted(set(self.notes), key=lambda n: (n.line or 0, n.code, n.message))
        if len(notes) > MAX_NOTES:
            left = len(notes) - MAX_NOTES
            notes = [*notes[:MAX_NOTES], Note("more_notes", f"{left:,} more notes.", None)]
        return tuple(notes)
