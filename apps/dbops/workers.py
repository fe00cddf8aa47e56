"""The loops that run jobs: functions, so that a process can also run one in a thread."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import psycopg
import structlog
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException
from procrastinate.worker import Worker

from .jobs import MAINTENANCE_QUEUE

if TYPE_CHECKING:
    from procrastinate.app import WorkerOptions

logger = structlog.get_logger(__name__)

# What the application's worker works on. The maintenance queue is the scheduler's.
APPLICATION_QUEUES = ("default",)
SCHEDULER_QUEUES = (MAINTENANCE_QUEUE,)
# A job that is running when the worker is told to stop has this long to end; then it is aborted
# and, jobs being idempotent, run again.
GRACE_SECONDS = 20
POLL_SECONDS = 2.0
# After the database has failed us.
PAUSE_SECONDS = 2.0


def run_jobs(queues: Sequence[str], *, name: str, stop: threading.Event | None = None) -> None:
    """Run jobs of `queues` until SIGTERM or SIGINT, or, in a thread, until `stop` is set.

    A database that goes away is waited for; any other error is raised. It never returns unasked.
    """
    asyncio.run(_run(queues, name=name, stop=stop))


async def _run(queues: Sequence[str], *, name: str, stop: threading.Event | None) -> None:
    told = asyncio.create_task(_told_to_stop(stop))
    while not told.done():
        work = asyncio.create_task(_work(queues, name=name))
        await asyncio.wait((work, told), return_when=asyncio.FIRST_COMPLETED)
        if told.done():
            work.cancel()  # procrastinate's way to ask for a graceful stop
        try:
            await work
        except asyncio.CancelledError:
            if not told.done():
                raise
        except (ConnectorException, psycopg.Error) as error:
            cause = error.__cause__ or error
            # A table or right that is missing, say: waiting mends nothing.
            if isinstance(cause, psycopg.ProgrammingError):
                raise
            logger.warning("worker_database_failed", worker=name, error=repr(cause))
            await asyncio.wait((told,), timeout=PAUSE_SECONDS)


async def _told_to_stop(stop: threading.Event | None) -> None:
    if stop is None:
        # For the whole time, also while there is no database; procrastinate's own handlers are
        # only there while its worker runs.
        signalled = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, signalled.set)
        await signalled.wait()
    else:
        while not stop.is_set():
            await asyncio.sleep(0.1)


async def _work(queues: Sequence[str], *, name: str) -> None:
    connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
    with app.replace_connector(connector):
        try:
            await app.open_async()
            app.perform_import_paths()
            options: WorkerOptions = {
                **app.worker_defaults,  # procrastinate's care for Django's connections
                "queues": list(queues),
                "name": name,
                "concurrency": 1,
                "wait": True,
                "fetch_job_polling_interval": POLL_SECONDS,
                "shutdown_graceful_timeout": GRACE_SECONDS,
                "delete_jobs": "successful",
                "install_signal_handlers": False,
            }
            await _Worker(app, **options).run()
        finally:
            # Also when it was stopped while opening: the tasks of a pool that is not closed
            # swallow the cancellation with which asyncio ends what is left.
            await app.close_async()


class _Worker(Worker):
    """Procrastinate's worker, which only ends by cancellation or with an error.

    Its own `run` returns as if it had been told to stop when a side task (listener, heartbeat,
    deferrer of periodic jobs) fails, and only logs why.
    """

    _failure: BaseException | None = None

    async def run(self) -> None:
        await super().run()
        raise self._failure or RuntimeError("The worker ended by itself.")

    async def _monitor_side_tasks(self, side_tasks: list[asyncio.Task[Any]]) -> None:
        await super()._monitor_side_tasks(side_tasks)
        ended = [task for task in side_tasks if task.done() and not task.cancelled()]
        self._failure = next(filter(None, (task.exception() for task in ended)), None)
