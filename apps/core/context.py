"""Who acts, through what, and why: the context that every history row carries.

One context a request, command or job. It is written into the transaction by pghistory, so that
triggers can copy it, and bound to structlog, so that log lines and history agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Protocol
from uuid import UUID

import pghistory
import structlog

from .ids import uuid7

_request_id: ContextVar[str | None] = ContextVar("taskhub_request_id", default=None)


class Source(StrEnum):
    """Through which door a change came."""

    API = "api"
    CONSOLE = "console"
    COMMAND = "command"
    JOB = "job"


class Actor(Protocol):
    """A person or program that can be named in history."""

    @property
    def pk(self) -> UUID: ...

    def get_username(self) -> str: ...


def current_request_id() -> str | None:
    """The id of the request, command or job that this thread is serving, if any."""
    return _request_id.get()


@contextmanager
def request_identity(request_id: str) -> Iterator[None]:
    """Bind `request_id` to this thread's log lines, errors and history for the block."""
    token = _request_id.set(request_id)
    try:
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            yield
    finally:
        _request_id.reset(token)


@contextmanager
def acting(
    *, source: Source, actor: Actor | None = None, name: str = "", reason: str = ""
) -> Iterator[None]:
    """Record every change in this block as made by `actor` through `source`.

    `name` says which command, job or path. Nested blocks add to the outer context.
    """
    request_id = current_request_id() or str(uuid7())
    details = {"source": source.value, "request_id": request_id, "name": name, "reason": reason}
    with pghistory.context(**{key: value for key, value in details.items() if value}):
        if actor is not None:
            name_actor(actor)
        yield


def name_actor(actor: Actor, *, token: str = "") -> None:
    """Say who acts, once it is known (authentication comes late); a no-op outside a context.

    The name is stored beside the key: people get renamed and deleted, history stays readable.
    """
    details = {"actor": str(actor.pk), "actor_name": actor.get_username()}
    if token:
        details["token"] = token
    pghistory.context(**details)


def give_reason(reason: str) -> None:
    """Add why to the changes that follow in the current context."""
    pghistory.context(reason=reason)


def give_usual_reason(reason: str) -> None:
    """As `give_reason`, unless the current context says why already."""
    with pghistory.context() as current:
        current.metadata.setdefault("reason", reason)


@contextmanager
def because(reason: str) -> Iterator[None]:
    """Say why of the changes in this block alone, whatever the context says of the others."""
    with pghistory.context() as current:
        before = current.metadata.get("reason")
        current.metadata["reason"] = reason
        try:
            yield
        finally:
            if before is None:
                del current.metadata["reason"]
            else:
                current.metadata["reason"] = before
