"""`run` as a newcomer meets it: from an empty folder to a page, killed, started again, stopped."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.devstack.support import (
    ROOT,
    clean_environment,
    eventually,
    free_port,
    processes_of,
    started,
)

pytestmark = pytest.mark.processes

PATIENCE = 120  # a bound for a busy machine; benchmarks measure, this test does not
PASSWORD = "a password for this test only"


@contextlib.contextmanager
def running(place: Path, port: int) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """`run` on `place`/d once it says that it is ready, and what it printed."""
    log = place / "log"
    environment = clean_environment(
        TASKHUB_DATA=str(place / "d"), TASKHUB_PORT=str(port), TASKHUB_ADMIN_PASSWORD=PASSWORD
    )
    command = [sys.executable, "-m", "taskhub.devstack", "run"]
    with started(command, environment, log=log) as process:
        assert eventually(
            lambda: b"TaskHub is ready" in log.read_bytes() or process.poll() is not None, PATIENCE
        ), log.read_text()
        assert process.poll() is None, log.read_text()
        yield process, log


def status(port: int, path: str) -> int:
    """The status of one GET."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    finally:
        connection.close()


def manage(place: Path, *arguments: str) -> str:
    """The output of a `manage.py` command that knows nothing but the data folder."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=clean_environment(TASKHUB_DATA=str(place / "d")),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout


def test_start_crash_kill_and_stop_on_one_folder(place: Path) -> None:
    """One folder for all of it, because only its first start is slow."""
    data, port = place / "d", free_port()
    with running(place, port) as (process, log):
        output = log.read_text()
        for path in ("/admin/", "/api/v1/", "/api/docs/", "/api/docs/redoc/"):
            assert f"http://127.0.0.1:{port}{path}\n" in output
        assert "Operator account" in output
        assert PASSWORD not in output
        pages = ("/readyz", "/livez", "/admin/login/", "/api/docs/", "/api/docs/redoc/")
        assert {path: status(port, path) for path in pages} == dict.fromkeys(pages, 200)

        assert (data / "stack.json").stat().st_mode & 0o777 == 0o600
        assert data.stat().st_mode & 0o777 == 0o700
        assert json.loads((data / "stack.json").read_text())["pid"] == process.pid
        assert "[ ]" not in manage(place, "showmigrations")
        secret = (data / "secret_key").read_text()

        # One process that dies stops the rest and is named.
        (worker, *_) = (pid for pid, words in processes_of(data).items() if "run_worker" in words)
        os.kill(worker, signal.SIGKILL)
        assert process.wait(60) == 1
        assert "worker ended unexpectedly (SIGKILL). The end of" in log.read_text()
    assert eventually(lambda: not processes_of(data), 5), processes_of(data)

    with running(place, port) as (process, log):
        assert "new cluster" not in log.read_text()
        assert "migrations applied" not in log.read_text()
        assert (data / "secret_key").read_text() == secret
        process.kill()
        process.wait()

    # At once: port, lock, sockets and cluster may still be on their way out.
    with running(place, port) as (process, log):
        assert status(port, "/readyz") == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0, log.read_text()
        assert log.read_text().rstrip().endswith("Stopping on SIGINT … stopped.")
    assert eventually(lambda: not processes_of(data), 5), processes_of(data)
    assert not (data / "stack.json").exists()
    assert not (data / "postgres" / "postmaster.pid").exists()
