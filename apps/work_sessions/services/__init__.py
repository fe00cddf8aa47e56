"""The only writers of sessions, their spans and their tasks."""

from .abandoning import abandon_sessions
from .access import check_session_names
from .deriving import derive_session_work
from .recording import record_task
from .sessions import end_session, heartbeat, start_session, update_session

__all__ = [
    "abandon_sessions",
    "check_session_names",
    "derive_session_work",
    "end_session",
    "heartbeat",
    "record_task",
    "start_session",
    "update_session",
]
