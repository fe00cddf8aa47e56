"""Fusion is a function of what is found, not of its order; more never makes less."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.planning.choices import SuggestionKind, SuggestionSource
from apps.planning.suggesting.fusing import DAMPING, fuse
from apps.planning.suggesting.likeness import ALIKE, are_alike, most_alike, plain
from apps.planning.suggesting.model import Candidate, Found, Fused, Reason
from apps.planning.suggesting.weighing import Record, count_records

WORDS = ["gate", "fence", "tests", "write", "Write", "for", "the", "!", "gates"]
TEXTS = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join)
WEIGHTS = st.floats(min_value=0.01, max_value=2)


def candidate(source: str, content: str, number: int = 0) -> Candidate:
    """A new one; with a number, the existing task of that number."""
    return Candidate(
        source=source,
        kind=SuggestionKind.EXISTING if number else SuggestionKind.NEW,
        content=content,
        reasons=(Reason(source, f"{source} says {content}"),),
        task_id=UUID(int=number) if number else None,
    )


@st.composite
def lists(draw: st.DrawFn) -> list[Found]:
    found = []
    for source in draw(st.lists(st.sampled_from(SuggestionSource.values), unique=True)):
        rows = draw(st.lists(st.tuples(TEXTS, st.integers(0, 3)), max_size=5))
        # One task has one text, whoever suggests it.
        made = [
            candidate(source, f"task {number}" if number else text, number) for text, number in rows
        ]
        found.append(Found(source, tuple(made)))
    return found


def names(fused: list[Fused]) -> list[tuple[str, float]]:
    return [(each.candidate.content, each.score) for each in fused]


@given(lists(), st.randoms(use_true_random=False), st.data())
def test_the_order_of_the_sources_has_no_part_in_it(
    found: list[Found], random: object, data: st.DataObject
) -> None:
    weights = {each.source: data.draw(WEIGHTS) for each in found}
    shuffled = data.draw(st.permutations(found))
    assert fuse(shuffled, weights) == fuse(found, weights)


@given(lists(), st.data())
def test_more_weight_never_lowers_a_score(found: list[Found], data: st.DataObject) -> None:
    weights = {each.source: data.draw(WEIGHTS) for each in found}
    more = {source: weight + data.draw(WEIGHTS) for source, weight in weights.items()}
    before = {_key(each): each.score for each in fuse(found, weights)}
    for each in fuse(found, more):
        assert each.score >= before[_key(each)]


@given(lists(), st.data())
def test_another_source_never_lowers_a_score(found: list[Found], data: st.DataObject) -> None:
    """The points of the groups, told by the reasons in them, only grow."""
    if not found:
        return
    fewer = found[1:]
    with_all = fuse(found, {})
    for each in fuse(fewer, {}):
        texts = {reason.text for reason in each.reasons}
        best = max(
            other.score for other in with_all if texts & {reason.text for reason in other.reasons}
        )
        assert best > 0
    total = sum(each.score for each in with_all)
    assert total >= sum(each.score for each in fuse(fewer, {})) - 1e-9


@given(lists())
def test_each_task_is_there_once_and_the_best_comes_first(found: list[Found]) -> None:
    fused = fuse(found, {})
    assert [each.score for each in fused] == sorted((each.score for each in fused), reverse=True)
    new = [plain(each.candidate.content) for each in fused if each.candidate.is_new]
    existing = [each.candidate.task_id for each in fused if not each.candidate.is_new]
    assert len(existing) == len(set(existing))
    assert len(new) == len(set(new))
    for each in fused:
        assert each.score == pytest.approx(sum(share.points for share in each.shares))
        assert len({share.source for share in each.shares}) == len(each.shares)


def _key(each: Fused) -> tuple[str, ...]:
    # Which candidates are one task follows from texts alone; which of them is shown may change.
    return tuple(sorted(reason.text for reason in each.reasons))


def test_what_several_sources_say_adds_up() -> None:
    found = [
        Found("pattern", (candidate("pattern", "Write tests for: the gate"),)),
        Found(
            "similar",
            (candidate("similar", "x"), candidate("similar", "write tests for the Gate!")),
        ),
    ]
    first, second = fuse(found, {"pattern": 1.5, "similar": 0.5})
    assert first.candidate.content == "Write tests for: the gate"
    assert first.score == pytest.approx(1.5 / (DAMPING + 1) + 0.5 / (DAMPING + 2))
    assert [(share.source, share.rank) for share in first.shares] == [
        ("pattern", 1),
        ("similar", 2),
    ]
    assert len(first.reasons) == 2
    assert second.score == pytest.approx(0.5 / (DAMPING + 1))


def test_a_new_task_that_is_there_adds_to_the_one_that_is_there() -> None:
    found = [
        Found("pattern", (candidate("pattern", "Write tests for the gate"),)),
        Found(
            "ready",
            (candidate("ready", "other", 2), candidate("ready", "Tests: write for the gate", 1)),
        ),
    ]
    first, _ = fuse(found, {})
    assert (first.candidate.task_id, first.candidate.kind) == (UUID(int=1), "existing")
    assert first.score == pytest.approx(1 / 61 + 1 / 62)


def test_two_tasks_of_one_text_stay_two() -> None:
    found = [Found("ready", (candidate("ready", "same", 1), candidate("ready", "same", 2)))]
    assert len(fuse(found, {})) == 2


def test_a_source_counts_once_in_a_suggestion() -> None:
    found = [Found("similar", (candidate("similar", "fix it"), candidate("similar", "Fix it!")))]
    [only] = fuse(found, {})
    assert only.score == pytest.approx(1 / 61)


def test_texts_are_alike_above_92() -> None:
    assert ALIKE == 92
    assert are_alike(plain("Write tests for the gate"), plain("the GATE: write tests for"))
    assert are_alike(plain("Write tests for the gate"), plain("Write tests for the gates"))
    assert not are_alike(plain("Write tests for the gate"), plain("Write tests for the fence"))
    assert not are_alike(plain("!!!"), plain("???"))
    assert most_alike("b", {1: "a", 2: "b"}) == (2, 100.0)
    assert most_alike("b", {}) is None


def test_weights_are_posterior_means() -> None:
    assert Record().weight == 1
    assert Record(1, 0).weight == pytest.approx(4 / 3, abs=1e-6)
    assert Record(0, 1).weight == pytest.approx(2 / 3, abs=1e-6)
    assert Record(98, 0).weight == 1.98
    assert (Record().acceptance_rate, Record(1, 3).acceptance_rate) == (None, 0.25)


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_weights_stay_between_0_and_2_and_follow_the_record(accepted: int, rejected: int) -> None:
    weight = Record(accepted, rejected).weight
    assert 0 < weight < 2
    assert Record(accepted + 1, rejected).weight >= weight >= Record(accepted, rejected + 1).weight


def test_a_suggestion_of_two_sources_counts_for_both() -> None:
    both = [{"source": "ready"}, {"source": "pattern"}]
    records = count_records([("accepted", both), ("rejected", [{"source": "ready"}])])
    assert (records.together.accepted, records.together.rejected) == (1, 1)
    assert records.sources["ready"] == Record(1, 1)
    assert records.sources["pattern"] == Record(1, 0)
    assert records.sources["similar"] == Record(0, 0)
