"""What the console's tests share: people, records, and a judge of SQL statements."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.accounts.models import User
from apps.prds.models import PRD
from apps.repositories.models import Repository, RepositoryMember
from apps.tasks.models import Task
from tests.factories import PRDFactory, RepositoryFactory

# Tables that hold work: their statements must be bounded whatever the URL says.
BIG_TABLES = ("tasks", "tasks_events", "prds", "prds_events", "users", "api_tokens")
OUTER_OFFSET = re.compile(r"\bOFFSET\s+(\d+)", re.IGNORECASE)
MOST_OFFSET = 20_000  # the bound of the newest events, an index-only step
BY_KEY = re.compile(
    r'"(?:id|pgh_id|(?:task|prd|repository|token|depends_on|user|pgh_obj)_id)" (?:= |IN \()'
)


def operator(name: str = "op") -> User:
    return User.objects.create_superuser(name, f"{name}@example.org", "a-long-password")


def staff(name: str, *permissions: str) -> User:
    user = User.objects.create_user(name, f"{name}@example.org", "a-long-password", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def member(name: str, where: Repository, role: str, *permissions: str) -> User:
    """Staff with a role in a repository."""
    user = staff(name, *permissions)
    RepositoryMember.objects.create(repository=where, user=user, role=role)
    return user


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def repository(name: str = "acme/api") -> Repository:
    made: Repository = RepositoryFactory(name=name)
    return made


def tasks(where: Repository, count: int, **values: Any) -> list[Task]:
    made = [Task(repository=where, content=f"Mend pump {n}", **values) for n in range(count)]
    return Task.objects.bulk_create(made)


def prd(where: Repository, name: str = "a.md") -> PRD:
    made: PRD = PRDFactory(repository=where, filename=name, title=name)
    return made


def list_url(model: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def page_url(record: Any, page: str = "change") -> str:
    meta = record._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=[record.pk])


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SQL of the block, filled in at its end."""
    found: list[str] = []
    with CaptureQueriesContext(connection) as captured:
        yield found
    found += [query["sql"] for query in captured.captured_queries]


def judge(found: Sequence[str], *, most: int) -> list[str]:
    """What is wrong with these statements; empty when all are bounded."""
    problems = [f"{len(found)} statements, at most {most} expected"] if len(found) > most else []
    for sql in found:
        upper = sql.upper()
        if "COUNT(" in upper and "LIMIT" not in upper:
            problems.append(f"counts: {sql}")
        if any(int(number) > MOST_OFFSET for number in OUTER_OFFSET.findall(sql)):
            problems.append(f"offset: {sql}")
        if (
            "SELECT DISTINCT" in upper and "SELECT DISTINCT ON" not in upper
        ):  # of one record's links
            problems.append(f"distinct: {sql}")
        reads_big = any(f'FROM "{table}"' in sql for table in BIG_TABLES)
        if reads_big and "LIMIT" not in upper and not BY_KEY.search(sql):
            problems.append(f"unbounded: {sql}")
    return problems


def words(response: Any) -> str:
    """The text of a page or dialog, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def act(client: Client, url: str, **data: Any) -> Any:
    """What a browser posts from a dialog: its form as it was opened, and `data`."""
    opened = client.get(url)
    fields = re.findall(
        r'<input type="hidden" name="(seen_version)" value="(\d+)"', opened.content.decode()
    )
    return client.post(url, {"_form_submitted": "on", **dict(fields), **data})


def form_data(response: Any) -> dict[str, Any]:
    """What a browser would post from the form in `response`, untouched."""
    shown = response.context.get("adminform")
    form = response.context["form"] if shown is None else shown.form
    data: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if hasattr(bound.field.widget, "widgets"):  # date and time
            parts = bound.field.widget.decompress(value)
            data.update({f"{bound.html_name}_{n}": part or "" for n, part in enumerate(parts)})
        elif isinstance(value, bool):
            data.update({bound.html_name: "on"} if value else {})
        else:
            several = getattr(bound.field.widget, "allow_multiple_selected", False)
            data[bound.html_name] = ([] if several else "") if value is None else value
    return data
