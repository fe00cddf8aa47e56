"""Twice the text is about twice the work, counted in calls of functions, never in seconds."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest

from apps.prds.parser import parse_document

COPIES = 25


def calls(text: str) -> int:
    """How many functions, C ones included, one reading of `text` calls."""
    count = 0

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        parse_document(text)
    finally:
        sys.setprofile(before)
    return count


SHAPES = {
    "headings with ids": "## T-{n}: Task {n}\n\n- [ ] it holds\n\nEstimate: 2 h\n\n",
    "headings with a chain": "## T-{n}: Task {n}\n\nDepends on T-{before}\n\n",
    "a list of tasks": "- Build part {n} (3h) @ada\n  - nail {n}\n  - glue {n}\n",
    "a list with names": "{n}. Build part {n} (depends on Build part {before})\n",
    "a list with shared words": "- Build the same part {n} (depends on same part)\n",
    "phases": "## Phase {n}\n\n- [ ] T{n}00 do it\n  - [ ] more\n\n",
    "a table": "| {n} | Part {n} | 3 h | {before} |\n",
    "examples": "## T-{n}: Task {n}\n\nGiven a\nWhen b\nThen c\n\n",
    "labels": "Tasks:\n\n- a {n}\n\nNotes:\n\n- b {n}\n\n",
    "plain text": "TASK {n}\n\nWords.\n\nT-{n}: Do it\nEstimate: 2h\n\n",
    "indented": "Words {n}.\n\n    Indented {n}.\n\n",
    "tags that wrap": "<part{n}>\n## T-{n}: a\n</part{n}>\n",
    "front matter": "name{n}: [a, b]\n",
}
HEADS = {
    "a list of tasks": "# Plan\n\n## Tasks\n\n",
    "a list with names": "# Plan\n\n## Tasks\n\n",
    "a list with shared words": "# Plan\n\n## Tasks\n\n",
    "a table": "# Plan\n\n| ID | Task | Effort | Depends on |\n|-|-|-|-|\n",
    "front matter": "---\n",
}


@pytest.mark.parametrize("name", SHAPES)
def test_twice_the_text_is_twice_the_work(name: str) -> None:
    def text(copies: int) -> str:
        parts = (SHAPES[name].format(n=n + 10, before=n + 9) for n in range(copies))
        return HEADS.get(name, "") + "".join(parts) + ("---\n" if name == "front matter" else "")

    parse_document(text(1))  # caches of regular expressions
    once, twice, four = (calls(text(COPIES * factor)) for factor in (4, 8, 16))
    assert twice <= 2.2 * once
    assert four <= 2.2 * twice
