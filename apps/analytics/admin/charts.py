"""Charts as shapes: where bars, areas and lines are. The template only fills them in.

Every number that is drawn stands in the table behind its chart, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor, log10

WIDTH, HEIGHT = 760, 250
LEFT, RIGHT, TOP, BOTTOM = 78, 8, 10, 26
MOST_LABELS = 10
TICKS = 4
HOUR, DAY = 60, 24 * 60
# Between the lines of an axis of minutes; beyond, days in round numbers.
SPANS = (1, 2, 5, 10, 15, 30, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR)


@dataclass(frozen=True, slots=True)
class Axis:
    """How a value is told, and how far apart the lines of the axis are at least."""

    tell: Callable[[float], str]
    step: Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one kind, one for each place on the axis; None where there is none."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Shape:
    """A bar (`rect`), an area (`polygon`), a line (`polyline`) or a dot (`circle`)."""

    kind: str
    series: int  # of its colour, from 1
    told: str = ""
    points: str = ""
    x: str = ""
    y: str = ""
    width: str = ""
    height: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A text at an axis."""

    x: str
    y: str
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with its axes, its legend, and a sentence for who does not see it."""

    title: str
    sentence: str
    shapes: tuple[Shape, ...]
    levels: tuple[Mark, ...]
    labels: tuple[Mark, ...]
    legend: tuple[str, ...]
    is_empty: bool
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT


def plain_number(value: float) -> str:
    """12 or 0.5: as short as it can be said."""
    return f"{value:,.0f}" if value == round(value) else f"{value:,.2f}".rstrip("0")


def bars(title: str, labels: Sequence[str], series: Sequence[Series], axis: Axis) -> Chart:
    """For each label the series side by side."""
    scale = _Scale(_highest(series), axis)
    room = _room(labels)
    width = max(room * 0.8 / len(series), 0.5)

    def shapes() -> Iterator[Shape]:
        for number, one in enumerate(series):
            for place, value in enumerate(one.values):
                if value:
                    x = LEFT + room * (place + 0.1) + width * number
                    y = scale(value)
                    yield Shape(
                        "rect",
                        number + 1,
                        f"{labels[place]}: {one.name} {axis.tell(value)}",
                        x=_at(x),
                        y=_at(y),
                        width=_at(width),
                        height=_at(HEIGHT - BOTTOM - y),
                    )

    return _chart(title, labels, series, scale, shapes())


def areas(title: str, labels: Sequence[str], series: Sequence[Series], axis: Axis) -> Chart:
    """The series on top of each other, the first at the bottom."""
    sums: list[list[float]] = [[0.0] * len(labels)]
    for one in series:
        below = sums[-1]
        sums.append([b + (value or 0) for b, value in zip(below, one.values, strict=True)])
    scale = _Scale(max(sums[-1], default=0), axis)

    def shapes() -> Iterator[Shape]:
        for number, (below, above) in enumerate(pairwise(sums)):
            upper = [(_middle(labels, n), scale(value)) for n, value in enumerate(above)]
            lower = [(_middle(labels, n), scale(value)) for n, value in enumerate(below)]
            points = [*_wide(upper, labels), *reversed(_wide(lower, labels))]
            yield Shape("polygon", number + 1, series[number].name, points=_points(points))

    return _chart(title, labels, series, scale, shapes())


def lines(title: str, labels: Sequence[str], series: Sequence[Series], axis: Axis) -> Chart:
    """A line a series, with a dot for each value; it stops where there is none."""
    scale = _Scale(_highest(series), axis)

    def shapes() -> Iterator[Shape]:
        for number, one in enumerate(series, start=1):
            run: list[tuple[float, float]] = []
            for place, value in enumerate([*one.values, None]):
                if value is not None:
                    run.append((_middle(labels, place), scale(value)))
                    continue
                if len(run) > 1:
                    yield Shape("polyline", number, points=_points(run))
                run = []
            for place, value in enumerate(one.values):
                if value is not None:
                    told = f"{labels[place]}: {one.name} {axis.tell(value)}"
                    x, y = _middle(labels, place), scale(value)
                    yield Shape("circle", number, told, x=_at(x), y=_at(y))

    return _chart(title, labels, series, scale, shapes())


class _Scale:
    """From values to heights, with round numbers at the axis."""

    def __init__(self, highest: float, axis: Axis) -> None:
        self.tell = axis.tell
        self.step = axis.step(highest / TICKS)
        self.top = self.step * max(1, -(-highest // self.step))

    def __call__(self, value: float) -> float:
        return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * value / self.top

    def levels(self) -> Iterator[Mark]:
        for number in range(round(self.top / self.step) + 1):
            value = number * self.step
            yield Mark(str(LEFT - 8), _at(self(value)), self.tell(value))


def count_step(least: float) -> float:
    """1, 2 or 5 times a power of ten; no part of one."""
    if least <= 1:
        return 1
    power = 10.0 ** floor(log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * 0.999)


def minute_step(least: float) -> float:
    """Minutes, hours or days that people count in."""
    return next((span for span in SPANS if span >= least), count_step(least / DAY) * DAY)


def _chart(
    title: str,
    labels: Sequence[str],
    series: Sequence[Series],
    scale: _Scale,
    shapes: Iterator[Shape],
) -> Chart:
    every = -(-len(labels) // MOST_LABELS) or 1
    marks = tuple(
        Mark(_at(_middle(labels, place)), str(HEIGHT - 8), label)
        for place, label in enumerate(labels)
        if place % every == 0
    )
    drawn = tuple(shapes)
    return Chart(
        title=title,
        sentence=" ".join(_sentences(labels, series, scale.tell)),
        shapes=drawn,
        levels=tuple(scale.levels()),
        labels=marks,
        legend=tuple(one.name for one in series),
        is_empty=not any(value for one in series for value in one.values),
    )


def _sentences(
    labels: Sequence[str], series: Sequence[Series], tell: Callable[[float], str]
) -> Iterator[str]:
    if labels:
        yield f"From {labels[0]} to {labels[-1]}."
    for one in series:
        there = [(value, place) for place, value in enumerate(one.values) if value is not None]
        if not there:
            yield f"{one.name}: nothing."
            continue
        most, place = max(there)
        yield f"{one.name}: at most {tell(most)} ({labels[place]}), at last {tell(there[-1][0])}."


def _highest(series: Sequence[Series]) -> float:
    return max((value or 0 for one in series for value in one.values), default=0)


def _room(labels: Sequence[str]) -> float:
    return (WIDTH - LEFT - RIGHT) / max(len(labels), 1)


def _middle(labels: Sequence[str], place: int) -> float:
    return LEFT + _room(labels) * (place + 0.5)


def _wide(points: list[tuple[float, float]], labels: Sequence[str]) -> list[tuple[float, float]]:
    """An area of one bucket is as wide as the bucket; else nothing would be seen of it."""
    if len(points) != 1:
        return points
    [(x, y)] = points
    half = _room(labels) / 2
    return [(x - half, y), (x + half, y)]


def _points(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{_at(x)},{_at(y)}" for x, y in points)


def _at(place: float) -> str:
    return f"{place:.1f}"
