"""Times that are none, or that nothing can hold: in every field of every call that takes one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.repositories.models import Repository
from apps.work_sessions.models import SessionTask, WorkSession
from apps.work_sessions.services import abandon_sessions
from apps.work_sessions.services.deriving import derive_session_work
from tests.contracts import assert_problem, nothing_written
from tests.factories import SessionTaskFactory, TaskFactory, WorkSessionFactory

from .conftest import SESSIONS, At, Start

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("as_app")]

NO_TIMES = [
    None,
    True,
    0,
    1e300,
    [],
    {},
    "",
    " ",
    "now",
    "2026-05-01",
    "2026-05-01T08:00:00",
    "2026-02-30T08:00:00Z",
    "2026-05-01T25:00:00Z",
    "2026-05-01T08:00:00+99:99",
    "2026-05-01T08:00:60Z",
    "99999-05-01T08:00:00Z",
    "0000-01-01T00:00:00Z",
    # Of these Python makes moments that it cannot bring to UTC.
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "٢٠٢٦-05-01T08:00:00Z",
    "2026-05-01T08:00:00Z" + "0" * 10_000,
]
CALLS = [("start", "start_time"), ("end", "end_time"), ("tasks", "at")]


def send(
    api: APIClient, session: dict[str, Any], repository: Repository, call: str, **body: Any
) -> Any:
    if call == "start":
        sent = {"repository": repository.name, "session_id": "s-2", **body}
        return api.post(SESSIONS, sent, format="json")
    if call == "tasks":
        body = {"task_id": str(TaskFactory(repository=repository).pk), "event": "started", **body}
    return api.post(f"{SESSIONS}/{session['id']}/{call}", body, format="json")


@pytest.mark.parametrize(("call", "name"), CALLS)
@pytest.mark.parametrize("value", NO_TIMES, ids=lambda value: repr(value)[:40])
def test_what_is_no_time_is_told_where(
    api: APIClient, start: Start, repository: Repository, call: str, name: str, value: Any
) -> None:
    session = start()
    response = send(api, session, repository, call, **{name: value})
    assert_problem(response, 400, "invalid_request", f"/{name}")
    assert (WorkSession.objects.count(), SessionTask.objects.count()) == (1, 0)
    assert WorkSession.objects.get().version == 1


@pytest.mark.parametrize(("call", "name"), CALLS)
def test_nothing_happens_in_the_future(
    api: APIClient, start: Start, repository: Repository, call: str, name: str
) -> None:
    session = start()
    for ahead in (timedelta(seconds=65), timedelta(days=1), timedelta(days=365 * 1000)):
        moment = (timezone.now() + ahead).isoformat()
        response = send(api, session, repository, call, **{name: moment})
        problem = assert_problem(response, 400, "invalid_request", f"/{name}")
        assert "in the future" in problem["detail"]
    assert (WorkSession.objects.count(), SessionTask.objects.count()) == (1, 0)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "0001-12-31T23:59:59Z"])
def test_antiquity_is_refused(
    api: APIClient, start: Start, repository: Repository, text: str
) -> None:
    session = start()
    with nothing_written():
        for call, name in (("start", "start_time"), ("end", "end_time")):
            response = send(api, session, repository, call, **{name: text})
            assert_problem(response, 400, "invalid_request", f"/{name}")


@pytest.mark.parametrize(
    "text", ["0002-01-01T00:00:00Z", "1900-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "367 days ago"]
)
def test_a_session_did_not_begin_more_than_a_year_ago(
    api: APIClient, repository: Repository, text: str
) -> None:
    if text == "367 days ago":
        text = (timezone.now() - timedelta(days=367)).isoformat()
    body = {"repository": repository.name, "session_id": "s-1", "start_time": text}
    with nothing_written():
        response = api.post(SESSIONS, body, format="json")
        problem = assert_problem(response, 400, "invalid_request", "/start_time")
    assert "366 days" in problem["detail"]


@pytest.mark.parametrize("year", [2, 1900, 1969, 1970])
def test_work_from_before_there_were_ids_can_be_ended(
    api: APIClient, repository: Repository, year: int
) -> None:
    """Rows that nobody may start any more, but that may be there: also the job closes them."""
    began = datetime(year, 1, 1, tzinfo=UTC)
    for name in ("s-1", "s-2"):
        session = WorkSessionFactory(
            repository=repository,
            session_id=name,
            start_time=began,
            last_seen_at=began,
        )
        SessionTaskFactory(session=session, task=TaskFactory(repository=repository))
    key = WorkSession.objects.get(session_id="s-1").pk
    ended = api.post(f"{SESSIONS}/{key}/end")
    assert ended.status_code == 200, ended.content
    derive_session_work([link.task_id for link in SessionTask.objects.all()])
    abandon_sessions(timeout=timedelta(minutes=120))
    states = dict(WorkSession.objects.values_list("session_id", "state"))
    assert states == {"s-1": "ended", "s-2": "abandoned"}


def test_an_old_start_is_a_start_of_which_nothing_is_known(
    api: APIClient, start: Start, at: At, noon: datetime
) -> None:
    """Nobody was heard of since: it adds no minute to anything."""
    with at(0):
        session = start(start_time=(noon - timedelta(days=366)).isoformat())
        ended = api.post(f"{SESSIONS}/{session['id']}/end")
        assert ended.status_code == 200, ended.content
    account = api.get(f"{SESSIONS}/{session['id']}/time").json()
    assert (account["active_seconds"], len(account["spans"])) == (0, 2)


def test_an_offset_is_only_another_way_to_write_a_time(
    api: APIClient, start: Start, noon: datetime
) -> None:
    session = start(start_time=noon.isoformat())
    same = noon.isoformat().replace("+00:00", "+05:30")
    shifted = (noon + timedelta(hours=5, minutes=30)).isoformat().replace("+00:00", "+05:30")
    assert same != shifted
    early = api.post(f"{SESSIONS}/{session['id']}/end", {"end_time": same}, format="json")
    assert_problem(early, 400, "invalid_request", "/end_time")
    ended = api.post(f"{SESSIONS}/{session['id']}/end", {"end_time": shifted}, format="json")
    assert ended.json()["end_time"] == session["start_time"]


@pytest.mark.parametrize("step", [-50, -1, 70])
def test_a_server_whose_clock_was_set_goes_on(
    api: APIClient, start: Start, repository: Repository, at: At, step: int
) -> None:
    """Minutes back or ahead between two calls: every call is answered, no interval is negative."""
    task = TaskFactory(repository=repository)
    event = {"task_id": str(task.pk), "event": "started"}
    with at(100):
        session = start()
        path = f"{SESSIONS}/{session['id']}"
        assert api.post(f"{path}/tasks", event, format="json").status_code == 200
    with at(100 + step):
        assert api.post(f"{path}/heartbeat").status_code == 200
        done = api.post(f"{path}/tasks", {**event, "event": "completed"}, format="json")
        assert done.status_code == 200, done.content
        ended = api.post(f"{path}/end")
        assert ended.status_code == 200, ended.content
        account = api.get(f"{path}/time").json()
    assert account["wall_seconds"] == max(0, step) * 60
    assert account["active_seconds"] == account["focused_seconds"] == 0
    assert [row["minutes"] for row in account["tasks"]] == [0]
    row = SessionTask.objects.get()
    assert row.completed_at >= row.started_at


def test_events_keep_their_order_after_a_pause_and_a_completion(
    api: APIClient, start: Start, repository: Repository, at: At, noon: datetime
) -> None:
    """The last event may be a resumption, or a completion after a stop."""
    task = TaskFactory(repository=repository)
    with at(0):
        session = start()

    def tell(event: str, minute: float) -> Any:
        body = {"task_id": str(task.pk), "event": event}
        body["at"] = (noon + timedelta(minutes=minute)).isoformat()
        return api.post(f"{SESSIONS}/{session['id']}/tasks", body, format="json")

    with at(60):
        for event, minute in (("started", 1), ("stopped", 10), ("started", 20)):
            assert tell(event, minute).status_code == 200
        with nothing_written():
            assert_problem(tell("stopped", 15), 400, "invalid_request", "/at")
        for event, minute in (("stopped", 25), ("completed", 30)):
            assert tell(event, minute).status_code == 200
        with nothing_written():
            assert_problem(tell("started", 27), 400, "invalid_request", "/at")
        assert tell("started", 30).status_code == 200
