"""Calls that meet in the database, each in a thread with a connection of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from time import monotonic, sleep
from typing import Any

from django.db import connection, transaction

PATIENCE = 30
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND %s = ANY (pg_blocking_pids(pid))"


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """What the calls answer that start together. For tests with `app_login`.

    A client that calls here has called before: loading the middleware is no business of threads.
    """
    barrier = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            barrier.wait(10)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def while_uncommitted(first: Callable[[], Any], second: Callable[[], Any]) -> Any:
    """What `second` answers that begins when `first` is done and not yet committed.

    For tests with `app_login`. Fails unless `second` comes to wait for what `first` has locked.
    """

    def run() -> Any:
        try:
            return second()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            first()
            future = pool.submit(run)
            _wait_for_waiting(future)
        return future.result(PATIENCE)


def _wait_for_waiting(future: Future[Any]) -> None:
    end = monotonic() + PATIENCE
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [own] = cursor.fetchone()
        while True:
            cursor.execute(WAITING, [own])
            if cursor.fetchone() != (0,):
                return
            assert not future.done(), f"it did not wait: {future.exception() or future.result()}"
            assert monotonic() < end, "it neither waits nor ends"
            sleep(0.01)


@contextmanager
def meanwhile(act: Callable[[], Any], *, before: str) -> Iterator[None]:
    """Have `act` done right before the first statement of the block that contains `before`.

    It stands for another's transaction that is committed between two statements of ours. Fails when
    there is no such statement.
    """
    pending = [act]

    def execute_after(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        if pending and before in sql:
            pending.pop()()
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(execute_after):
        yield
    assert not pending, f"no statement contains {before!r}"


def codes(responses: Sequence[Any]) -> list[str]:
    """Status and, of a problem, code of each answer, sorted."""
    return sorted(
        str(r.status_code) if r.status_code < 400 else f"{r.status_code} {r.json()['code']}"
        for r in responses
    )
