"""Single values: base, mine and theirs in; what to do out."""

from __future__ import annotations

from typing import Any

import pytest

from apps.planning.merge.fields import (
    MOST_LINES,
    MOST_TAGS,
    merge_criteria,
    merge_set,
    merge_tags,
    merge_text,
    merge_value,
)
from apps.planning.merge.model import Change
from apps.tasks.models import MOST_TAGS as MOST_TAGS_OF_A_TASK


def said(change: Change | None) -> tuple[str, Any] | None:
    return (change.verdict, change.result) if change else None


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "expected"),
    [
        ("a", "a", "a", None),
        ("a", "b", "a", None),  # only people
        ("a", "a", "b", ("take", "b")),  # only the document
        ("a", "b", "b", None),  # both, to the same
        ("a", "b", "c", ("conflict", "c")),
        (None, 60, 90, ("conflict", 90)),
        (60, 60, None, ("take", None)),
        (60, None, 90, ("conflict", 90)),
        (1, True, 2, ("conflict", 2)),  # in JSON, true is not 1
    ],
)
def test_a_scalar(base: Any, mine: Any, theirs: Any, expected: Any) -> None:
    assert said(merge_value("content", base, mine, theirs)) == expected


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "expected"),
    [
        ("ab", "ab", "ab", None),
        ("ab", "ba", "ab", None),
        ("ab", "abx", "ab", None),
        ("ab", "abx", "abc", "abxc"),
        ("ab", "xa", "b", "x"),  # the document drops a, people have dropped b
        ("ab", "a", "ab", None),  # what people dropped stays away
        ("ab", "a", "abc", "ac"),
        ("", "x", "x", None),
        ("ab", "xab", "ba", None),  # an order is no value
    ],
)
def test_a_set(base: str, mine: str, theirs: str, expected: str | None) -> None:
    change = merge_set("tags", list(base), list(mine), list(theirs))
    assert said(change) == (None if expected is None else ("take", list(expected)))


def test_more_tags_than_a_task_can_have() -> None:
    assert MOST_TAGS == MOST_TAGS_OF_A_TASK
    own = [f"own-{number}" for number in range(MOST_TAGS - 1)]
    assert said(merge_tags([], own, ["web"])) == ("take", [*own, "web"])
    assert said(merge_tags([], own, ["web", "api"])) == ("conflict", ["web", "api"])
    assert merge_tags(["web", "api"], own, ["api", "web"]) is None


LINES = "one\ntwo\nthree\nfour\nfive"


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        (LINES, LINES + "\nsix", ("take", LINES + "\nsix")),
        (LINES + "\nsix", LINES, None),
        (
            LINES.replace("one", "ONE"),
            LINES.replace("five", "FIVE"),
            ("take", "ONE\ntwo\nthree\nfour\nFIVE"),
        ),
        (
            LINES.replace("two", "2"),
            LINES.replace("two", "zwei"),
            ("conflict", LINES.replace("two", "zwei")),
        ),
        ("", LINES.replace("two", "2"), ("conflict", LINES.replace("two", "2"))),
        ("all new", "", ("conflict", "")),
    ],
)  # fmt: skip
def test_details_line_by_line(mine: str, theirs: str, expected: Any) -> None:
    assert said(merge_text("details", LINES, mine, theirs)) == expected


BOXES = "Do\n\n- [ ] one\n\n- [ ] two"


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        (BOXES, BOXES.replace("[ ] one", "[x] one"), None),
        (BOXES.replace("[ ] one", "[x] one"), BOXES.replace("[ ] two", "[x] two"), None),
        (
            BOXES.replace("[ ] one", "[x] one"),
            BOXES.replace("Do", "Do it"),
            ("take", "Do it\n\n- [x] one\n\n- [ ] two"),
        ),
        (
            BOXES.replace("[ ] one", "[x] one"),
            BOXES.replace("one", "first"),
            ("take", "Do\n\n- [ ] first\n\n- [ ] two"),
        ),
    ],
)
def test_ticks_in_details(mine: str, theirs: str, expected: Any) -> None:
    assert said(merge_text("details", BOXES, mine, theirs)) == expected


def test_details_too_long_for_that() -> None:
    """Both sides stand whole: comparing lines could take seconds, or the sum not fit a task."""
    lines = [f"line {number}" for number in range(MOST_LINES + 1)]
    base, mine, theirs = "\n".join(lines), "\n".join([*lines, "x"]), "\n".join(["y", *lines])
    assert said(merge_text("details", base, mine, theirs)) == ("conflict", theirs)
    wide = "w" * 60_000
    base = "a\nb\nc"
    mine, theirs = f"{wide}\nb\nc", f"a\nb\n{wide}"
    assert said(merge_text("details", base, mine, theirs)) == ("conflict", theirs)


def criteria(text: str) -> list[dict[str, Any]]:
    """`a` open, `A` met, `a*` and `A*` with evidence, apart by spaces."""
    return [
        {
            "text": word[0].lower(),
            "met": word[0].isupper(),
            **({"evidence": "see log"} if word.endswith("*") else {}),
        }
        for word in text.split()
    ]


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "expected"),
    [
        ("a b", "a b", "a b", None),
        ("a b", "A b", "a b", None),
        ("a b", "A b", "a b c", ("take", "A b c")),
        ("a b", "A* b", "a c b", ("take", "A* c b")),
        ("a b", "a b", "A b", ("take", "A b")),  # the document ticks
        ("A b", "A b", "a b", ("take", "a b")),  # and unticks
        ("A b", "A* b", "a b", ("conflict", "a* b")),  # unless somebody has shown that it is met
        ("a b", "a b", "b", ("take", "b")),
        ("a b", "A b", "b", ("conflict", "b")),  # worked on
        ("a b", "a* b", "b", ("conflict", "b")),
        ("a b", "b x", "b c", ("conflict", "b c")),  # reworded on both sides
        ("a b", "b x", "a b c", ("take", "b c x")),
        ("a b", "a b x", "a b", None),
        ("a b", "b", "a b c", ("take", "b c")),  # what people removed stays away
        ("a b", "a b x", "b x", ("take", "b x")),
        ("a b", "a b x", "a b X", ("take", "a b X")),
        ("a b", "b a", "a b c", ("take", "b c a")),
        ("a", "a", "", ("take", "")),
        ("", "A*", "a", None),  # no more than people have said themselves
        ("", "A*", "A b", ("take", "A* b")),
        ("a b", "c", "c", None),
    ],
)
def test_criteria(base: str, mine: str, theirs: str, expected: tuple[str, str] | None) -> None:
    change = merge_criteria(criteria(base), criteria(mine), criteria(theirs))
    assert said(change) == (expected and (expected[0], criteria(expected[1])))


def test_whatever_people_say_of_a_criterion_is_work() -> None:
    mine = [{"text": "a", "met": False, "note": "half done"}]
    change = merge_criteria(criteria("a"), mine, criteria("b"))
    assert said(change) == ("conflict", criteria("b"))


def test_namesakes_among_peoples_criteria_are_kept() -> None:
    mine = criteria("a a x")
    change = merge_criteria(criteria("a"), mine, criteria("a b"))
    assert said(change) == ("take", criteria("a b a x"))
