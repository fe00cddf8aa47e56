"""Made-up histories with given times: rows and events as the triggers would have written them.

The triggers take the database's clock, so what happened last spring can only be written without
them. `test_real_writes` checks that real writes leave the same kind of history.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from apps.core.ids import uuid7_floor
from apps.prds.models import PRD
from apps.repositories.models import Repository
from apps.tasks.choices import TaskComplexity, TaskStatus
from apps.tasks.lifecycle import TRANSITIONS
from apps.tasks.models import Task, TaskEvent
from tests.tasks.ageing import without_triggers

MILLISECOND = timedelta(milliseconds=1)
PEOPLE = ("", "ada", "mara")
COMPLEXITIES = (*TaskComplexity.values, None)
EVENT_COLUMNS = [
    field.attname for field in TaskEvent._meta.concrete_fields if not field.name.startswith("pgh_")
]


def key_at(moment: datetime, random: Random) -> Any:
    """A UUIDv7 of this millisecond."""
    bits = 0x7 << 76 | 0b10 << 62 | random.getrandbits(61)
    return type(uuid7_floor(moment))(int=uuid7_floor(moment).int | bits)


class World:
    """The tasks of a repository: each version of each, in order of time."""

    def __init__(self, random: Random, repository: Repository, moments: Sequence[datetime]) -> None:
        self.random = random
        self.repository = repository
        # What happens often happens just at a border, or just beside it.
        self.moments = moments
        self.rows: list[Any] = []
        self.events: list[Any] = []

    def moment(self) -> datetime:
        """Some time in the world's span, to the millisecond."""
        first, last = self.moments[0], self.moments[-1]
        if self.random.random() < 0.4:
            found = self.random.choice(self.moments)
            return found + MILLISECOND * self.random.choice((-1, 0, 0, 1))
        span = (last - first) // MILLISECOND
        return first + MILLISECOND * self.random.randrange(-span // 4, span + span // 4)

    def add_task(self, prds: Sequence[Any]) -> None:
        """One life: made, moved, reassigned, deleted, restored, purged."""
        random = self.random
        times = sorted({self.moment() for _ in range(random.randint(1, 8))})
        made = times[0]
        task = Task(
            id=key_at(made, random),
            repository=self.repository,
            content=f"Task {len(self.events)}",
            status=random.choice(("pending", "pending", "in_progress", "completed")),
            assignee=random.choice(PEOPLE),
            prd=random.choice((None, *prds)),
            complexity=random.choice(COMPLEXITIES),
            estimated_minutes=random.choice((None, 0, 30, 60, 90, 120)),
            actual_minutes=random.choice((None, 0, 15, 45, 60, 75, 400)),
            updated_at=made,
            version=1,
        )
        self._keep_times(task, made)
        self._note("insert", task, made)
        for number, at in enumerate(times[1:], start=2):
            purged = self._change(task, at)
            task.version, task.updated_at = number, at
            if purged:
                self._note("delete", task, at)
                return
            self._note("update", task, at)
        self.rows.append(task)

    def _change(self, task: Any, at: datetime) -> bool:
        """One change; whether it was the last, for good."""
        chance = self.random.random()
        if task.deleted_at is not None:
            if chance < 0.3:
                return True
            task.deleted_at = task.deletion_batch = None
        elif chance < 0.15:
            task.deleted_at, task.deletion_batch = at, key_at(at, self.random)
        elif chance < 0.25:
            task.assignee = self.random.choice(PEOPLE)
        elif chance < 0.3:
            task.prd = None
        elif chance < 0.4:
            task.content = f"{task.content}!"
        else:
            task.status = self.random.choice(sorted(TRANSITIONS[task.status]))
            task.completed_at = None
            self._keep_times(task, at)
        return False

    def _keep_times(self, task: Any, at: datetime) -> None:
        """As the trigger does; now and then an import gives times of its own."""
        if task.status == TaskStatus.PENDING:
            task.started_at = None
        elif task.status == TaskStatus.IN_PROGRESS:
            task.started_at = task.started_at or at
        if task.status == TaskStatus.COMPLETED:
            away = timedelta(hours=self.random.randint(1, 90), milliseconds=7)
            chance = self.random.random()
            task.completed_at = at - away if chance < 0.15 else at
            if chance > 0.7 and task.started_at:
                # Made, completed, and only then started: its lead time can be told, no cycle time.
                early = MILLISECOND * self.random.randint(1, 3_600_000)
                task.completed_at = task.started_at - early

    def _note(self, label: str, task: Any, at: datetime) -> None:
        image = {name: getattr(task, name) for name in EVENT_COLUMNS}
        self.events.append(
            TaskEvent(
                **image,
                pgh_id=key_at(at, self.random),
                pgh_created_at=at,
                pgh_label=label,
                pgh_obj_id=task.pk,
                pgh_context={},
            )
        )

    def write(self) -> None:
        """Into the database."""
        with without_triggers("tasks"):
            Task.all_objects.bulk_create(self.rows)
        TaskEvent._base_manager.bulk_create(self.events)


def make_world(
    seed: int, repository: Repository, moments: Sequence[datetime], *, tasks: int = 40
) -> World:
    """A world of so many tasks; equal seeds give equal worlds."""
    random = Random(seed)
    world = World(random, repository, [moment.astimezone(UTC) for moment in moments])
    prds = list(PRD.objects.filter(repository=repository))
    for _ in range(tasks):
        world.add_task(prds)
    world.write()
    return world
