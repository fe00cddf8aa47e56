"""A session as a drawing: when it was active, and when each of its tasks was under way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.work_sessions.maths import Interval

WIDTH, EDGE = 900.0, 4.0
ROW, BAR, NAME = 34.0, 12.0, 16.0
THINNEST = 2.0  # what happened in a moment is seen, too


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of time."""

    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Row:
    """A name with its stretches below it."""

    name: str
    y: float
    kind: str  # "active" or "task"
    bars: tuple[Bar, ...]

    @property
    def line_y(self) -> float:
        return self.y + 5 + BAR / 2


@dataclass(frozen=True, slots=True)
class Timeline:
    """What the template draws."""

    rows: tuple[Row, ...]
    height: float
    width: float = WIDTH
    bar_height: float = BAR
    left: float = EDGE
    right: float = WIDTH - EDGE


def draw(whole: Interval, rows: Sequence[tuple[str, str, Sequence[Interval]]]) -> Timeline:
    """`rows`: kind, name and intervals, which lie within the `whole` session."""
    length = max(1, whole.end - whole.start)
    scale = (WIDTH - 2 * EDGE) / length
    drawn = []
    for number, (kind, name, intervals) in enumerate(rows):
        y = NAME + number * ROW
        bars = []
        for start, end in intervals:
            width = max(THINNEST, (end - start) * scale)
            x = min(EDGE + (start - whole.start) * scale, WIDTH - EDGE - width)
            bars.append(Bar(round(x, 2), y + 5, round(width, 2)))
        drawn.append(Row(name, y, kind, tuple(bars)))
    return Timeline(tuple(drawn), NAME + len(rows) * ROW)
