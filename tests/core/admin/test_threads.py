"""One ModelAdmin serves every thread: no thread sees another's request."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.contrib import admin
from django.db import connection
from django.db.models import QuerySet
from django.http import HttpRequest
from django.test import RequestFactory

from apps.accounts.models import User
from apps.core.admin import ConsoleAdmin
from apps.tasks.models import Task

ROUNDS = 10


class MeetingAdmin(ConsoleAdmin):
    """Both threads wait for each other after Unfold has stored the request."""

    list_display = ("id",)

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.barrier = threading.Barrier(2, timeout=20)
        self.seen: list[tuple[str, str]] = []

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        self.barrier.wait()
        stored = self.request.user.get_username()
        self.seen.append((request.user.get_username(), stored))
        return super().get_queryset(request).none()


@pytest.mark.django_db(transaction=True)
def test_two_users_in_two_threads() -> None:
    page = MeetingAdmin(Task, admin.site)
    failures: list[BaseException] = []

    def visit(user: User) -> None:
        try:
            for _ in range(ROUNDS):
                request = RequestFactory().get("/admin/tasks/task/")
                request.user = user
                page.changelist_view(request)
        except BaseException as error:
            failures.append(error)
            page.barrier.abort()
        finally:
            connection.close()

    users = [User(username=name, is_superuser=True, is_staff=True) for name in ("anna", "bob")]
    threads = [threading.Thread(target=visit, args=(user,)) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failures
    assert len(page.seen) == 2 * ROUNDS
    assert all(asked == stored for asked, stored in page.seen)


def test_nothing_of_a_request_is_left_behind() -> None:
    page = ConsoleAdmin(Task, admin.site)
    assert not hasattr(page, "request")
    page.request = RequestFactory().get("/")
    assert hasattr(page, "request")
    del page.request
    assert not hasattr(page, "request")
