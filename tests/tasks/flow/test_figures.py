"""The figures of a graph: against a slow model, and on graphs that are large, deep or odd."""

from __future__ import annotations

import sys
from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from apps.tasks.flow import Figures, FlowTask, assumed_minutes, measure, weigh
from tests.examples import examples

from . import slow

MOST = 6
Edges = list[tuple[int, int]]


def key(number: int) -> UUID:
    return UUID(int=number)


def number(task_id: UUID) -> int:
    return task_id.int


def measured(weights: dict[int, int], waits: slow.Waits | Edges) -> Figures:
    return measure(
        [FlowTask(key(task), minutes) for task, minutes in weights.items()],
        [(key(task), key(other)) for task, other in waits],
    )


def numbers(ids: tuple[UUID, ...]) -> tuple[int, ...]:
    return tuple(map(number, ids))


# Few weights, so that many chains are equal and the ids have to decide.
WEIGHTS = st.lists(st.sampled_from([0, 1, 1, 2, 5]), min_size=1, max_size=MOST).map(
    lambda found: dict(enumerate(found))
)
PLACES = st.integers(0, MOST - 1)
WAITS = st.sets(st.tuples(PLACES, PLACES).filter(lambda pair: pair[0] != pair[1]), max_size=9)
# Mostly without circles: else hardly a chain is left to be compared.
FORWARD = st.sets(st.tuples(PLACES, PLACES).filter(lambda pair: pair[0] < pair[1]), max_size=12)
PATIENT = settings(
    max_examples=examples(400), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@PATIENT
@given(WEIGHTS, FORWARD | WAITS)
def test_the_figures_are_those_of_the_slow_model(
    weights: dict[int, int], drawn: slow.Waits
) -> None:
    tasks = sorted(weights)
    waits = {(task, other) for task, other in drawn if {task, other} <= weights.keys()}
    figures = measured(weights, drawn)
    expected = slow.critical_path(weights, waits)
    assert numbers(figures.critical_path) == expected
    assert figures.minutes == sum(weights[task] for task in expected)
    assert numbers(figures.longest_chain) == slow.longest_chain(weights, waits)
    assert {number(task): value for task, value in figures.slack.items()} == slow.slack(
        weights, waits
    )
    circles = slow.circles(tasks, waits)
    assert {frozenset(numbers(circle.members)) for circle in figures.circles} == circles
    assert set(map(number, figures.stuck)) == slow.stuck(tasks, waits)
    assert figures.waits == len(waits)
    left, _ = slow.without_circles(tasks, waits)
    assert figures.total_minutes == sum(weights[task] for task in left)
    event(f"circles: {len(circles)}")
    event(f"tasks on the longest chain: {len(figures.longest_chain)}")


@PATIENT
@given(WEIGHTS, WAITS)
def test_the_way_of_a_circle_leads_around_it(weights: dict[int, int], drawn: slow.Waits) -> None:
    for circle in measured(weights, drawn).circles:
        way = numbers(circle.way)
        assert way[0] == way[-1] == min(numbers(circle.members))
        assert set(way) <= set(numbers(circle.members))
        assert len(way) - 1 == len(set(way)) > 1
        assert set(pairwise(way)) <= drawn


@PATIENT
@given(st.randoms(use_true_random=False), WEIGHTS, FORWARD)
def test_the_order_of_the_input_decides_nothing(
    random: object, weights: dict[int, int], drawn: slow.Waits
) -> None:
    shuffled, edges = list(weights.items()), sorted(drawn)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    random.shuffle(edges)  # type: ignore[attr-defined]
    assert measured(dict(shuffled), [*edges, *edges]) == measured(weights, drawn)


def test_nothing_has_no_path() -> None:
    figures = measured({}, [])
    assert (figures.critical_path, figures.minutes, figures.longest_chain) == ((), 0, ())


def test_a_task_that_nobody_waits_for_is_a_path_but_no_blocked_chain() -> None:
    figures = measured({1: 30, 2: 90}, [])
    assert numbers(figures.critical_path) == (2,)
    assert figures.longest_chain == ()
    assert {number(task): value for task, value in figures.slack.items()} == {1: 60, 2: 0}


def test_of_equal_chains_the_lower_ids_decide_from_the_end() -> None:
    figures = measured({1: 5, 2: 5, 3: 5, 4: 5}, [(3, 2), (3, 1), (4, 1)])
    assert numbers(figures.critical_path) == (1, 3)


def test_what_waits_for_a_circle_is_counted_without_it() -> None:
    figures = measured({1: 10, 2: 10, 3: 10, 4: 20}, [(1, 2), (2, 1), (3, 1), (4, 3)])
    assert [numbers(circle.way) for circle in figures.circles] == [(1, 2, 1)]
    assert set(map(number, figures.stuck)) == {3, 4}
    assert (numbers(figures.critical_path), figures.total_minutes) == ((3, 4), 30)


def test_a_task_given_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        measure([FlowTask(key(1), 1), FlowTask(key(1), 2)], [])


def test_a_chain_may_be_deeper_than_the_stack() -> None:
    deep = sys.getrecursionlimit() * 20
    figures = measured(dict.fromkeys(range(deep), 2), [(n + 1, n) for n in range(deep - 1)])
    assert numbers(figures.critical_path) == tuple(range(deep))
    assert (figures.minutes, set(figures.slack.values())) == (2 * deep, {0})


def test_a_circle_may_be_longer_than_the_stack() -> None:
    deep = sys.getrecursionlimit() * 20
    figures = measured(dict.fromkeys(range(deep), 2), [(n, (n + 1) % deep) for n in range(deep)])
    assert [len(circle.members) for circle in figures.circles] == [deep]
    assert numbers(figures.circles[0].way) == (*range(deep), 0)
    assert (figures.critical_path, figures.total_minutes) == ((), 0)


@pytest.mark.thorough
def test_sixty_thousand_tasks_in_layers() -> None:
    """Each layer of 100 waits for two of the one before: 600 layers, 120,000 edges less the first.

    Every chain through all layers has the same number; one task in each layer is longer.
    """
    width, layers = 100, 600
    weights = {n: 7 if n % width == 3 else 5 for n in range(width * layers)}
    waits = [
        edge
        for n in range(width, width * layers)
        for edge in ((n, n - width), (n, n - n % width - width + (n + 1) % width))
    ]
    figures = measured(weights, waits)
    assert numbers(figures.critical_path) == tuple(3 + width * layer for layer in range(layers))
    assert figures.minutes == 7 * layers
    assert len(figures.longest_chain) == layers
    assert figures.waits == 2 * width * (layers - 1)


@pytest.mark.parametrize(
    ("estimate", "is_open", "is_parent", "minutes", "assumed"),
    [
        (30, True, False, 30, False),
        (0, True, False, 0, False),
        (None, True, False, 45, True),
        (480, True, True, 0, False),
        (None, True, True, 0, False),
        (30, False, False, 0, False),
    ],
)
def test_what_a_task_weighs(
    estimate: int | None, is_open: bool, is_parent: bool, minutes: int, assumed: bool
) -> None:
    task = weigh(key(1), estimate, is_open=is_open, is_parent=is_parent, assumed=45)
    assert (task.minutes, task.assumed) == (minutes, assumed)


def test_an_hour_is_assumed_where_nothing_is_estimated() -> None:
    assert (assumed_minutes(None), assumed_minutes(25), assumed_minutes(0)) == (60, 25, 0)
