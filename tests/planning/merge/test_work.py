"""How much is compared, counted: twice the items make about twice the work; and the same result."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from apps.planning.merge import Inputs, Mine, merge
from apps.planning.merge.anchors import MOST_COMPARED
from apps.planning.merge.fields import merge_criteria

from .world import EMPTY, World, imported, outline

THOROUGH = pytest.mark.thorough


@contextmanager
def counted_lines() -> Iterator[Counter[str]]:
    """How many lines of Python run in the block, by the module; those of comprehensions too."""
    lines: Counter[str] = Counter()

    def trace(frame: FrameType, happening: str, argument: Any) -> Any:
        if "apps/planning/merge" not in frame.f_code.co_filename:
            return None
        if happening == "line":
            lines[Path(frame.f_code.co_filename).stem] += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield lines
    finally:
        sys.settrace(before)


def tasks(count: int, verb: str, note: str = "") -> str:
    """A list of tasks, each of which waits for the one before."""
    return "# Many\n\n## Tasks\n\n" + "".join(
        f"### MA-{n} {verb} number {n}\n\n{note}\n\nDepends on MA-{n - 1}\n\n" for n in range(count)
    )


def plain(count: int, verb: str) -> str:
    return "# Many\n\n## Tasks\n" + "".join(f"- {verb} {n}x\n" for n in range(count))


def work(world: World, text: str) -> int:
    inputs = world.inputs(text)
    with counted_lines() as lines:
        merge(inputs)
    return lines.total()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(lambda n: tasks(n, "Do"), lambda n: tasks(n, "Do"), marks=THOROUGH),
        (lambda n: tasks(n, "Do"), lambda n: tasks(n, "Do", "More.")),
        pytest.param(lambda n: tasks(n, "Do"), lambda n: "# Many\n\n## Tasks\n", marks=THOROUGH),
        pytest.param(
            lambda n: tasks(n, "Do"),
            lambda n: tasks(n, "Do").replace("MA-", "MB-"),
            marks=THOROUGH,
        ),
        pytest.param(lambda n: plain(n, "Dig"), lambda n: plain(n, "Water"), marks=THOROUGH),
        (lambda n: plain(n, "Dig"), lambda n: plain(n, "Dig").replace("- ", "- A ")),
    ],
    ids=["the same", "all changed", "all gone", "all ids new", "all new", "all renamed"],
)
def test_the_work_grows_with_the_items(before: Any, after: Any) -> None:
    """Beyond the bound on pairs of titles, where nothing is compared pair by pair."""
    small, large = 600, 1200
    assert small**2 > MOST_COMPARED
    costs = [work(imported(before(n)), after(n)) for n in (small, large)]
    assert costs[1] < 2.5 * costs[0]


@pytest.mark.parametrize("many", [600, pytest.param(5000, marks=THOROUGH)])
def test_thousands_of_renamed_items_are_not_compared_pair_by_pair(many: int) -> None:
    assert many**2 > MOST_COMPARED
    world = imported(plain(many, "Dig"))
    merged = world.merge(plain(many, "Water"))
    assert Counter(kind for kind, *_ in outline(merged.entries)) == {"add": many, "retire": many}
    assert len(merged.notes) == 1
    assert not any(entry.candidates for entry in merged.entries)


@pytest.mark.parametrize("many", [1_000, pytest.param(10_000, marks=THOROUGH)])
def test_the_work_grows_with_the_criteria(many: int) -> None:
    def cost(count: int) -> int:
        base = [{"text": f"It holds {n}", "met": False} for n in range(count)]
        mine = [{**each, "met": n % 2 == 0} for n, each in enumerate(base)]
        theirs = [each for n, each in enumerate(base) if n % 3 != 1] + [
            {"text": f"It also holds {n}", "met": False} for n in range(count)
        ]
        with counted_lines() as lines:
            change = merge_criteria(base, mine, theirs)
        assert change
        return lines.total()

    assert cost(2 * many) < 2.2 * cost(many)


def everything() -> Inputs:
    """Something of everything: questions, ids that move, circles, retired and unwanted items."""
    text = tasks(6, "Do") + "## Phase 2: Then\n- Oil the left hinge\n- Oil the right hinge\n"
    world = imported(text)
    world.edit(world.task("Do number 3").task_id, status="completed", tags=["b", "a"])
    world.edit(world.task("Do number 0").task_id, dependencies=[world.task("Do number 5").task_id])
    changed = text.replace("MA-2", "MA-22").replace("MA-4", "MA-2").replace("left ", "")
    changed = changed.replace("Do number 3", "Do number three")
    return world.inputs(changed.replace("### MA-5 Do number 5", "### MA-7 Rest"))


def shuffled(inputs: Inputs) -> Inputs:
    """The same with every mapping the other way round."""

    def turned(mapping: Any) -> Any:
        return dict(reversed(list(mapping.items())))

    items = [replace(i, values=turned(i.values), places=turned(i.places)) for i in inputs.items]
    base = [replace(b, values=turned(b.values)) for b in inputs.base]
    mine = {pk: replace(task, values=turned(task.values)) for pk, task in inputs.mine.items()}
    return Inputs(items, base, turned(mine), turned(inputs.holders), turned(inputs.pins))


def test_the_order_of_mappings_makes_no_difference() -> None:
    inputs = everything()
    first = merge(inputs)
    assert {entry.kind for entry in first.entries} == {"add", "conflict"}
    assert merge(inputs) == first
    assert merge(shuffled(inputs)) == first


SCRIPT = """
from tests.planning.merge.test_work import everything
from apps.planning.merge import merge
print(merge(everything()).entries)
"""


@pytest.mark.processes
def test_the_order_of_sets_makes_no_difference() -> None:
    """Python mixes it anew in each process, by a seed."""
    root = Path(__file__).resolve().parents[3]
    answers = {
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            cwd=root,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(answers) == 1
    assert "conflict" in answers.pop()


def test_an_empty_repository_and_an_empty_document() -> None:
    assert merge(Inputs([], [], {})).entries == ()
    stray = Mine("task", "pending", deleted=False, marked=False, values=EMPTY)
    assert merge(Inputs([], [], {"task": stray})).entries == ()
