"""How patterns go on from a tail, and what the next step is called."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.planning.suggesting.matching import KnownPattern, continue_tail
from apps.planning.suggesting.wording import BEGINNINGS, name_step, topic_of
from apps.task_patterns.work_types import WorkType, classify


def pattern(steps: str, **figures: Any) -> KnownPattern:
    return KnownPattern(id=UUID(int=0), steps=tuple(steps), **{"support": 3, **figures})


def next_steps(tail: str, *patterns: KnownPattern, max_gap: int = 1) -> list[tuple[str, int, int]]:
    found = continue_tail(list(tail), patterns, max_gap=max_gap)
    return [(each.step, each.matched, each.skipped) for each in found]


@pytest.mark.parametrize(
    ("tail", "steps", "expected"),
    [
        ("ab", "abc", [("c", 2, 0)]),
        ("b", "abc", [("c", 1, 0)]),
        ("xxab", "abc", [("c", 2, 0)]),
        ("axb", "abc", [("c", 2, 1)]),
        ("abx", "abc", [("c", 2, 1)]),
        ("axxb", "abc", [("c", 1, 0)]),
        ("abxx", "abc", []),
        ("c", "abc", []),
        ("", "abc", []),
        ("aa", "aab", [("b", 2, 0)]),
        ("ab", "abab", [("a", 2, 0)]),
        ("a", "abac", [("b", 1, 0), ("c", 1, 0)]),
    ],
)
def test_the_longest_end_of_the_tail_that_matches(
    tail: str, steps: str, expected: list[tuple[str, int, int]]
) -> None:
    assert next_steps(tail, pattern(steps)) == expected


def test_it_backs_off_to_shorter_matches() -> None:
    found = next_steps(
        "ab", pattern("bd", confidence=1.0), pattern("abc"), pattern("xbe", support=9)
    )
    assert found == [("c", 2, 0), ("d", 1, 0), ("e", 1, 0)]


def test_without_gaps() -> None:
    assert next_steps("axb", pattern("abc"), max_gap=0) == [("c", 1, 0)]


@given(
    st.text(alphabet="abc", max_size=8),
    st.lists(st.text(alphabet="abc", min_size=2, max_size=5), max_size=6),
)
def test_every_match_is_one(tail: str, sequences: list[str]) -> None:
    patterns = [pattern(steps) for steps in sequences]
    found = continue_tail(list(tail), patterns, max_gap=1)
    assert [each.step for each in found] == list(dict.fromkeys(each.step for each in found))
    for each in found:
        assert each.pattern.steps[each.position] == each.step
        wanted = list(each.before)
        rest = tail[-(len(wanted) + each.skipped) :]
        assert rest.startswith(wanted[0])
        for letter in rest:
            if wanted and wanted[0] == letter:
                wanted.pop(0)
        assert wanted == []
    assert continue_tail(list(tail), reversed(patterns), max_gap=1) == found


def test_every_kind_of_work_but_the_unknown_has_its_words() -> None:
    assert set(BEGINNINGS) == set(WorkType) - {WorkType.OTHER}


@pytest.mark.parametrize("work_type", BEGINNINGS)
def test_what_a_step_is_called_is_of_its_kind(work_type: str) -> None:
    """Else an accepted suggestion would not continue the pattern that it came from."""
    for topic in ("the gate", "Überlauf", "x"):
        assert classify(f"{BEGINNINGS[work_type]}: {topic}").work_type == work_type


@pytest.mark.parametrize(
    ("content", "topic"),
    [
        ("Implement the login form", "the login form"),
        ("Write tests for: the login form", "the login form"),
        ("ST-008-01: Implement the login form", "the login form"),
        ("feat(auth): login form", "login form"),
        ("Set up the pipeline", "the pipeline"),
        ("- [ ] Fix the gate", "the gate"),
        ("The gate", "The gate"),
        ("Fix", "Fix"),
        ("  Fix \n the   gate ", "the gate"),
        ("Clean up: ", "Clean up:"),
    ],
)
def test_what_a_task_is_about(content: str, topic: str) -> None:
    assert topic_of(content) == topic


@given(st.sampled_from(sorted(BEGINNINGS)), st.text(min_size=1, max_size=1000))
def test_names_are_contents(work_type: str, previous: str) -> None:
    name = name_step(work_type, previous)
    assert 1 <= len(name) <= 1000
    assert "\n" not in name


def test_a_chain_of_steps_keeps_its_topic() -> None:
    name = "Design the gate"
    for work_type in (WorkType.IMPLEMENT, WorkType.TEST, WorkType.DOCUMENT):
        name = name_step(work_type, name)
    assert name == "Document: the gate"
