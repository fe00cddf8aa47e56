"""Suggestions are kept, found again, accepted, rejected, remembered, and expire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from apps.planning.models import Suggestion, SuggestionEvent
from apps.planning.services.suggesting import expire_suggestions
from apps.planning.suggesting.records import REMEMBERED, TAKEN
from apps.repositories.models import Repository
from apps.tasks.models import Task
from tests.contracts import API, ClientOf, assert_problem, nothing_written
from tests.contracts.races import at_once, codes
from tests.factories import SuggestionFactory, TaskFactory, TaskPatternFactory, deletion

from .support import ADDRESS, ask, completed, contents


def decide(api: APIClient, suggestion: Any, verb: str, **body: Any) -> Any:
    key = suggestion["id"] if isinstance(suggestion, dict) else suggestion.pk
    return api.post(f"{API}/suggestions/{key}/{verb}", body, format="json")


def test_what_is_suggested_is_kept_for_seven_days(api: APIClient, repository: Repository) -> None:
    TaskFactory(repository=repository)
    [made] = ask(api, repository, session_id="s-1")["suggestions"]
    row = Suggestion.objects.get()
    assert (str(row.pk), row.session_id, row.state) == (made["id"], "s-1", "open")
    assert row.expires_at - row.created_at > timedelta(days=7) - timedelta(minutes=1)
    assert row.expires_at - row.created_at < timedelta(days=7, minutes=1)
    assert made["author"]["name"] == "owner"
    assert SuggestionEvent.objects.filter(pgh_label="insert").count() == 1


def test_what_is_open_is_answered_again_and_not_kept_twice(
    api: APIClient, repository: Repository
) -> None:
    TaskFactory(repository=repository)
    criterion = {"text": "The gate is painted", "met": False}
    completed(repository, "Build it", hours_ago=20, acceptance_criteria=[criterion])
    first = ask(api, repository)["suggestions"]
    assert {each["kind"] for each in first} == {"new", "existing"}
    with nothing_written():
        assert ask(api, repository, session_id="another")["suggestions"] == first


def test_the_same_at_once_is_kept_once(
    app_login: None, owner: Any, client_of: ClientOf, repository: Repository
) -> None:
    TaskFactory(repository=repository)
    clients = [client_of(owner), client_of(owner)]
    for client in clients:
        client.get(f"{API}/repositories")

    def send(client: APIClient) -> Callable[[], Any]:
        return lambda: client.post(ADDRESS, {"repository": repository.name}, format="json")

    answers = at_once([send(client) for client in clients])
    assert codes(answers) == ["200", "200"]
    [row] = Suggestion.objects.all()
    assert [answer.json()["suggestions"][0]["id"] for answer in answers] == [str(row.pk)] * 2


def test_accepting_a_new_one_creates_the_task(api: APIClient, repository: Repository) -> None:
    parent, pattern = TaskFactory(repository=repository), TaskPatternFactory()
    suggestion = SuggestionFactory(
        repository=repository,
        content="Write tests for: the gate",
        session_id="s-1",
        pattern=pattern,
        values={
            "details": "Why it is needed.",
            "priority": "high",
            "estimated_minutes": 30,
            "tags": ["testing"],
            "acceptance_criteria": [{"text": "All green", "met": False}],
            "parent_task_id": str(parent.pk),
        },
    )
    answer = decide(api, suggestion, "accept", assignee="ada")
    assert answer.status_code == 200, answer.content
    body = answer.json()
    task = Task.objects.get(pk=body["task"]["id"])
    assert (body["state"], body["created_task_id"]) == ("accepted", str(task.pk))
    assert (task.content, task.details, task.priority) == (
        "Write tests for: the gate",
        "Why it is needed.",
        "high",
    )
    assert (task.estimated_minutes, task.tags, task.assignee) == (30, ["testing"], "ada")
    assert task.acceptance_criteria == [{"text": "All green", "met": False}]
    assert (task.ai_suggested, task.pattern, task.parent_task) == (True, pattern, parent)
    assert (task.session_id, task.status) == ("s-1", "pending")
    assert api.get(f"{API}/tasks/{task.pk}").json() == body["task"]


def test_a_body_changes_what_is_created(api: APIClient, repository: Repository) -> None:
    suggestion = SuggestionFactory(repository=repository, values={"priority": "low"})
    body = {"content": "Mine", "priority": "high", "assignee": "bo"}
    task = decide(api, suggestion, "accept", **body).json()["task"]
    assert {name: task[name] for name in body} == body


@pytest.mark.parametrize("closed", [{"status": "completed"}, deletion()])
def test_a_parent_that_is_closed_meanwhile_is_left_out(
    api: APIClient, repository: Repository, closed: dict[str, Any]
) -> None:
    parent = TaskFactory(repository=repository, **closed)
    suggestion = SuggestionFactory(repository=repository, values={"parent_task_id": str(parent.pk)})
    assert decide(api, suggestion, "accept").json()["task"]["parent_task_id"] is None


def test_accepting_what_is_there_changes_nothing(api: APIClient, repository: Repository) -> None:
    task = TaskFactory(repository=repository)
    [suggestion] = ask(api, repository)["suggestions"]
    with nothing_written():
        refused = decide(api, suggestion, "accept", priority="high")
        assert_problem(refused, 400, "invalid_request", "/priority")
    answer = decide(api, suggestion, "accept").json()
    assert (answer["task"]["id"], answer["created_task_id"]) == (str(task.pk), None)
    assert Task.objects.get() == task
    assert answer["task"]["version"] == 1


def test_a_task_that_was_deleted_meanwhile(api: APIClient, repository: Repository) -> None:
    task = TaskFactory(repository=repository, **deletion())
    suggestion = SuggestionFactory(repository=repository, kind="existing", task=task)
    with nothing_written():
        assert_problem(decide(api, suggestion, "accept"), 404, "not_found")
    assert decide(api, suggestion, "reject").status_code == 200


def test_two_accept_at_once_and_one_task_is_made(
    app_login: None, owner: Any, client_of: ClientOf, repository: Repository
) -> None:
    suggestion = SuggestionFactory(repository=repository)
    clients = [client_of(owner), client_of(owner)]
    for client in clients:
        client.get(f"{API}/repositories")
    answers = at_once(
        [lambda client=client: decide(client, suggestion, "accept") for client in clients]
    )
    assert codes(answers) == ["200", "409 suggestion_closed"]
    assert Task.objects.count() == 1
    suggestion.refresh_from_db()
    assert suggestion.created_task == Task.objects.get()


def test_what_was_rejected_is_not_offered_for_a_while(
    api: APIClient, repository: Repository
) -> None:
    TaskFactory(repository=repository)
    criterion = {"text": "The gate is painted", "met": False}
    completed(repository, "Build it", hours_ago=20, acceptance_criteria=[criterion])
    for suggestion in ask(api, repository)["suggestions"]:
        assert decide(api, suggestion, "reject").status_code == 200
    assert ask(api, repository)["suggestions"] == []
    _let_pass(REMEMBERED)
    assert len(ask(api, repository)["suggestions"]) == 2


def test_what_was_taken_is_not_offered_to_the_next(api: APIClient, repository: Repository) -> None:
    TaskFactory(repository=repository)
    [suggestion] = ask(api, repository)["suggestions"]
    decide(api, suggestion, "accept")
    assert ask(api, repository)["suggestions"] == []
    _let_pass(TAKEN)
    assert len(ask(api, repository)["suggestions"]) == 1


def test_what_was_taken_in_other_words_is_not_offered_again(
    api: APIClient, repository: Repository
) -> None:
    criterion = {"text": "The gate is painted", "met": False}
    completed(repository, "Build it", hours_ago=20, acceptance_criteria=[criterion])
    [suggestion] = ask(api, repository)["suggestions"]
    answer = decide(api, suggestion, "accept", content="Buy two buckets of blue")
    assert answer.json()["task"]["content"] == "Buy two buckets of blue"
    offered = [each["content"] for each in ask(api, repository)["suggestions"]]
    assert suggestion["content"] not in offered


def _let_pass(time: timedelta) -> None:
    for row in Suggestion.objects.exclude(state="open"):
        row.decided_at -= time
        row.save()


def test_rejections_weigh_on_a_source(api: APIClient, repository: Repository) -> None:
    for _ in range(3):
        TaskFactory(repository=repository)
    first, second, third = ask(api, repository)["suggestions"]
    for suggestion in (first, second):
        decide(api, suggestion, "reject")
    Suggestion.objects.filter(pk=third["id"]).update(state="expired", decided_at=timezone.now())
    answer = ask(api, repository)
    [ready] = [each for each in answer["sources"] if each["source"] == "ready"]
    assert (ready["accepted"], ready["rejected"], ready["acceptance_rate"]) == (0, 2, 0.0)
    assert ready["weight"] == 0.5
    [again] = answer["suggestions"]
    assert again["content"] == third["content"]
    assert again["score"] == pytest.approx(0.5 / 63)


def test_what_is_past_its_time_is_marked_and_offered_anew(
    api: APIClient, repository: Repository
) -> None:
    TaskFactory(repository=repository)
    [old] = ask(api, repository)["suggestions"]
    week = timezone.now() + timedelta(days=7, minutes=1)
    kept = SuggestionFactory(repository=repository, expires_at=week + timedelta(days=1))
    accepted = SuggestionFactory(repository=repository, state="accepted", decided_at=timezone.now())
    assert expire_suggestions(now=week) == 1
    assert expire_suggestions(now=week) == 0
    states = {row.pk: row.state for row in Suggestion.objects.all()}
    assert states.pop(kept.pk) == "open"
    assert states.pop(accepted.pk) == "accepted"
    assert list(states.values()) == ["expired"]
    [new] = ask(api, repository)["suggestions"]
    assert new["content"] == old["content"]
    assert new["id"] != old["id"]


@pytest.mark.parametrize("state", ["accepted", "rejected", "expired"])
def test_the_database_lets_nobody_decide_twice(repository: Repository, state: str) -> None:
    now = timezone.now()
    closed = SuggestionFactory(repository=repository, state=state, decided_at=now)
    for other in {"accepted", "rejected", "expired", "open"} - {state}:
        with pytest.raises(IntegrityError, match="transition"), transaction.atomic():
            Suggestion.objects.filter(pk=closed.pk).update(state=other)


def test_the_database_keeps_tasks_in_their_repository(repository: Repository) -> None:
    elsewhere = TaskFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        SuggestionFactory(repository=repository, kind="existing", task=elsewhere)


def test_many_tasks_take_as_many_statements_as_few(api: APIClient, repository: Repository) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            ask(api, repository, session_id="s-1", limit=20)
        Suggestion.objects.all().delete()
        return len(captured)

    def fill(count: int) -> None:
        for _ in range(count):
            TaskFactory(repository=repository, priority="low")
            TaskFactory(repository=repository, status="in_progress", session_id="s-1")
            criterion = {"text": "It is painted", "met": False}
            completed(repository, "Build", hours_ago=1, session_id="s-1", tags=["a"])
            completed(repository, "Paint", hours_ago=2, acceptance_criteria=[criterion])

    fill(2)
    statements()
    few = statements()
    fill(30)
    assert statements() == few <= 25


def test_the_list_shows_them_newest_first(api: APIClient, repository: Repository) -> None:
    TaskFactory(repository=repository, content="one")
    TaskFactory(repository=repository, content="two")
    made = ask(api, repository)
    assert contents(made) == ["one", "two"]
    listed = api.get(f"{API}/suggestions", {"repository": repository.name}).json()["results"]
    assert sorted(listed, key=lambda each: each["id"]) == made["suggestions"]
