"""A line chart as SVG, written by hand: no library, the same bytes for the same figures."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 720, 420
LEFT, RIGHT, TOP, BOTTOM = 64, 176, 44, 48
COLOURS = ("#1b6ca8", "#c0392b", "#2e8b57", "#8e44ad", "#b9770e", "#34495e")
Points = Sequence[tuple[float, float]]


def line_chart(lines: Mapping[str, Points], title: str, x_name: str, y_name: str) -> str:
    """One line for each entry; both axes begin at zero."""
    x_top = _round_up(max(x for points in lines.values() for x, _ in points))
    y_top = _round_up(max(y for points in lines.values() for _, y in points))
    return "\n".join([*_frame(title, x_name, y_name, x_top, y_top), *_lines(lines, x_top, y_top)])


def _round_up(value: float) -> float:
    """The next 1, 2, 2.5 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value)


def _place(x: float, y: float, x_top: float, y_top: float) -> tuple[float, float]:
    return (
        LEFT + x / x_top * (WIDTH - LEFT - RIGHT),
        HEIGHT - BOTTOM - y / y_top * (HEIGHT - TOP - BOTTOM),
    )


def _text(x: float, y: float, text: str, anchor: str = "middle", more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>{escape(text)}</text>'


def _frame(title: str, x_name: str, y_name: str, x_top: float, y_top: float) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">'
    )
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>'
    yield _text(WIDTH / 2, 24, title, more=' font-size="15"')
    for step in range(6):
        x, y = x_top * step / 5, y_top * step / 5
        across, bottom = _place(x, 0, x_top, y_top)
        left, up = _place(0, y, x_top, y_top)
        yield f'<path d="M{left:.1f} {up:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>'
        yield _text(left - 8, up + 4, f"{y:g}", "end")
        yield _text(across, bottom + 18, f"{x:g}")
    yield _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x_name)
    turn = f' transform="rotate(-90 16 {HEIGHT / 2:.0f})"'
    yield _text(16, HEIGHT / 2, y_name, more=turn)


def _lines(lines: Mapping[str, Points], x_top: float, y_top: float) -> Iterator[str]:
    for number, (name, points) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = [_place(x, y, x_top, y_top) for x, y in points]
        way = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        yield f'<polyline points="{way}" fill="none" stroke="{colour}" stroke-width="2"/>'
        yield from (f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places)
        row = TOP + 16 + 20 * number
        mark = f'x="{WIDTH - RIGHT + 14}" y="{row - 9}" width="12" height="4"'
        yield f'<rect {mark} fill="{colour}"/>'
        yield _text(WIDTH - RIGHT + 32, row - 3, name, "start")
    yield "</svg>\n"
