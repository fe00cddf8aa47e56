"""What goes in: finished tasks, and the numbers that say how they are looked at."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

MINING_VERSION = "seq-1"
"""Changes whenever the same work could give another result."""

MOST_STEPS = 10
WIDEST_GAP = 8


@dataclass(frozen=True, slots=True)
class ClosedTask:
    """One finished task: whose it was, of which kind, when it was begun and closed.

    `work_type` is "" for one that is nothing in particular: it takes its place among the others
    but is no step of a pattern. `again` says that it was completed more than once.
    """

    id: str
    repository: str
    session: str
    assignee: str
    work_type: str
    completed: bool
    started_at: datetime | None
    closed_at: datetime
    again: bool = False


@dataclass(frozen=True, slots=True)
class Parameters:
    """How patterns are looked for. A result names the ones that it was made with.

    `max_gap` is how many tasks may lie between two steps; None is any number. Of a length that has
    more than `most_frequent` frequent patterns none is looked at, and none of a greater length.
    """

    max_gap: int | None = 1
    min_steps: int = 2
    max_steps: int = 6
    least_support: int = 3
    least_share: float = 0.05
    most_frequent: int = 10_000
    shuffles: int = 200
    seed: int = 1
    significance: float = 0.01
    pause_seconds: int = 8 * 3600
    bulk_tasks: int = 10
    bulk_seconds: int = 60
    half_life_days: int = 90
    evidence: int = 100

    def __post_init__(self) -> None:
        rules = {
            f"Gaps are from 0 to {WIDEST_GAP} tasks, or None.": self.max_gap is None
            or 0 <= self.max_gap <= WIDEST_GAP,
            f"Patterns have from 2 to {MOST_STEPS} steps.": 2
            <= self.min_steps
            <= self.max_steps
            <= MOST_STEPS,
            "A support is at least 1.": self.least_support >= 1,
            "Shares are from 0 to 1.": 0 <= self.least_share <= 1 and 0 < self.significance <= 1,
            "Without shuffles nothing is significant.": self.shuffles >= 1,
            "Counts and times are positive.": min(
                self.most_frequent,
                self.pause_seconds,
                self.bulk_tasks,
                self.half_life_days,
                self.evidence,
            )
            >= 1
            and min(self.bulk_seconds, self.seed) >= 0,
        }
        for rule, holds in rules.items():
            if not holds:
                raise ValueError(rule)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
