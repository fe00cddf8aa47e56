"""Middleware of the kernel: every request has an id, in its logs, its errors and its answer."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from .context import request_identity
from .ids import uuid7

HEADER = "X-Request-ID"
# What a client may choose: short, and safe to print in a log line and a header.
ACCEPTABLE = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIdMiddleware:
    """Takes the client's `X-Request-ID` when it is sane, else makes one; answers with it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Not from `request.headers`: they are a copy, and would hide what is written below.
        offered = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = offered if ACCEPTABLE.fullmatch(offered) else str(uuid7())
        request.META["HTTP_X_REQUEST_ID"] = request_id  # where django-structlog looks for it
        with request_identity(request_id):
            response = self.get_response(request)
        response[HEADER] = request_id
        return response
