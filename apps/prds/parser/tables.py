"""Tables by their headers: which column holds the task, and what the others say of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .ids import split_item
from .labels import Statement, Topic, normalise_label, topic_of_label, with_unit
from .markdown import Block
from .sections import Kind

_TITLES = {
    name: kind
    for kind, names in {
        Kind.TASKS: "task|tasks|work item|ticket|sub task|subtask|activity|action|task name|"
        "task title|action item|work package|job|step",
        Kind.ROADMAP: "phase|deliverable",
        Kind.SCHEDULE: "milestone",
        Kind.STORIES: "story|user story|feature|epic|use case|capability",
        Kind.REQUIREMENTS: "requirement|requirements",
    }.items()
    for name in names.split("|")
}
# These name a title only where nothing better does.
_WEAK = ("title", "name", "item", "summary", "what", "description", "details")
_IDS_TEXT = "id|key|no|nr|number|ref|task id|ticket id|story id|req id|requirement id"
_IDS = frozenset(_IDS_TEXT.split("|"))
_STATUS = frozenset({"status", "done", "state", "complete"})
_DONE = re.compile(
    r"(?:done|complete|completed|finished|closed|yes|x|\[x\]|\u2705|\u2714|\u2713)", re.I
)
_MORE_TOPICS = {
    "hours": Topic.ESTIMATE,
    "days": Topic.ESTIMATE,
    "time": Topic.ESTIMATE,
    "pts": Topic.ESTIMATE,
    "sp": Topic.ESTIMATE,
    "who": Topic.ASSIGNEE,
    "developer": Topic.ASSIGNEE,
    "predecessors": Topic.DEPENDS_ON,
    "predecessor": Topic.DEPENDS_ON,
    "after": Topic.DEPENDS_ON,
    "area": Topic.TAGS,
    "type": Topic.TAGS,
    "moscow": Topic.PRIORITY,
}
_EMPTY = frozenset({"", "-", "\u2013", "\u2014", "n/a", "na", "none", "tbd", "?"})
_CRITERIA_TEXT = "criterion|criteria|acceptance criterion|acceptance criteria|check"
_CRITERIA = frozenset(_CRITERIA_TEXT.split("|"))
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Columns:
    """The meaning of a header; -1 where a column is missing."""

    title: int
    ids: int
    status: int
    kind: Kind | None
    topics: dict[int, Topic] = field(default_factory=dict)

    @property
    def lists_tasks(self) -> bool:
        """Whether such a table holds tasks wherever it stands."""
        named = self.kind is not None
        return (self.ids >= 0 and self.title >= 0 and (named or bool(self.topics))) or (
            named and bool(self.topics)
        )


def read_columns(header: tuple[str, ...]) -> Columns:
    names = [normalise_label(re.sub(r"\([^()]*\)", " ", cell[:100])) for cell in header]
    topics: dict[int, Topic] = {}
    for number, name in enumerate(names):
        topic = topic_of_label(name) or _MORE_TOPICS.get(name)
        if topic and name not in _TITLES:
            topics[number] = topic
    title = next((n for n, name in enumerate(names) if name in _TITLES), -1)
    kind = _TITLES.get(names[title]) if title >= 0 else None
    if title < 0:
        weak = [names.index(name) for name in _WEAK if name in names]
        title = weak[0] if weak else -1
    ids = next((n for n, c in enumerate(header) if names[n] in _IDS or c.strip() == "#"), -1)
    status = next((n for n, name in enumerate(names) if name in _STATUS), -1)
    return Columns(title, ids, status, kind, topics)


def row_id(columns: Columns, block: Block) -> tuple[str | None, str]:
    """(id, title) of a row; a number in the column of ids is no id, but a name."""
    cells = block.cells
    title = cells[columns.title] if 0 <= columns.title < len(cells) else ""
    if 0 <= columns.ids < len(cells):
        found = split_item(cells[columns.ids].strip("`*_ "))
        if found:
            return found[0], title or found[1]
    found = split_item(title.strip("`*_ "))
    return found if found else (None, title)


def row_done(columns: Columns, block: Block) -> bool:
    cell = block.cells[columns.status] if 0 <= columns.status < len(block.cells) else ""
    return _DONE.fullmatch(cell.strip("`*_ ")) is not None


def row_statements(columns: Columns, block: Block) -> Iterator[Statement]:
    """What the other columns say; a bare number has the unit of its header."""
    for number, topic in columns.topics.items():
        text = block.cells[number].strip() if number < len(block.cells) else ""
        if text.lower() in _EMPTY:
            continue
        text = with_unit(topic, block.header[number], text)
        parts = _BREAK.split(text) if topic in {Topic.CRITERIA, Topic.FILES} else [text]
        for part in parts:
            if part.strip():
                yield Statement(
                    topic,
                    part.strip(" -\u2022"),
                    block.line,
                    labelled=True,
                    rule="column",
                    last_line=block.last_line,
                )


def criterion_of_row(block: Block) -> str:
    """The criterion that a row of a table of criteria states."""
    names = [normalise_label(cell[:100]) for cell in block.header]
    steps = [names.index(name) for name in ("given", "when", "then") if name in names]
    if len(steps) > 1 and max(steps) < len(block.cells):
        return " ".join(f"{names[n].capitalize()} {block.cells[n]}" for n in steps)
    column = next((n for n, name in enumerate(names) if name in _CRITERIA), None)
    if column is None or column >= len(block.cells):
        return ""
    return block.cells[column].strip()
