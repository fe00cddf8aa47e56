"""`exec` lends a command throw-away servers and is otherwise invisible."""

from __future__ import annotations

import json
import os
import pty
import signal
import sys
import time
from pathlib import Path

import pytest

from tests.devstack.support import (
    ROOT,
    clean_environment,
    devstack,
    eventually,
    processes_of,
    started,
)

pytestmark = pytest.mark.processes

EXEC = [sys.executable, "-m", "taskhub.devstack", "exec", "--"]
SHOW = "import json, os; print(json.dumps(dict(os.environ)))"
LOOK = """
import json, os, psycopg, redis
with psycopg.connect(os.environ["DATABASE_URL"]) as app:
    user, encoding, zone, fsync = app.execute(
        "SELECT current_user, pg_encoding_to_char(encoding), current_setting('TimeZone'),"
        " current_setting('fsync') FROM pg_database WHERE datname = current_database()"
    ).fetchone()
with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as owner:
    owner.execute("CREATE TABLE t (n int)")
    owner.execute("SET LOCAL ROLE taskhub_app")
    role = owner.execute("SELECT current_user").fetchone()[0]
print(json.dumps([user, encoding, zone, fsync, role, redis.from_url(os.environ["CACHE_URL"]).ping(),
                  bool(os.environ["SECRET_KEY"])]))
"""


def test_lends_both_servers_and_removes_them(place: Path) -> None:
    # Every quoting rule on the way (URLs, a list in a setting, a shell) meets its character.
    place = place / "a b%41'é\"$"
    place.mkdir()
    result = devstack("exec", "--", sys.executable, "-c", LOOK, TMPDIR=str(place))
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == [
        "taskhub_app", "UTF8", "UTC", "off", "taskhub_app", True, True,
    ]  # fmt: skip
    assert list(place.iterdir()) == []
    assert not processes_of(place)


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (["sh", "-c", "exit 7"], 7),
        (["sh", "-c", "kill -TERM $$"], 128 + signal.SIGTERM),
        (["no-such-command"], 127),
    ],
)
def test_passes_the_exit_code_on(command: list[str], code: int) -> None:
    # Servers that are named are not started; nothing connects to these.
    named = {
        "DATABASE_URL": "postgresql://a@h/d",
        "DATABASE_OWNER_URL": "postgresql://o@h/d",
        "CACHE_URL": "redis://h",
    }
    assert devstack("exec", "--", *command, **named).returncode == code


def test_named_servers_are_used_as_they_are(place: Path) -> None:
    named = {
        "DATABASE_URL": "postgresql://a@h/d",
        "DATABASE_OWNER_URL": "postgresql://o@h/d",
        "SECRET_KEY": "mine",
    }
    result = devstack("exec", "--", sys.executable, "-c", SHOW, TMPDIR=str(place), **named)
    environment = json.loads(result.stdout)
    assert {name: environment[name] for name in named} == named
    assert environment["CACHE_URL"].startswith(f"unix://{place}/")


def test_sigterm_reaches_the_command_and_all_is_cleaned_up(place: Path) -> None:
    log = place / "log"
    script = "trap 'echo got it; exit 5' TERM; echo ready; while :; do sleep 0.1; done"
    environment = clean_environment(TMPDIR=str(place))
    with started([*EXEC, "sh", "-c", script], environment, log=log) as process:
        assert eventually(lambda: b"ready" in log.read_bytes()), log.read_text()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 5
    assert log.read_text().splitlines() == ["ready", "got it"]
    assert list(place.iterdir()) == [log]
    assert eventually(lambda: not processes_of(place), 5)


def test_a_signal_while_servers_start_leaves_nothing(place: Path) -> None:
    log = place / "log"
    environment = clean_environment(TMPDIR=str(place))
    with started([*EXEC, "echo", "never"], environment, log=log) as process:
        assert eventually(lambda: any(place.glob("taskhub-exec-*/postgres.new")), 20)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 128 + signal.SIGINT
    assert log.read_text() == ""
    assert list(place.iterdir()) == [log]


def test_ctrl_c_at_a_terminal_arrives_once(place: Path) -> None:
    """The terminal tells the whole group; a second copy would break off the command's clean-up."""
    script = (
        "import signal, time\n"
        "count = []\n"
        "signal.signal(signal.SIGINT, lambda *a: count.append(1))\n"
        "print('ready', flush=True)\n"
        "end = time.monotonic() + 20\n"
        "while not count and time.monotonic() < end: time.sleep(0.01)\n"
        "time.sleep(0.5)\n"
        "print('count', len(count), flush=True)\n"
    )
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        environment = clean_environment(TMPDIR=str(place))
        os.execve(sys.executable, [*EXEC, sys.executable, "-c", script], environment)
    seen = b""
    try:
        while b"\n" not in seen.partition(b"count")[2]:  # the terminal may hand over half a line
            seen += os.read(terminal, 1000)
            if seen.endswith(b"ready\r\n"):
                os.write(terminal, b"\x03")
        assert b"count 1" in seen
    finally:
        _, status = os.waitpid(child, 0)
        os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 0
    assert list(place.iterdir()) == []


def test_killed_supervisor_takes_everything_with_it(place: Path) -> None:
    log = place / "log"
    environment = clean_environment(TMPDIR=str(place))
    with started([*EXEC, "sh", "-c", "echo ready; sleep 60"], environment, log=log) as process:
        assert eventually(lambda: b"ready" in log.read_bytes()), log.read_text()
        (folder,) = place.glob("taskhub-exec-*")
        process.kill()
        process.wait()
    assert eventually(lambda: not processes_of(folder), 20), processes_of(folder)
    # The next one removes what was left, once it is surely nobody's.
    long_ago = time.time() - 3600
    os.utime(folder / "temporary", (long_ago, long_ago))
    assert devstack("exec", "--", "true", TMPDIR=str(place)).returncode == 0
    assert not folder.exists()
