"""Fifty clients over a thousand ready tasks, on real servers: none twice, none lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.devstack.support import (
    ROOT,
    clean_environment,
    eventually,
    free_port,
    servers_only,
    short_folder,
    started,
)

from .fleet import Fleet, Work

pytestmark = pytest.mark.processes
TASKS = 1000
CLIENTS = 50
KILLED = 10


@dataclass
class Rig:
    """PostgreSQL and Valkey of its own, which can be crashed, and gunicorn, which stays."""

    place: Path
    port: int
    token: str = ""
    urls: dict[str, str] = field(default_factory=dict)
    servers: Any = None

    def start_servers(self) -> None:
        log = self.place / "servers.log"
        self.servers = started(servers_only(self.place / "d"), clean_environment(), log=log)
        self.process = self.servers.__enter__()
        assert eventually(lambda: b"CACHE_URL" in log.read_bytes(), 60), log.read_text()
        self.urls = json.loads(log.read_text().splitlines()[-1])

    def stop_servers(self) -> None:
        self.servers.__exit__(None, None, None)

    def crash_and_restart_postgres(self) -> None:
        """The server dies with all its sessions and comes back by recovery, at the same place."""
        postmaster = (self.place / "d/postgres/postmaster.pid").read_text().split()[0]
        os.kill(int(postmaster), signal.SIGKILL)
        self.process.wait(60)
        self.start_servers()

    def environment(self, role: str) -> dict[str, str]:
        return clean_environment(
            **self.urls,
            SECRET_KEY="a rig of its own needs no secret, but a long one",
            DJANGO_SETTINGS_MODULE="taskhub.settings.development",
            TASKHUB_DATABASE_ROLE=role,
            PYTHONPATH=str(ROOT),
        )

    def manage(self, *command: str) -> str:
        """What a command prints, as the owner."""
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment("owner"),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def ask(self, sql: str, *parameters: Any) -> list[Any]:
        """Rows, as the owner."""
        with psycopg.connect(self.urls["DATABASE_OWNER_URL"]) as connection:
            return connection.execute(sql, parameters).fetchall()  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def rig() -> Iterator[Rig]:
    """Everything runs, and two repositories have a thousand ready tasks each."""
    with short_folder() as place:
        rig = Rig(place, free_port())
        rig.start_servers()
        try:
            rig.manage("manage.py", "migrate", "--verbosity", "0")
            prepare = str(Path(__file__).with_name("prepare.py"))
            report = rig.manage(prepare, str(TASKS), "rig/calm", "rig/storm")
            rig.token = json.loads(report.splitlines()[-1])["token"]
            gunicorn = [
                *(sys.executable, "-m", "gunicorn", "taskhub.wsgi:application"),
                *("--bind", f"127.0.0.1:{rig.port}", "--no-control-socket"),
                *("--worker-class", "gthread", "--workers", "2", "--threads", "8"),
            ]
            log = place / "web.log"
            with started(gunicorn, rig.environment("application"), log=log):
                fleet = Fleet(rig.port, rig.token, "rig/calm", 0, 0)
                assert eventually(lambda: fleet.call("GET", "/repositories").status == 200, 60), (
                    log.read_text()
                )
                yield rig
        finally:
            rig.stop_servers()


@pytest.mark.parametrize("repository", ["rig/calm", "rig/storm"])
def test_every_task_is_done_once(rig: Rig, repository: str) -> None:
    fleet = Fleet(rig.port, rig.token, repository, CLIENTS, KILLED)
    crew = threading.Thread(target=fleet.run)
    crew.start()
    if repository == "rig/storm":
        assert eventually(lambda: len(fleet.completed) > TASKS // 4, 120)
        rig.crash_and_restart_postgres()
        assert len(fleet.completed) < TASKS  # there was work left
    crew.join()

    assert not fleet.surprises
    assert len(fleet.abandoned) >= KILLED
    statuses = rig.ask(
        "SELECT status, count(*) FROM tasks JOIN repositories r ON r.id = repository_id"
        " WHERE r.name = %s GROUP BY status",
        repository,
    )
    assert statuses == [("completed", TASKS)]

    # None was handed out twice: each hand-out has a number of its own, and of one task's claims
    # each began after the one before it was over.
    fences = [work.fence for work in fleet.handed]
    assert len(set(fences)) == len(fences)
    overlapping = rig.ask(
        """
        SELECT task_id FROM (
            SELECT task_id, pgh_label, lag(pgh_label) OVER (PARTITION BY task_id ORDER BY pgh_id)
            FROM task_claims_events JOIN repositories r ON r.id = repository_id WHERE r.name = %s
        ) AS events (task_id, label, before)
        WHERE coalesce(before, 'delete') = label OR label = 'update'
        """,
        repository,
    )
    assert overlapping == []

    # Each was completed once, under the number that was in force; who was late changed nothing.
    completions = rig.ask(
        """
        SELECT count(*), count(DISTINCT pgh_obj_id) FROM (
            SELECT e.pgh_obj_id, e.status,
                lag(e.status) OVER (PARTITION BY e.pgh_obj_id ORDER BY e.version) AS before
            FROM tasks_events e JOIN repositories r ON r.id = e.repository_id
            WHERE r.name = %s
        ) AS moves WHERE status = 'completed' AND before <> 'completed'
        """,
        repository,
    )
    assert completions == [(TASKS, TASKS)]
    done = {work.task for work in fleet.completed}
    assert len(done) == len(fleet.completed)

    # What the killed ones held came back and was done by others; under their numbers nothing goes.
    assert {work.task for work in fleet.abandoned} <= handed_again(fleet)
    for work in fleet.abandoned:
        answer = fleet.call(
            "PATCH", f"/tasks/{work.task}", {"priority": "low", "fence": work.fence}
        )
        assert (answer.status, answer.body["code"]) == (409, "stale_fence")


def handed_again(fleet: Fleet) -> set[str]:
    """The tasks that were handed out more than once, one after the other."""
    seen: dict[str, list[Work]] = {}
    for work in fleet.handed:
        seen.setdefault(work.task, []).append(work)
    return {task for task, works in seen.items() if len(works) > 1}
