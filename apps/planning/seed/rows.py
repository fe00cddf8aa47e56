"""Rows in COPY's text form: which columns are written, and how ids, times and nothing look."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from apps.core.context import Source

NULL = "\\N"
DAY = 86_400_000
RANDOM_BITS = 62  # of a UUIDv7, after its variant
VARIANT = 0b10 << RANDOM_BITS

# What never changes in a made-up task's life, and what does: an event repeats the first as it is.
TASK_FIXED = (
    "repository_id", "content", "details", "complexity", "tags", "ai_suggested", "parent_task_id",
    "prd_id", "source_section", "source_first_line", "source_last_line", "priority",
    "estimated_minutes", "due_at", "metadata",
)  # fmt: skip
TASK_MOVING = (
    "status", "session_id", "assignee", "actual_minutes", "acceptance_criteria", "started_at",
    "completed_at", "version", "updated_at", "deleted_at", "deletion_batch",
)  # fmt: skip
PRD = (
    "repository_id", "filename", "title", "content_hash", "status", "parse_status", "parsed_at",
    "parser_version", "version", "updated_at", "deleted_at", "deletion_batch",
)  # fmt: skip
REVISION = ("prd_id", "number", "content_hash", "version", "updated_at")
REPOSITORY = ("name", "description", "version", "updated_at")
DEPENDENCY = ("task_id", "depends_on_id", "kind", "version", "updated_at")
EXTERNAL_KEY = ("repository_id", "task_id", "key", "version", "updated_at")
CLAIM = ("repository_id", "task_id", "holder", "fence", "version", "updated_at")
EVENT = ("pgh_id", "pgh_created_at", "pgh_label", "pgh_context", "pgh_xact", "pgh_obj_id")

# Every table that is filled, with its columns; no table refers to one below it.
COLUMNS: dict[str, tuple[str, ...]] = {
    "repositories": ("id", *REPOSITORY),
    "repositories_events": (*EVENT, *REPOSITORY),
    "prds": ("id", "content", *PRD),
    "prds_events": (*EVENT, *PRD),
    "prd_revisions": ("id", "content", *REVISION),
    "prd_revisions_events": (*EVENT, *REVISION),
    "tasks": ("id", *TASK_FIXED, *TASK_MOVING),
    "tasks_events": (*EVENT, *TASK_FIXED, *TASK_MOVING),
    "task_dependencies": ("id", *DEPENDENCY),
    "task_dependencies_events": (*EVENT, *DEPENDENCY),
    "task_external_keys": ("id", *EXTERNAL_KEY),
    "task_external_keys_events": (*EVENT, *EXTERNAL_KEY),
    "task_claims": ("id", *CLAIM, "renewed_at", "expires_at"),
    "task_claims_events": (*EVENT, *CLAIM),
}


class Block(NamedTuple):
    """Some rows of one table, ready for COPY."""

    table: str
    rows: int
    data: bytes


class Clock:
    """Milliseconds since 1970 as PostgreSQL reads them; remembers the days it has met."""

    def __init__(self) -> None:
        self._days: dict[int, str] = {}

    def __call__(self, milliseconds: int) -> str:
        day, rest = divmod(milliseconds, DAY)
        text = self._days.get(day)
        if text is None:
            found = datetime.fromtimestamp(0, UTC) + timedelta(days=day)
            text = self._days[day] = found.date().isoformat()
        seconds, fraction = divmod(rest, 1000)
        minutes, second = divmod(seconds, 60)
        hour, minute = divmod(minutes, 60)
        return f"{text} {hour:02}:{minute:02}:{second:02}.{fraction:03}+00"


def uuid7_maker(random_bits: Callable[[int], int]) -> Callable[[int], str]:
    """Makes a UUIDv7 (32 hexadecimal digits) of a given millisecond out of a generator's bits.

    The 12 bits after the version, microseconds to the database, are zero: an event's key says
    the same time as its row.
    """

    def make(milliseconds: int) -> str:
        return f"{milliseconds:012x}7000{random_bits(RANDOM_BITS) | VARIANT:016x}"

    return make


class Change(NamedTuple):
    """What the events of one made-up transaction have in common."""

    number: int
    context: str


class Events:
    """Writes the six columns with which every event begins."""

    def __init__(self, make_id: Callable[[int], str], clock: Clock, first_change: int) -> None:
        self._make_id = make_id
        self._clock = clock
        self._number = first_change

    def change(self, *, at: int, name: str, actor: str, source: Source = Source.API) -> Change:
        """A new transaction. Its number is below zero, where no real one is."""
        self._number -= 1
        context = (
            f'{{"source": "{source.value}", "name": "{name}",'
            f' "request_id": "{UUID(self._make_id(at))}", "actor_name": "{actor}"}}'
        )
        return Change(self._number, context)

    def head(self, change: Change, *, at: int, label: str, row_id: str) -> str:
        """The columns of EVENT."""
        return (
            f"{self._make_id(at)}\t{self._clock(at)}\t{label}\t{change.context}"
            f"\t{change.number}\t{row_id}"
        )
