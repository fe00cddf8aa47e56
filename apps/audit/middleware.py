"""Opens the history context of a request."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from apps.core.context import Source, acting, name_actor

READ_ONLY = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class ActingMiddleware:
    """Every change that a request makes is recorded with its request id, door and person.

    A session's person is known here; a token's owner is named by the token authentication. Reads
    skip it: what they may write (when a token or a person was last seen) is no tracked change.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in READ_ONLY:
            return self.get_response(request)
        source = Source.API if request.path.startswith("/api/") else Source.CONSOLE
        with acting(source=source, name=f"{request.method} {request.path}"[:200]):
            user = getattr(request, "user", None)
            if source is Source.CONSOLE and user is not None and user.is_authenticated:
                name_actor(user)
            return self.get_response(request)
