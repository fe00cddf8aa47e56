"""What is there already: ready tasks in their order, and criteria that nobody has met."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.repositories.models import Repository
from apps.tasks.queue import WINDOW
from tests.factories import (
    TaskClaimFactory,
    TaskDependencyFactory,
    TaskFactory,
    deletion,
)

from .support import ask, completed, contents, source, sources


def test_ready_tasks_by_priority_due_date_what_they_unblock_and_age(
    api: APIClient, repository: Repository
) -> None:
    now = timezone.now()

    def make(content: str, **values: Any) -> Any:
        return TaskFactory(repository=repository, content=content, **values)

    old = make("old")
    hub = make("hub")
    for _ in range(2):
        TaskDependencyFactory(task=make("waits", priority="high"), depends_on=hub)
    done = TaskFactory(repository=repository, status="cancelled")
    TaskDependencyFactory(task=done, depends_on=old)  # closed: it waits no more
    make("low", priority="low")
    later = make("later", due_at=now + timedelta(days=9, hours=1))
    make("overdue", due_at=now - timedelta(days=2, hours=1))
    make("high", priority="high")
    TaskClaimFactory(task=make("claimed", priority="high"))
    make("begun", priority="high", status="in_progress")
    make("gone", priority="high", **deletion())
    TaskFactory(parent_task=make("parent", priority="high"), repository=repository, content="child")
    TaskFactory(content="elsewhere", priority="high")

    answer = ask(api, repository, limit=20)
    assert contents(answer) == ["overdue", "high", "hub", "old", "later", "child", "low"]
    by_content = {each["content"]: each for each in answer["suggestions"]}
    assert by_content["later"]["task_id"] == str(later.pk)
    assert {each["kind"] for each in answer["suggestions"]} == {"existing"}
    [reason] = by_content["hub"]["reasons"]
    assert reason["text"].startswith("It is ready, as no. 3. To be begun by ")
    assert "2 open tasks wait for it" in reason["text"]
    values = reason["values"]
    assert (values["rank"], values["priority"], values["unblocks"]) == (3, "medium", 2)
    assert values["score"] == pytest.approx(2 * 6 - 7 * 24, abs=0.1)
    assert "Should have been begun by" in by_content["overdue"]["reasons"][0]["text"]
    assert "it is due then" in by_content["overdue"]["reasons"][0]["text"]
    assert by_content["later"]["reasons"][0]["values"]["due_at"] == later.due_at.isoformat()
    assert by_content["hub"]["sources"] == [
        {"source": "ready", "rank": 3, "weight": 1.0, "points": 0.015873016}
    ]
    assert by_content["hub"]["score"] == pytest.approx(1 / 63)


def test_more_ready_tasks_than_are_ranked(api: APIClient, repository: Repository) -> None:
    """A high one that came last is found among many of low priority."""
    for _ in range(WINDOW + 20):
        TaskFactory(repository=repository, priority="low")
    TaskFactory(repository=repository, content="the last", priority="high")
    answer = ask(api, repository, limit=20)
    assert contents(answer)[0] == "the last"
    assert len(answer["suggestions"]) == 20


def test_the_task_at_hand_is_not_suggested_as_ready(api: APIClient, repository: Repository) -> None:
    task = TaskFactory(repository=repository)
    answer = ask(api, repository, task_id=str(task.pk))
    assert answer["suggestions"] == []
    assert answer["basis"] == {
        "by": "task",
        "last_task_id": str(task.pk),
        "task_ids": [str(task.pk)],
    }


def criteria(*met: bool) -> list[dict[str, Any]]:
    return [{"text": f"Criterion {n}", "met": each} for n, each in enumerate(met, start=1)]


def test_a_task_in_progress_with_unmet_criteria(api: APIClient, repository: Repository) -> None:
    task = TaskFactory(
        repository=repository,
        content="Build the gate",
        status="in_progress",
        acceptance_criteria=criteria(True, False, False),
    )
    TaskFactory(
        repository=repository, status="in_progress", acceptance_criteria=criteria(True, True)
    )
    [suggestion] = ask(api, repository)["suggestions"]
    assert (suggestion["kind"], suggestion["task_id"]) == ("existing", str(task.pk))
    [reason] = suggestion["reasons"]
    assert reason["text"] == (
        "It is in progress, and 2 of its 3 criteria are unmet; the first: “Criterion 2”."
    )
    assert reason["values"] == {"unmet": 2, "criteria": 3, "first": "Criterion 2"}


def test_what_a_completed_task_has_left_unmet(api: APIClient, repository: Repository) -> None:
    task = completed(
        repository,
        "Build the gate",
        hours_ago=30,
        acceptance_criteria=criteria(False, True),
        session_id="other",
    )
    completed(repository, "Long ago", hours_ago=15 * 24, acceptance_criteria=criteria(False))
    [suggestion] = [
        each for each in ask(api, repository)["suggestions"] if sources(each) == ["criterion"]
    ]
    assert suggestion["kind"] == "new"
    assert suggestion["content"] == "Meet the criterion: Criterion 1"
    assert suggestion["task_id"] == str(task.pk)
    assert suggestion["values"]["acceptance_criteria"] == [{"text": "Criterion 1", "met": False}]
    assert "“Build the gate” was completed on" in suggestion["reasons"][0]["text"]


def test_criteria_of_the_task_at_hand_and_of_the_session_come_first(
    api: APIClient, repository: Repository
) -> None:
    def begun(content: str, **values: Any) -> Any:
        return TaskFactory(
            repository=repository,
            content=content,
            status="in_progress",
            acceptance_criteria=criteria(False),
            **values,
        )

    begun("of another")
    begun("of the session", session_id="s-1")
    at_hand = begun("at hand")
    begun("newest")
    answer = ask(api, repository, session_id="s-1", task_id=str(at_hand.pk))
    assert contents(answer)[:2] == ["at hand", "of the session"]


@pytest.mark.usefixtures("as_app")
def test_nothing_to_say_is_said(api: APIClient, repository: Repository) -> None:
    answer = ask(api, repository)
    assert answer["suggestions"] == []
    assert answer["cold_start"] is True
    assert "no pattern is mined" in answer["message"]
    assert source(answer, "ready")["note"] == "No task is ready to start."
    assert source(answer, "criterion")["found"] == 0
    assert answer["basis"] == {"by": "nothing", "last_task_id": None, "task_ids": []}
