"""From an item with its fields to the proposal that is handed out."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .fields import Fields
from .ids import split_heading, split_item
from .inline import read_marks
from .items import Item
from .labels import Statement, logical_lines
from .markdown import Outline, Titles
from .model import (
    MAX_DETAILS_BYTES,
    MAX_TITLE,
    Confidence,
    DependencyEdge,
    Source,
    TaskProposal,
)
from .sections import Kind, numbered_task, strict_number

_LEAD = re.compile(r"(\*\*|__)(.{2,120}?)\1\s*(?:[:\uff1a\u2013\u2014-]\s*|$)")
_WORDS = re.compile(r"[^\w]+")
_LONGEST_NAME = 60
Noted = Callable[[str, str, int | None], None]


@dataclass(slots=True)
class Draft:
    """An item on its way: its title without marks, what the marks say, and its fields."""

    item: Item
    key: str
    title: str
    rest: str = ""  # what follows a title in bold on its line
    marks: list[Statement] = field(default_factory=list)
    fields: Fields = field(default_factory=Fields)
    group: bool = False


@dataclass(slots=True)
class Drafter:
    """Gives every item its title and its key."""

    outline: Outline
    ids: dict[int, tuple[str, str]]
    titles: Titles = field(default_factory=Titles)
    _taken: dict[str, int] = field(default_factory=dict)

    def draft(self, item: Item) -> Draft:
        first, rest = item.source, ""
        if item.list_item >= 0 and item.block:
            first = next((text for _, text in logical_lines_of(item)), "")
            lead = _LEAD.match(first)
            if lead and lead.end() < len(first) and not split_item(lead[2] + ":"):
                first, rest = lead[2].rstrip(":\uff1a "), first[lead.end() :].strip()
        found = read_marks(first)
        marks = [
            Statement(topic, text, item.first_line, labelled=True, rule="mark")
            for topic, text in found.found
        ]
        title = self._title(item, found.title, changed=bool(found.found))
        key = item.key or self._name(title)
        return Draft(item, key, title, rest, marks)

    def _title(self, item: Item, source: str, *, changed: bool) -> str:
        if item.is_heading:
            if item.node in self.ids and item.key:
                if not changed:
                    return self.ids[item.node][1]
                split = split_heading(self.titles.clean(source))
                return split[1] if split else self.ids[item.node][1]
            title = self.titles.clean(source) if changed else self.outline.nodes[item.node].title
            title = strict_number(title)[1]
            numbered = numbered_task(title)
            return numbered[2] if numbered and numbered[0] is Kind.TASKS and numbered[2] else title
        title = self.titles.clean(source)
        if not item.key:
            number, title = strict_number(title)
            item.alias = item.alias or (f"task {number}" if number else "")
        if item.key and item.rule != "table_row":
            split_row = split_item(title)
            title = split_row[1] if split_row else title
        return title.strip().rstrip(":\uff1a.").strip()

    def _name(self, title: str) -> str:
        words = "-".join(part for part in _WORDS.split(title.lower()) if part)[:_LONGEST_NAME]
        name = f"#{words.strip('-') or 'task'}"
        count = self._taken[name] = self._taken.get(name, 0) + 1
        if count == 1:
            return name
        while f"{name}~{count}" in self._taken:
            count += 1
        self._taken[f"{name}~{count}"] = 1
        return f"{name}~{count}"


def logical_lines_of(item: Item) -> list[tuple[int, str]]:
    """The logical lines of the first text of a list item, without its checkbox."""
    if item.block is None:
        return []
    lines = list(logical_lines(item.block))
    if item.box is not None and lines:
        lines[0] = (lines[0][0], re.sub(r"^\[[ xX]\]\s*", "", lines[0][1]))
    return lines


@dataclass(slots=True)
class Proposer:
    """Makes the proposals of one document."""

    outline: Outline
    note: Noted

    def propose(
        self,
        draft: Draft,
        parent: Draft | None,
        edges: Sequence[DependencyEdge],
        end: int,
    ) -> TaskProposal:
        """`end` is the last line of the item's own text."""
        item, fields = draft.item, draft.fields
        title = self._fit_title(draft)
        details, last_line, first_detail = self._details(draft, end)
        sources = [Source("title", item.first_line, item.first_line, item.rule, item.confidence)]
        if details:
            sources.append(
                Source("details", first_detail, max(last_line, first_detail), "body", "structural")
            )
        if parent:
            rule = "nested_list" if item.rule == "nested_list" else "section_depth"
            line = parent.item.first_line
            sources.append(Source("parent", line, line, rule, "structural"))
        sources += fields.sources
        if edges:
            lines = [edge.line for edge in edges]
            weakest: Confidence = max((edge.confidence for edge in edges), key=_ORDER.index)
            sources.append(Source("depends_on", min(lines), max(lines), edges[0].rule, weakest))
        nodes = self.outline.nodes
        return TaskProposal(
            key=draft.key,
            external_key=item.key,
            parent_key=parent.key if parent else None,
            group=draft.group,
            done=item.box == "x",
            title=title,
            details=details,
            section_path=nodes[item.node].path if item.node >= 0 else (),
            first_line=item.first_line,
            last_line=last_line,
            criteria=tuple(fields.criteria),
            requirements=tuple(fields.requirements),
            tests=tuple(fields.tests),
            files=tuple(fields.files),
            estimate=fields.estimate,
            points=fields.points,
            priority=fields.priority,
            priority_text=fields.priority_text,
            assignee=fields.assignee,
            tags=fields.tags,
            depends_on=tuple(edges),
            sources=tuple(sorted(sources, key=lambda source: source.first_line)),
            rule="heading_id_group" if item.container else item.rule,
            confidence=item.confidence,
        )

    def _fit_title(self, draft: Draft) -> str:
        line = draft.item.first_line
        if not draft.title:
            self.note("missing_title", f"{draft.key} has no title; its id stands for it.", line)
            return draft.key
        if len(draft.title) <= MAX_TITLE:
            return draft.title
        self.note("title_cut", f"{draft.key}: its title was cut to {MAX_TITLE} characters.", line)
        head = draft.title[: MAX_TITLE - 1]
        words = head.rsplit(None, 1)[0] if " " in head else head
        return words.rstrip() + "\u2026"

    def _details(self, draft: Draft, end: int) -> tuple[str, int, int]:
        """(the body, its last line, its first); blank lines and a closing rule are left out.

        Of a list item the body is what follows its title, moved to the left margin.
        """
        item, lines = draft.item, self.outline.lines
        if item.rule == "table_row" and item.block:
            return self._fit(" | ".join(item.block.cells), draft), item.first_line, item.first_line
        first = self.outline.nodes[item.node].body_line if item.is_heading else item.first_line + 1
        if item.block:
            lead = logical_lines_of(item)
            first = lead[1][0] if len(lead) > 1 else item.block.last_line + 1
        last = end
        while last >= first and (not lines[last - 1].strip() or last in self.outline.breaks):
            last -= 1
        while first <= last and not lines[first - 1].strip():
            first += 1
        text = "\n".join(lines[first - 1 : last])
        if item.block:
            text = textwrap.dedent(text)
            if draft.rest:
                text, first = f"{draft.rest}\n{text}".rstrip("\n"), item.first_line
            return self._fit(text, draft), max(last, item.block.last_line), first
        body = self.outline.nodes[item.node].body_line
        return self._fit(text, draft), max(last, body - 1), first

    def _fit(self, text: str, draft: Draft) -> str:
        encoded = text.encode("utf-8")
        if len(encoded) <= MAX_DETAILS_BYTES:
            return text
        self.note(
            "details_cut",
            f"{draft.key}: its text was cut to {MAX_DETAILS_BYTES:,} bytes; the document keeps it.",
            draft.item.first_line,
        )
        text = encoded[: MAX_DETAILS_BYTES - 4].decode("utf-8", errors="ignore")
        return text.rstrip() + "\u2026"


_ORDER: tuple[Confidence, ...] = ("explicit", "structural", "inferred")
