"""What the stack tells the person who started it: each stage as it happens, with its seconds."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator

from taskhub.devstack.errors import StopRequestedError


def say(text: str = "", *, end: str = "\n") -> None:
    """Print to standard output at once; a closed pipe is no reason to stop servers in disorder."""
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(text + end)
        sys.stdout.flush()


@contextlib.contextmanager
def stage(name: str) -> Iterator[None]:
    """Announce `name`, run the block, print how long it took (or that it failed)."""
    started = time.monotonic()
    say(f"  {name} … ", end="")
    try:
        yield
    except StopRequestedError:
        say("stopped")
        raise
    except BaseException:
        say("failed")
        raise
    say(f"{time.monotonic() - started:.1f} s")
