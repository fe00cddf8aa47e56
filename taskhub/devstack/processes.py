"""Children: started so that they die with the supervisor, stopped in order, with a log each."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LAUNCH = Path(__file__).with_name("launch.py")
ROOT = Path(__file__).resolve().parent.parent.parent
TAIL_LINES = 15
FORCE_SECONDS = 5.0
POLL_SECONDS = 0.02


def launch_command(
    command: Sequence[str], *, death_signal: signal.Signals, prefix: Sequence[str] = ()
) -> list[str]:
    """`command` as a child of this process that gets `death_signal` when this process dies.

    `prefix` changes credentials first (`unshare …`, `setpriv …`); it must exec, not fork.
    """
    own = [sys.executable, "-I", "-S", str(LAUNCH), str(os.getpid()), death_signal.name]
    return [*prefix, *own, *command]


@dataclass(slots=True)
class Child:
    """A process that the stack started, and how it wants to be stopped."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM
    force_signal: signal.Signals = signal.SIGKILL
    patience: float = 10.0

    @property
    def running(self) -> bool:
        """False once the process has ended."""
        return self.process.poll() is None

    def stop(self, hurried: Callable[[], bool] = lambda: False) -> None:
        """Ask, wait for `patience` seconds, force; afterwards nothing of its group is left."""
        for number, seconds in (
            (self.stop_signal, self.patience),
            (self.force_signal, FORCE_SECONDS),
            (signal.SIGKILL, FORCE_SECONDS),
        ):
            if not self.running:
                break
            with contextlib.suppress(ProcessLookupError):
                self.process.send_signal(number)
            # Only the polite request can be hurried; the others are short anyway.
            self._wait(seconds, hurried if number == self.stop_signal else lambda: False)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)

    def _wait(self, seconds: float, hurried: Callable[[], bool]) -> None:
        deadline = time.monotonic() + seconds
        while self.running and time.monotonic() < deadline and not hurried():
            time.sleep(POLL_SECONDS)

    def obituary(self) -> str:
        """How the process ended, and the end of its log."""
        code = self.process.poll()
        how = f"exit code {code}"
        if code is not None and code < 0:
            how = signal.Signals(-code).name
        return f"{self.name} ended unexpectedly ({how}). The end of {self.log}:\n{tail(self.log)}"


def start_child(
    name: str,
    command: Sequence[str],
    *,
    log: Path,
    environment: Mapping[str, str],
    death_signal: signal.Signals,
    prefix: Sequence[str] = (),
    stop_signal: signal.Signals = signal.SIGTERM,
    force_signal: signal.Signals = signal.SIGKILL,
    patience: float = 10.0,
) -> Child:
    """Start `command` in a session of its own, so that a Ctrl-C reaches only the supervisor."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            launch_command(command, death_signal=death_signal, prefix=prefix),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(environment),
            cwd=ROOT,
            start_new_session=True,
        )
    return Child(name, process, log, stop_signal, force_signal, patience)


def stop_all(children: Sequence[Child], hurried: Callable[[], bool]) -> None:
    """Stop the latest first, so that nobody loses a server that it still uses."""
    for child in reversed(children):
        child.stop(hurried)


def tail(log: Path) -> str:
    """The last lines of a log, indented; never an error."""
    with contextlib.suppress(OSError):
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 8192))
            lines = file.read().decode("utf-8", "replace").splitlines()[-TAIL_LINES:]
        return "\n".join(f"    {line}" for line in lines)
    return "    (no log)"
