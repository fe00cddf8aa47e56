"""Liveness, readiness and metrics, with the servers there and away."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.db import OperationalError, connection, connections
from django.test import Client

from apps.core.partitioning import partitions_of
from apps.tasks.models import Task


def ready(client: Client) -> tuple[int, dict[str, Any]]:
    response = client.get("/readyz")
    return response.status_code, response.json()


@pytest.mark.django_db
def test_ready_names_every_check(client: Client, as_app: None) -> None:
    status, body = ready(client)
    assert status == 200
    assert body["status"] == "ready"
    assert body["checks"].keys() == {
        *("database", "migrations", "partitions", "integrity", "cache", "outbox")
    }
    assert all(check["healthy"] for check in body["checks"].values())


def test_alive_asks_nobody(client: Client) -> None:
    """Without the database fixture a query would be an error."""
    response = client.get("/livez")
    assert (response.status_code, response.json()) == (200, {"status": "alive"})
    assert response["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_partitions_that_run_out_stop_traffic_before_inserts_fail(client: Client) -> None:
    end = partitions_of("tasks")[-1].end
    with time_machine.travel(end.timestamp() - 29 * 86_400, tick=False):
        status, body = ready(client)
    assert status == 503
    assert "maintain_partitions" in body["checks"]["partitions"]["message"]


@pytest.mark.django_db
def test_a_missing_current_partition_is_found(client: Client) -> None:
    name = partitions_of("tasks")[1].name.removeprefix("tasks_")
    with connection.schema_editor() as editor:
        editor.delete_partition(Task, name)
    status, body = ready(client)
    assert status == 503
    assert "no partition for now" in body["checks"]["partitions"]["message"]


@pytest.mark.django_db
def test_a_missing_migration_is_found(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'tasks'")
    status, body = ready(client)
    assert (status, body["status"]) == (503, "not ready")
    assert "manage.py migrate" in body["checks"]["migrations"]["message"]


@pytest.mark.django_db
def test_without_its_cache_taskhub_is_degraded_and_serves(client: Client, settings: Any) -> None:
    settings.CACHES = {
        "default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"}
    }
    status, body = ready(client)
    assert client.get("/admin/login/").status_code == 200
    assert (status, body["status"]) == (200, "degraded")
    assert body["checks"]["cache"] == {
        "healthy": False,
        "message": "does not answer; see the log",
    }


def test_a_dead_database_is_asked_once_and_says_nothing_of_itself(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def fail(self: Any, *args: Any) -> None:
        asked.append(1)
        raise OperationalError('connection to server at "10.0.0.7" failed')

    monkeypatch.setattr(type(connections["default"]), "cursor", fail)
    status, body = ready(client)
    assert (status, body["status"], len(asked)) == (503, "not ready", 1)
    assert body["checks"]["migrations"]["message"] == "database comes first"
    assert "10.0.0.7" not in str(body)


@pytest.mark.django_db
def test_metrics_are_prometheus_text(client: Client) -> None:
    client.get("/livez")
    response = client.get("/metrics")
    assert response.status_code == 200
    assert b"django_http_requests_total_by_method_total" in response.content


@pytest.mark.parametrize("path", ["/api/docs/", "/api/docs/redoc/"])
def test_the_documentation_takes_reads_only(client: Client, path: str) -> None:
    assert client.get(path).status_code == 200
    assert client.options(path).status_code == 405
