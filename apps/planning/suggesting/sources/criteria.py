"""Acceptance criteria that nobody has met yet."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from apps.planning.choices import SuggestionKind, SuggestionSource
from apps.planning.suggesting.model import (
    LONGEST_CONTENT,
    MOST_FROM_A_SOURCE,
    Candidate,
    Found,
    Reason,
    shorten,
)
from apps.planning.suggesting.situation import Situation
from apps.tasks.choices import TaskStatus
from apps.tasks.models import Task

SOURCE = SuggestionSource.CRITERION.value
NEWEST = 200  # tasks in progress, and tasks completed, that are looked at
LATELY = timedelta(days=14)
MOST_OF_A_TASK = 3  # criteria of a completed task that are suggested at once
COLUMNS = ("id", "content", "acceptance_criteria", "session_id", "assignee", "completed_at")


def find_criteria(situation: Situation) -> Found:
    """Of the task at hand first, then of the session, then the others.

    A task in progress is suggested itself. From a completed one follows a new task for each
    criterion that it has left unmet.
    """
    tasks = {task.pk: task for task in in_progress(situation.repository.pk)}
    since = situation.now - LATELY
    tasks |= {task.pk: task for task in lately_completed(situation.repository.pk, since)}
    if situation.task is not None:
        tasks[situation.task.pk] = situation.task
    unmet = [(task, texts) for task in tasks.values() if (texts := _unmet(task))]
    if not unmet:
        return Found(SOURCE, note="No task in progress or lately completed has an unmet criterion.")
    unmet.sort(key=lambda each: _order(each[0], situation))
    candidates: list[Candidate] = []
    for task, texts in unmet:
        if len(candidates) >= MOST_FROM_A_SOURCE:
            break
        if task.completed_at is not None:
            done = task.completed_at
            candidates += [_follow_up(task, text, done) for text in texts[:MOST_OF_A_TASK]]
        else:
            candidates.append(_go_on(task, texts))
    return Found(SOURCE, tuple(candidates[:MOST_FROM_A_SOURCE]))


def in_progress(repository_id: UUID) -> Any:
    """The newest tasks in progress."""
    tasks = Task.objects.filter(repository=repository_id, status=TaskStatus.IN_PROGRESS)
    return tasks.only(*COLUMNS, "status").order_by("-pk")[:NEWEST]


def lately_completed(repository_id: UUID, since: datetime) -> Any:
    """What was completed since, the newest first."""
    tasks = Task.objects.filter(repository=repository_id, completed_at__gte=since)
    return tasks.only(*COLUMNS, "status").order_by("-completed_at", "-pk")[:NEWEST]


def _unmet(task: Task) -> list[str]:
    return [each["text"] for each in task.acceptance_criteria if not each["met"]]


def _order(task: Task, situation: Situation) -> tuple[object, ...]:
    at_hand = situation.task is not None and task.pk == situation.task.pk
    in_session = bool(situation.session_id) and task.session_id == situation.session_id
    done = task.status == TaskStatus.COMPLETED
    newest = -task.completed_at.timestamp() if task.completed_at else -task.pk.int
    return not at_hand, not in_session, done, newest, task.pk


def _go_on(task: Task, texts: list[str]) -> Candidate:
    of = len(task.acceptance_criteria)
    text = (
        f"It is in progress, and {len(texts)} of its {of} criteria"
        f" {'is' if len(texts) == 1 else 'are'} unmet; the first: “{shorten(texts[0])}”."
    )
    if task.status == TaskStatus.PENDING:
        text = text.replace("It is in progress, and", "It is at hand, and", 1)
    values = {"unmet": len(texts), "criteria": of, "first": shorten(texts[0])}
    return Candidate(
        source=SOURCE,
        kind=SuggestionKind.EXISTING,
        content=task.content,
        reasons=(Reason(SOURCE, text, values),),
        task_id=task.pk,
    )


def _follow_up(task: Task, criterion: str, completed_at: datetime) -> Candidate:
    of = len(task.acceptance_criteria)
    text = (
        f"“{shorten(task.content)}” was completed on {completed_at:%Y-%m-%d} with this one of"
        f" its {of} criteria unmet."
    )
    return Candidate(
        source=SOURCE,
        kind=SuggestionKind.NEW,
        content=shorten(f"Meet the criterion: {criterion}", LONGEST_CONTENT),
        reasons=(Reason(SOURCE, text, {"criteria": of, "completed_at": completed_at.isoformat()}),),
        task_id=task.pk,
        values={
            "details": f"A criterion that “{shorten(task.content, 200)}” has left unmet.",
            "acceptance_criteria": [{"text": criterion, "met": False}],
        },
    )
