"""Ready and blocked, over random graphs, against the rules in plain Python."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from apps.repositories.models import Repository
from apps.tasks.models import Task
from apps.tasks.queue import read_queue
from tests.examples import examples
from tests.factories import TaskClaimFactory, TaskDependencyFactory, TaskFactory, deletion

pytestmark = pytest.mark.django_db
OPEN = {"pending", "in_progress"}
MOST = 6


@dataclass(frozen=True)
class Sketch:
    """One task, whose parent is an earlier one. What is deleted is deleted when all stands."""

    status: str
    deleted: bool
    claimed: str
    parent: int | None


SKETCHES = st.builds(
    Sketch,
    # Mostly what matters to the answer, so that not every graph is closed or deleted.
    status=st.sampled_from(["pending", "pending", "in_progress", "completed", "cancelled"]),
    deleted=st.sampled_from([False, False, False, True]),
    claimed=st.sampled_from(["no", "no", "no", "held", "expired"]),
    parent=st.none() | st.integers(0, MOST - 1),
)
PAIRS = [(waiting, other) for waiting in range(MOST) for other in range(waiting)]
EDGES = st.lists(st.sampled_from(PAIRS), unique=True, min_size=2, max_size=8)
KINDS = st.sampled_from(["blocks", "blocks", "related", "discovered_from", "duplicates"])


def blocked(
    number: int, sketches: Sequence[Sketch], links: dict[tuple[int, int], str], strict: bool
) -> bool:
    """A pending task that waits for one that is open, or cancelled where that blocks."""
    holding = OPEN | ({"cancelled"} if strict else set())
    return is_pending(sketches[number]) and any(
        not sketches[other].deleted and sketches[other].status in holding
        for (waiting, other), kind in links.items()
        if waiting == number and kind == "blocks"
    )


def ready(
    number: int, sketches: Sequence[Sketch], links: dict[tuple[int, int], str], strict: bool
) -> bool:
    """A pending task that nothing holds up: no claim, no open child, no blocker."""
    container = any(
        child.parent == number and not child.deleted and child.status in OPEN for child in sketches
    )
    return (
        is_pending(sketches[number])
        and sketches[number].claimed != "held"
        and not container
        and not blocked(number, sketches, links, strict)
    )


def is_pending(sketch: Sketch) -> bool:
    return not sketch.deleted and sketch.status == "pending"


@settings(
    max_examples=examples(80),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_they_follow_from_the_graph(repository: Repository, data: st.DataObject) -> None:
    sketches = [
        Sketch(s.status, s.deleted, s.claimed, None if (s.parent or 0) >= number else s.parent)
        for number, s in enumerate(data.draw(st.lists(SKETCHES, min_size=MOST, max_size=MOST)))
    ]
    links = {edge: data.draw(KINDS) for edge in data.draw(EDGES)}
    rule = data.draw(st.sampled_from([None, "release", "block"]))
    tasks = plant(repository, sketches, links, rule)

    found = Task.objects.filter(repository=repository)
    shown = {
        name: set(getattr(found, name)().values_list("pk", flat=True))
        for name in ("ready", "blocked")
    }

    for name, holds in (("ready", ready), ("blocked", blocked)):
        expected = {
            task.pk
            for number, task in enumerate(tasks)
            if holds(number, sketches, links, rule == "block")
        }
        event(f"some {name}: {bool(expected)}")
        assert shown[name] == expected
    assert not shown["ready"] & shown["blocked"]
    assert {each.task.pk for each in read_queue(repository).standings} == shown["ready"]


def plant(
    repository: Repository,
    sketches: Sequence[Sketch],
    links: dict[tuple[int, int], str],
    rule: str | None,
) -> list[Task]:
    """The graph as rows, in place of the last one."""
    Task.all_objects.all().delete()
    chosen: dict[str, Any] = {} if rule is None else {"cancelled_blockers": rule}
    Repository.objects.filter(pk=repository.pk).update(settings=chosen)
    tasks: list[Task] = []
    for sketch in sketches:
        parent = None if sketch.parent is None else tasks[sketch.parent]
        tasks.append(TaskFactory(repository=repository, status=sketch.status, parent_task=parent))
    for (waiting, other), kind in links.items():
        TaskDependencyFactory(task=tasks[waiting], depends_on=tasks[other], kind=kind)
    now = timezone.now()
    for task, sketch in zip(tasks, sketches, strict=True):
        if sketch.claimed != "no":
            until = now + timedelta(hours=1 if sketch.claimed == "held" else -1)
            TaskClaimFactory(task=task, expires_at=until)
        if sketch.deleted:
            Task.objects.filter(pk=task.pk).update(**deletion())
    return tasks
