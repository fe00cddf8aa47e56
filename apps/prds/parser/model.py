"""What the parser hands out: plain, immutable values that know neither Django nor files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PARSER_VERSION = "prd-1"
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
MAX_ASSIGNEE = 255
MAX_TAGS = 10

Priority = Literal["low", "medium", "high"]


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
class Criterion:
    """One acceptance criterion, in the words of the document; `line` is its label's, if any."""

    text: str
    met: bool
    line: int


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
class DependencyEdge:
    """`task_key` waits for `depends_on_key`, because of `text` on `line`."""

    task_key: str
    depends_on_key: str
    line: int
    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class TaskProposal:
    """A task that the document states, with where it stands and which rule made it."""

    external_key: str
    title: str
    details: str
    section_path: tuple[str, ...]
    first_line: int
    last_line: int
    criteria: tuple[Criterion, ...]
    estimate: Estimate | None
    estimated_minutes: int | None
    priority: Priority | None
    assignee: str | None
    tags: tuple[str, ...]
    depends_on: tuple[DependencyEdge, ...]
    rule: str
    confidence: float


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """The whole reading of one text. The same text gives an equal value on any machine."""

    version: str
    title: str | None
    sections: tuple[Section, ...]
    tasks: tuple[TaskProposal, ...]
    notes: tuple[Note, ...]
