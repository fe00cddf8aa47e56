"""Who handles which kind of entity: upper apps register, the worker asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import UUID

# Brings what is derived from these entities up to date: reads their present state and may run
# again at any time, also beside itself. It runs in a transaction of its own.
Handle = Callable[[Sequence[UUID]], None]

_handlers: dict[str, Handle] = {}


def register_handler(kind: str, handle: Handle) -> None:
    """Let workers handle entries of `kind`. Call it in an `AppConfig.ready`."""
    if kind in _handlers:
        raise ValueError(f"Entries of kind {kind!r} have a handler already.")
    _handlers[kind] = handle


def handled_kinds() -> list[str]:
    """The kinds that this process can handle; entries of others are left alone."""
    return sorted(_handlers)


def handler_of(kind: str) -> Handle:
    """The handler of a kind in `handled_kinds`."""
    return _handlers[kind]
