"""Differences between texts: right for any two, least where that is affordable, bounded always."""

from __future__ import annotations

import difflib
import random
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apps.prds.line_diff import DiffLine, LineDiff, diff_lines

END = re.compile("\r\n|\r|\n")
TEXTS = st.lists(
    st.tuples(
        st.sampled_from(["", "a", "b", "c", "x\x85y\u2028z"]),
        st.sampled_from(["\n", "\r\n", "\r"]),
    ),
    max_size=30,
).flatmap(
    lambda lines: st.sampled_from(["", "a", "end"]).map(
        lambda last: "".join(line + end for line, end in lines) + last
    )
)


def lines_of(text: str) -> list[str]:
    """What an editor numbers; an empty rest after the last line end is no line."""
    lines = END.split(text)
    return lines if lines[-1] else lines[:-1]


def shown(diff: LineDiff) -> list[DiffLine]:
    return [line for hunk in diff.hunks for line in hunk.lines]


def marked(diff: LineDiff) -> list[str]:
    marks = {"same": " ", "removed": "-", "added": "+"}
    return [marks[line.kind] + line.text for line in shown(diff)]


@given(TEXTS, TEXTS)
@example("", "")
@example("a\nb", "a\nb\n")
def test_the_new_text_can_be_made_of_the_old_one(old: str, new: str) -> None:
    diff = diff_lines(old, new, context=1_000, most_lines=1_000)
    lines = shown(diff)
    if not lines:
        assert lines_of(old) == lines_of(new)
        assert diff.line_ends_changed == (old != new)
        return
    for kind, number, text in (("added", "old_line", old), ("removed", "new_line", new)):
        side = [line for line in lines if line.kind != kind]
        assert [line.text for line in side] == lines_of(text)
        assert [getattr(line, number) for line in side] == list(range(1, len(side) + 1))
        assert {getattr(line, number) for line in lines if line.kind == kind} <= {None}
    assert diff.added == sum(line.kind == "added" for line in lines)
    assert diff.removed == sum(line.kind == "removed" for line in lines)
    assert not diff.truncated


@given(TEXTS, TEXTS)
def test_hunks_leave_out_nothing_that_changed(old: str, new: str) -> None:
    whole, near = diff_lines(old, new, context=1_000), diff_lines(old, new, context=2)
    changed = [line for line in shown(whole) if line.kind != "same"]
    assert [line for line in shown(near) if line.kind != "same"] == changed
    for hunk in near.hunks:
        kinds = "".join(line.kind[0] for line in hunk.lines)
        assert re.fullmatch("s{0,2}[ra]([ras]*[ra])?s{0,2}", kinds), kinds
        assert "sssss" not in kinds


def length_of_common(a: list[str], b: list[str]) -> int:
    row = [0] * (len(b) + 1)
    for x in a:
        last, row = row, [0]
        for j, y in enumerate(b, 1):
            row.append(last[j - 1] + 1 if x == y else max(last[j], row[-1]))
    return row[-1]


@given(st.lists(st.sampled_from("ab"), max_size=12), st.lists(st.sampled_from("ab"), max_size=12))
def test_where_no_line_is_unique_the_change_is_the_least(a: list[str], b: list[str]) -> None:
    a, b = ["a", "b", *a, "a", "b"], ["b", "a", *b, "b", "a"]  # each at least twice in both
    diff = diff_lines("\n".join(a), "\n".join(b))
    common = length_of_common(a, b)
    assert (diff.removed, diff.added) == (len(a) - common, len(b) - common)


def test_a_moved_section_does_not_tear_apart_what_stayed() -> None:
    old = "# A\n\none\n\n# B\n\ntwo\n\n# C\n\nthree\n"
    new = "# A\n\none\n\n# C\n\nthree\n\n# B\n\ntwo\n"
    diff = diff_lines(old, new, context=0)
    assert (diff.added, diff.removed) == (4, 4)


def test_hunks_are_apart_and_numbered() -> None:
    old = "".join(f"line {n}\n" for n in range(1, 31))
    new = old.replace("line 5\n", "").replace("line 25\n", "line 25\nmore\n")
    first, second = diff_lines(old, new, context=1).hunks
    assert [(x.kind, x.old_line, x.new_line, x.text) for x in first.lines] == [
        ("same", 4, 4, "line 4"),
        ("removed", 5, None, "line 5"),
        ("same", 6, 5, "line 6"),
    ]
    assert [(x.kind, x.old_line, x.new_line) for x in second.lines] == [
        ("same", 25, 24),
        ("added", None, 25),
        ("same", 26, 26),
    ]


def test_what_is_cut_says_so_and_is_counted() -> None:
    diff = diff_lines("", "a\n" * 100, most_lines=10)
    assert (len(shown(diff)), diff.added, diff.truncated) == (10, 100, True)
    assert diff_lines("", "a\n" * 10, most_lines=10).truncated is False
    apart = "".join(f"{n}\n" for n in range(100))
    cut = diff_lines(apart, apart.replace("9\n", "x\n"), context=0, most_lines=4)
    assert (len(shown(cut)), cut.truncated) == (4, True)


def test_line_ends_are_told_apart_from_lines() -> None:
    assert diff_lines("a\r\nb\r\n", "a\nb\n") == LineDiff(0, 0, (), False, False, True)
    assert diff_lines("a\nb", "a\nb\n").line_ends_changed
    assert diff_lines("a\r\nb\n", "x\nb\n").line_ends_changed is False
    assert marked(diff_lines("a\x85b\n", "a\u2028b\n")) == ["-a\x85b", "+a\u2028b"]


LINES = 50_000  # as many as a document has
CHANCE = random.Random(4)
HOSTILE = {
    "two alternating lines": ("a\nb\n" * (LINES // 2), "b\na\n" * (LINES // 2)),
    "two lines at random": tuple(
        "".join(CHANCE.choice(["a\n", "b\n"]) for _ in range(LINES)) for _ in range(2)
    ),
    "a reversed document": tuple(
        "".join(f"{n}\n" for n in numbers) for numbers in (range(LINES), range(LINES, 0, -1))
    ),
    "one line": ("a" * 2**21, "b" * 2**21),
    "many stretches": tuple(
        "".join(f"u{n}\n" + CHANCE.choice(["a\nb\n", "b\na\n"]) * 49 for n in range(500))
        for _ in range(2)
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_two_megabytes_cost_little_and_honesty_is_kept(name: str) -> None:
    """Some seconds at most, where the standard library's matcher takes hours."""
    old, new = HOSTILE[name]
    diff = diff_lines(old, new)
    assert diff.added - diff.removed == len(lines_of(new)) - len(lines_of(old))
    assert len(shown(diff)) <= 5_000
    assert diff.coarse == (name in {"two alternating lines", "two lines at random"})


def test_agrees_with_the_standard_library_where_lines_are_unique() -> None:
    old = [f"line {n}" for n in range(200)]
    new = [line for n, line in enumerate(old) if n % 7] + ["end"]
    theirs = [
        line
        for line in difflib.unified_diff(old, new, lineterm="", n=0)
        if line[0] in "+-" and line[:3] not in {"+++", "---"}
    ]
    ours = marked(diff_lines("\n".join(old), "\n".join(new), context=0))
    assert ours == theirs
