"""What comes out, and the bytes that stand for it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from .model import ClosedTask, Parameters


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Once that a pattern happened. Of cancelled and repeated work `succeeded` is false."""

    repository: str
    session: str
    assignee: str
    task_ids: tuple[str, ...]
    first_at: datetime
    last_at: datetime
    minutes: float
    succeeded: bool


@dataclass(frozen=True, slots=True)
class RepositoryFigures:
    """What of a pattern happened in one repository."""

    repository: str
    support: int
    occurrence_count: int
    succeeded_count: int
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class MinedPattern:
    """A sequence of work that happens more often than accidents explain (docs/patterns.md)."""

    steps: tuple[str, ...]
    support: int
    occurrence_count: int
    succeeded_count: int
    success_rate: float
    success_low: float
    success_high: float
    avg_minutes: float | None
    p50_minutes: float | None
    p80_minutes: float | None
    confidence: float
    lift: float
    p_value: float
    q_value: float
    weight: float
    last_seen_at: datetime
    repositories: tuple[RepositoryFigures, ...]
    occurrences: tuple[Occurrence, ...]


@dataclass(frozen=True, slots=True)
class MiningResult:
    """All that a run found, and what it was made from."""

    algorithm: str
    parameters: Parameters
    input_hash: str
    counts: Mapping[str, int]
    as_of: datetime | None
    patterns: tuple[MinedPattern, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "algorithm": self.algorithm,
            "parameters": self.parameters.as_json(),
            "input_hash": self.input_hash,
            "counts": dict(self.counts),
            "as_of": _plain(self.as_of),
            "patterns": [_plain(asdict(pattern)) for pattern in self.patterns],
        }

    def canonical(self) -> bytes:
        """The same bytes for the same work, in every process and on every machine."""
        return canonical(self.as_json())

    @property
    def result_hash(self) -> str:
        return hashlib.sha256(self.canonical()).hexdigest()


def hash_tasks(tasks: Iterable[ClosedTask]) -> str:
    """The SHA-256 of what is mined, in whatever order it came."""
    digest = hashlib.sha256()
    for task in sorted(tasks, key=lambda each: each.id):
        digest.update(canonical(_plain(asdict(task))))
    return digest.hexdigest()


def canonical(value: Any) -> bytes:
    """Sorted JSON without spaces, in UTF-8, a line."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "surrogatepass") + b"\n"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
