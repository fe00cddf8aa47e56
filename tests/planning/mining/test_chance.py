"""Chance: the arithmetic against textbooks, the expectation against all orders there are."""

from __future__ import annotations

import math
from itertools import combinations, pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.planning.mining.chance import Chance, _ln, _placements, log_tails, probability
from apps.planning.mining.corpus import make_corpus
from apps.planning.mining.figures import percentile, weight, wilson


@given(st.floats(1e-300, 1e300))
def test_logarithms(value: float) -> None:
    assert _ln(np.array([value]))[0] == pytest.approx(math.log(value), rel=1e-14, abs=1e-15)


@given(st.integers(1, 200), st.floats(0.001, 150))
def test_tails_are_sums_of_poisson_probabilities(support: int, mean: float) -> None:
    found = log_tails(np.array([support]), np.array([mean]))[0]
    if support <= mean:
        assert found == 0
        return
    terms = (
        math.exp(at * math.log(mean) - mean - math.lgamma(at + 1))
        for at in range(support, support + 800)
    )
    total = math.fsum(terms)
    if total > 1e-280:
        assert math.exp(found) == pytest.approx(total, rel=1e-9)
    assert found <= 0


def test_a_probability_is_never_nothing() -> None:
    assert probability(0.0) == 1
    assert probability(-1e6) == 1e-300
    assert probability(-math.log(1000)) == pytest.approx(0.001)


@pytest.mark.parametrize("max_gap", [0, 1, 2, None])
def test_placements_are_counted_right(max_gap: int | None) -> None:
    for size in range(1, 9):
        for steps in range(1, 6):
            near = [
                places
                for places in combinations(range(size), steps)
                if max_gap is None or all(b - a - 1 <= max_gap for a, b in pairwise(places))
            ]
            assert _placements(size, steps, max_gap) == len(near)


@pytest.mark.parametrize("max_gap", [0, 1, None])
@pytest.mark.parametrize("steps", [(1, 2), (1, 1), (1, 2, 1)])
def test_the_expected_number_of_placements_is_that_over_all_orders(
    steps: tuple[int, ...], max_gap: int | None
) -> None:
    stream = (1, 2, 1, 0, 3)
    orders = list(permutations(stream))
    found = sum(
        1
        for order in orders
        for places in combinations(range(len(order)), len(steps))
        if tuple(order[place] for place in places) == steps
        and (max_gap is None or all(b - a - 1 <= max_gap for a, b in pairwise(places)))
    )
    mean = found / len(orders)
    expected = Chance(make_corpus([stream], 3), 4, max_gap).expected(steps)
    assert expected == pytest.approx(1 - math.exp(-mean), rel=2e-3)


def test_wilsons_interval_as_published() -> None:
    # 81 of 263, 15 of 148 and 0 of 20: the usual examples in texts about intervals of shares.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0, 0.1611), abs=5e-5)
    assert wilson(20, 20)[1] == 1
    assert wilson(0, 0) == (0, 1)


def test_percentiles_are_values_that_occur() -> None:
    assert [percentile([1, 2, 3, 4, 5], percent) for percent in (1, 50, 80, 81, 100)] == [
        1, 3, 4, 5, 5
    ]  # fmt: skip
    assert percentile([7], 50) == 7


def test_weights_halve() -> None:
    assert [weight(days, 90) for days in (0, 90, 180)] == [1, 0.5, 0.25]
    assert weight(45, 90) == pytest.approx(math.sqrt(0.5))
