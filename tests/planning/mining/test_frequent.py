"""What recurs: the miner against counting by hand, against another's miner, and at its edges."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prefixspan import PrefixSpan

from apps.planning.mining.closed import all_patterns, only_closed
from apps.planning.mining.corpus import make_corpus
from apps.planning.mining.frequent import find_frequent
from apps.planning.mining.occurrences import find_occurrences

SYMBOLS = 4
# 0 is work that is no step.
STREAMS = st.lists(st.lists(st.integers(0, SYMBOLS), min_size=2, max_size=9), max_size=7)
CLEAN = st.lists(st.lists(st.integers(1, SYMBOLS), min_size=2, max_size=8), max_size=7)
Patterns = dict[tuple[int, ...], int]


def mined(
    streams: Sequence[Sequence[int]], least: int, max_gap: int | None, *, closed: bool = False
) -> Patterns:
    corpus = make_corpus(streams, SYMBOLS)
    levels = find_frequent(corpus, least=least, max_steps=5, max_gap=max_gap)
    found = all_patterns(corpus, levels, 2)
    return {each.steps: each.support for each in (only_closed(found) if closed else found)}


def near(places: Sequence[int], max_gap: int | None) -> bool:
    return max_gap is None or all(
        later - earlier - 1 <= max_gap for earlier, later in pairwise(places)
    )


def counted(streams: Sequence[Sequence[int]], least: int, max_gap: int | None) -> Patterns:
    """Every choice of places of every stream, tried."""
    holders: dict[tuple[int, ...], set[int]] = {}
    for number, stream in enumerate(streams):
        for steps in range(2, 6):
            for places in combinations(range(len(stream)), steps):
                pattern = tuple(stream[place] for place in places)
                if near(places, max_gap) and 0 not in pattern:
                    holders.setdefault(pattern, set()).add(number)
    return {pattern: len(held) for pattern, held in holders.items() if len(held) >= least}


@settings(deadline=None)
@given(STREAMS, st.integers(1, 4), st.sampled_from([0, 1, 2, None]))
def test_agrees_with_trying_every_choice(
    streams: list[list[int]], least: int, max_gap: int | None
) -> None:
    assert mined(streams, least, max_gap) == counted(streams, least, max_gap)


def by_prefixspan(streams: Sequence[Sequence[int]], least: int, longest: int) -> Patterns:
    other = PrefixSpan(streams)
    other.minlen, other.maxlen = 2, longest
    return {tuple(steps): support for support, steps in other.frequent(least)}


@settings(deadline=None)
@given(CLEAN, st.integers(1, 4))
def test_agrees_with_prefixspan_where_gaps_have_no_bound(
    streams: list[list[int]], least: int
) -> None:
    assert mined(streams, least, None) == by_prefixspan(streams, least, 5)


def holds(longer: Sequence[int], shorter: Sequence[int]) -> bool:
    rest = iter(longer)
    return all(step in rest for step in shorter)


@settings(deadline=None)
@given(CLEAN, st.integers(1, 4))
def test_what_is_closed_is_closed_by_the_definition(streams: list[list[int]], least: int) -> None:
    """Over prefixspan's patterns. Its own `closed=True` keeps 1, 1 beside 1, 1, 2 of [1, 1, 2]."""
    theirs = by_prefixspan(streams, least, 5)
    closed = {
        steps: support
        for steps, support in theirs.items()
        if not any(
            other != steps and theirs[other] == support and holds(other, steps) for other in theirs
        )
    }
    assert mined(streams, least, None, closed=True) == closed


def test_a_later_end_goes_on_where_the_first_does_not() -> None:
    streams = [[1, 2, 0, 0, 1, 2, 3]] * 3
    assert mined(streams, 3, 0)[1, 2, 3] == 3


def test_what_is_too_far_away_is_no_pattern() -> None:
    streams = [[1, 0, 0, 2]] * 3
    assert mined(streams, 3, 1) == {}
    assert mined(streams, 3, 2) == {(1, 2): 3}


def test_a_pattern_does_not_reach_into_the_next_stream() -> None:
    assert mined([[3, 1], [2, 3]] * 3, 3, 1) == {(3, 1): 3, (2, 3): 3}


def test_a_longer_pattern_of_the_same_streams_stands_for_its_parts() -> None:
    streams = [[1, 2, 3]] * 3 + [[1, 2, 4]]
    assert mined(streams, 3, 1, closed=True) == {(1, 2, 3): 3, (1, 2): 4}


def test_a_part_in_other_streams_stays_although_it_is_as_frequent() -> None:
    far = [[1, 0, 2, 0, 3]] * 3  # holds 1, 2, 3 with steps between, but 1 and 3 are too far apart
    streams = [*far, *[[1, 3]] * 3]
    assert mined(streams, 3, 1, closed=True) == {(1, 2, 3): 3, (1, 3): 3}


def test_nothing_and_next_to_nothing() -> None:
    for streams in ([], [[]], [[1]], [[0, 0]]):
        assert mined(streams, 1, 1) == {}
        assert mined(streams, 1, None) == {}


def test_what_is_followed_is_counted_however_rare() -> None:
    corpus = make_corpus([[1, 2, 3], [1, 2, 4], [1, 2, 4]], SYMBOLS)
    rare = corpus.code((1, 2, 3))
    always = {1: [corpus.code((1,))], 2: [corpus.code((1, 2))], 3: [rare]}
    followed = {steps: np.array(codes, np.int64) for steps, codes in always.items()}
    levels = find_frequent(corpus, least=3, max_steps=3, max_gap=0, always=followed)
    assert dict(zip(levels[2].codes.tolist(), levels[2].support.tolist(), strict=True)) == {rare: 1}


def test_patterns_that_have_no_number_are_refused() -> None:
    corpus = make_corpus([[1, 2]], 100_000)
    with pytest.raises(ValueError, match="have no number"):
        find_frequent(corpus, least=1, max_steps=6, max_gap=1)


def most_apart(stream: Sequence[int], steps: Sequence[int], max_gap: int | None) -> int:
    """How many occurrences that do not reach into each other there can be, by trying."""
    spans = [
        (places[0], places[-1])
        for places in combinations(range(len(stream)), len(steps))
        if near(places, max_gap) and [stream[place] for place in places] == list(steps)
    ]
    best = [0] * (len(stream) + 1)
    for end in range(len(stream)):
        ways = [best[first] + 1 for first, last in spans if last == end]
        best[end + 1] = max([best[end], *ways])
    return best[-1]


@given(
    st.lists(st.integers(0, 2), max_size=10),
    st.lists(st.integers(1, 2), min_size=2, max_size=4),
    st.sampled_from([0, 1, 2, None]),
)
def test_occurrences_are_real_apart_and_as_many_as_there_can_be(
    stream: list[int], steps: list[int], max_gap: int | None
) -> None:
    found = find_occurrences(stream, steps, max_gap)
    for places in found:
        assert [stream[place] for place in places] == steps
        assert near(places, max_gap)
    for earlier, later in pairwise(found):
        assert earlier[-1] < later[0]
    assert len(found) == most_apart(stream, steps, max_gap)


def test_of_two_that_end_together_the_shorter_is_taken() -> None:
    assert find_occurrences([1, 1, 2], [1, 2], 1) == [(1, 2)]
