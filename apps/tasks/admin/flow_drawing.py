"""A chain of tasks as a drawing: where its boxes and arrows are. The template only fills it in.

Rows of boxes are read like a text, from left to right and then the next row. It is drawn twice, in
rows for wide screens and in a column for narrow ones; the stylesheet shows one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

MOST_DRAWN = 12
A_ROW = 4
BOX_WIDTH, BOX_HEIGHT = 216, 112
ACROSS, DOWN = 38, 34  # the room of an arrow
EDGE = 4  # room for strokes
HEAD = 7  # of an arrow
LINE_WIDTH, MOST_LINES, LINE_HEIGHT = 27, 3, 17


@dataclass(frozen=True, slots=True)
class Stage:
    """A task of a chain, as it is told."""

    url: str
    content: str
    status: str
    status_name: str
    minutes: str


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of a title."""

    y: float
    text: str


@dataclass(frozen=True, slots=True)
class StageBox:
    """A task in its place."""

    x: float
    y: float
    number: int
    stage: Stage
    lines: tuple[TextLine, ...]


@dataclass(frozen=True, slots=True)
class ChainDrawing:
    """Boxes, arrows (the points of a line, those of its head), and what is left out."""

    name: str  # "across" or "down": part of its ids
    width: float
    height: float
    boxes: tuple[StageBox, ...]
    arrows: tuple[tuple[str, str], ...]
    more: int
    more_x: float
    more_y: float
    box_width: int = BOX_WIDTH
    box_height: int = BOX_HEIGHT


def draw_chain(stages: Sequence[Stage], count: int, *, down: bool) -> ChainDrawing:
    """The first `stages` of a chain of `count` tasks, and a box for those that are left out."""
    a_row = 1 if down else A_ROW
    more = count - len(stages)
    places = [_place(number, a_row) for number in range(len(stages) + bool(more))]
    boxes = tuple(
        StageBox(x, y, number + 1, stage, tuple(_title(stage.content, y)))
        for number, (stage, (x, y)) in enumerate(zip(stages, places, strict=False))
    )
    arrows = tuple(_arrow(*before, *after) for before, after in pairwise(places))
    more_x, more_y = places[-1] if places else (0.0, 0.0)
    return ChainDrawing(
        name="down" if down else "across",
        width=max((x for x, _ in places), default=0) + BOX_WIDTH + EDGE,
        height=max((y for _, y in places), default=0) + BOX_HEIGHT + EDGE,
        boxes=boxes,
        arrows=arrows,
        more=more,
        more_x=more_x,
        more_y=more_y,
    )


def _place(number: int, a_row: int) -> tuple[float, float]:
    row, column = divmod(number, a_row)
    return EDGE + column * (BOX_WIDTH + ACROSS), EDGE + row * (BOX_HEIGHT + DOWN)


def _arrow(x1: float, y1: float, x2: float, y2: float) -> tuple[str, str]:
    """In a row straight on; to the next row down, back and down into its first box."""
    if y1 == y2:
        y, start, end = y1 + BOX_HEIGHT / 2, x1 + BOX_WIDTH + 3, x2 - 3
        head = f"{end},{y} {end - HEAD},{y - 4} {end - HEAD},{y + 4}"
        return f"{start},{y} {end - HEAD},{y}", head
    from_x, to_x = x1 + BOX_WIDTH / 2, x2 + BOX_WIDTH / 2
    start, middle, end = y1 + BOX_HEIGHT + 3, y1 + BOX_HEIGHT + DOWN / 2, y2 - 3
    head = f"{to_x},{end} {to_x - 4},{end - HEAD} {to_x + 4},{end - HEAD}"
    return f"{from_x},{start} {from_x},{middle} {to_x},{middle} {to_x},{end - HEAD}", head


def _title(content: str, top: float) -> Iterator[TextLine]:
    for number, text in enumerate(wrap_title(content)):
        yield TextLine(top + 42 + number * LINE_HEIGHT, text)


def wrap_title(content: str) -> list[str]:
    """The words of a title in as many lines as a box has, the last one cut off if need be."""
    lines = [""]
    for word in _pieces(content.split()):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if _width(joined) <= LINE_WIDTH:
            lines[-1] = joined
        else:
            lines.append(word)
    if len(lines) > MOST_LINES:
        last = lines[MOST_LINES - 1]
        while _width(last) >= LINE_WIDTH:
            last = last[:-1]
        lines = [*lines[: MOST_LINES - 1], f"{last}…"]
    return lines


def _pieces(words: Iterable[str]) -> Iterator[str]:
    """Words, in pieces where one is longer than a line."""
    for word in words:
        piece = ""
        for character in word:
            if _width(piece + character) > LINE_WIDTH:
                yield piece
                piece = ""
            piece += character
        yield piece


def _width(text: str) -> int:
    """In columns: wide characters, such as Chinese ones, take two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
