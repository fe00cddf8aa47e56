"""The loops that run jobs: functions, so that a process can also run one in a thread."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Sequence

from procrastinate.contrib.django import app

from .jobs import MAINTENANCE_QUEUE

# What the application's worker works on. The maintenance queue is the scheduler's.
APPLICATION_QUEUES = ("default",)
SCHEDULER_QUEUES = (MAINTENANCE_QUEUE,)
# A job that is running when the worker is told to stop has this long to end; then it is aborted
# and, jobs being idempotent, run again.
GRACE_SECONDS = 20
POLL_SECONDS = 2.0


def run_jobs(queues: Sequence[str], *, name: str, stop: threading.Event | None = None) -> None:
    """Run jobs of `queues` until SIGTERM or SIGINT, or, in a thread, until `stop` is set."""
    asyncio.run(_run(queues, name=name, stop=stop))


async def _run(queues: Sequence[str], *, name: str, stop: threading.Event | None) -> None:
    connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
    with app.replace_connector(connector):
        async with app.open_async():
            worker = asyncio.create_task(
                app.run_worker_async(
                    queues=list(queues),
                    name=name,
                    concurrency=1,
                    wait=True,
                    fetch_job_polling_interval=POLL_SECONDS,
                    shutdown_graceful_timeout=GRACE_SECONDS,
                    delete_jobs="successful",
                    install_signal_handlers=stop is None,
                )
            )
            watcher = asyncio.create_task(_cancel_when(stop, worker)) if stop else None
            # Cancelling is procrastinate's way to ask for a graceful stop.
            with contextlib.suppress(asyncio.CancelledError):
                await worker
            if watcher:
                watcher.cancel()


async def _cancel_when(stop: threading.Event, worker: asyncio.Task[None]) -> None:
    while not stop.is_set():
        await asyncio.sleep(0.1)
    worker.cancel()
