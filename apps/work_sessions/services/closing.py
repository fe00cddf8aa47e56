"""What closing a session brings: its score, and the minutes of its tasks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import Any
from uuid import UUID

from apps.repositories.choices import ActualMinutes
from apps.tasks.measuring import measure_tasks
from apps.tasks.models import Task
from apps.work_sessions.maths import active_time, focused_time
from apps.work_sessions.models import SessionTask, WorkSession
from apps.work_sessions.productivity import Comparison, Figures, judge
from apps.work_sessions.times import MINUTE, SECOND, read_times, time_of_tasks, whole_minutes


def score_of(session: WorkSession) -> dict[str, Any]:
    """The columns of a session's score as its rows stand; `session` as it is about to be written.

    The same rows give the same columns.
    """
    links = list(SessionTask.objects.filter(session=session).values_list("task_id", "completed_at"))
    completed = [task for task, moment in links if moment is not None]
    times = read_times([session])[session.pk]
    score = judge(
        Figures(
            active=Fraction(active_time(times), SECOND),
            focused=Fraction(focused_time(times), SECOND),
            started=len(links),
            completed=len(completed),
            comparisons=_compare(completed, session),
        )
    )
    if score is None:
        return {
            "productivity_score": None,
            "productivity_version": "",
            "productivity_factors": {},
        }
    return {
        "productivity_score": score.score,
        "productivity_version": score.version,
        "productivity_factors": score.factors,
    }


def roll_up(sessions: Collection[WorkSession]) -> int:
    """Write the measured minutes of the tasks of these sessions, where their repository wants it;
    how many tasks got another number.

    Over all sessions of each task, so that doing it again changes nothing. A task without measured
    time keeps what it has.
    """
    keys = [
        session.pk
        for session in sessions
        if session.repository.actual_minutes is ActualMinutes.SESSIONS
    ]
    if not keys:
        return 0
    tasks = SessionTask.objects.filter(session__in=keys).values_list("task_id", flat=True)
    return measure_tasks(sorted(set(tasks)), measured_minutes)


def measured_minutes(tasks: Collection[UUID]) -> Mapping[UUID, int]:
    """The whole minutes of those tasks that took any time."""
    return {key: whole_minutes(time) for key, time in time_of_tasks(tasks).items() if time > 0}


def _compare(completed: Collection[UUID], session: WorkSession) -> list[Comparison]:
    estimates = dict(
        Task.all_objects.filter(pk__in=completed, estimated_minutes__gt=0).values_list(
            "pk", "estimated_minutes"
        )
    )
    took = time_of_tasks(list(estimates), meanwhile=session)
    return [
        Comparison(Fraction(estimates[key]), took[key] / MINUTE)
        for key in sorted(estimates)
        if took.get(key, 0) > 0
    ]
