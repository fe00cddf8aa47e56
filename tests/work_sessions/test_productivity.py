"""`ps-1`: bounded, explained, adding up, and monotone in what it rewards."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from apps.work_sessions.models import FACTORS
from apps.work_sessions.productivity import WEIGHTS, Comparison, Figures, judge

minutes = st.integers(1, 10_080).map(Fraction)


@st.composite
def figures(draw: st.DrawFn) -> Figures:
    active = draw(st.fractions(Fraction(1, 1000), 100_000, max_denominator=1000))
    started = draw(st.integers(1, 50))
    return Figures(
        active=active,
        focused=active * draw(st.fractions(0, 1, max_denominator=1000)),
        started=started,
        completed=draw(st.integers(0, started)),
        comparisons=draw(st.lists(st.builds(Comparison, minutes, minutes), max_size=4)),
    )


@given(figures())
def test_a_score_is_the_sum_of_its_parts(found: Figures) -> None:
    score = judge(found)
    assert score is not None
    factors = score.factors["factors"]
    assert 0 <= score.score <= 1
    assert round(sum(row["contribution"] for row in factors), 4) == score.score
    assert abs(sum(row["weight"] for row in factors) - 1) < 0.0002
    assert all(0 <= row["value"] <= 1 for row in factors)
    assert FACTORS.is_valid(score.factors)
    assert judge(found) == score


@given(figures())
def test_what_is_said_of_the_focus_agrees_with_its_value(found: Figures) -> None:
    score = judge(found)
    assert score is not None
    focus = score.factors["factors"][0]
    said = re.fullmatch(
        r"A task was under way in ([\d.]+) of ([\d.]+) active (minutes|seconds|milliseconds)\.",
        focus["explanation"],
    )
    assert said is not None
    focused, active, unit = said.groups()
    size = {"minutes": Fraction(60), "seconds": Fraction(1), "milliseconds": Fraction(1, 1000)}
    assert abs(Fraction(focused) / Fraction(active) - Fraction(focus["value"])) < Fraction(1, 90)
    assert abs(Fraction(active) * size[unit] - found.active) <= found.active / 100


@pytest.mark.parametrize(
    ("active", "focused", "said"),
    [
        (3600, 750, "12.5 of 60 active minutes"),
        (6000, 6000, "100 of 100 active minutes"),
        (599, 0, "0 of 599 active seconds"),
        (28.4, 28, "28 of 28.4 active seconds"),
        (0.071, 0.07, "70 of 71 active milliseconds"),
        (0.000_014, 0.000_007, "0.007 of 0.014 active milliseconds"),
    ],
)
def test_times_are_told_in_what_shows_them(active: float, focused: float, said: str) -> None:
    judged = judge(Figures(Fraction(str(active)), Fraction(str(focused)), 1, 1))
    assert judged is not None
    assert judged.factors["factors"][0]["explanation"] == f"A task was under way in {said}."


@given(figures())
def test_what_cannot_be_judged_is_left_out(found: Figures) -> None:
    score = judge(found)
    assert score is not None
    names = {row["name"] for row in score.factors["factors"]}
    assert ("estimates" in names) == bool(found.comparisons)
    assert names >= {"focus", "completion"}


@given(figures())
def test_more_done_is_never_worse(found: Figures) -> None:
    assume(found.completed < found.started)
    before, after = judge(found), judge(replace(found, completed=found.completed + 1))
    assert before is not None
    assert after is not None
    assert after.score >= before.score


def test_without_a_task_there_is_nothing_to_judge() -> None:
    assert judge(Figures(Fraction(3600), Fraction(0), started=0, completed=0)) is None


def test_without_active_time_there_is_nothing_to_judge() -> None:
    right = Comparison(Fraction(30), Fraction(30))
    assert judge(Figures(Fraction(0), Fraction(0), 1, 1, [right])) is None


def test_the_best_and_the_worst() -> None:
    right = Comparison(Fraction(30), Fraction(30))
    best = judge(Figures(Fraction(60), Fraction(60), 3, 3, [right]))
    worst = judge(Figures(Fraction(60), Fraction(0), 3, 0))
    third = judge(
        Figures(Fraction(60), Fraction(20), 3, 1, [replace(right, measured=Fraction(10))])
    )
    assert best is not None
    assert worst is not None
    assert third is not None
    assert (best.score, worst.score, third.score) == (1.0, 0.0, 0.3333)
    assert [row["weight"] for row in worst.factors["factors"]] == [0.5, 0.5]
    assert sum(WEIGHTS.values()) == 1
