"""The drawing of a chain: titles fit into their boxes, boxes and arrows into the frame."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.tasks.admin.flow import duration
from apps.tasks.admin.flow_drawing import (
    A_ROW,
    BOX_HEIGHT,
    BOX_WIDTH,
    LINE_WIDTH,
    MOST_LINES,
    Stage,
    draw_chain,
    wrap_title,
)

STAGE = Stage("/t", "Glaze the pot", "pending", "Pending", "30 min")


@settings(deadline=None)
@given(st.text(max_size=300))
def test_a_title_fits_into_its_box(content: str) -> None:
    lines = wrap_title(content)
    assert 1 <= len(lines) <= MOST_LINES
    for line in lines:
        wide = sum(unicodedata.east_asian_width(character) in "WF" for character in line)
        assert len(line) + wide <= LINE_WIDTH
    shown = "".join(lines).replace(" ", "")
    words = "".join(content.split())
    assert shown == words or (shown[-1] == "…" and words.startswith(shown[:-1]))


def test_what_is_cut_off_is_marked() -> None:
    assert wrap_title("Fire") == ["Fire"]
    assert wrap_title("x" * 60) == ["x" * 27, "x" * 27, "x" * 6]
    lines = wrap_title("many words " * 30)
    assert (len(lines), lines[-1][-1]) == (3, "…")


@pytest.mark.parametrize("down", [False, True])
@pytest.mark.parametrize(("shown", "count"), [(1, 1), (4, 4), (5, 5), (11, 40)])
def test_everything_lies_in_the_frame(shown: int, count: int, down: bool) -> None:
    drawing = draw_chain([STAGE] * shown, count, down=down)
    assert [box.number for box in drawing.boxes] == list(range(1, shown + 1))
    assert drawing.more == count - shown
    places = [(box.x, box.y) for box in drawing.boxes]
    places += [(drawing.more_x, drawing.more_y)] if drawing.more else []
    assert len(set(places)) == len(places)
    assert len(drawing.arrows) == len(places) - 1
    assert all(
        x + BOX_WIDTH <= drawing.width and y + BOX_HEIGHT <= drawing.height for x, y in places
    )
    for points in drawing.arrows:
        for pair in " ".join(points).split():
            x, y = map(float, pair.split(","))
            assert 0 < x < drawing.width
            assert 0 < y < drawing.height
    rows = {y for _, y in places}
    assert len(rows) == (len(places) if down else -(-len(places) // A_ROW))


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0, "0 min"), (119, "119 min"), (120, "2 h"), (150, "2 h 30 min"), (90_001, "1,500 h")],
)
def test_durations(minutes: int, text: str) -> None:
    assert duration(minutes) == text
