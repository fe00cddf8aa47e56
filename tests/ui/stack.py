"""A whole TaskHub of its own for the browser: started as a developer does, in a fresh folder."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 300  # an empty database: on a busy machine its migrations alone take two minutes
STOP_SECONDS = 30
PASSWORD = "seeds-in-spring-7"
# What the caller's shell may hold of another stack.
FOREIGN = re.compile(r"^(DATABASE_|CACHE_URL|SECRET_KEY|TASKHUB_|DJANGO_SETTINGS_MODULE)")


@dataclass(frozen=True, slots=True)
class Stack:
    """A running TaskHub."""

    url: str
    environment: dict[str, str]

    def manage(self, *arguments: str) -> str:
        """The output of a `manage.py` command, which finds the stack by its folder."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@contextmanager
def running_stack(folder: Path) -> Iterator[Stack]:
    """TaskHub with its data in `folder`, until the end of the block."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not FOREIGN.match(name)}
    environment["TASKHUB_DATA"] = str(folder / "data")
    log = folder / "run.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "taskhub.devstack", "run"],
            cwd=ROOT,
            env={
                **environment,
                "TASKHUB_PORT": str(port),
                "TASKHUB_ADMIN_PASSWORD": PASSWORD,
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_until_ready(process, log)
        yield Stack(f"http://127.0.0.1:{port}", environment)
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOP_SECONDS)
        if process.poll() is None:
            process.kill()
            process.wait()


def wait_until_ready(process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once the stack has announced itself."""
    deadline = time.monotonic() + START_SECONDS
    while "TaskHub is ready" not in log.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            raise AssertionError(f"The stack did not start:\n{log.read_text()}")
        time.sleep(0.2)


def free_port() -> int:
    """A TCP port that nobody uses now."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port: int = trial.getsockname()[1]
        return port


def imported_titles(output: str) -> Sequence[str]:
    """The titles in the report of `import_prd`, in the document's order."""
    return re.findall(r"^  \S+  (.+?)  \(", output, re.MULTILINE)
