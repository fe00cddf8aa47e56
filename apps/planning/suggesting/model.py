"""What sources find, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from apps.planning.choices import SuggestionKind

LONGEST_CONTENT = 1000
LONGEST_REASON = 1000
MOST_FROM_A_SOURCE = 30  # so many of the best that a source finds take part


@dataclass(frozen=True, slots=True)
class Reason:
    """Why: a sentence for people with its figures, and the same figures for machines."""

    source: str
    text: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Something that one source would have done next.

    An existing task is named by `task_id`. Of a new one, `task_id` is the task from which it
    follows, and `values` are further values of the task to be.
    """

    source: str
    kind: SuggestionKind
    content: str
    reasons: tuple[Reason, ...]
    task_id: UUID | None = None
    pattern_id: UUID | None = None
    template_id: UUID | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        return self.kind == SuggestionKind.NEW


@dataclass(frozen=True, slots=True)
class Found:
    """What a source has, best first; with nothing, `note` says why.

    `known` is false when the source had nothing to learn from: no finished work, no pattern.
    """

    source: str
    candidates: tuple[Candidate, ...] = ()
    note: str = ""
    known: bool = True


@dataclass(frozen=True, slots=True)
class Share:
    """What a source brings to a suggestion."""

    source: str
    rank: int
    weight: float
    points: float


@dataclass(frozen=True, slots=True)
class Fused:
    """A candidate with what all sources bring to it."""

    candidate: Candidate
    shares: tuple[Share, ...]
    reasons: tuple[Reason, ...]
    score: float


def shorten(text: str, most: int = 120) -> str:
    """`text` on one line of at most `most` characters, to be quoted in a sentence."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"
