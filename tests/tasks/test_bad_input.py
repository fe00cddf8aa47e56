"""Each input that a task cannot be, with the status, code and place that answer it.

After every refusal all tables have the rows that they had, and the task is what it was.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.core.ids import uuid7_floor
from apps.core.partitioning import oldest_id_time
from apps.repositories.models import Repository
from apps.tasks.models import Task
from tests.contracts import API, assert_problem, nothing_written
from tests.factories import RepositoryFactory, TaskFactory, deletion

TASKS = f"{API}/tasks"
pytestmark = pytest.mark.usefixtures("as_app")

UNKNOWN = "01990000-0000-7000-8000-000000000000"
VERSION_4 = "5cf2b1a6-0d2e-4c33-9a52-6f6d9f3f3f3f"


def id_at(moment: Any) -> UUID:
    """A valid UUIDv7 of this moment."""
    return UUID(int=uuid7_floor(moment).int | (0x7 << 76) | (0b10 << 62) | 5)


# A field, what it is given, where the error stands, and the rule's name.
WRONG: list[tuple[str, Any, str, str]] = [
    ("content", "x" * 1001, "/content", "max_length"),
    ("content", "", "/content", "blank"),
    ("content", " \t\n ", "/content", "blank"),
    ("content", None, "/content", "null"),
    ("content", 5, "/content", "invalid"),
    ("content", ["x"], "/content", "invalid"),
    ("content", "a\0b", "/content", "nul_character"),
    ("details", "x" * 100_001, "/details", "max_length"),
    ("details", "ü" * 50_001, "/details", "max_length"),
    ("details", "🌱" * 25_001, "/details", "max_length"),
    ("details", None, "/details", "null"),
    ("status", "done", "/status", "invalid_choice"),
    ("status", "PENDING", "/status", "invalid_choice"),
    ("status", "", "/status", "invalid_choice"),
    ("status", None, "/status", "null"),
    ("status", ["pending"], "/status", "invalid_choice"),
    ("priority", "urgent", "/priority", "invalid_choice"),
    ("priority", 1, "/priority", "invalid_choice"),
    ("complexity", "hard", "/complexity", "invalid_choice"),
    ("complexity", "", "/complexity", "invalid_choice"),
    ("session_id", "x" * 256, "/session_id", "max_length"),
    ("assignee", "x" * 256, "/assignee", "max_length"),
    ("assignee", None, "/assignee", "null"),
    ("estimated_minutes", -1, "/estimated_minutes", "min_value"),
    ("estimated_minutes", 10_081, "/estimated_minutes", "max_value"),
    ("estimated_minutes", 2**31, "/estimated_minutes", "max_value"),
    ("estimated_minutes", 2**63 - 1, "/estimated_minutes", "max_value"),
    ("estimated_minutes", 2**63, "/estimated_minutes", "integer_out_of_range"),
    ("estimated_minutes", -(10**30), "/estimated_minutes", "integer_out_of_range"),
    ("estimated_minutes", "60", "/estimated_minutes", "invalid"),
    ("estimated_minutes", 1.5, "/estimated_minutes", "invalid"),
    ("estimated_minutes", True, "/estimated_minutes", "invalid"),
    ("actual_minutes", -1, "/actual_minutes", "min_value"),
    ("actual_minutes", 10_081, "/actual_minutes", "max_value"),
    ("tags", [f"tag {n}" for n in range(11)], "/tags", "max_length"),
    ("tags", ["a", "b", "a"], "/tags", "not_distinct"),
    ("tags", "a,b", "/tags", "not_a_list"),
    ("tags", {"a": 1}, "/tags", "not_a_list"),
    ("tags", None, "/tags", "null"),
    ("tags", ["a", 5], "/tags/1", "invalid"),
    ("tags", ["a", ""], "/tags/1", "blank"),
    ("tags", ["a", None], "/tags/1", "null"),
    ("tags", ["x" * 101], "/tags/0", "max_length"),
    ("tags", ["a\0"], "/tags/0", "nul_character"),
    ("acceptance_criteria", "x", "/acceptance_criteria", "not_a_list"),
    ("acceptance_criteria", ["x"], "/acceptance_criteria/0", "not_an_object"),
    ("acceptance_criteria", [{}], "/acceptance_criteria/0/text", "required"),
    ("acceptance_criteria", [{"met": True}], "/acceptance_criteria/0/text", "required"),
    ("acceptance_criteria", [{"text": ""}], "/acceptance_criteria/0/text", "blank"),
    (
        "acceptance_criteria",
        [{"text": "a"}, {"text": "b", "met": "yes"}],
        "/acceptance_criteria/1/met",
        "invalid",
    ),
    ("acceptance_criteria", [{"text": "a", "met": None}], "/acceptance_criteria/0/met", "null"),
    ("acceptance_criteria", [{"text": "a" * 2001}], "/acceptance_criteria/0/text", "max_length"),
    (
        "acceptance_criteria",
        [{"text": "a", "evidence": 1}],
        "/acceptance_criteria/0/evidence",
        "invalid",
    ),
    ("acceptance_criteria", None, "/acceptance_criteria", "null"),
    ("acceptance_criteria", [{"text": "a", "x": 1}], "/acceptance_criteria/0/x", "unknown_field"),
    ("acceptance_criteria", [{"text": "a"}] * 501, "/acceptance_criteria", "max_length"),
    ("parent_task_id", "x", "/parent_task_id", "invalid"),
    ("parent_task_id", 5, "/parent_task_id", "invalid"),
    ("parent_task_id", UNKNOWN, "/parent_task_id", "invalid_request"),
    ("dependencies", UNKNOWN, "/dependencies", "not_a_list"),
    ("dependencies", ["x"], "/dependencies/0", "invalid"),
    ("dependencies", [None], "/dependencies/0", "null"),
    ("dependencies", [UNKNOWN], "/dependencies/0", "invalid_request"),
    ("dependencies", [VERSION_4], "/dependencies/0", "invalid_request"),
    ("dependencies", [str(UUID(int=n)) for n in range(201)], "/dependencies", "max_length"),
    ("ai_suggested", "true", "/ai_suggested", "invalid"),
    ("ai_suggested", 1, "/ai_suggested", "invalid"),
    ("due_at", "tomorrow", "/due_at", "invalid"),
    ("due_at", "2026-05-01T08:00:00", "/due_at", "invalid"),
    ("due_at", "2026-02-30T08:00:00Z", "/due_at", "invalid"),
    ("due_at", "0001-01-01T00:00:00+14:00", "/due_at", "overflow"),
    ("due_at", "0001-12-31T23:59:59Z", "/due_at", "out_of_range"),
    ("due_at", "9999-12-31T23:59:59Z", "/due_at", "out_of_range"),
    ("due_at", 1_767_225_600, "/due_at", "invalid"),
    ("metadata", [], "/metadata", "not_an_object"),
    ("metadata", "x", "/metadata", "not_an_object"),
    ("metadata", None, "/metadata", "null"),
    ("metadata", {"a": {"b": ["\0"]}}, "/metadata/a/b/0", "nul_character"),
    ("metadata", {"a": 2**64}, "/metadata/a", "integer_out_of_range"),
    ("metadata", {"a": {"b": [2**53]}}, "/metadata/a/b/0", "integer_out_of_range"),
    ("metadata", {"a/b": -(2**53)}, "/metadata/a~1b", "integer_out_of_range"),
    ("metadata", {"a": 1e300}, "/metadata/a", "integer_out_of_range"),
    ("metadata", {"non_field_errors": 2**53}, "/metadata/non_field_errors", "integer_out_of_range"),
    ("blocks", "x", "/blocks", "not_a_list"),
    ("blocks", ["x"], "/blocks/0", "invalid"),
    ("relations", [{"task_id": "x", "kind": "related"}], "/relations/0/task_id", "invalid"),
    ("relations", [{"kind": "related"}], "/relations/0/task_id", "required"),
    ("relations", [{"task_id": UNKNOWN, "kind": "blocks"}], "/relations/0/kind", "invalid_choice"),
    (
        "relations",
        [{"task_id": UNKNOWN, "kind": "related", "x": 1}],
        "/relations/0/x",
        "unknown_field",
    ),
    ("version_", 1, "/version_", "unknown_field"),
    ("complexity_score", 0.5, "/complexity_score", "unknown_field"),
    ("external_key", "X-1", "/external_key", "unknown_field"),
    ("started_at", "2026-01-01T00:00:00Z", "/started_at", "unknown_field"),
    ("completed_at", "2026-01-01T00:00:00Z", "/completed_at", "unknown_field"),
    ("prd_id", None, "/prd_id", "unknown_field"),
]


def label(case: Any) -> str:
    """A short name of a value, for the test's id."""
    text = json.dumps(case, ensure_ascii=True)
    return text if len(text) < 30 else f"{text[:20]}…{len(text)}"


wrong = pytest.mark.parametrize(("field", "value", "place", "rule"), WRONG, ids=label)


@wrong
def test_a_new_task_is_refused(
    api: APIClient, repository: Repository, field: str, value: Any, place: str, rule: str
) -> None:
    body = {"repository": repository.name, "content": "Dig", field: value}
    with nothing_written():
        response = api.post(TASKS, body, format="json")
    assert_problem(response, 400, "invalid_request", place, rule=rule)


@wrong
def test_a_change_is_refused(
    api: APIClient, repository: Repository, field: str, value: Any, place: str, rule: str
) -> None:
    """Also when it comes with changes that are right."""
    task = TaskFactory(repository=repository)
    address = f"{TASKS}/{task.pk}"
    before = api.get(address).json()
    body = {"priority": "low", "estimated_minutes": 5, field: value}
    with nothing_written():
        response = api.patch(address, body, format="json")
    assert_problem(response, 400, "invalid_request", place, rule=rule)
    assert api.get(address).json() == before


@pytest.mark.parametrize(
    "text",
    [
        '{"repository": "acme/rocket", "content": "\\ud800"}',
        '{"repository": "acme/rocket", "content": "a", "metadata": {"a": "\\udc00"}}',
        b'{"repository": "acme/rocket", "content": "\xed\xa0\x80"}',
        b'{"repository": "acme/rocket", "content": "\xff"}',
        '{"repository": "acme/rocket", "content": "a", "metadata": {"a": 1e999}}',
        '{"repository": "acme/rocket", "content": "a", "estimated_minutes": Infinity}',
        '{"repository": "acme/rocket", "content": "a", "estimated_minutes": 0x10}',
    ],
    ids=["surrogate", "deep surrogate", "CESU-8", "Latin-1", "1e999", "Infinity", "hex"],
)
def test_text_that_is_no_json_is_refused(
    api: APIClient, repository: Repository, text: str | bytes
) -> None:
    with nothing_written():
        response = api.generic("POST", TASKS, text, "application/json")
    assert_problem(response, 400, "malformed_json")


def test_content_and_repository_are_needed(api: APIClient) -> None:
    with nothing_written():
        response = api.post(TASKS, {}, format="json")
    assert_problem(response, 400, "invalid_request", "/content", "/repository")


def test_a_task_stays_in_its_repository(api: APIClient, repository: Repository) -> None:
    task = TaskFactory(repository=repository)
    with nothing_written():
        response = api.patch(f"{TASKS}/{task.pk}", {"repository": "a"}, format="json")
    assert_problem(response, 400, "invalid_request", "/repository", rule="unknown_field")


def test_a_new_task_has_no_version_to_compare(api: APIClient, repository: Repository) -> None:
    body = {"repository": repository.name, "content": "Dig", "version": 1}
    with nothing_written():
        response = api.post(TASKS, body, format="json")
    assert_problem(response, 400, "invalid_request", "/version", rule="unknown_field")


@pytest.mark.parametrize(("before", "after"), [(1, True), (0, False), ([0], [False])])
def test_one_and_true_are_different(
    api: APIClient, repository: Repository, before: Any, after: Any
) -> None:
    task = TaskFactory(repository=repository, metadata={"a": before})
    body = {"metadata": {"a": after}}
    answer = api.patch(f"{TASKS}/{task.pk}", body, format="json").json()
    assert json.dumps(answer["metadata"]) == json.dumps(body["metadata"])


def test_every_broken_rule_is_named_at_once(api: APIClient, repository: Repository) -> None:
    body = {"repository": repository.name, "content": "", "priority": "x", "tags": [1], "y": 1}
    with nothing_written():
        response = api.post(TASKS, body, format="json")
    places = ("/content", "/priority", "/tags/0", "/y")
    assert_problem(response, 400, "invalid_request", *places)


def test_the_largest_values_are_taken(api: APIClient, repository: Repository) -> None:
    body = {
        "repository": repository.name,
        "content": "🌱" * 1000,
        "details": "ü" * 50_000,
        "session_id": "x" * 255,
        "assignee": "ß" * 255,
        "estimated_minutes": 10_080,
        "actual_minutes": 0,
        "tags": [f"{n}" * 100 for n in range(10)],
        "acceptance_criteria": [
            {"text": "a" * 2000, "met": True, "evidence": "b" * 2000},
            *[{"text": "a", "met": False}] * 499,
        ],
        "metadata": {"a": {"b": [1, 1 - 2**53, 2**53 - 1, 0.1, None, True, "ü"]}, "": {}},
        "due_at": "9998-12-31T00:00:00Z",
        "ai_suggested": True,
        "complexity": "epic",
    }
    response = api.post(TASKS, body, format="json")
    assert response.status_code == 201, response.content
    answer = response.json()
    assert {name: answer[name] for name in body} == body


@pytest.mark.parametrize("words", ["word " * 20_000, "a1b2-c3.d4/e5 " * 7_142, "\n" * 100_000])
def test_no_valid_text_breaks_the_search_column(
    api: APIClient, repository: Repository, words: str
) -> None:
    """A text search vector has limits of its own, which the details must never meet."""
    varied = " ".join(f"{n:x}" for n in range(16_000))
    body = {"repository": repository.name, "content": "Dig"}
    for details in (words, varied, "x" * 100_000):
        response = api.post(TASKS, {**body, "details": details}, format="json")
        assert response.status_code == 201, response.content


# -- Ids of the client's own -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "key",
    [
        UUID(VERSION_4),
        UUID("c232ab00-9414-11ec-b3c8-9f6bdeced846"),
        UUID(int=0),
        UUID(int=2**128 - 1),
        UUID(int=UUID(UNKNOWN).int & ~(0b11 << 62)),
    ],
    ids=["v4", "v1", "nil", "max", "v7 of another variant"],
)
def test_an_id_is_a_uuid_of_version_7(api: APIClient, repository: Repository, key: UUID) -> None:
    body = {"repository": repository.name, "content": "Dig", "id": str(key)}
    with nothing_written():
        response = api.post(TASKS, body, format="json")
    assert_problem(response, 422, "invalid_id", "/id", rule="invalid_id")


@pytest.mark.parametrize("key", [5, "x", "", None, UNKNOWN.replace("-", ""), [], True])
def test_an_id_is_a_uuid(api: APIClient, repository: Repository, key: Any) -> None:
    body = {"repository": repository.name, "content": "Dig", "id": key}
    with nothing_written():
        assert_problem(api.post(TASKS, body, format="json"), 400, "invalid_request", "/id")


def test_an_id_from_the_future(api: APIClient, repository: Repository) -> None:
    """60 seconds of a client's clock are forgiven; what no datetime can hold is refused alike."""
    body: dict[str, Any] = {"repository": repository.name, "content": "Dig"}
    latest = UUID(int=((2**48 - 1) << 80) | (0x7 << 76) | (0b10 << 62))
    for key in (id_at(timezone.now() + timedelta(seconds=90)), latest):
        with nothing_written():
            response = api.post(TASKS, {**body, "id": str(key)}, format="json")
        problem = assert_problem(response, 422, "invalid_id", "/id", rule="invalid_id")
        assert "future" in problem["detail"]
    soon = id_at(timezone.now() + timedelta(seconds=50))
    assert api.post(TASKS, {**body, "id": str(soon)}, format="json").status_code == 201


def test_an_id_from_before_the_oldest_partition(api: APIClient, repository: Repository) -> None:
    body: dict[str, Any] = {"repository": repository.name, "content": "Dig"}
    oldest = oldest_id_time("tasks")
    assert oldest is not None
    for key in (id_at(oldest - timedelta(milliseconds=1)), UUID(int=(0x7 << 76) | (0b10 << 62))):
        with nothing_written():
            response = api.post(TASKS, {**body, "id": str(key)}, format="json")
        problem = assert_problem(response, 422, "invalid_id", "/id", rule="invalid_id")
        assert "oldest partition" in problem["detail"]
    first = api.post(TASKS, {**body, "id": str(id_at(oldest))}, format="json")
    assert first.status_code == 201
    assert first.json()["created_at"] == oldest.isoformat().replace("+00:00", "Z")


@pytest.mark.parametrize("deleted", [False, True])
def test_an_id_is_given_once(api: APIClient, repository: Repository, deleted: bool) -> None:
    """Also that of a deleted task, and that of a task which the caller may not see."""
    seen = TaskFactory(repository=repository)
    hidden = TaskFactory(repository=RepositoryFactory())
    body: dict[str, Any] = {"repository": repository.name, "content": "Dig"}
    for task in (seen, hidden):
        if deleted:
            Task.objects.filter(pk=task.pk).update(**deletion())
        with nothing_written():
            response = api.post(TASKS, {**body, "id": str(task.pk).upper()}, format="json")
        assert_problem(response, 409, "already_exists", "/id", rule="already_exists")
