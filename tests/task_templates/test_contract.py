"""Templates keep the contracts of every resource."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.repositories.models import Repository
from apps.task_templates.models import OUTCOME_COLUMNS, TaskTemplate
from tests.contracts import (
    ClientOf,
    DeletedHistoryContract,
    DeletionContract,
    DestroyContract,
    ReadContract,
    RepositoryCreateContract,
    RepositoryListContract,
    Resource,
    RestoreContract,
    UpdateContract,
    assert_problem,
    nothing_written,
)
from tests.factories import TaskTemplateFactory, deletion

from .steps import STEPS, TEMPLATE, VARIABLES, step


class Templates(Resource):
    """`/api/v1/templates`."""

    path = "templates"

    def make(self, repository: Repository) -> TaskTemplate:
        template: TaskTemplate = TaskTemplateFactory(repository=repository, **TEMPLATE)
        return template


class TestRead(Templates, ReadContract):
    """GET /templates/{id}."""

    def test_one_for_all_is_seen_by_all(self, outsider: User, client_of: ClientOf) -> None:
        template = TaskTemplateFactory()
        body = client_of(outsider, "read").get(self.address(template)).json()
        assert (body["id"], body["repository"]) == (str(template.pk), None)


class TestList(Templates, RepositoryListContract):
    """GET /templates."""

    def test_shows_those_for_all_as_well(self, api: APIClient, repository: Repository) -> None:
        own, shared = self.make(repository), TaskTemplateFactory()
        self.make(Repository.objects.create(name="other/place"))
        parameters = self.parameters(repository)
        assert self.ids(api, parameters) == [str(shared.pk), str(own.pk)]
        assert self.ids(api, {**parameters, "scope": "repository"}) == [str(own.pk)]
        assert self.ids(api, {**parameters, "scope": "all"}) == [str(shared.pk)]


class TestCreate(Templates, RepositoryCreateContract):
    """POST /templates."""

    def good_body(self, repository: Repository) -> dict[str, Any]:
        return {"repository": repository.name, "name": "Release", **TEMPLATE}

    # Null is a template for all.
    @pytest.mark.parametrize("name", [5, "", " ", "x" * 256, ["acme/rocket"], {}])
    def test_the_repository_is_a_name(self, api: APIClient, record: Any, name: Any) -> None:
        super().test_the_repository_is_a_name(api, record, name)

    def test_one_for_all_is_a_superusers(
        self, api: APIClient, record: Any, client_of: ClientOf, django_user_model: Any
    ) -> None:
        body = {"repository": None, "name": "Release", **TEMPLATE}
        with nothing_written():
            refused = api.post(self.collection, body, format="json")
        assert_problem(refused, 403, "permission_denied")
        root = django_user_model.objects.create_superuser(username="root", password="x")
        made = client_of(root).post(self.collection, body, format="json")
        assert (made.status_code, made.json()["repository"]) == (201, None)

    def test_a_bound_token_changes_nothing_that_belongs_to_all(
        self, record: Any, client_of: ClientOf, django_user_model: Any
    ) -> None:
        root = django_user_model.objects.create_superuser(username="root", password="x")
        bound = client_of(root, "write", record.repository)
        shared = TaskTemplateFactory(**TEMPLATE)
        gone = TaskTemplateFactory(**deletion())
        body = {"repository": None, "name": "Release", **TEMPLATE}
        with nothing_written():
            for response in (
                bound.post(self.collection, body, format="json"),
                bound.patch(self.address(shared), {"name": "Mine"}, format="json"),
                bound.delete(self.address(shared)),
                bound.post(f"{self.address(gone)}/restore"),
            ):
                assert_problem(response, 403, "permission_denied")

    def test_a_name_is_free_once_in_its_scope(self, api: APIClient, record: Any) -> None:
        body = self.good_body(self.repository_of(record))
        assert api.post(self.collection, body, format="json").status_code == 201
        with nothing_written():
            response = api.post(self.collection, body, format="json")
        assert_problem(response, 409, "already_exists", "/name", "/repository")

    @pytest.mark.parametrize(
        ("tasks", "variables", "places"),
        [
            ([step("a", "{{who}}")], {}, ["/tasks/0/content"]),
            ([step("a", tags=["{{ who }}"])], VARIABLES, ["/tasks/0/tags/0"]),
            ([step("a"), step("a")], {}, ["/tasks/1/key"]),
            ([step("a", depends_on=["b"])], {}, ["/tasks/0/depends_on/0"]),
            ([step("a", parent="b")], {}, ["/tasks/0/parent"]),
            ([step("a", depends_on=["a"])], {}, ["/tasks/0/depends_on/0"]),
            ([step("a", parent="b"), step("b", parent="a")], {}, ["/tasks/0/parent"]),
            (
                [step("a", depends_on=["b"]), step("b", depends_on=["a"])],
                {},
                ["/tasks/0/depends_on"],
            ),
            ([step("a", depends_on=["b", "b"]), step("b")], {}, ["/tasks/0/depends_on"]),
            ([step("a"), step("b", parent="a", depends_on=["a"])], {}, ["/tasks/0/depends_on"]),
            (
                [step("a", depends_on=["b"]), step("b"), step("c", parent="b", depends_on=["a"])],
                {},
                ["/tasks/0/depends_on"],
            ),
            (
                [step("s0"), *(step(f"s{n}", parent=f"s{n - 1}") for n in range(1, 22))],
                {},
                ["/tasks/20/parent", "/tasks/21/parent"],
            ),
            (
                [step("a")],
                {"type": "object", "properties": {"A": {"type": "string"}}},
                ["/variables/properties/A"],
            ),
            (
                [step("a")],
                {"properties": {"a": {"type": "integer", "default": "1"}}},
                ["/variables/properties/a/default"],
            ),
            (
                [step("a")],
                {"properties": {"a": {"type": "string", "minimum": 1}}},
                ["/variables/properties/a/minimum"],
            ),
            ([step("a")], {"required": ["a"]}, ["/variables/required/0"]),
            ([step("a")], {"additionalProperties": True}, ["/variables/additionalProperties"]),
        ],
    )
    def test_what_does_not_fit_together_is_named(
        self, api: APIClient, record: Any, tasks: Any, variables: Any, places: list[str]
    ) -> None:
        body = {**self.good_body(record.repository), "tasks": tasks, "variables": variables}
        with nothing_written():
            response = api.post(self.collection, body, format="json")
        assert_problem(response, 422, "invalid_template", *places)

    @pytest.mark.parametrize(
        ("tasks", "place"),
        [
            ({}, "/tasks"),
            ([[]], "/tasks/0"),
            ([{"key": "a"}], "/tasks/0/content"),
            ([step("A")], "/tasks/0/key"),
            ([step("a", priority="urgent")], "/tasks/0/priority"),
            ([step("a", estimated_minutes=-1)], "/tasks/0/estimated_minutes"),
            ([step("a", who="x")], "/tasks/0/who"),
            ([step(f"s{n}") for n in range(1001)], "/tasks"),
            ([step("a", "x" * 1001)], "/tasks/0/content"),
            ([step("a", "a\0b")], "/tasks/0/content"),
        ],
    )
    def test_a_step_has_its_shape(
        self, api: APIClient, record: Any, tasks: Any, place: str
    ) -> None:
        body = {**self.good_body(record.repository), "tasks": tasks}
        with nothing_written():
            response = api.post(self.collection, body, format="json")
        assert_problem(response, 400, "invalid_request", place)

    def test_the_circle_is_spelled_out(self, api: APIClient, record: Any) -> None:
        tasks = [
            step("a", depends_on=["c"]),
            step("b", depends_on=["a"]),
            step("c", depends_on=["b"]),
        ]
        body = {**self.good_body(record.repository), "tasks": tasks}
        detail = api.post(self.collection, body, format="json").json()["errors"][0]["detail"]
        circle = detail.split(": ")[1].split(" → ")
        assert circle[0] == circle[-1]
        assert set(circle) == {"a", "b", "c"}
        waits = {one["key"]: one["depends_on"] for one in tasks}
        assert all(after in waits[before] for before, after in itertools.pairwise(circle))


class TestUpdate(Templates, UpdateContract):
    """PATCH /templates/{id}."""

    def good_body(self, repository: Repository) -> dict[str, Any]:
        return {"name": "Another", "project_type": "library"}

    def stale_change(self) -> dict[str, Any]:
        return {"description": "Somebody was here"}

    def test_steps_and_variables_must_fit_what_stays(self, api: APIClient, record: Any) -> None:
        with nothing_written():
            response = api.patch(self.address(record), {"variables": {}}, format="json")
        body = assert_problem(
            response,
            422,
            "invalid_template",
            *("/tasks/0/content", "/tasks/0/details", "/tasks/0/details"),
            *("/tasks/1/content", "/tasks/1/tags/0", "/tasks/2/acceptance_criteria/0"),
            *("/tasks/2/content", "/tasks/3/content"),
        )
        assert "service" in body["detail"]

    def test_only_steps_and_variables_make_a_version(self, api: APIClient, record: Any) -> None:
        def version(**body: Any) -> Any:
            return api.patch(self.address(record), body, format="json").json()["template_version"]

        assert version(name="Other") == 1
        assert version(tasks=[*STEPS, step("more")]) == 2
        assert version(tasks=[*STEPS, step("more")]) == 2
        assert version(variables={**VARIABLES, "required": ["service", "weeks"]}) == 3
        listed = api.get(f"{self.address(record)}/versions").json()
        assert [(one["number"], one["step_count"]) for one in listed] == [(3, 5), (2, 5), (1, 4)]
        diff = api.get(f"{self.address(record)}/versions/3/diff", {"from": 1}).json()
        assert [one["key"] for one in diff["difference"]["added"]] == ["more"]
        assert [c["name"] for c in diff["difference"]["changed_variables"]] == ["weeks"]
        assert_problem(api.get(f"{self.address(record)}/versions/4"), 404, "not_found")


class TestDelete(Templates, DestroyContract):
    """DELETE /templates/{id}."""

    def make_stale(self, record: Any) -> None:
        TaskTemplate.objects.filter(pk=record.pk).update(description="x")


class TestDeletion(Templates, DeletionContract):
    """GET /templates/{id}/deletion."""

    kind = "task_template"


class TestRestore(Templates, RestoreContract):
    """POST /templates/{id}/restore."""

    def make_stale(self, record: Any) -> None:
        TaskTemplate.all_objects.filter(pk=record.pk).update(description="x")


class TestHistory(Templates, DeletedHistoryContract):
    """GET /templates/{id}/history and GET /templates/{id}?as_of=."""

    derived = frozenset(OUTCOME_COLUMNS)

    def edits(self, number: int) -> list[dict[str, Any]]:
        return [
            {"name": f"Template {number}"},
            {"tasks": [*STEPS, step(f"more-{number}")], "description": f"{number}"},
        ]
