"""Calls that start together, each in a thread with a connection of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection


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


def codes(responses: Sequence[Any]) -> list[str]:
    """Status and, of a problem, code of each answer, sorted."""
    return sorted(
        str(r.status_code) if r.status_code < 400 else f"{r.status_code} {r.json()['code']}"
        for r in responses
    )
