"""The one shape of every error: `application/problem+json` (RFC 9457).

Beside RFC 9457's `type`, `title`, `status` and `detail` a problem always carries `code` (clients
switch on it), `request_id` (support asks for it) and `errors`, one entry a broken rule, with a JSON
pointer into the body or the name of a query parameter or header. An error may add further members,
for instance `current` when a version is stale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from apps.core.context import current_request_id
from apps.core.errors import ErrorCode, FieldError

from .renderers import encode_json

PROBLEM_MEDIA_TYPE: Final = "application/problem+json"

# Status and title of each code. The title is the same for every occurrence (RFC 9457, 3.1.3).
PROBLEMS: Final[Mapping[ErrorCode, tuple[int, str]]] = {
    ErrorCode.INVALID_REQUEST: (400, "The request is not valid"),
    ErrorCode.MALFORMED_JSON: (400, "The body is not valid JSON"),
    ErrorCode.UNKNOWN_PARAMETER: (400, "A query parameter is not known"),
    ErrorCode.INVALID_PARAMETER: (400, "A parameter is not valid"),
    ErrorCode.INVALID_CURSOR: (400, "The cursor is not valid"),
    ErrorCode.NOT_AUTHENTICATED: (401, "Authentication is needed"),
    ErrorCode.PERMISSION_DENIED: (403, "Permission denied"),
    ErrorCode.CSRF_FAILED: (403, "The CSRF check failed"),
    ErrorCode.NOT_FOUND: (404, "Not found"),
    ErrorCode.METHOD_NOT_ALLOWED: (405, "The method is not allowed here"),
    ErrorCode.NOT_ACCEPTABLE: (406, "No acceptable representation"),
    ErrorCode.CONFLICT: (409, "The request conflicts with the current state"),
    ErrorCode.ALREADY_EXISTS: (409, "It exists already"),
    ErrorCode.STALE_VERSION: (409, "The version is stale"),
    ErrorCode.INVALID_TRANSITION: (409, "The status cannot change in this way"),
    ErrorCode.OPEN_WORK: (409, "Open work stands in the way of closing the task"),
    ErrorCode.PLAN_CLOSED: (409, "The plan was applied or discarded"),
    ErrorCode.PLAN_STALE: (409, "The document or its tasks have changed since the plan was made"),
    ErrorCode.PLAN_UNDECIDED: (409, "The plan has entries that need an answer"),
    ErrorCode.NOT_READY: (409, "The task cannot be started now"),
    ErrorCode.ALREADY_CLAIMED: (409, "Somebody holds the task"),
    ErrorCode.STALE_FENCE: (409, "The claim is over"),
    ErrorCode.SUGGESTION_CLOSED: (409, "The suggestion was decided on or has expired"),
    ErrorCode.SESSION_ACTIVE: (409, "A session of this id is active"),
    ErrorCode.SESSION_CLOSED: (409, "The session has ended"),
    ErrorCode.DEPENDENCY_CYCLE: (409, "The dependency would close a cycle"),
    ErrorCode.REPOSITORY_ARCHIVED: (409, "The repository is archived"),
    ErrorCode.PRECONDITION_FAILED: (412, "The precondition failed"),
    ErrorCode.PAYLOAD_TOO_LARGE: (413, "The body is too large"),
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: (415, "The media type is not supported"),
    ErrorCode.INVALID_ID: (422, "The id cannot be used"),
    ErrorCode.INVALID_DOCUMENT: (422, "The document cannot be processed"),
    ErrorCode.INVALID_TEMPLATE: (422, "The template cannot be used"),
    ErrorCode.RATE_LIMITED: (429, "Too many requests"),
    ErrorCode.SERVICE_UNAVAILABLE: (503, "Temporarily unavailable"),
    ErrorCode.INTERNAL_ERROR: (500, "Internal error"),
}


def status_of(code: ErrorCode) -> int:
    """The HTTP status that answers `code`."""
    return PROBLEMS[code][0]


def problem_type(code: ErrorCode) -> str:
    """The stable URI of an error: an identifier, not an address."""
    return f"urn:taskhub:error:{code.value}"


def problem(
    code: ErrorCode,
    detail: str,
    *,
    errors: Sequence[FieldError] = (),
    extra: Mapping[str, Any] | None = None,
    status: int | None = None,
) -> dict[str, Any]:
    """The body of a problem; `extra` adds members and never replaces a standard one."""
    standard_status, title = PROBLEMS[code]
    body: dict[str, Any] = {
        "type": problem_type(code),
        "title": title,
        "status": status or standard_status,
        "code": code.value,
        "detail": detail,
        "request_id": current_request_id(),
        "errors": [_entry(error) for error in errors],
    }
    further = {name: value for name, value in (extra or {}).items() if name not in body}
    return {**body, **further}


def problem_response(
    code: ErrorCode,
    detail: str,
    *,
    errors: Sequence[FieldError] = (),
    extra: Mapping[str, Any] | None = None,
    status: int | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """A problem as a plain Django response, for error handlers outside Django REST framework."""
    body = problem(code, detail, errors=errors, extra=extra, status=status)
    return HttpResponse(
        encode_json(body),
        status=body["status"],
        content_type=PROBLEM_MEDIA_TYPE,
        headers=dict(headers or {}),
    )


# A token's write to a wrong path gets its 404, not a complaint about a cookie it does not use.
@csrf_exempt
def unknown_path(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    """Answer 404: the last route under the API's prefix, and what a 404 handler returns there."""
    return problem_response(ErrorCode.NOT_FOUND, f"Nothing is served at {request.path}.")


def _entry(error: FieldError) -> dict[str, str]:
    # A JSON pointer is empty (the whole body) or starts with a slash; anything else is the name of
    # a query parameter or a header.
    is_pointer = not error.pointer or error.pointer.startswith("/")
    location = "pointer" if is_pointer else "parameter"
    return {location: error.pointer, "code": error.code, "detail": error.detail}
