"""The figures of a pattern as people read them. What each means is in docs/patterns.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from apps.core.admin.diffs import EMPTY
from apps.task_patterns.models import TaskPattern
from apps.task_patterns.work_types import WorkType

HOUR = 60
DAY = 24 * HOUR
TO = "\u2013"  # between two numbers
NAMES = {kind.value: kind.value.replace("_", " ") for kind in WorkType}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, and what it says."""

    label: str
    value: str
    meaning: str


def steps_of(pattern: TaskPattern) -> list[str]:
    """The names of its kinds of work, whatever stands in the column."""
    sequence: Any = pattern.task_sequence
    if not isinstance(sequence, list):
        return []
    found = [step.get("work_type") if isinstance(step, dict) else step for step in sequence]
    return [NAMES.get(str(kind), str(kind)) for kind in found]


def in_words(pattern: TaskPattern) -> str:
    """The pattern on one line."""
    between = " + " if pattern.pattern_type == "parallel" else " → "
    return between.join(steps_of(pattern)) or str(pattern)


def percent(share: float | None) -> str:
    """A share as whole percents; a dash for none."""
    return EMPTY if share is None else f"{share * 100:.0f} %"


def interval(pattern: TaskPattern) -> str:
    """Its success with Wilson's interval behind it."""
    if pattern.success_rate is None:
        return EMPTY
    if pattern.success_low is None or pattern.success_high is None:
        return percent(pattern.success_rate)
    low, high = (f"{share * 100:.0f}" for share in (pattern.success_low, pattern.success_high))
    return f"{percent(pattern.success_rate)} ({low}{TO}{high} %)"


def duration(minutes: float | None) -> str:
    """Minutes in the two units that matter: 40 min, 2 h 5 min, 3 d 4 h."""
    if minutes is None:
        return EMPTY
    whole = round(minutes)
    if 0 < minutes < 1:
        return "under 1 min"
    if whole < HOUR:
        return f"{whole} min"
    if whole < DAY:
        return _two(whole // HOUR, "h", whole % HOUR, "min")
    return _two(whole // DAY, "d", whole % DAY // HOUR, "h")


def _two(many: int, unit: str, rest: int, smaller: str) -> str:
    return f"{many:,} {unit} {rest} {smaller}" if rest else f"{many:,} {unit}"


def number(value: float | None, digits: int = 1) -> str:
    """A number; a very small one by its bound, so that it never looks like nothing."""
    if value is None:
        return EMPTY
    smallest = 10**-digits
    return f"< {smallest:.{digits}f}" if 0 < value < smallest else f"{value:,.{digits}f}"


def figures(pattern: TaskPattern) -> Sequence[Figure]:
    """All that is known of a pattern in numbers, each with its meaning."""
    return tuple(_figures(pattern))


def _figures(pattern: TaskPattern) -> Iterator[Figure]:
    streams = f"{pattern.support:,}"
    if pattern.stream_count:
        share = percent(pattern.support / pattern.stream_count)
        streams = f"{pattern.support:,} of {pattern.stream_count:,} ({share})"
    yield Figure("Streams of work", streams, "in which it occurs, of those that were looked at")
    times = f"{pattern.occurrence_count:,}"
    yield Figure("Occurrences", times, "that do not reach into each other")
    yield Figure(
        "Success", interval(pattern), "every task completed, and only once; 95 % by Wilson"
    )
    yield Figure("Goes on", percent(pattern.confidence), "of the beginnings came to the last step")
    yield Figure("P50", duration(pattern.p50_minutes), "half of the successful ones took no longer")
    yield Figure("P80", duration(pattern.p80_minutes), "four of five took no longer")
    yield Figure("Mean time", duration(pattern.avg_completion_time), "of the successful ones")
    yield Figure("Lift", number(pattern.lift), "times as often as in shuffled work")
    yield Figure(
        "Corrected p", number(pattern.q_value, 3), "chance that even one kept pattern is accidental"
    )
    yield Figure("p", number(pattern.p_value, 4), "by itself it proves nothing: many are tried")
    yield Figure("Weight", number(pattern.weight), "occurrences, each halved every 90 days")
