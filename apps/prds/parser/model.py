"""What the parser hands out: plain, immutable values that know neither Django nor files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PARSER_VERSION = "prd-2"
"""Stored with every parse. It changes whenever the same text could give another result."""

MAX_DOCUMENT_BYTES = 2 * 1024 * 1024
MAX_LINES = 50_000
MAX_TASKS = 5_000
MAX_DEPENDENCIES = 50_000
MAX_NOTES = 1_000

# The bounds of the columns that a proposal is meant for.
MAX_TITLE = 1_000
MAX_DETAILS_BYTES = 100_000
MAX_MINUTES = 10_080
MAX_TOTAL_MINUTES = MAX_MINUTES * MAX_TASKS
MAX_TOTALS = 100
MAX_ASSIGNEE = 255
MAX_TAGS = 10

Priority = Literal["low", "medium", "high"]
Confidence = Literal["explicit", "structural", "inferred"]
"""The text says it in words; its shape says it (a list beneath "Tasks"); or a name was matched."""


class DocumentError(Exception):
    """The document cannot be read at all. `message` is one sentence and names the remedy."""

    def __init__(self, code: str, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True)
class Note:
    """Something that the parser saw and did not turn into data; `line` is None for the whole."""

    code: str
    message: str
    line: int | None


@dataclass(frozen=True, slots=True)
class Section:
    """One heading and all that lies beneath it. `path` ends with the section's own title."""

    title: str
    level: int
    path: tuple[str, ...]
    first_line: int
    last_line: int
    external_id: str | None


@dataclass(frozen=True, slots=True)
class MetaField:
    """One entry of the front matter, as written; a list has several values."""

    name: str
    values: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Excerpt:
    """One bullet of a task: a requirement, a test, or the path of a file."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Criterion:
    """One acceptance criterion, in the words of the document; `line` is its label's, if any."""

    text: str
    met: bool
    line: int
    last_line: int
    rule: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Estimate:
    """An effort as written; low and high are equal unless the text gives a range."""

    low_minutes: int
    high_minutes: int
    line: int
    text: str

    @property
    def minutes(self) -> int:
        """The middle of the range, halves rounded up."""
        return (self.low_minutes + self.high_minutes + 1) // 2


@dataclass(frozen=True, slots=True)
class Points:
    """Story points as written. They are no time, so no minutes come from them."""

    low: float
    high: float
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where one field of a proposal comes from, by which rule, and how sure that is."""

    field: str
    first_line: int
    last_line: int
    rule: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class DependencyEdge:
    """`task_key` waits for `depends_on_key`, because of `text` on `line`.

    `rule` is the wording, `named_by` how the text names the other task: its id, its title, its
    number in the list, some words of its title, or "all others".
    """

    task_key: str
    depends_on_key: str
    line: int
    rule: str
    named_by: str
    confidence: Confidence
    text: str


@dataclass(frozen=True, slots=True)
class TaskProposal:
    """A task that the document states, with where it stands and which rule made it.

    `key` names it within the document: its id, or `#` and words of its title. A `group` only holds
    the tasks beneath it (a phase, an epic) and states no criterion and no effort of its own.
    `sources` has an entry for each field that the text fills.
    """

    key: str
    external_key: str | None
    parent_key: str | None
    group: bool
    done: bool
    title: str
    details: str
    section_path: tuple[str, ...]
    first_line: int
    last_line: int
    criteria: tuple[Criterion, ...]
    requirements: tuple[Excerpt, ...]
    tests: tuple[Excerpt, ...]
    files: tuple[Excerpt, ...]
    estimate: Estimate | None
    points: Points | None
    priority: Priority | None
    priority_text: str | None
    assignee: str | None
    tags: tuple[str, ...]
    depends_on: tuple[DependencyEdge, ...]
    sources: tuple[Source, ...]
    rule: str
    confidence: Confidence

    @property
    def estimated_minutes(self) -> int | None:
        return self.estimate.minutes if self.estimate else None


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """The whole reading of one text. The same text gives an equal value on any machine.

    `totals` are the efforts that it states as totals, outside of any one task; `cyclic` are the
    dependencies that were not taken because they lie on a cycle.
    """

    version: str
    title: str | None
    metadata: tuple[MetaField, ...]
    sections: tuple[Section, ...]
    tasks: tuple[TaskProposal, ...]
    totals: tuple[Estimate, ...]
    cyclic: tuple[DependencyEdge, ...]
    notes: tuple[Note, ...]

    @property
    def stated_total(self) -> Estimate | None:
        """The first of the totals."""
        return self.totals[0] if self.totals else None


@dataclass(frozen=True, slots=True)
class Options:
    """What a team may set differently. Another value gives another result for the same text."""

    hours_per_day: float = 8
    days_per_week: float = 5
    id_prefixes: tuple[str, ...] = ()  # only ids that begin so count; empty: every one
    scope_lists: Literal["requirements", "tasks"] = "requirements"  # "Scope" within a task


DEFAULT_OPTIONS = Options()
