"""Every exception that leaves a view becomes a problem: the `EXCEPTION_HANDLER` of the API."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any, Final

import structlog
from django.core import exceptions as django
from django.core.signals import got_request_exception
from django.http import Http404
from django.http.request import UnreadablePostError
from rest_framework import exceptions as drf
from rest_framework.permissions import SAFE_METHODS
from rest_framework.response import Response
from rest_framework.serializers import as_serializer_error
from rest_framework.views import set_rollback

from apps.core.errors import DomainError, ErrorCode, FieldError

from . import database_errors
from .pointers import field_errors
from .problems import PROBLEM_MEDIA_TYPE, problem, status_of
from .renderers import OrjsonRenderer

logger = structlog.get_logger(__name__)

CHALLENGE: Final = 'Bearer realm="taskhub"'
INTERNAL_DETAIL: Final = (
    "Something went wrong on our side. Quote the request id when you report it."
)
MAX_ERRORS: Final = 100

# What DRF raises by itself, and the code that a client sees.
_CODES: Final[tuple[tuple[type[drf.APIException], ErrorCode], ...]] = (
    (drf.ParseError, ErrorCode.MALFORMED_JSON),
    (drf.AuthenticationFailed, ErrorCode.NOT_AUTHENTICATED),
    (drf.NotAuthenticated, ErrorCode.NOT_AUTHENTICATED),
    (drf.PermissionDenied, ErrorCode.PERMISSION_DENIED),
    (drf.NotFound, ErrorCode.NOT_FOUND),
    (drf.MethodNotAllowed, ErrorCode.METHOD_NOT_ALLOWED),
    (drf.NotAcceptable, ErrorCode.NOT_ACCEPTABLE),
    (drf.UnsupportedMediaType, ErrorCode.UNSUPPORTED_MEDIA_TYPE),
    (drf.Throttled, ErrorCode.RATE_LIMITED),
)


def problem_handler(exc: Exception, context: dict[str, Any]) -> Response:
    """The answer to `exc`; it rolls back an atomic request, as DRF's own handler does."""
    request = context.get("request")
    reading = getattr(request, "method", None) in SAFE_METHODS
    error = domain_error(exc, members=_members(request), reading=reading)
    if error is None:
        error = DomainError(ErrorCode.INTERNAL_ERROR, INTERNAL_DETAIL)
        _report_crash(exc, getattr(request, "_request", request))
    elif error.code is ErrorCode.SERVICE_UNAVAILABLE:
        logger.warning("service_unavailable", exc_info=exc)
    set_rollback()
    if request is not None:
        # A view that renders YAML or HTML still answers errors in JSON.
        request.accepted_renderer = OrjsonRenderer()
        request.accepted_media_type = OrjsonRenderer.media_type
    status = _status(exc, error)
    body = problem(error.code, error.detail, errors=error.errors, extra=error.extra, status=status)
    return Response(
        body, status=status, headers=_headers(exc, error), content_type=PROBLEM_MEDIA_TYPE
    )


def _report_crash(exc: Exception, request: Any) -> None:
    # Django's own hook for crashes: the request log writes the traceback, error trackers take it,
    # the test client raises it again. Called within the handling of `exc`, which they look at.
    heard = got_request_exception.send(sender=None, request=request)
    if not heard:
        logger.error("request_failed", exc_info=exc)


def domain_error(
    exc: Exception, *, members: Collection[str] = (), reading: bool = False
) -> DomainError | None:
    """`exc` as the error that a client sees; None for a fault of ours.

    `members`, `reading`: see `database_errors.translate`.
    """
    if isinstance(exc, DomainError):
        return exc
    if isinstance(exc, django.ValidationError):
        exc = drf.ValidationError(as_serializer_error(exc))
    if isinstance(exc, drf.ValidationError):
        return _invalid(field_errors(exc.detail))
    if isinstance(exc, drf.APIException):
        return _from_drf(exc)
    if isinstance(exc, Http404):
        return DomainError(ErrorCode.NOT_FOUND, "There is no such thing here.")
    if isinstance(exc, django.PermissionDenied):
        return DomainError(ErrorCode.PERMISSION_DENIED, "You may not do this.")
    if isinstance(exc, django.RequestDataTooBig):
        return DomainError(ErrorCode.PAYLOAD_TOO_LARGE, "The body is too large.")
    if isinstance(exc, UnreadablePostError):
        return DomainError(ErrorCode.INVALID_REQUEST, "The body ended before it was complete.")
    if isinstance(exc, django.SuspiciousOperation):
        return DomainError(ErrorCode.INVALID_REQUEST, "The request is not well-formed.")
    return database_errors.translate(exc, members=members, reading=reading)


def _invalid(errors: list[FieldError]) -> DomainError:
    count = len(errors)
    if count == 1:
        where = f"{errors[0].pointer[1:]}: " if errors[0].pointer else ""
        return DomainError(ErrorCode.INVALID_REQUEST, f"{where}{errors[0].detail}", errors)
    detail = f"{count} rules are broken; see errors."
    if count > MAX_ERRORS:
        detail = f"{count} rules are broken; errors names the first {MAX_ERRORS}."
    return DomainError(ErrorCode.INVALID_REQUEST, detail, errors[:MAX_ERRORS])


def _from_drf(exc: drf.APIException) -> DomainError | None:
    code = next((code for kind, code in _CODES if isinstance(exc, kind)), None)
    if code is None:
        # An APIException of some library: keep its status, with the code nearest to it.
        if exc.status_code >= 500 and exc.status_code != 503:
            return None
        code = next(
            (code for code in ErrorCode if status_of(code) == exc.status_code),
            ErrorCode.INVALID_REQUEST,
        )
    entries = field_errors(exc.detail)
    detail = " ".join(entry.detail for entry in entries)
    if isinstance(exc, drf.PermissionDenied) and detail.startswith("CSRF Failed"):
        code = ErrorCode.CSRF_FAILED
    extra: dict[str, Any] = {}
    wait: float | None = getattr(exc, "wait", None)  # of Throttled
    if wait is not None:
        extra["retry_after"] = math.ceil(wait)
    return DomainError(code, detail, extra=extra)


def _status(exc: Exception, error: DomainError) -> int:
    known = any(isinstance(exc, kind) for kind, _ in _CODES)
    if isinstance(exc, drf.APIException) and not known and exc.status_code < 500:
        return int(exc.status_code)
    return status_of(error.code)


def _headers(exc: Exception, error: DomainError) -> dict[str, str]:
    headers: dict[str, str] = {}
    if error.code is ErrorCode.NOT_AUTHENTICATED:
        # RFC 6750, 3: `error` only where credentials were sent and refused.
        refused = isinstance(exc, drf.AuthenticationFailed)
        challenge = f'{CHALLENGE}, error="invalid_token"' if refused else CHALLENGE
        headers["WWW-Authenticate"] = getattr(exc, "auth_header", None) or challenge
    retry_after = error.extra.get("retry_after")
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return headers


def _members(request: Any) -> Collection[str]:
    # Only what is parsed already: to read the body here could raise a second error.
    body = getattr(request, "_full_data", None)
    return body.keys() if isinstance(body, dict) else ()
