"""A task's JSON columns: what the API says of places within, and rows from before the schemas."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from rest_framework.test import APIClient

from apps.core.jsonschema import LARGEST_NUMBER
from apps.repositories.models import Repository
from apps.tasks.models import Task
from tests.contracts import API, assert_problem, nothing_written
from tests.factories import TaskFactory

TASKS = f"{API}/tasks"
pytestmark = pytest.mark.django_db


def test_every_place_is_named_at_once(api: APIClient, repository: Repository) -> None:
    body = {
        "repository": repository.name,
        "content": "Dig",
        "tags": ["a", 5, "x" * 101],
        "acceptance_criteria": [{"text": "a"}, {"tet": "b"}],
        "metadata": {"a": [1, {"~b/c": LARGEST_NUMBER + 1}]},
    }
    with nothing_written():
        response = api.post(TASKS, body, format="json")
    problem = assert_problem(
        response,
        400,
        "invalid_request",
        "/tags/1",
        "/tags/2",
        "/acceptance_criteria/1/text",
        "/acceptance_criteria/1/tet",
        "/metadata/a/1/~0b~1c",
    )
    told = {error["pointer"]: error["detail"] for error in problem["errors"]}
    assert told["/acceptance_criteria/1/tet"] == (
        "`tet` is not known here; known are: text, met, evidence"
    )
    assert told["/tags/2"] == "must have at most 100 characters"


def test_a_criterion_that_says_nothing_of_it_is_not_met(
    api: APIClient, repository: Repository
) -> None:
    body = {"repository": repository.name, "content": "Dig", "acceptance_criteria": [{"text": "a"}]}
    answer = api.post(TASKS, body, format="json").json()
    assert answer["acceptance_criteria"] == [{"text": "a", "met": False}]


def test_errors_are_bounded(api: APIClient, repository: Repository) -> None:
    body = {"repository": repository.name, "content": "Dig", "acceptance_criteria": [5] * 500}
    response = api.post(TASKS, body, format="json")
    assert len(response.json()["errors"]) == 20


def test_what_the_database_refuses_has_a_place_and_a_sentence(
    api: APIClient, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a service has no check of its own, the constraint speaks."""
    monkeypatch.setattr("apps.core.jsonschema.Schema.errors", lambda *arguments: [])
    body = {"repository": repository.name, "content": "Dig", "tags": ["a", "a"]}
    with nothing_written():
        response = api.post(TASKS, body, format="json")
    problem = assert_problem(response, 400, "invalid_request", "/tags", rule="invalid_json")
    assert problem["detail"].startswith("tags must be a list of at most 10 distinct strings")


@pytest.mark.parametrize(
    "number", ["1e20", "1e300", "-1e30", "123456789012345678901.0", str(2**63)]
)
def test_a_number_from_before_its_bound_is_served(
    api: APIClient, repository: Repository, number: str
) -> None:
    """jsonb writes 1e300 out in full: an integer of 301 digits."""
    task = TaskFactory(repository=repository)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE tasks DROP CONSTRAINT tasks_metadata_schema")
        stored = f'{{"a": {number}}}'
        cursor.execute("UPDATE tasks SET metadata = %s WHERE id = %s", [stored, task.pk])
    for address in (f"{TASKS}/{task.pk}", f"{TASKS}?repository={repository.name}"):
        response = api.get(address)
        assert response.status_code == 200
        shown = json.loads(response.content)
        found = shown["results"][0] if "results" in shown else shown
        assert float(found["metadata"]["a"]) == float(number)


def test_the_model_validates_by_the_schema() -> None:
    """Without a query, and with the place."""
    task = Task(content="Dig", acceptance_criteria=[{"text": "a", "met": True}, {"text": "b"}])
    others = [field.name for field in Task._meta.fields if field.name != "acceptance_criteria"]
    with pytest.raises(ValidationError) as caught:
        task.validate_constraints(exclude=others)
    assert caught.value.message_dict == {"acceptance_criteria": ["/1/met is required."]}
