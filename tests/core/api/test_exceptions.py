"""Each exception becomes the problem that a client can act on."""

from __future__ import annotations

import json
import sys
from typing import Any

import psycopg
import psycopg_pool
import pytest
import structlog
from django.core import exceptions as django
from django.core.signals import got_request_exception
from django.db import (
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
)
from django.db.models import ProtectedError
from django.http import Http404, HttpResponse
from django.http.request import UnreadablePostError
from django.test import Client
from django_structlog.middlewares import RequestMiddleware
from psycopg import errors as pg
from rest_framework import exceptions as drf
from rest_framework.permissions import AllowAny
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from apps.core.api.problems import PROBLEMS, problem, problem_response, unknown_path
from apps.core.api.views import BaseAPIView
from apps.core.context import request_identity
from apps.core.errors import DomainError, ErrorCode, FieldError, InvalidInputError, NotFoundError


class RaisingView(BaseAPIView):
    """Raises what it is told to."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    error: Any = None

    def get(self, request: Any) -> Response:
        raise self.error

    post = head = options = get


def answer(error: BaseException, method: str = "get", **options: Any) -> Any:
    request = getattr(APIRequestFactory(), method)("/api/v1/things", **options)
    with request_identity("request-1"):
        response = RaisingView.as_view(error=error)(request)
    return response.render()


def caused(error: Exception, cause: BaseException) -> Exception:
    """`error` as Django raises it from psycopg's."""
    error.__cause__ = cause
    return error


class Teapot(drf.APIException):
    status_code = 418
    default_detail = "short and stout"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (NotFoundError("gone"), 404, "not_found"),
        (InvalidInputError("/a", "no", code=ErrorCode.INVALID_ID), 422, "invalid_id"),
        (drf.ValidationError({"a": ["bad"]}), 400, "invalid_request"),
        (django.ValidationError({"a": ["bad"]}), 400, "invalid_request"),
        (drf.ParseError(), 400, "malformed_json"),
        (drf.NotAuthenticated(), 401, "not_authenticated"),
        (drf.AuthenticationFailed(), 401, "not_authenticated"),
        (drf.PermissionDenied(), 403, "permission_denied"),
        (drf.PermissionDenied("CSRF Failed: no cookie"), 403, "csrf_failed"),
        (django.PermissionDenied(), 403, "permission_denied"),
        (drf.NotFound(), 404, "not_found"),
        (Http404("No Task matches the given query."), 404, "not_found"),
        (drf.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (drf.NotAcceptable(), 406, "not_acceptable"),
        (drf.UnsupportedMediaType("text/plain"), 415, "unsupported_media_type"),
        (drf.Throttled(wait=2.1), 429, "rate_limited"),
        (Teapot(), 418, "invalid_request"),
        (django.SuspiciousOperation(), 400, "invalid_request"),
        (django.TooManyFieldsSent(), 400, "invalid_request"),
        (django.RequestDataTooBig(), 413, "payload_too_large"),
        (UnreadablePostError(), 400, "invalid_request"),
        (ProtectedError("used", set()), 409, "conflict"),
        (IntegrityError("without a cause"), 409, "conflict"),
        (OperationalError("server closed the connection"), 503, "service_unavailable"),
        (InterfaceError("the connection is closed"), 503, "service_unavailable"),
        (psycopg_pool.PoolTimeout("busy"), 503, "service_unavailable"),
        (
            caused(OperationalError(), psycopg_pool.PoolTimeout()),
            503,
            "service_unavailable",
        ),
        (caused(OperationalError(), pg.SerializationFailure()), 503, "service_unavailable"),
        (caused(OperationalError(), pg.DeadlockDetected()), 503, "service_unavailable"),
        (caused(OperationalError(), pg.LockNotAvailable()), 503, "service_unavailable"),
        (caused(ProgrammingError(), pg.ReadOnlySqlTransaction()), 503, "service_unavailable"),
    ],
)
def test_exceptions_have_their_status_and_code(error: Exception, status: int, code: str) -> None:
    response = answer(error)
    body = json.loads(response.content)
    assert (response.status_code, body["status"], body["code"]) == (status, status, code)
    assert response["Content-Type"] == "application/problem+json"
    assert body["type"] == f"urn:taskhub:error:{code}"
    assert body["title"] == PROBLEMS[ErrorCode(code)][1]
    assert body["request_id"] == "request-1"
    assert body["detail"]
    assert "secret" not in body["detail"]
    assert isinstance(body["errors"], list)


@pytest.mark.parametrize("error", [DataError("out of range: 'secret'"), psycopg.DataError("NUL")])
def test_a_value_that_will_not_do_is_the_callers_only_in_a_write(error: Exception) -> None:
    answers = {method: answer(error, method) for method in ("post", "get", "head", "options")}
    codes = {method: json.loads(a.content)["code"] for method, a in answers.items()}
    assert codes.pop("post") == "invalid_request"
    assert set(codes.values()) == {"internal_error"}
    assert {answers[method].status_code for method in codes} == {500}
    assert not any(b"secret" in a.content for a in answers.values())


@pytest.mark.parametrize("code", list(ErrorCode))
def test_every_code_has_a_status_and_a_title(code: ErrorCode) -> None:
    response = answer(DomainError(code, "why"))
    status, title = PROBLEMS[code]
    assert response.status_code == status
    assert json.loads(response.content)["title"] == title


@pytest.mark.parametrize(
    "error",
    [RuntimeError("the password is 1234"), ProgrammingError('relation "x"'), drf.APIException()],
)
def test_a_crash_says_only_its_request_id(error: Exception) -> None:
    heard = []

    def listen(**arguments: Any) -> None:
        heard.append((arguments["request"].path, sys.exc_info()[1]))

    got_request_exception.connect(listen)
    try:
        response = answer(error)
    finally:
        got_request_exception.disconnect(listen)
    body = json.loads(response.content)
    assert response.status_code == 500
    assert set(body) == {"type", "title", "status", "code", "detail", "request_id", "errors"}
    assert body["request_id"] == "request-1"
    assert str(error) not in response.content.decode()
    assert heard == [("/api/v1/things", error)]


@pytest.mark.parametrize("with_request_log", [True, False])
def test_a_crash_is_logged_once_with_its_traceback(
    with_request_log: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(got_request_exception, "receivers", [])
    got_request_exception.sender_receivers_cache.clear()
    if with_request_log:
        log = RequestMiddleware(lambda request: HttpResponse())  # alive: the hook is a weak one
        assert log
    with structlog.testing.capture_logs() as logs:
        answer(RuntimeError("boom"))
    assert [entry["event"] for entry in logs] == ["request_failed"]
    assert logs[0]["exc_info"]


def test_an_outage_is_logged_because_nobody_else_sees_it() -> None:
    with structlog.testing.capture_logs() as logs:
        answer(OperationalError("server closed the connection"))
    assert [log["event"] for log in logs] == ["service_unavailable"]


@pytest.mark.parametrize(
    ("error", "header", "value"),
    [
        (drf.NotAuthenticated(), "WWW-Authenticate", 'Bearer realm="taskhub"'),
        (
            drf.AuthenticationFailed(),
            "WWW-Authenticate",
            'Bearer realm="taskhub", error="invalid_token"',
        ),
        (DomainError(ErrorCode.NOT_AUTHENTICATED, "x"), "WWW-Authenticate", None),
        (drf.Throttled(wait=2.1), "Retry-After", "3"),
        (DomainError(ErrorCode.RATE_LIMITED, "x", extra={"retry_after": 7}), "Retry-After", "7"),
        (OperationalError(), "Retry-After", "5"),
        (caused(OperationalError(), pg.DeadlockDetected()), "Retry-After", "1"),
        (drf.MethodNotAllowed("PUT"), "Allow", "GET, POST, HEAD, OPTIONS"),
    ],
)
def test_headers_say_what_to_do_next(error: Exception, header: str, value: str | None) -> None:
    response = answer(error)
    assert header in response
    assert value is None or response[header] == value


def test_errors_point_into_the_body_or_name_a_parameter() -> None:
    errors = [FieldError("/a", "x", "…"), FieldError("", "x", "…"), FieldError("limit", "x", "…")]
    body = problem(ErrorCode.INVALID_REQUEST, "no", errors=errors)
    assert [set(entry) for entry in body["errors"]] == [
        {"pointer", "code", "detail"},
        {"pointer", "code", "detail"},
        {"parameter", "code", "detail"},
    ]


def test_further_members_never_replace_standard_ones() -> None:
    extra = {"status": 200, "code": "ok", "current": {"version": 3}}
    body = problem(ErrorCode.STALE_VERSION, "stale", extra=extra)
    assert (body["status"], body["code"]) == (409, "stale_version")
    assert body["current"] == {"version": 3}


def test_many_errors_are_cut() -> None:
    response = answer(drf.ValidationError({str(n): ["bad"] for n in range(500)}))
    body = json.loads(response.content)
    assert len(body["errors"]) == 100
    assert "500" in body["detail"]


def test_one_error_is_told_in_the_detail() -> None:
    body = json.loads(answer(drf.ValidationError({"a": {"b": ["is bad"]}})).content)
    assert body["detail"] == "a/b: is bad"


def test_a_view_with_another_renderer_still_answers_errors_in_json() -> None:
    from drf_spectacular.renderers import OpenApiYamlRenderer

    class YamlView(RaisingView):
        renderer_classes = (OpenApiYamlRenderer,)

    request = APIRequestFactory().get("/", HTTP_ACCEPT="text/html")
    for error in (NotFoundError("gone"), RuntimeError()):
        response = YamlView.as_view(error=error)(request).render()
        assert json.loads(response.content)["status"] == response.status_code
        assert response["Content-Type"] == "application/problem+json"


def test_plain_handlers_use_the_same_shape() -> None:
    response = problem_response(ErrorCode.CSRF_FAILED, "no token", headers={"X-Reason": "cookie"})
    assert (response.status_code, response["X-Reason"]) == (403, "cookie")
    assert response["Content-Type"] == "application/problem+json"
    strict = Client(enforce_csrf_checks=True)
    assert strict.patch("/api/v1/tasks/x").json()["code"] == "not_found"
    missing = unknown_path(APIRequestFactory().get("/api/v1/nothing"))
    assert json.loads(missing.content)["detail"] == "Nothing is served at /api/v1/nothing."
