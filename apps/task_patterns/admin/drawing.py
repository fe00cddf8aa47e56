"""A pattern as a drawing: where its boxes and arrows are. The template only fills it in.

It is drawn twice, across for wide screens and down for narrow ones; the stylesheet shows one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_NAME = 16
BOX_WIDTH, BOX_HEIGHT = 132, 48
ACROSS, DOWN = 92, 58  # the room of an arrow
EDGE = 6  # room for strokes
HEAD = 7  # of an arrow


@dataclass(frozen=True, slots=True)
class Box:
    """A step: its place and its name."""

    x: float
    y: float
    number: int
    name: str

    @property
    def short(self) -> str:
        """What fits into the box."""
        longer = len(self.name) > LONGEST_NAME
        return f"{self.name[: LONGEST_NAME - 1]}…" if longer else self.name

    @property
    def middle(self) -> tuple[float, float]:
        return self.x + BOX_WIDTH / 2, self.y + BOX_HEIGHT / 2


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a label beside an arrow."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one step to the next: a line, a head, and what is known of the way."""

    x1: float
    y1: float
    x2: float
    y2: float
    head: str  # points of a polygon
    anchor: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Drawing:
    """Boxes and arrows in a frame of this size."""

    name: str  # "across" or "down": part of its ids
    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    box_width: int = BOX_WIDTH
    box_height: int = BOX_HEIGHT


def draw(names: Sequence[str], labels: Sequence[Sequence[str]], *, down: bool) -> Drawing:
    """The steps of these names, with `labels` (up to two lines each) on the arrows between them."""
    size, room = (BOX_HEIGHT, DOWN) if down else (BOX_WIDTH, ACROSS)
    starts = [EDGE + place * (size + room) for place in range(len(names))]
    length = 2 * EDGE + len(names) * size + max(0, len(names) - 1) * room
    boxes = tuple(
        Box(EDGE if down else start, start if down else EDGE, place + 1, name)
        for place, (start, name) in enumerate(zip(starts, names, strict=True))
    )
    arrows = tuple(
        (_down if down else _across)(start + size, room, label)
        for start, label in zip(starts[:-1], labels, strict=True)
    )
    if down:
        return Drawing("down", BOX_WIDTH + 2 * EDGE, length, boxes, arrows)
    return Drawing("across", length, BOX_HEIGHT + 2 * EDGE, boxes, arrows)


def _across(x: float, room: float, label: Sequence[str]) -> Arrow:
    y = EDGE + BOX_HEIGHT / 2
    start, end = x + 3, x + room - 3
    head = f"{end},{y} {end - HEAD},{y - 4} {end - HEAD},{y + 4}"
    places = (y - 8, y + 17)  # above the line, and below it
    lines = tuple(
        Line(x + room / 2, place, text) for place, text in zip(places, label, strict=False)
    )
    return Arrow(start, y, end - HEAD, y, head, "middle", lines)


def _down(y: float, room: float, label: Sequence[str]) -> Arrow:
    x = EDGE + BOX_WIDTH / 2 - 36
    start, end = y + 3, y + room - 3
    head = f"{x},{end} {x - 4},{end - HEAD} {x + 4},{end - HEAD}"
    first = y + room / 2 + (4 if len(label) < 2 else -4)
    lines = tuple(Line(x + 12, first + 16 * n, text) for n, text in enumerate(label[:2]))
    return Arrow(x, start, x, end - HEAD, head, "start", lines)
