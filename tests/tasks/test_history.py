"""A task's history over the API: links, deletion, purge, and every instant as it was."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.audit.snapshots import state_as_of
from apps.core.errors import DomainError
from apps.repositories.models import Repository
from apps.tasks.bulk import NewTask, create_tasks
from apps.tasks.choices import DependencyKind
from apps.tasks.deletion import delete_task, restore_task
from apps.tasks.links import Links, Relation
from apps.tasks.models import Task
from apps.tasks.services import create_task, update_task
from tests.contracts import ClientOf, assert_problem
from tests.examples import examples
from tests.factories import TaskFactory, create

pytestmark = pytest.mark.django_db


def address(task: Any) -> str:
    return f"/api/v1/tasks/{task.pk}"


def now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
        return moment


def purge(task: Any) -> None:
    """Remove the row, as the owner."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("DELETE FROM tasks WHERE id = %s", [task.pk])


def test_links_are_told_under_the_names_of_the_representation(
    api: APIClient, repository: Repository
) -> None:
    task, first, second = (create(TaskFactory, repository=repository) for _ in range(3))
    for wanted in ([first, second], [second]):
        body = {"dependencies": [str(other.pk) for other in wanted], "assignee": str(len(wanted))}
        assert api.patch(address(task), body, format="json").status_code == 200
    newest, older, _ = api.get(f"{address(task)}/history").json()["results"]
    told = {change["field"]: change for change in newest["changes"]}
    score = told.pop("complexity_score")  # which fewer dependencies lower
    assert score["before"] > score["after"]
    assert told == {
        "assignee": {"field": "assignee", "before": "2", "after": "1"},
        "dependencies": {
            "field": "dependencies",
            "added": [],
            "removed": [{"id": str(first.pk), "kind": "blocks"}],
        },
    }
    (links,) = [change for change in older["changes"] if change["field"] == "dependencies"]
    assert [link["id"] for link in links["added"]] == [str(first.pk), str(second.pk)]
    there = api.get(f"{address(first)}/history").json()["results"][0]
    assert there["version"] is None
    assert there["operation"] == "updated"
    assert there["changes"] == [
        {"field": "blocks", "added": [], "removed": [{"id": str(task.pk), "kind": "blocks"}]}
    ]
    then = api.get(address(task), {"as_of": older["at"]}).json()
    assert then["dependencies"] == [str(first.pk), str(second.pk)]
    assert api.get(address(first), {"as_of": older["at"]}).json()["blocks"] == [str(task.pk)]


def test_names_are_those_of_the_representation(api: APIClient, repository: Repository) -> None:
    task, parent = (create(TaskFactory, repository=repository) for _ in range(2))
    api.patch(address(task), {"parent_task_id": str(parent.pk)}, format="json")
    update, creation = api.get(f"{address(task)}/history").json()["results"]
    assert update["changes"] == [
        {"field": "parent_task_id", "before": None, "after": str(parent.pk)}
    ]
    told = {change["field"]: change.get("after") for change in creation["changes"]}
    assert told["repository"] == repository.name
    assert not told.keys() & {"repository_id", "updated_at", "version", "id", "search"}


def test_long_values_are_cut_and_say_so(api: APIClient, repository: Repository) -> None:
    task = create(TaskFactory, repository=repository, details="a" * 100_000)
    criteria = [{"text": "x" * 1000, "met": False} for _ in range(50)]
    changes = {"details": "a" * 99_999, "acceptance_criteria": criteria, "assignee": "b"}
    api.patch(address(task), changes, format="json")
    response = api.get(f"{address(task)}/history")
    update = response.json()["results"][0]
    told = {change["field"]: change for change in update["changes"]}
    assert told["details"]["after"] == "a" * 2000
    assert told["details"]["truncated"] is True
    assert told["acceptance_criteria"]["after"] is None
    assert told["acceptance_criteria"]["truncated"] is True
    assert "truncated" not in told["assignee"]
    assert len(response.content) < 20_000
    then = api.get(address(task), {"as_of": update["at"]}).json()
    assert then["details"] == "a" * 99_999
    assert then["acceptance_criteria"] == criteria


def test_odd_text_is_told_as_it_is(api: APIClient, repository: Repository) -> None:
    task = create(TaskFactory, repository=repository)
    text = "\u202e🌱\u0301 </script> \x01\t"
    api.patch(address(task), {"content": text, "metadata": {text: [1, True]}}, format="json")
    told = api.get(f"{address(task)}/history").json()["results"][0]["changes"]
    scored = {"complexity_score", "complexity_version"}
    assert {c["field"]: c["after"] for c in told if c["field"] not in scored} == {
        "content": text,
        "metadata": {text: [1, True]},
    }


def test_true_and_one_are_two_values(api: APIClient, repository: Repository) -> None:
    task = create(TaskFactory, repository=repository, metadata={"a": 1})
    api.patch(address(task), {"metadata": {"a": True}}, format="json")
    (change,) = api.get(f"{address(task)}/history").json()["results"][0]["changes"]
    assert change == {"field": "metadata", "before": {"a": 1}, "after": {"a": True}}


def test_a_purged_task_keeps_its_history_for_its_repository(
    api: APIClient, outsider: User, viewer: User, client_of: ClientOf, repository: Repository
) -> None:
    task, other = (create(TaskFactory, repository=repository) for _ in range(2))
    api.patch(address(task), {"dependencies": [str(other.pk)]}, format="json")
    moment = now().isoformat()
    before = api.get(address(task)).json()
    purge(task)
    looker = client_of(viewer, "read")
    entries = looker.get(f"{address(task)}/history").json()["results"]
    assert entries[0]["operation"] == "removed"
    assert entries[0]["changes"] == [
        {
            "field": "dependencies",
            "added": [],
            "removed": [{"id": str(other.pk), "kind": "blocks"}],
        }
    ]
    assert looker.get(address(task), {"as_of": moment}).json() == before
    gone = looker.get(address(task), {"as_of": now().isoformat()})
    assert assert_problem(gone, 404, "not_found")["deleted_at"] <= entries[0]["at"]
    assert_problem(client_of(outsider).get(f"{address(task)}/history"), 404, "not_found")


def test_an_imported_key_is_told_and_known_then(
    api: APIClient, owner: User, repository: Repository
) -> None:
    new = NewTask("first", {"content": "Dig"}, external_key="ST-1")
    created = create_tasks(actor=owner, repository=repository, new_tasks=[new])
    task = Task.objects.get(pk=created["first"])
    (entry,) = api.get(f"{address(task)}/history").json()["results"]
    assert {"field": "external_key", "added": [{"key": "ST-1"}], "removed": []} in entry["changes"]
    assert api.get(address(task), {"as_of": entry["at"]}).json()["external_key"] == "ST-1"


# -- every instant as it was ----
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | texts,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(texts, inner, max_size=2),
    max_leaves=4,
)
changes = st.fixed_dictionaries(
    {},
    optional={
        "content": texts.filter(str.strip),
        "details": texts,
        "status": st.sampled_from(["pending", "in_progress", "completed", "cancelled"]),
        "estimated_minutes": st.none() | st.integers(0, 10_080),
        "tags": st.lists(texts.filter(str.strip), max_size=3, unique=True),
        "metadata": st.dictionaries(texts, json_values, max_size=2),
        "due_at": st.none() | st.datetimes().map(lambda t: t.replace(year=2026, tzinfo=UTC)),
    },
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("change"), st.integers(0, 2), changes),
        st.tuples(st.just("link"), st.integers(0, 2), st.sets(st.integers(0, 2), max_size=2)),
        st.tuples(st.just("relate"), st.integers(0, 2), st.sets(st.integers(0, 2), max_size=1)),
        st.tuples(st.just("delete"), st.integers(0, 2), st.none()),
        st.tuples(st.just("restore"), st.integers(0, 2), st.none()),
    ),
    min_size=1,
    max_size=12,
)


def take(step: tuple[str, int, Any], keys: list[Any], owner: User) -> None:
    kind, number, argument = step
    task = Task.all_objects.get(pk=keys[number])
    with suppress(DomainError):  # what is refused changes nothing
        if kind == "change":
            update_task(actor=owner, task=task, changes=argument)
        elif kind == "link":
            wanted = [keys[n] for n in sorted(argument) if n != number]
            update_task(actor=owner, task=task, changes={}, links=Links(dependencies=wanted))
        elif kind == "relate":
            relations = [Relation(keys[n], DependencyKind.RELATED) for n in argument if n != number]
            update_task(actor=owner, task=task, changes={}, links=Links(relations=relations))
        elif kind == "delete":
            delete_task(actor=owner, task=task)
        else:
            restore_task(actor=owner, task=task)


def columns(task: Any) -> dict[str, Any] | None:
    names = [f.attname for f in Task._meta.concrete_fields if f.name != "search"]
    return None if task is None else {name: getattr(task, name) for name in names}


@settings(
    max_examples=examples(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(walk=steps)
def test_each_instant_shows_what_was_read_then(
    api: APIClient, owner: User, repository: Repository, as_app: None, walk: Any
) -> None:
    before = now()
    keys = [
        create_task(actor=owner, repository=repository, values={"content": f"Task {n}"}).pk
        for n in range(3)
    ]
    seen: list[tuple[datetime, list[Any], list[Any]]] = []
    for step in [None, *walk]:
        if step is not None:
            take(step, keys, owner)
        rows = [columns(Task.all_objects.get(pk=key)) for key in keys]
        answers = [api.get(f"/api/v1/tasks/{key}") for key in keys]
        seen.append((now(), rows, [(a.status_code, a.json()) for a in answers]))
    for moment, rows, answers in seen:
        for key, row, (status, body) in zip(keys, rows, answers, strict=True):
            assert columns(state_as_of(Task, key, moment)) == row
            then = api.get(f"/api/v1/tasks/{key}", {"as_of": moment.isoformat()})
            assert then.status_code == status, then.json()
            if status == 200:
                assert then.json() == body
    assert [state_as_of(Task, key, before) for key in keys] == [None] * 3
