"""Errors outside of API views: in the API's shape under `/api/`, as plain pages elsewhere."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.views import csrf, defaults

from apps.core.api.problems import problem_response, unknown_path
from apps.core.errors import ErrorCode

API_ROOT = "/api/"


def index(request: HttpRequest) -> HttpResponse:
    """`/api/v1/`: where everything is."""
    return JsonResponse(
        {
            "tasks": "/api/v1/tasks",
            "repositories": "/api/v1/repositories",
            "prds": "/api/v1/prds",
            "prd_import": "/api/v1/prd/import",
            "schema": "/api/v1/schema",
            "swagger_ui": "/api/docs/",
            "redoc": "/api/docs/redoc/",
        }
    )


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """400 for what the framework refuses before a view runs."""
    if request.path.startswith(API_ROOT):
        return problem_response(ErrorCode.INVALID_REQUEST, "The request cannot be understood.")
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """404 for a path that no view has."""
    if request.path.startswith(API_ROOT):
        return unknown_path(request)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponseBase:
    """500: says nothing but the request's id."""
    if request.path.startswith(API_ROOT):
        return problem_response(
            ErrorCode.INTERNAL_ERROR, "The server failed. Quote the request_id to its operator."
        )
    return defaults.server_error(request)


def csrf_failure(request: HttpRequest, reason: str = "", **kwargs: Any) -> HttpResponseBase:
    """403 for a form without its token."""
    if request.path.startswith(API_ROOT):
        return problem_response(ErrorCode.CSRF_FAILED, f"CSRF verification failed: {reason}")
    return csrf.csrf_failure(request, reason=reason, **kwargs)
