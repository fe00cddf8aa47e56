"""Values that no query understands: an answer in words on every page, never a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets, quote
from django.test import Client, RequestFactory
from django.urls import reverse

from apps.accounts.choices import TokenScope
from apps.accounts.models import ApiToken, User
from apps.accounts.services import issue_token
from apps.core.admin import ConsoleAdmin
from apps.repositories.models import Repository, RepositoryMember
from apps.tasks.models import Task

from .support import form_data, page_url, prd, tasks

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unlogged")]

VERSION_4 = "6caba02c-3cb8-4ce7-9317-7608020116bc"
KEYS = ["zzz", "\x00", "x" * 300, VERSION_4, "_00", "ünïcødé", "-1", "9" * 40]
VALUES = ["zzz", VERSION_4, "a\x00b", "x" * 300, "-1", "9" * 40, "[", "0001-01-01"]
REFUSED = (302, 403, 404, 400)


@pytest.fixture
def console(op: User) -> Client:
    """A browser that is shown what a person would see: a crash is an answer 500, too."""
    client = Client(raise_request_exception=False)
    client.force_login(op)
    return client


@pytest.fixture
def records(op: User, acme: Repository) -> list[Any]:
    """One of each kind that can be edited."""
    issue_token(user=op, scope=TokenScope.READ, name="deploy")
    member = RepositoryMember.objects.create(repository=acme, user=op)
    return [op, acme, member, prd(acme), tasks(acme, 1)[0], ApiToken.objects.get()]


def pages() -> list[ConsoleAdmin]:
    return list(admin.site._registry.values())


def record_urls(page: ConsoleAdmin) -> Iterator[str]:
    """The names of the pages that take an id."""
    for url in page.get_urls():
        name = getattr(url, "name", "") or ""
        if "id" in url.pattern.converters and name:
            yield name
        if "object_id" in url.pattern.converters and name:
            yield name


def together(names: Iterable[str], value: str) -> list[dict[str, str]]:
    """`value` in all fields at once, where nothing else is missing."""
    return [dict.fromkeys(names, value)]


def alone(names: Iterable[str], value: str) -> list[dict[str, str]]:
    """`value` in each field by itself, where nothing else is refused before it."""
    return [{name: value} for name in dict.fromkeys(names)]


Fill = Callable[[Iterable[str], str], list[dict[str, str]]]
each_way = pytest.mark.parametrize(
    "fill", [together, pytest.param(alone, marks=pytest.mark.thorough)]
)


def add_url(page: ConsoleAdmin) -> str:
    return reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_add")


@pytest.mark.parametrize(
    "key", [*KEYS[:3], *(pytest.param(key, marks=pytest.mark.thorough) for key in KEYS[3:])]
)
def test_no_page_takes_a_key_that_is_none(console: Client, key: str) -> None:
    problems = []
    for page in pages():
        names = list(record_urls(page))
        assert len(names) >= 3
        for name in names:
            url = reverse(f"admin:{name}", args=[key])
            answers = [
                ("GET", console.get(url)),
                ("POST", console.post(url, {"_form_submitted": "on", "password1": "x"})),
                ("GET quoted", console.get(reverse(f"admin:{name}", args=[quote(key)]))),
            ]
            problems += [
                f"{method} {url}: {answer.status_code}"
                for method, answer in answers
                if answer.status_code not in REFUSED
            ]
    assert not problems, "\n".join(problems)


def test_the_redirect_to_public_pages_is_gone(console: Client) -> None:
    for where in ("zzz/zzz", "1/zzz", f"1/{VERSION_4}"):
        assert console.get(f"/admin/r/{where}/").status_code == 404


@each_way
@pytest.mark.parametrize("value", VALUES)
def test_an_add_form_opens_whatever_the_url_fills_in(
    console: Client, op: User, value: str, fill: Fill
) -> None:
    request = RequestFactory().get("/")
    request.user = op
    problems = []
    for page in pages():
        if not page.has_add_permission(request):
            continue
        form = page.get_form(request, fields=flatten_fieldsets(page.get_fieldsets(request)))
        names = {*form.base_fields, *(f.name for f in page.opts.fields), "nothing"}
        for some in fill(names, value):
            answer = console.get(add_url(page), some)
            if answer.status_code != 200:
                problems.append(f"{add_url(page)} {some}: {answer.status_code}")
    assert not problems, "\n".join(problems)


@each_way
@pytest.mark.parametrize("value", VALUES)
def test_a_form_answers_to_any_value(
    console: Client, records: list[Any], value: str, fill: Fill
) -> None:
    problems = []
    for record in records:
        opened = console.get(page_url(record))
        if opened.context["has_change_permission"] is False:
            continue
        data = form_data(opened)
        for some in fill([*data, "seen_version"], value):
            answer = console.post(page_url(record), data | some)
            if answer.status_code not in (200, 302):
                problems.append(f"{page_url(record)} {some}: {answer.status_code}")
    for page in pages():
        opened = console.get(add_url(page))
        if opened.status_code == 403:
            continue
        data = form_data(opened)
        for some in fill(data, value):
            answer = console.post(add_url(page), data | some)
            if answer.status_code not in (200, 302):
                problems.append(f"{add_url(page)} {some}: {answer.status_code}")
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("name", ["prd", "parent_task"])
@pytest.mark.parametrize("value", ["zzz", VERSION_4, "a\x00b", "x" * 300])
def test_a_reference_to_nothing_is_an_error_at_its_field(
    console: Client, acme: Repository, name: str, value: str
) -> None:
    task = tasks(acme, 1)[0]
    data = form_data(console.get(page_url(task))) | {name: value}
    answer = console.post(page_url(task), data)
    assert answer.status_code == 200
    assert name in answer.context["adminform"].form.errors
    task.refresh_from_db()
    assert task.version == 1


def test_json_that_is_too_deep_is_an_error_at_its_field(console: Client, acme: Repository) -> None:
    data = form_data(console.get(page_url(acme))) | {"settings": "[" * 100_000}
    answer = console.post(page_url(acme), data)
    assert answer.status_code == 200
    assert "nested too deeply" in answer.context["adminform"].form.errors["settings"][0]


def test_the_autocomplete_answers_to_any_parameter(console: Client) -> None:
    good = {"app_label": "tasks", "model_name": "task", "field_name": "prd", "term": "a"}
    for name in [*good, "page", "repository"]:
        for value in VALUES:
            answer = console.get("/admin/autocomplete/", good | {name: value})
            assert answer.status_code in (200, 403, 404), (name, value)
    user = {"app_label": "repositories", "model_name": "repositorymember", "field_name": "user"}
    answer = console.get("/admin/autocomplete/", user | {"repository": VERSION_4})
    assert answer.status_code == 200


def test_the_filters_answer_to_any_value(console: Client) -> None:
    for value in VALUES:
        for name in ("who", "request", "what", "when"):
            answer = console.get("/admin/tasks/taskevent/", {name: value})
            assert answer.status_code in (200, 302, 400), (name, value)
    assert not Task.objects.exists()
