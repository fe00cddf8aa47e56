"""Criteria, estimates, priority, owner, tags: one table for each rule."""

from __future__ import annotations

import pytest

from tests.prds.parser.helpers import parse_task


@pytest.mark.parametrize(
    ("body", "criteria"),
    [
        ("- [ ] a\n* [x] b\n+ [X] c", [("a", False), ("b", True), ("c", True)]),
        ("1. [X] a\n2) [ ] b", [("a", True), ("b", False)]),
        ("- [ ] a\n  - [x] b\n    1. [ ] c", [("a", False), ("b", True), ("c", False)]),
        ("> - [ ] a", [("a", False)]),
        ("- [ ] long\n  words", [("long words", False)]),
        ("- [ ] Priority: low", [("Priority: low", False)]),
        ("```\n- [ ] a\n```", []),
        ("    - [ ] indented code", []),
        ("- [link] a\n- []() b\n- [x]c", []),
        ("### Acceptance Criteria\n- a\n- [x] b", [("a", False), ("b", True)]),
        ("### Acceptance Criteria\n#### Sound\n1. a", [("a", False)]),
        ("### Acceptance Criteria\n- group\n  - [ ] a\n- b", [("a", False), ("b", False)]),
        ("### Acceptance Criteria\n- a\n  - detail", [("a", False)]),
        ("### Acceptance Criteria\n- Time: short", [("Time: short", False)]),
        ("**Acceptance Criteria:**\n- a\n\nText.\n\n- b", [("a", False)]),
        ("**Definition of done**\n\n- a", [("a", False)]),
        ("- Acceptance criteria:\n  - a\n- b", [("a", False)]),
        ("Acceptance criteria: it works", [("it works", False)]),
        ("### Scope\n- a", []),
    ],
)
def test_criteria(body: str, criteria: list[tuple[str, bool]]) -> None:
    task, _ = parse_task(body)
    assert [(criterion.text, criterion.met) for criterion in task.criteria] == criteria


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("3 hours", 180, 180),
        ("2\u20134h", 120, 240),
        ("2-4 h", 120, 240),
        ("2h to 1d", 120, 480),
        ("1.5 d", 720, 720),
        ("1,5 days", 720, 720),
        ("90 min", 90, 90),
        ("2h 30m", 150, 150),
        ("1 day and 4 hours", 720, 720),
        ("1 week", 2400, 2400),
        ("2 person-days", 960, 960),
        ("~4h", 240, 240),
        ("approx. 4 hours", 240, 240),
        ("half a day", 240, 240),
        ("an hour", 60, 60),
        ("4 hours (with tests)", 240, 240),
        ("0 h", 0, 0),
        ("10080 min", 10_080, 10_080),
        ("between 2 and 4 hours", 120, 240),
        ("from 1 to 2 days", 480, 960),
        ("two hours", 120, 120),
        ("2\u00bd hours", 150, 150),
        ("1:30 h", 90, 90),
        ("PT1H30M", 90, 90),
        ("P2D", 960, 960),
        ("3 business days", 1440, 1440),
        ("4 PD", 1920, 1920),
    ],
)
def test_estimates(text: str, low: int, high: int) -> None:
    for body in (
        f"Estimated time: {text}",
        f"**Estimated Effort:** {text}",
        f"- **Estimate**: {text}",
        f"### Estimated Time\n{text}",
        f"### Estimate: {text}",
    ):
        task, notes = parse_task(body)
        assert task.estimate is not None, body
        assert (task.estimate.low_minutes, task.estimate.high_minutes) == (low, high)
        assert task.estimated_minutes == (low + high + 1) // 2
        assert notes == set()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("-3 hours", "estimate_negative"),
        ("\u22123 h", "estimate_negative"),
        ("10081 min", "estimate_out_of_range"),
        ("5 weeks", "estimate_out_of_range"),
        ("5 bananas", "estimate_unreadable"),
        ("4-2 h", "estimate_unreadable"),
        ("30m 2h", "estimate_unreadable"),
        ("1,000 min", "estimate_unreadable"),
        ("3", "estimate_unreadable"),
        ("a while", "estimate_unreadable"),
        ("2 hours per page", "estimate_unreadable"),
        ("9" * 300 + " h", "estimate_unreadable"),
        ("up to 4 h", "estimate_unreadable"),
        ("4h+", "estimate_unreadable"),
        ("2 hours each", "estimate_unreadable"),
        ("5-3 points", "estimate_unreadable"),
        ("L", "estimate_unreadable"),
    ],
)
def test_estimates_that_are_not_taken(text: str, code: str) -> None:
    task, notes = parse_task(f"Estimated time: {text}")
    assert task.estimated_minutes is None
    assert notes == {code}


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("High", "high"),
        ("**P0**", "high"),
        ("Must have", "high"),
        ("\U0001f534 critical", "high"),
        ("Medium (after the fair)", "medium"),
        ("should", "medium"),
        ("nice-to-have", "low"),
        ("P3", "low"),
        ("high|medium|low", None),
        ("won't have", None),
    ],
)
def test_priorities(text: str, priority: str | None) -> None:
    task, notes = parse_task(f"**Priority**: {text}")
    assert task.priority == priority
    assert notes == (set() if priority else {"priority_unreadable"})


@pytest.mark.parametrize(
    ("body", "assignee", "notes"),
    [
        ("Owner: @ada", "ada", set()),
        ("**Assigned to:** Ada Byron", "Ada Byron", set()),
        ("Assignee: TBD", None, set()),
        ("Owner: Ada and Grace", None, {"assignee_unclear"}),
        ("Owner: Ada\n\nOwner: Grace", None, {"assignee_conflict"}),
        ("Owner: " + "a" * 256, None, {"assignee_unclear"}),
    ],
)
def test_owners(body: str, assignee: str | None, notes: set[str]) -> None:
    task, found = parse_task(body)
    assert (task.assignee, found) == (assignee, notes)


def test_tags() -> None:
    task, notes = parse_task("Labels: `api`, #web #api,, ui")
    assert (task.tags, notes) == (("api", "web", "ui"), set())
    task, notes = parse_task("Tags: " + ", ".join("abcdefghijkl"))
    assert (task.tags, notes) == (tuple("abcdefghij"), {"too_many_tags"})


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("Estimate: 2 h\n\nEffort: 3 h", "estimate_conflict"),
        ("Priority: low\n\n### Priority\nhigh", "priority_conflict"),
        ("### Acceptance Criteria\nIt works.", "criteria_not_a_list"),
        ("- [ ]", "empty_criterion"),
        ("- [] a", "odd_checkbox"),
        ("### Acceptance Criteria\n- [-] a", "odd_checkbox"),
    ],
)
def test_what_is_not_certain_stays_empty(body: str, code: str) -> None:
    task, notes = parse_task(body)
    assert notes == {code}
    assert (task.estimated_minutes, task.priority, task.criteria) == (None, None, ())


def test_the_same_value_twice_is_no_conflict() -> None:
    task, notes = parse_task("Estimate: 2 h\n\nEffort: 120 min")
    assert (task.estimated_minutes, notes) == (120, set())


def test_several_fields_on_one_line() -> None:
    task, notes = parse_task("**Priority:** high | **Effort:** 3 h | **Owner:** ada")
    assert (task.priority, task.estimated_minutes, task.assignee) == ("high", 180, "ada")
    assert notes == set()
