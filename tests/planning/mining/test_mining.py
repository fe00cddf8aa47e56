"""The whole way: what is planted is found as it is, what is accidental is not, always the same."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from apps.planning.mining import MinedPattern, MiningResult, Parameters, mine
from apps.planning.mining.occurrences import find_occurrences

from .histories import FLOW, START, closed_tasks, planted, random_steps, random_streams

ROOT = Path(__file__).resolve().parents[3]
QUICK = Parameters(shuffles=40, significance=0.05)
STRANGE = ("ask", "bake", "carry", "dig", "eat")  # which chance never makes


def pattern(result: MiningResult, steps: tuple[str, ...]) -> MinedPattern:
    return next(each for each in result.patterns if each.steps == steps)


@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_a_planted_flow_is_found_with_its_true_support(seed: int, gaps: bool) -> None:
    streams = planted(Random(seed), 500, 0.35, STRANGE, gaps=gaps)
    held = sum("dig" in stream for stream in streams)
    found = pattern(mine(closed_tasks(streams), QUICK), STRANGE)
    assert (found.support, found.occurrence_count, found.succeeded_count) == (held, held, held)
    assert found.confidence == 1
    assert found.q_value < 0.05


@pytest.mark.parametrize("gaps", [False, True])
def test_under_noise_of_its_own_steps_the_support_is_that_of_a_count(gaps: bool) -> None:
    streams = planted(Random(7), 600, 0.3, gaps=gaps)
    held = sum(bool(find_occurrences(stream, FLOW, 1)) for stream in streams)
    found = pattern(mine(closed_tasks(streams), QUICK), FLOW)
    assert found.support == held
    assert found.lift > 5


@pytest.mark.parametrize("seed", range(3))
def test_of_a_flow_its_parts_and_neighbours_are_no_patterns(seed: int) -> None:
    result = mine(closed_tasks(planted(Random(seed), 1_000, 0.35)))
    assert result.counts["significant"] > 15
    assert [each.steps for each in result.patterns] == [FLOW]


def test_two_flows_that_share_steps_are_two_patterns() -> None:
    other = ("fix", "test", "deploy", "document")
    streams = planted(Random(1), 700, 0.4) + planted(Random(2), 700, 0.4, other)
    result = mine(closed_tasks(streams))
    assert {each.steps for each in result.patterns} == {FLOW, other}


def test_a_part_that_is_a_habit_of_its_own_stays() -> None:
    streams = planted(Random(1), 700, 0.4) + planted(Random(2), 900, 0.5, FLOW[2:])
    result = mine(closed_tasks(streams))
    assert {each.steps for each in result.patterns} == {FLOW, FLOW[2:]}


@pytest.mark.parametrize("seed", range(8))
def test_shuffled_history_has_no_patterns(seed: int) -> None:
    """By these seeds; `python -m benchmarks.false_patterns` states the rate over a hundred."""
    random = Random(seed)
    streams = planted(random, 250, 0.4)
    for stream in streams:
        random.shuffle(stream)
    result = mine(closed_tasks(streams))
    assert result.counts["frequent"] > 20
    assert result.patterns == ()


@pytest.mark.processes
def test_the_same_work_gives_the_same_bytes_in_every_process_and_order() -> None:
    code = (
        "import random, sys; from apps.planning.mining import mine, Parameters\n"
        "from tests.planning.mining.histories import closed_tasks, planted\n"
        "tasks = closed_tasks(planted(random.Random(3), 300, 0.4), 3)\n"
        "random.Random(sys.argv[1]).shuffle(tasks)\n"
        "sys.stdout.buffer.write(mine(tasks, Parameters(shuffles=120)).canonical())"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code, seed],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "77")
    }
    assert len(outputs) == 1
    assert len(json.loads(outputs.pop())["patterns"]) > 0


def test_the_hashes_follow_the_work() -> None:
    tasks = closed_tasks(planted(Random(3), 200, 0.4))
    result, again = mine(tasks, QUICK), mine(tasks, replace(QUICK, seed=2))
    assert result.input_hash == again.input_hash
    assert result.result_hash != again.result_hash
    changed = mine([replace(tasks[0], again=True), *tasks[1:]], QUICK)
    assert changed.input_hash != result.input_hash


def test_success_times_and_repositories() -> None:
    streams = [["design", "build"]] * 4
    tasks = closed_tasks(streams, repositories=2, minutes=30)
    tasks[0] = replace(tasks[0], started_at=tasks[0].closed_at - timedelta(minutes=90))
    tasks[2] = replace(tasks[2], completed=False)
    tasks[5] = replace(tasks[5], again=True)
    tasks[6] = replace(tasks[6], started_at=None)
    everything = Parameters(significance=1.0, shuffles=1, least_share=0)
    found = pattern(mine(tasks, everything), ("design", "build"))
    assert (found.occurrence_count, found.succeeded_count, found.success_rate) == (4, 2, 0.5)
    assert (found.success_low, found.success_high) == pytest.approx((0.150039, 0.849961))
    # From the start of the first step to the end of the last; without a start, from its end.
    assert (found.p50_minutes, found.p80_minutes, found.avg_minutes) == (30, 120, 75)
    assert [
        (each.repository, each.support, each.occurrence_count, each.succeeded_count)
        for each in found.repositories
    ] == [("made-up/0", 2, 2, 1), ("made-up/1", 2, 2, 1)]
    assert found.last_seen_at == max(task.closed_at for task in tasks[:8])
    assert found.occurrences[0].task_ids == ("00003-0000", "00003-0001")


def test_a_start_behind_the_closing_is_not_believed() -> None:
    tasks = closed_tasks([["design", "build"]] * 3)
    late = [replace(task, started_at=task.closed_at + timedelta(days=1)) for task in tasks]
    found = mine(late, Parameters(significance=1.0, shuffles=1)).patterns[0]
    assert found.p50_minutes == 20


def test_what_is_long_ago_weighs_less() -> None:
    tasks = closed_tasks([["design", "build"]] * 3)
    old = [
        replace(each, id=f"old-{each.id}", session=f"old-{each.session}",
                closed_at=each.closed_at - timedelta(days=90))
        for each in tasks
    ]  # fmt: skip
    found = mine(tasks + old, Parameters(significance=1.0, shuffles=1)).patterns[0]
    assert found.weight == pytest.approx(3 * 1 + 3 * 0.5)
    assert found.last_seen_at == max(task.closed_at for task in tasks)


def test_the_newest_evidence_of_each_repository_is_kept_and_all_of_it_counted() -> None:
    tasks = closed_tasks([["design", "build"]] * 40, repositories=2)
    found = mine(tasks, Parameters(significance=1.0, shuffles=1, evidence=5)).patterns[0]
    assert found.occurrence_count == 40
    assert [each.repository for each in found.occurrences].count("made-up/0") == 5
    assert {each.session for each in found.occurrences} == {
        f"session-{number}" for number in range(30, 40)
    }


def test_work_that_is_nothing_in_particular_is_no_step_but_takes_its_place() -> None:
    streams = [["design", "", "build"]] * 5 + [["design", "", "", "test"]] * 5
    result = mine(closed_tasks(streams), Parameters(significance=1.0, shuffles=1))
    assert {each.steps for each in result.patterns} == {("design", "build")}


@pytest.mark.parametrize(
    ("streams", "counts"),
    [
        ([], {"tasks": 0, "streams": 0}),
        ([["fix"]], {"tasks": 1, "streams": 0, "alone": 1}),
        ([["fix"] * 12] * 20, {"tasks": 240, "streams": 20}),
        ([[""] * 12] * 20, {"tasks": 240, "streams": 20, "frequent": 0}),
        ([random_steps(Random(1), 5000)], {"tasks": 5000, "streams": 1, "frequent": 0}),
        ([random_steps(Random(number), 800) for number in range(4)], {"tasks": 3200}),
    ],
    ids=["nothing", "one task", "one kind", "no kind", "one long stream", "a few long ones"],
)
def test_strange_histories_have_no_patterns(
    streams: list[list[str]], counts: dict[str, int]
) -> None:
    # A few long streams hold every short pattern there is, so of six steps there are very many.
    result = mine(closed_tasks(streams), Parameters(shuffles=20, max_steps=4))
    assert result.patterns == ()
    assert {name: result.counts[name] for name in counts} == counts


def test_of_too_many_sequences_longer_ones_are_not_looked_for() -> None:
    """They would be nearly all there are, in the data and in every shuffle."""
    tasks = closed_tasks([random_steps(Random(number), 400) for number in range(4)])
    wide = mine(tasks, QUICK)
    assert (wide.counts["longest"], wide.counts["frequent"] > 1_000) == (6, True)
    narrow = mine(tasks, replace(QUICK, most_frequent=200))
    assert (narrow.counts["longest"], 100 < narrow.counts["frequent"] <= 200) == (2, True)


def test_everything_at_one_moment() -> None:
    tasks = [
        replace(task, closed_at=START, started_at=START)
        for task in closed_tasks(planted(Random(5), 300, 0.5, STRANGE))
    ]
    bulky = mine(tasks, QUICK)
    assert bulky.counts["in_bulk"] > 0
    found = pattern(mine(tasks, replace(QUICK, bulk_tasks=100)), STRANGE)
    assert found.p80_minutes == 0


def test_a_task_that_is_there_twice_is_refused() -> None:
    tasks = closed_tasks([["fix", "test"]])
    with pytest.raises(ValueError, match="there twice"):
        mine([*tasks, tasks[0]])


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_gap": -1}, {"max_gap": 9}, {"min_steps": 1}, {"max_steps": 1}, {"max_steps": 11},
        {"least_support": 0}, {"most_frequent": 0}, {"least_share": 1.5}, {"significance": 0.0},
        {"shuffles": 0}, {"seed": -1}, {"half_life_days": 0}, {"evidence": 0},
    ],
)  # fmt: skip
def test_parameters_without_a_meaning_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        Parameters(**wrong)  # type: ignore[arg-type]


def test_random_history_is_not_always_below_the_support() -> None:
    """Otherwise nothing above would say that it is the order that is judged."""
    result = mine(closed_tasks(random_streams(Random(2), 400)), QUICK)
    assert result.counts["closed"] > 20
