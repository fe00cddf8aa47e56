"""The errors that the domain raises. No HTTP here: `core.api.exceptions` translates codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class ErrorCode(StrEnum):
    """Every code an error of the API can carry; clients switch on these, never on texts."""

    INVALID_REQUEST = "invalid_request"
    MALFORMED_JSON = "malformed_json"
    UNKNOWN_PARAMETER = "unknown_parameter"
    INVALID_PARAMETER = "invalid_parameter"
    INVALID_CURSOR = "invalid_cursor"
    NOT_AUTHENTICATED = "not_authenticated"
    PERMISSION_DENIED = "permission_denied"
    CSRF_FAILED = "csrf_failed"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    NOT_ACCEPTABLE = "not_acceptable"
    CONFLICT = "conflict"
    ALREADY_EXISTS = "already_exists"
    STALE_VERSION = "stale_version"
    INVALID_TRANSITION = "invalid_transition"
    OPEN_WORK = "open_work"
    NOT_READY = "not_ready"
    ALREADY_CLAIMED = "already_claimed"
    STALE_FENCE = "stale_fence"
    DEPENDENCY_CYCLE = "dependency_cycle"
    PLAN_CLOSED = "plan_closed"
    PLAN_STALE = "plan_stale"
    PLAN_UNDECIDED = "plan_undecided"
    SUGGESTION_CLOSED = "suggestion_closed"
    SESSION_ACTIVE = "session_active"
    SESSION_CLOSED = "session_closed"
    REPOSITORY_ARCHIVED = "repository_archived"
    PRECONDITION_FAILED = "precondition_failed"
    PAYLOAD_TOO_LARGE = "payload_too_large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    INVALID_ID = "invalid_id"
    INVALID_DOCUMENT = "invalid_document"
    INVALID_TEMPLATE = "invalid_template"
    RATE_LIMITED = "rate_limited"
    SERVICE_UNAVAILABLE = "service_unavailable"
    INTERNAL_ERROR = "internal_error"


@dataclass(frozen=True, slots=True)
class FieldError:
    """One broken rule: a JSON pointer into the body (or a parameter's name), a code, a sentence."""

    pointer: str
    code: str
    detail: str


@dataclass(slots=True)
class DomainError(Exception):
    """A rule of the domain is broken.

    `detail` names the rule and the remedy for a person; `errors` point at fields; `extra` holds
    further members for machines (for instance the current state on a conflict).
    """

    code: ErrorCode
    detail: str
    errors: Sequence[FieldError] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.detail


class NotFoundError(DomainError):
    """The thing does not exist, or the caller may not know that it does."""

    def __init__(self, detail: str, errors: Sequence[FieldError] = ()) -> None:
        super().__init__(ErrorCode.NOT_FOUND, detail, errors)


class InvalidInputError(DomainError):
    """One field of the input breaks a rule, by itself or beside what is there already."""

    def __init__(
        self, pointer: str, detail: str, *, code: ErrorCode = ErrorCode.INVALID_REQUEST
    ) -> None:
        super().__init__(code, detail, [FieldError(pointer, code.value, detail)])
