"""Every list, with every filter and every odd URL: the statements stay few and bounded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.test import Client

from apps.accounts.choices import TokenScope
from apps.accounts.models import ApiToken, User
from apps.accounts.services import issue_token
from apps.core.admin import ConsoleAdmin, RelatedFilter
from apps.core.ids import uuid7
from apps.planning.models import Suggestion
from apps.repositories.models import Repository, RepositoryMember
from apps.tasks.models import Task, TaskEvent

from .support import judge, list_url, logged_in, prd, repository, staff, statements, tasks

# Session, user, the list's own statement, one for each active autocomplete, two for a search.
MOST_STATEMENTS = 6
INBOX_STATEMENTS = 2  # the inbox has its rates, and the repositories for which one may ask
ODD = [
    {"_facets": "1"},
    {"_facets": "True"},
    {"all": ""},
    {"all": "1"},
    {"o": "1"},
    {"o": "-2.1"},
    {"o": "x"},
    {"p": "99999"},
    {"p": "x"},
    {"e": "1"},
    {"after": "nonsense"},
    {"before": "\x00"},
    {"after": str(uuid7())},
    {"before": str(uuid7())},
    {"after": "00000000-0000-0000-0000-000000000000"},
    {"q": "zxqvy"},
    {"q": "pump"},
    {"q": "pump number or valve -3"},
    {"q": str(uuid7())},
    {"q": "a\x00b"},
    {"q": "'\"\\ :*&|!<->()"},
    {"q": "ünïcødé 🜁"},
    {"q": "x" * 3000},
    {"q": " "},
]


def pages() -> list[tuple[type[Any], ConsoleAdmin]]:
    return list(admin.site._registry.items())


def filter_queries(page: ConsoleAdmin) -> Iterator[dict[str, str]]:
    """Each choice of each filter, and nonsense for each."""
    for item in page.list_filter:
        if isinstance(item, type) and issubclass(item, SimpleListFilter):
            shown = item(None, {}, page.model, page)  # type: ignore[arg-type]
            values = [value for value, _ in shown.lookups(None, page)] or ["op"]  # type: ignore[arg-type]
            yield from ({str(item.parameter_name): value} for value in [*values, "nonsense"])
            continue
        name = item[0]
        field = page.opts.get_field(name)
        if field.is_relation:
            yield {f"{name}__{field.target_field.name}__exact": str(uuid7())}
            yield {f"{name}__{field.target_field.name}__exact": "nonsense"}
        else:
            choices = [str(value) for value, _ in field.flatchoices] or ["1", "0"]
            yield from ({f"{name}__exact": value} for value in [*choices, "nonsense"])


@pytest.fixture
def full(op: User, acme: Repository) -> None:
    """A page and more of everything."""
    tasks(acme, 40)
    for number in range(30):
        prd(acme, f"{number}.md")
        user = User.objects.create_user(f"user{number}")
        RepositoryMember.objects.create(repository=acme, user=user)
        repository(f"acme/r{number}")
        issue_token(user=op, scope=TokenScope.READ, name=f"token {number}")


def test_every_page_is_a_console_page() -> None:
    assert pages()
    for _, page in pages():
        assert isinstance(page, ConsoleAdmin)
        assert page.list_select_related is not True
        assert not page.date_hierarchy
        assert not page.list_editable


def test_actions_write_in_dialogs_only() -> None:
    """Unfold's plain actions are links: they would run on GET, without CSRF."""
    for _, page in pages():
        assert not page._get_base_actions_list()
        assert not page._get_base_actions_row()
        assert not page._get_base_actions_submit_line()
        for action in page._get_base_actions_detail():
            assert action.dialog
            assert action.method.allowed_permissions


def test_no_filter_lists_the_rows_of_another_table() -> None:
    """A related filter on a large table renders every row of it: 86 seconds in the trial."""
    for _, page in pages():
        for item in page.list_filter:
            field = None if isinstance(item, type) else page.opts.get_field(item[0])
            if field is not None and field.is_relation:
                assert issubclass(item[1], RelatedFilter)


@pytest.mark.usefixtures("full", "unlogged")
def test_walk_of_every_list(console: Client) -> None:
    problems: list[str] = []
    for model, page in pages():
        for query in [{}, *ODD, *filter_queries(page)]:
            url = f"{list_url(model)}?{urlencode(query)}"
            with statements() as found:
                response = console.get(url)
            if response.status_code not in (200, 302, 400) or (
                response.status_code == 400 and "\x00" not in "".join(query.values())
            ):
                problems.append(f"{url}: {response.status_code}")
            most = MOST_STATEMENTS + (INBOX_STATEMENTS if model is Suggestion else 0)
            problems += [f"{url}: {text}" for text in judge(found, most=most)]
    assert not problems, "\n".join(problems[:20])


@pytest.mark.usefixtures("full", "unlogged")
def test_unknown_lookups_are_refused(console: Client) -> None:
    for model, page in pages():
        field = page.opts.concrete_fields[-1].name
        for lookup in (f"{field}__icontains", field, "nothing", "id__in", "repository__name"):
            response = console.get(list_url(model), {lookup: "x"})
            assert response.status_code == 400, (model, lookup)


def test_as_many_statements_for_5_rows_as_for_25(
    console: Client, op: User, acme: Repository
) -> None:
    counts: dict[type[Any], list[int]] = {}
    for size in (5, 25):
        tasks(acme, size - Task.objects.count())
        for number in range(size):
            user, _ = User.objects.get_or_create(username=f"user{number}")
            RepositoryMember.objects.get_or_create(repository=acme, user=user)
        while ApiToken.objects.count() < size:
            issue_token(user=op, scope=TokenScope.READ, name="t")
        for model, _ in pages():
            with statements() as found:
                assert console.get(list_url(model)).status_code == 200
            counts.setdefault(model, []).append(len(found))
    assert all(few == many for few, many in counts.values()), counts


def test_walking_pages_shows_each_row_once_and_back_again(
    console: Client, acme: Repository
) -> None:
    expected = [t.pk for t in sorted(tasks(acme, 60), key=lambda t: t.pk, reverse=True)]
    seen: list[Any] = []
    lists = []
    url: str | None = list_url(Task)
    while url:
        shown = console.get(url).context["cl"]
        seen += [row.pk for row in shown.result_list]
        lists.append(shown)
        url = list_url(Task) + shown.next_url if shown.next_url else None
    assert seen == expected
    assert [shown.result_count for shown in lists] == [25, 25, 10]
    back = console.get(list_url(Task) + lists[2].prev_url).context["cl"]
    assert [row.pk for row in back.result_list] == expected[25:50]
    top = console.get(list_url(Task) + back.prev_url).context["cl"]
    assert [row.pk for row in top.result_list] == expected[:25]
    assert top.prev_url is None


def test_the_cursor_restarts_when_a_filter_changes(console: Client, acme: Repository) -> None:
    tasks(acme, 60)
    first = console.get(list_url(Task)).context["cl"]
    second = console.get(list_url(Task) + first.next_url)
    assert "after" not in second.context["cl"].get_query_string({"status__exact": "pending"})
    assert 'name="after"' not in second.content.decode()


def test_a_malformed_cursor_shows_page_one(console: Client, acme: Repository) -> None:
    tasks(acme, 30)
    plain = console.get(list_url(Task)).context["cl"]
    odd = console.get(list_url(Task), {"after": "rubbish"}).context["cl"]
    assert [row.pk for row in odd.result_list] == [row.pk for row in plain.result_list]


def test_users_page_by_their_name(console: Client) -> None:
    for number in range(40):
        User.objects.create_user(f"user{number:02}")
    first = console.get(list_url(User)).context["cl"]
    second = console.get(list_url(User) + first.next_url).context["cl"]
    names = [user.username for page in (first, second) for user in page.result_list]
    assert names == sorted(names)
    assert len(set(names)) == 41


def test_wide_columns_are_left_out_of_lists_only(console: Client, acme: Repository) -> None:
    task = tasks(acme, 1)[0]
    with statements() as found:
        console.get(list_url(Task))
    listing = next(sql for sql in found if 'FROM "tasks"' in sql)
    assert '"tasks"."details"' not in listing
    assert '"tasks"."search"' not in listing
    with statements() as found:
        console.get(f"/admin/tasks/task/{task.pk}/change/")
    assert sum('"tasks"."details"' in sql for sql in found) >= 1


def test_search_finds_words_beginnings_and_ids(console: Client, acme: Repository) -> None:
    tasks(acme, 3)
    rare = tasks(acme, 1)[0]
    Task.objects.filter(pk=rare.pk).update(content="Calibrate the hygrometer")

    def hits(term: str) -> list[Any]:
        return [
            row.pk for row in console.get(list_url(Task), {"q": term}).context["cl"].result_list
        ]

    assert hits("hygrometer") == [rare.pk]
    assert hits("calib") == [rare.pk]
    assert hits(str(rare.pk)) == [rare.pk]
    assert hits("absentword") == []
    assert len(hits("pump")) == 3


def test_full_text_asks_the_text_index_on_its_own(console: Client, acme: Repository) -> None:
    tasks(acme, 3)
    with statements() as found:
        console.get(list_url(Task), {"q": "absentword"})
    assert sum("AS MATERIALIZED" in sql and "LIMIT 1001" in sql for sql in found) == 1


def test_autocomplete_neither_counts_nor_sorts(console: Client, acme: Repository) -> None:
    tasks(acme, 45)
    query = {
        "app_label": "tasks",
        "model_name": "task",
        "field_name": "parent_task",
        "term": "pump",
    }
    sizes = []
    for number in (1, 2, 3):
        with statements() as found:
            answer = console.get("/admin/autocomplete/", {**query, "page": number}).json()
        sizes.append((len(answer["results"]), answer["pagination"]["more"]))
        assert not judge(found, most=MOST_STATEMENTS)
    assert sizes == [(20, True), (20, True), (5, False)]
    assert console.get("/admin/autocomplete/", {**query, "page": 51}).status_code == 404
    assert console.get("/admin/autocomplete/", {**query, "term": "\x00"}).status_code == 200


def test_select_across_is_refused(console: Client, acme: Repository) -> None:
    task = tasks(acme, 1)[0]
    for value in ("1", "on", "true"):
        response = console.post(
            list_url(Task),
            {"action": "delete_selected", "select_across": value, "_selected_action": str(task.pk)},
        )
        assert response.status_code == 400
    assert Task.objects.filter(pk=task.pk).exists()


def test_nothing_is_deleted_through_the_orm(console: Client, acme: Repository) -> None:
    task = tasks(acme, 1)[0]
    assert console.post(f"/admin/tasks/task/{task.pk}/delete/", {"post": "yes"}).status_code == 403
    response = console.post(
        list_url(Task), {"action": "delete_selected", "_selected_action": str(task.pk)}
    )
    assert response.status_code in (200, 302)
    assert Task.objects.filter(pk=task.pk).exists()


def test_the_created_window_is_a_range_of_ids(console: Client, acme: Repository) -> None:
    tasks(acme, 2)
    with statements() as found:
        shown = console.get(list_url(Task), {"created": "7d"}).context["cl"]
    assert shown.result_count == 2
    listing = next(sql for sql in found if 'FROM "tasks"' in sql)
    assert '"tasks"."id" >= ' in listing
    assert "created_at" not in listing.split("WHERE")[1]


def test_staff_see_only_their_repositories(acme: Repository) -> None:
    other = repository("acme/secret")
    mine, hidden = tasks(acme, 1)[0], tasks(other, 1)[0]
    user = staff("anna", "view_task", "change_task", "view_repository")
    RepositoryMember.objects.create(repository=acme, user=user)
    client = logged_in(user)
    assert [t.pk for t in client.get(list_url(Task)).context["cl"].result_list] == [mine.pk]
    events = client.get(list_url(TaskEvent)).context["cl"].result_list
    assert {event.pgh_obj_id for event in events} == {mine.pk}
    assert client.get(f"/admin/tasks/task/{hidden.pk}/change/").status_code == 302
    assert client.get(f"/admin/tasks/task/{hidden.pk}/history/").status_code == 302
    found = client.get("/admin/search/", {"s": "pump", "extended": "1"}).content.decode()
    assert str(mine.pk) in found
    assert str(hidden.pk) not in found
