"""The life of a session through the API: start, signs of life, end; and each refusal by name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core.ids import uuid7
from apps.repositories.models import Repository
from apps.work_sessions.models import SessionSpan, WorkSession
from apps.work_sessions.services import abandon_sessions
from tests.contracts import ClientOf, assert_problem, nothing_written
from tests.factories import MemberFactory, RepositoryFactory, TaskFactory

from .conftest import SESSIONS, At, Start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_app")]


def call(client: APIClient, session: dict[str, Any], verb: str, body: Any = None) -> Any:
    return client.post(f"{SESSIONS}/{session['id']}/{verb}", body, format="json")


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_a_session_from_start_to_end(api: APIClient, start: Start, owner: User) -> None:
    session = start(cli_mode=True, tools_used=["spade"])
    assert session["actor"] == {"id": str(owner.pk), "name": "owner"}
    assert (session["state"], session["end_time"], session["version"]) == ("active", None, 1)
    assert session["tools_used"] == ["spade"]
    assert (session["productivity_score"], session["productivity_factors"]) == (None, {})
    ended = call(api, session, "end", {"session_summary": "Dug", "files_changed": ["a.txt"]})
    assert ended.status_code == 200, ended.content
    body = ended.json()
    assert (body["state"], body["session_summary"], body["version"]) == ("ended", "Dug", 2)
    assert body["files_changed"] == ["a.txt"]
    assert moment(body["end_time"]) >= moment(body["start_time"])
    assert api.get(f"{SESSIONS}/{session['id']}").json() == body


def test_a_session_ends_without_a_body(api: APIClient, start: Start) -> None:
    response = api.post(f"{SESSIONS}/{start()['id']}/end")
    assert (response.status_code, response.json()["state"]) == (200, "ended")


def test_a_second_one_of_the_same_id_meets_the_first(
    api: APIClient, start: Start, collaborator: User, client_of: ClientOf, repository: Repository
) -> None:
    session = start()
    body = {"repository": repository.name, "session_id": "s-1"}
    for client in (api, client_of(collaborator)):
        with nothing_written():
            response = client.post(SESSIONS, body, format="json")
        problem = assert_problem(
            response, 409, "session_active", "/session_id", rule="session_active"
        )
        assert problem["current"] == api.get(f"{SESSIONS}/{session['id']}").json()
        assert (
            f"of owner goes on in the repository since {session['start_time']}."
            in (problem["detail"])
        )
    call(api, session, "end")
    assert start()["id"] != session["id"]


def test_several_go_on_at_once(api: APIClient, start: Start, owner: User) -> None:
    other = RepositoryFactory(name="acme/second")
    MemberFactory(repository=other, user=owner)
    ids = {start()["id"], start(session_id="s-2")["id"], start(repository=other.name)["id"]}
    assert len(ids) == 3
    assert WorkSession.objects.active().count() == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("session_id", value) for value in (None, 5, "", " ", "x" * 256, ["s"], {})),
        *(("start_time", value) for value in ("now", 5, "2026-05-01", "2026-05-01T08:00:00", None)),
        *(("cli_mode", value) for value in ("yes", 1, None)),
        *(("session_summary", value) for value in (5, None, "x" * 20_001)),
        *(("tools_used", value) for value in (None, "spade", {}, 5)),
        *(("files_changed", value) for value in (None, "a.txt", [f"{n}" for n in range(1001)])),
        *((name, "x") for name in ("state", "end_time", "actor", "productivity_score")),
        ("tasks_started", []),
    ],
)
def test_a_bad_start_is_told_where(
    api: APIClient, repository: Repository, name: str, value: Any
) -> None:
    body = {"repository": repository.name, "session_id": "s-1", name: value}
    with nothing_written():
        response = api.post(SESSIONS, body, format="json")
    assert_problem(response, 400, "invalid_request", f"/{name}")


@pytest.mark.parametrize(
    ("name", "value", "place"),
    [
        ("tools_used", ["a", "b", "a"], "/tools_used"),
        ("tools_used", ["a", 5], "/tools_used/1"),
        ("tools_used", ["a", " "], "/tools_used/1"),
        ("tools_used", ["x" * 101], "/tools_used/0"),
        ("files_changed", ["a", ""], "/files_changed/1"),
        ("files_changed", ["a", "b\0"], "/files_changed/1"),
        ("files_changed", [["a"]], "/files_changed/0"),
        ("session_id", "a\0", "/session_id"),
        ("session_summary", "a\0", "/session_summary"),
    ],
)
def test_a_bad_item_is_told_where(
    api: APIClient, start: Start, repository: Repository, name: str, value: Any, place: str
) -> None:
    body = {"repository": repository.name, "session_id": "s-9", name: value}
    session = start()
    with nothing_written():
        assert_problem(api.post(SESSIONS, body, format="json"), 400, "invalid_request", place)
        if name != "session_id":
            ended = call(api, session, "end", {name: value})
            assert_problem(ended, 400, "invalid_request", place)


def test_nothing_begins_in_the_future(api: APIClient, repository: Repository) -> None:
    body = {"repository": repository.name, "session_id": "s-1"}
    ahead = (timezone.now() + timedelta(seconds=90)).isoformat()
    with nothing_written():
        response = api.post(SESSIONS, {**body, "start_time": ahead}, format="json")
    problem = assert_problem(response, 400, "invalid_request", "/start_time")
    assert "in the future" in problem["detail"]
    soon = (timezone.now() + timedelta(seconds=30)).isoformat()
    started = api.post(SESSIONS, {**body, "start_time": soon}, format="json")
    assert started.status_code == 201, started.content
    # Its clock is ahead of ours: it can be told of, and ended, all the same.
    assert call(api, started.json(), "heartbeat").status_code == 200
    assert call(api, started.json(), "end").status_code == 200


def test_an_end_lies_after_the_start_and_not_in_the_future(api: APIClient, start: Start) -> None:
    session = start()
    begun = moment(session["start_time"])
    for end, rule in (
        (begun - timedelta(seconds=1), "before the session's start"),
        (timezone.now() + timedelta(hours=1), "in the future"),
        (datetime(1, 1, 2, tzinfo=UTC), "before the session's start"),
    ):
        with nothing_written():
            response = call(api, session, "end", {"end_time": end.isoformat()})
        problem = assert_problem(response, 400, "invalid_request", "/end_time")
        assert rule in problem["detail"]
    ended = call(api, session, "end", {"end_time": session["start_time"]})
    assert ended.json()["end_time"] == session["start_time"]


@pytest.mark.parametrize("event", ["started", "completed", "stopped", "started again"])
def test_a_session_ends_after_what_happened_in_it(
    api: APIClient, start: Start, repository: Repository, at: At, noon: datetime, event: str
) -> None:
    """Whatever it was, to whichever task; at the very moment of the last event it may end."""
    task, other = TaskFactory(repository=repository), TaskFactory(repository=repository)
    sent = [(task, "started", 1)]
    sent += {
        "started": [(other, "started", 20)],
        "completed": [(task, "completed", 20), (other, "completed", 5)],
        "stopped": [(task, "stopped", 20)],
        "started again": [(task, "stopped", 2), (task, "started", 20)],
    }[event]
    with at(0):
        session = start()
    with at(30):
        for each, what, minutes in sent:
            then = (noon + timedelta(minutes=minutes)).isoformat()
            body = {"task_id": str(each.pk), "event": what, "at": then}
            assert call(api, session, "tasks", body).status_code == 200
        last = (noon + timedelta(minutes=20)).isoformat().replace("+00:00", "Z")
        for end in (session["start_time"], (noon + timedelta(minutes=19.9)).isoformat()):
            with nothing_written():
                response = call(api, session, "end", {"end_time": end})
            problem = assert_problem(response, 400, "invalid_request", "/end_time")
            assert f"before the last event of a task in the session, {last}." in problem["detail"]
        ended = call(api, session, "end", {"end_time": last})
    assert (ended.status_code, ended.json()["end_time"]) == (200, last)


def test_a_session_ends_after_what_its_tasks_tell_themselves(
    api: APIClient, start: Start, repository: Repository
) -> None:
    """Whether or not a worker has brought it by then."""
    session = start(start_time=(timezone.now() - timedelta(minutes=5)).isoformat())
    TaskFactory(repository=repository, session_id="s-1", status="in_progress")
    early = (timezone.now() - timedelta(minutes=1)).isoformat()
    with nothing_written():
        response = call(api, session, "end", {"end_time": early})
    assert_problem(response, 400, "invalid_request", "/end_time")
    assert call(api, session, "end").status_code == 200


def test_what_was_told_ahead_of_our_clock_is_no_obstacle(
    api: APIClient, start: Start, repository: Repository
) -> None:
    """Neither to the end without a time nor to the job that closes what is silent."""
    task = TaskFactory(repository=repository)
    ahead = (timezone.now() + timedelta(seconds=30)).isoformat().replace("+00:00", "Z")
    for name in ("s-1", "s-2"):
        session = start(session_id=name)
        body = {"task_id": str(task.pk), "event": "started", "at": ahead}
        assert call(api, session, "tasks", body).status_code == 200
        if name == "s-1":
            assert call(api, session, "end").json()["end_time"] == ahead
    assert abandon_sessions(timeout=timedelta(0)) == 1
    closed = api.get(f"{SESSIONS}/{session['id']}").json()
    assert (closed["state"], closed["end_time"]) == ("abandoned", ahead)


@pytest.mark.parametrize("verb", ["heartbeat", "tasks", "end"])
def test_nothing_happens_in_a_session_that_has_ended(
    api: APIClient, start: Start, verb: str
) -> None:
    session = start()
    ended = call(api, session, "end").json()
    body = {"task_id": str(uuid7()), "event": "started"} if verb == "tasks" else None
    with nothing_written():
        problem = assert_problem(call(api, session, verb, body), 409, "session_closed")
    assert problem["current"] == ended
    assert ended["state"] in problem["detail"]


def test_what_has_ended_can_still_be_described(api: APIClient, start: Start) -> None:
    session = start()
    call(api, session, "end")
    response = api.patch(f"{SESSIONS}/{session['id']}", {"session_summary": "Later"}, format="json")
    assert (response.status_code, response.json()["session_summary"]) == (200, "Later")


@pytest.mark.parametrize("verb", ["heartbeat", "tasks", "end", "patch"])
def test_anothers_session_is_touched_by_its_actor_and_maintainers_only(
    api: APIClient, start: Start, collaborator: User, client_of: ClientOf, verb: str
) -> None:
    stranger = client_of(collaborator)
    owners, theirs = start(), start(stranger, session_id="s-2")

    def touch(client: APIClient, session: dict[str, Any]) -> Any:
        if verb == "patch":
            body = {"session_summary": "x"}
            return client.patch(f"{SESSIONS}/{session['id']}", body, format="json")
        body = {"task_id": str(uuid7()), "event": "started"} if verb == "tasks" else None
        return call(client, session, verb, body)

    with nothing_written():
        problem = assert_problem(touch(stranger, owners), 403, "permission_denied")
    assert "owner's" in problem["detail"]
    # The owner is a maintainer: what is refused is the task, not the caller.
    assert touch(api, theirs).status_code == (400 if verb == "tasks" else 200)


@pytest.mark.parametrize("verb", ["heartbeat", "tasks", "end"])
def test_verbs_keep_the_rules_of_writes(
    start: Start,
    owner: User,
    viewer: User,
    outsider: User,
    client_of: ClientOf,
    repository: Repository,
    verb: str,
) -> None:
    session, known = start(), client_of(owner)
    body = {"task_id": str(uuid7()), "event": "started"} if verb == "tasks" else None
    refused = [
        (client_of(outsider), 404, "not_found"),
        (client_of(owner, "write", RepositoryFactory()), 404, "not_found"),
        (client_of(viewer), 403, "permission_denied"),
        (client_of(owner, "read"), 403, "permission_denied"),
        (APIClient(), 401, "not_authenticated"),
    ]
    with nothing_written():
        for client, status, code in refused:
            assert_problem(call(client, session, verb, body), status, code)
        path = f"{SESSIONS}/{session['id']}/{verb}?x=1"
        assert_problem(known.post(path, body, format="json"), 400, "unknown_parameter", "x")
    Repository.objects.filter(pk=repository.pk).update(archived_at=timezone.now())
    with nothing_written():
        assert_problem(call(known, session, verb, body), 409, "repository_archived")


def test_a_heartbeat_is_no_change(api: APIClient, start: Start, at: At) -> None:
    with at(0):
        session = start()
    with at(5), nothing_written():
        seen = call(api, session, "heartbeat")
    assert seen.status_code == 200, seen.content
    assert moment(seen.json()["last_seen_at"]) > moment(session["last_seen_at"])
    unchanged = ("version", "updated_at", "state")
    assert all(seen.json()[name] == session[name] for name in unchanged)
    history = api.get(f"{SESSIONS}/{session['id']}/history").json()["results"]
    assert [entry["operation"] for entry in history] == ["created"]


def test_a_stale_end_is_refused(api: APIClient, start: Start) -> None:
    session = start()
    tag = api.get(f"{SESSIONS}/{session['id']}")["ETag"]
    api.patch(f"{SESSIONS}/{session['id']}", {"session_summary": "x"}, format="json")
    with nothing_written():
        response = api.post(f"{SESSIONS}/{session['id']}/end", HTTP_IF_MATCH=tag)
    assert_problem(response, 412, "precondition_failed", "If-Match")


def test_a_sign_of_life_after_a_long_silence_begins_a_span(
    api: APIClient, start: Start, at: At, noon: datetime
) -> None:
    with at(0):
        session = start()
    for minutes in (10, 25, 40.1, 50, 45):  # 15 minutes are no gap; the last is a clock's step back
        with at(minutes):
            assert call(api, session, "heartbeat").status_code == 200
    spans = SessionSpan.objects.filter(session=session["id"]).order_by("started_at")
    found = [
        [(moment - noon) / timedelta(minutes=1) for moment in (span.started_at, span.until)]
        for span in spans
    ]
    assert found == [[0, 25], [40.1, 50]]
    last_seen = WorkSession.objects.get(pk=session["id"]).last_seen_at
    assert last_seen == noon + timedelta(minutes=50)


def test_lists_are_narrowed(
    api: APIClient, start: Start, collaborator: User, client_of: ClientOf, repository: Repository
) -> None:
    first = start()["id"]
    call(api, {"id": first}, "end")
    second = start()["id"]
    third = start(client_of(collaborator), session_id="s-2")["id"]

    def ids(**query: str) -> list[str]:
        response = api.get(SESSIONS, {"repository": repository.name, **query})
        assert response.status_code == 200, response.content
        return [row["id"] for row in response.json()["results"]]

    assert ids() == [third, second, first]
    assert ids(state="active") == [third, second]
    assert ids(state="ended,abandoned") == [first]
    assert ids(session_id="s-1") == [second, first]
    assert ids(actor="collaborator") == [third]
    assert ids(actor="nobody") == []
    for name, value in (("state", "open"), ("actor", "a\0"), ("session_id", "x" * 256)):
        response = api.get(SESSIONS, {"repository": repository.name, name: value})
        assert_problem(response, 400, "invalid_parameter", name)


def test_the_account_of_a_session(
    api: APIClient, start: Start, viewer: User, outsider: User, client_of: ClientOf, at: At
) -> None:
    with at(0):
        session = start()
    for minutes in (10, 60, 63):
        with at(minutes):
            call(api, session, "heartbeat")
    path = f"{SESSIONS}/{session['id']}/time"
    account = client_of(viewer, "read").get(path).json()
    assert account["formula"] == "st-1"
    figures = ("wall_seconds", "active_seconds", "focused_seconds")
    assert [account[name] for name in figures] == [63 * 60, 13 * 60, 0]
    assert len(account["spans"]) == 2
    assert account["tasks"] == []
    assert_problem(client_of(outsider).get(path), 404, "not_found")
    assert_problem(api.get(path, {"unit": "hours"}), 400, "unknown_parameter", "unit")
    assert_problem(api.post(path), 405, "method_not_allowed")
