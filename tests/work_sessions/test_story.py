"""Sessions as clients live them, by the services, against a plain retelling of the same story.

Several sessions under way at once, tasks that move between them, silences, work that is told
afterwards, a server's clock that is set back and ahead, and ends that never come.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django.plugin import DjangoDbBlocker

from apps.accounts.models import User
from apps.core.errors import InvalidInputError
from apps.repositories.models import Repository
from apps.work_sessions.accounting import account_for
from apps.work_sessions.choices import TaskEvent
from apps.work_sessions.models import WorkSession
from apps.work_sessions.services import end_session, heartbeat, record_task, start_session
from apps.work_sessions.times import MINUTE
from tests.examples import examples
from tests.factories import MemberFactory, RepositoryFactory, TaskFactory, UserFactory

IDLE = 15  # minutes of silence that still count as work; docs/sessions.md
SESSIONS, TASKS = range(2), range(3)
EVENTS = ("started", "stopped", "completed")

steps = st.tuples(
    # Mostly onwards, by little or by much; now and then somebody sets the clock.
    st.sampled_from((0, 1, 2, 3, 5, 8, 14, 15, 16, 40, -1, -7, -20)),
    st.sampled_from(SESSIONS),
    st.sampled_from(("heard", "heard", "end", *EVENTS, *EVENTS)),
    st.sampled_from(TASKS),
    # What clients tell of with a time of its own: so many minutes ago.
    st.sampled_from((None, None, 0, 1, 4, 15, 16, 45)),
)
stories = st.lists(steps, max_size=14)


@dataclass
class Told:
    """One session, retold: when it was heard of, and what happened to each task."""

    start: int
    heard: list[int] = field(default_factory=list)
    events: dict[int, list[tuple[int, str]]] = field(default_factory=dict)
    end: int | None = None

    def hear(self, minute: int) -> None:
        """In whatever order it is told."""
        insort(self.heard, max(minute, self.start))

    def happen(self, task: int, event: str, minute: int) -> None:
        """At this minute, or, where the clock was set back, with the event before. What says
        nothing new is a sign of life alone."""
        events = self.events.setdefault(task, [])
        said = events[-1][1] if events else None
        if event != said and not (event == "stopped" and said == "completed"):
            events.append((max([minute, self.start, *(at for at, _ in events)]), event))

    def last_event(self, *tasks: int) -> int:
        """Of these tasks."""
        return max([self.start, *(at for task in tasks for at, _ in self.events.get(task, ()))])

    @property
    def last(self) -> int:
        return self.heard[-1] if self.end is None else self.end

    def is_active(self, minute: int) -> bool:
        """Whether it was heard of before and after the minute, not long apart."""
        if not self.start <= minute < self.last:
            return False
        before = max((at for at in self.heard if at <= minute), default=None)
        after = min((at for at in self.heard if at > minute), default=None)
        return before is not None and after is not None and after - before <= IDLE

    def is_under_way(self, task: int, minute: int) -> bool:
        """What the last event until then says."""
        said = [event for at, event in self.events.get(task, []) if at <= minute]
        return bool(said) and said[-1] == "started"


def minutes_of(told: Sequence[Told]) -> dict[int, Fraction]:
    """What each task took, minute by minute, the wall clock counted once."""
    found: dict[int, Fraction] = {}
    for minute in range(min(each.start for each in told), max(each.last for each in told)):
        weights: dict[int, Fraction] = {}
        for each in told:
            if each.is_active(minute):
                there = [task for task in each.events if each.is_under_way(task, minute)]
                for task in there:
                    weights[task] = max(weights.get(task, Fraction(0)), Fraction(1, len(there)))
        for task, weight in weights.items():
            found[task] = found.get(task, Fraction(0)) + weight
    return found


@dataclass
class Cast:
    """Who works, and on what."""

    actor: User
    repository: Repository
    tasks: list[Any]
    noon: datetime


@pytest.fixture(scope="module")
def cast(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Any:
    """Gone with the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        repository = RepositoryFactory()
        actor = MemberFactory(repository=repository, user=UserFactory()).user
        tasks = [TaskFactory(repository=repository) for _ in TASKS]
        # Long enough ago for the story; the database's own clock goes on.
        noon = timezone.now().replace(microsecond=0) - timedelta(hours=20)
        yield Cast(actor, repository, tasks, noon)
        transaction.set_rollback(True)


@pytest.mark.django_db
@settings(max_examples=examples(200), deadline=None)
@given(story=stories)
def test_minutes_are_those_of_the_story(cast: Cast, story: list[Any]) -> None:
    with transaction.atomic():
        check(cast, story)
        transaction.set_rollback(True)


def check(cast: Cast, story: list[Any]) -> None:
    minute = 60
    sessions: dict[int, WorkSession] = {}
    told: dict[int, Told] = {}
    for step, number, what, task, ago in story:
        minute = max(0, minute + step)
        with time_machine.travel(cast.noon + timedelta(minutes=minute), tick=False):
            if number not in sessions:
                sessions[number] = start_session(
                    actor=cast.actor,
                    repository=cast.repository,
                    session_id=f"s-{number}",
                    values={},
                )
                told[number] = Told(minute, heard=[minute])
            if told[number].end is None:
                act(cast, sessions[number], told[number], what, task, minute, ago)
    for number, session in sessions.items():
        session.refresh_from_db()
        account = account_for(session)
        one, each = told[number], minutes_of([told[number]])
        active = sum(one.is_active(at) for at in range(one.start, one.last))
        assert account.wall == (one.last - one.start) * MINUTE
        assert account.active == active * MINUTE
        assert account.focused == sum(each.values()) * MINUTE
        totals = minutes_of(list(told.values()))
        assert len(account.tasks) == len(one.events)
        for row in account.tasks:
            place = [task.pk for task in cast.tasks].index(row.link.task_id)
            assert row.weighed == each.get(place, Fraction(0)) * MINUTE
            assert row.total == totals.get(place, Fraction(0)) * MINUTE


def act(
    cast: Cast,
    session: WorkSession,
    told: Told,
    what: str,
    task: int,
    minute: int,
    ago: int | None,
) -> None:
    """The same to the session and to its retelling."""
    then = None if ago is None or minute - ago < told.start else minute - ago
    at = None if then is None else cast.noon + timedelta(minutes=then)
    if what == "heard":
        heartbeat(actor=cast.actor, session=session)
        told.hear(minute)
    elif what == "end":
        last = told.last_event(*TASKS)
        if then is not None and then < last:
            with pytest.raises(InvalidInputError, match="last event"):
                end_session(actor=cast.actor, session=session, values={}, end_time=at)
            return
        end_session(actor=cast.actor, session=session, values={}, end_time=at)
        told.hear(minute if then is None else then)
        told.end = max(minute, last) if then is None else then
    elif what != "stopped" or task in told.events:  # what was not started cannot be stopped
        key = cast.tasks[task].pk
        event = TaskEvent(what)
        if then is not None and then < told.last_event(task):
            with pytest.raises(InvalidInputError, match="last event"):
                record_task(actor=cast.actor, session=session, task_id=key, event=event, at=at)
            return
        record_task(actor=cast.actor, session=session, task_id=key, event=event, at=at)
        told.hear(minute)
        if then is not None:
            told.hear(then)
        told.happen(task, what, minute if then is None else then)
