"""The request that Unfold stores on the shared ModelAdmin, kept apart for each thread."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest


class ThreadRequest:
    """A descriptor for `ModelAdmin.request`: what one thread stores, no other thread reads.

    Unfold sets `self.request` in `changelist_view` and reads it in `media`. A ModelAdmin serves
    every thread, so a plain attribute shows one user another user's page.
    """

    def __init__(self) -> None:
        self._request: ContextVar[HttpRequest | None] = ContextVar("admin_request", default=None)

    def __set__(self, instance: Any, value: HttpRequest) -> None:
        self._request.set(value)

    def __delete__(self, instance: Any) -> None:
        self._request.set(None)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        request = self._request.get()
        if request is None:
            raise AttributeError("request")  # Unfold asks with hasattr()
        return request
