"""The moves between a session's states: the one table that Python and the trigger share."""

from __future__ import annotations

from collections.abc import Mapping

from .choices import SessionState

TRANSITIONS: Mapping[str, frozenset[str]] = {
    SessionState.ACTIVE.value: frozenset({SessionState.ENDED.value, SessionState.ABANDONED.value}),
    SessionState.ENDED.value: frozenset(),
    SessionState.ABANDONED.value: frozenset(),
}
