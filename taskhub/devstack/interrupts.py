"""Requests to stop. Signals only count; the code asks at places where stopping is orderly."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from types import FrameType

from taskhub.devstack.errors import StopRequestedError

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
POLL_SECONDS = 0.03
ECHO_SECONDS = 0.3


class Interrupts:
    """Counts Ctrl-C, SIGTERM and SIGHUP: the first asks for a stop, the second hurries it."""

    def __init__(self) -> None:
        self.count = 0
        self._latest = float("-inf")
        self.last: signal.Signals | None = None

    def install(self) -> None:
        """Take over the stop signals of this process."""
        for number in STOP_SIGNALS:
            signal.signal(number, self._receive)

    def _receive(self, number: int, frame: FrameType | None) -> None:
        # One request may come twice at once: to the process, and again to its whole group.
        if time.monotonic() - self._latest < ECHO_SECONDS:
            return
        self._latest = time.monotonic()
        self.count += 1
        self.last = signal.Signals(number)

    @property
    def hurried(self) -> bool:
        """True once a second signal has come."""
        return self.count > 1

    def check(self) -> None:
        """Raise `StopRequestedError` when a stop has been asked for."""
        if self.count:
            raise StopRequestedError

    def wait_for(self, condition: Callable[[], bool], seconds: float) -> bool:
        """Poll until `condition` holds (True) or the time is up (False); raise when interrupted."""
        deadline = time.monotonic() + seconds
        while not condition():
            self.check()
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True
