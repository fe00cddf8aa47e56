"""Starts the development stack as a person would: real processes, a folder of their own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SERVERS_ONLY = Path(__file__).with_name("servers_only.py")
# What the suite itself runs with must not leak into the stacks that it starts.
OURS = ("DATABASE_", "CACHE_URL", "SECRET_KEY", "TASKHUB_", "DJANGO_", "PG", "PYTEST_")


def clean_environment(**extra: str) -> dict[str, str]:
    """This process's environment without anything that TaskHub reads, and with `extra`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**kept, **extra}


def devstack(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m taskhub.devstack …` to its end."""
    return subprocess.run(
        [sys.executable, "-m", "taskhub.devstack", *arguments],
        cwd=ROOT,
        env=clean_environment(**environment),
        capture_output=True,
        text=True,
        timeout=60,
    )


@contextmanager
def started(
    command: Sequence[str], environment: Mapping[str, str], *, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that the test kills at the latest when it ends."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=dict(environment), stdout=output, stderr=output
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def servers_only(data: Path) -> list[str]:
    """The command that runs PostgreSQL and Valkey on `data` without the rest of TaskHub."""
    return [sys.executable, str(SERVERS_ONLY), str(data)]


@contextmanager
def short_folder() -> Iterator[Path]:
    """A new folder whose path is short enough for sockets (pytest's own are too long)."""
    path = Path(tempfile.mkdtemp(prefix="thds-", dir="/tmp"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def eventually(condition: Callable[[], bool], seconds: float = 30) -> bool:
    """Whether `condition` comes true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return condition()


def processes_of(folder: Path) -> dict[int, str]:
    """The processes that work in `folder` or name it in their command line or environment."""
    found = {}
    inherited = b"=" + os.fsencode(folder)
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            place = os.readlink(entry / "cwd")
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        if str(folder) in words or place.startswith(str(folder)) or inherited in environment:
            found[int(entry.name)] = words
    return found
