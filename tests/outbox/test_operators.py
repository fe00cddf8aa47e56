"""What operators see of the outbox, readiness, metrics and console, and what they can do."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.outbox.models import OutboxEntry
from apps.outbox.services import bury, claim_fresh
from tests.core.admin.support import list_url, logged_in, page_url, staff

from .conftest import PROBE, queue

LEASE = timedelta(minutes=5)


def dead_letter(error: str = "ValueError: <b>no</b>") -> OutboxEntry:
    queue()
    (claim,) = claim_fresh(PROBE, limit=1, lease=LEASE)
    bury(claim, error=error)
    entry: OutboxEntry = OutboxEntry.objects.get(pk=claim.sequence)
    return entry


def age(seconds: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outbox SET queued_at = queued_at - make_interval(secs => %s)", [seconds]
        )


# -- readiness ----
def readiness(client: Client) -> tuple[int, str, dict[str, Any]]:
    response = client.get("/readyz")
    body = response.json()
    return response.status_code, body["status"], body["checks"]["outbox"]


@pytest.mark.django_db
def test_a_young_backlog_is_no_finding(client: Client) -> None:
    queue(3)
    age(200)
    assert readiness(client) == (200, "ready", {"healthy": True, "message": "3 pending"})


@pytest.mark.django_db
def test_an_old_backlog_degrades_and_stops_no_traffic(client: Client) -> None:
    queue(3)
    age(301)
    status, word, finding = readiness(client)
    assert (status, word, finding["healthy"]) == (200, "degraded", False)
    assert re.match(
        r"entries of kind probe wait since 3\d\d s; .*run_outbox runs\.$", finding["message"]
    )


@pytest.mark.django_db
def test_a_dead_letter_degrades(client: Client) -> None:
    dead_letter()
    status, word, finding = readiness(client)
    assert (status, word) == (200, "degraded")
    assert finding["message"] == "1 dead letters; see the console's outbox."


# -- metrics ----
def metrics(client: Client) -> dict[str, float]:
    """The outbox's series. They are read on another connection: entries must be committed."""
    response = client.get("/metrics")
    assert response.status_code == 200
    text = response.content.decode()
    assert "django_http_requests_total_by_method_total" in text
    assert "process_cpu_seconds_total" in text
    found = re.findall(r'^taskhub_outbox_(\w+)\{kind="probe"\} (\S+)$', text, re.MULTILINE)
    return {name: float(value) for name, value in found}


@pytest.mark.django_db(transaction=True)
def test_metrics_say_what_waits(client: Client) -> None:
    dead_letter()
    queue(4)
    age(90)
    found = metrics(client)
    assert (found["pending"], found["dead"]) == (4, 1)
    assert 90 <= found["lag_seconds"] < 1000


@pytest.mark.django_db(transaction=True)
def test_metrics_need_no_more_than_the_applications_rights(client: Client, app_login: None) -> None:
    assert metrics(client) == {}
    assert b'taskhub_outbox_lag_seconds{kind="prd"} 0.0' in client.get("/metrics").content


def test_metrics_stand_without_the_database(client: Client, settings: Any) -> None:
    here = connection.settings_dict["PORT"]
    connection.settings_dict["PORT"] = "1"
    try:
        assert metrics(client) == {}
    finally:
        connection.settings_dict["PORT"] = here


# -- console ----
@pytest.fixture
def entries(db: None) -> dict[str, OutboxEntry]:
    """One in each state, by state."""
    dead = dead_letter()
    queue()
    (claim,) = claim_fresh(PROBE, limit=1, lease=LEASE)
    queue()
    pending = OutboxEntry.objects.get(attempts=0)
    return {"dead": dead, "waiting": OutboxEntry.objects.get(pk=claim.sequence), "pending": pending}


@pytest.fixture
def console(entries: dict[str, OutboxEntry], as_app: None) -> Client:
    """A member of staff who may see and replay."""
    return logged_in(staff("olga", "view_outboxentry", "change_outboxentry"))


def listed(client: Client, **query: str) -> set[int]:
    response = client.get(list_url(OutboxEntry), query)
    assert response.status_code == 200
    return {entry.pk for entry in response.context["cl"].result_list}


def test_the_list_shows_each_state(console: Client, entries: dict[str, OutboxEntry]) -> None:
    assert listed(console) == {entry.pk for entry in entries.values()}
    for name, entry in entries.items():
        assert listed(console, state=name) == {entry.pk}
    assert listed(console, q=str(entries["dead"].entity_id)) == {entries["dead"].pk}
    assert listed(console, q="no id") == set()
    body = console.get(list_url(OutboxEntry)).content.decode()
    assert "Dead</span>" in body
    assert "Waiting</span>" in body
    assert "Pending</span>" in body
    assert "ValueError: &lt;b&gt;no" in body


def test_a_dead_letter_is_replayed(console: Client, entries: dict[str, OutboxEntry]) -> None:
    dead = entries["dead"]
    assert "Replay…" in console.get(page_url(dead)).content.decode()
    url = f"{page_url(dead).removesuffix('change/')}replay/"
    assert "written to the log" in console.get(url).content.decode()
    dead.refresh_from_db()
    assert dead.is_dead  # a GET replays nothing
    answer = console.post(url, {"_form_submitted": "on", "reason": "Mended"})
    assert answer.headers["HX-Redirect"] == list_url(OutboxEntry)
    dead.refresh_from_db()
    assert (dead.dead_at, dead.attempts, dead.last_error) == (None, 0, "")
    answer = console.post(url, {"_form_submitted": "on"})
    assert "no dead letter any more" in answer.content.decode()


@pytest.mark.parametrize("name", ["pending", "waiting"])
def test_what_is_not_dead_offers_no_replay(
    console: Client, entries: dict[str, OutboxEntry], name: str
) -> None:
    assert "Replay…" not in console.get(page_url(entries[name])).content.decode()


def test_who_may_only_look_cannot_replay(entries: dict[str, OutboxEntry], as_app: None) -> None:
    client = logged_in(staff("vera", "view_outboxentry"))
    dead = entries["dead"]
    page = client.get(page_url(dead))
    assert page.status_code == 200
    assert "Replay…" not in page.content.decode()
    url = f"{page_url(dead).removesuffix('change/')}replay/"
    assert client.post(url, {"_form_submitted": "on"}).status_code == 403
    dead.refresh_from_db()
    assert dead.is_dead


def test_nobody_writes_an_entry_in_the_console(
    console: Client, entries: dict[str, OutboxEntry]
) -> None:
    assert console.get("/admin/outbox/outboxentry/add/").status_code == 403
    assert console.post(page_url(entries["dead"]), {"kind": "x"}).status_code == 403
    assert console.post(page_url(entries["dead"], "delete"), {"post": "yes"}).status_code == 403
    untold = console.get(page_url(entries["dead"], "history"), follow=True)
    assert "No history is kept of this kind of record." in untold.content.decode()


def test_others_do_not_see_it(entries: dict[str, OutboxEntry], as_app: None) -> None:
    client = logged_in(staff("paul", "view_task"))
    assert client.get(list_url(OutboxEntry)).status_code == 403
    assert list_url(OutboxEntry) not in client.get("/admin/").content.decode()
