"""Instances of templates: what is made, what is remembered, what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.planning.models import TemplateInstance, TemplateInstanceTask
from apps.planning.services.instantiating import refresh_outcomes
from apps.repositories.models import Repository
from apps.task_templates.models import TaskTemplate, TaskTemplateVersion
from apps.tasks.models import Task
from tests.contracts import API, ClientOf, assert_problem, nothing_written
from tests.factories import RepositoryFactory, TaskTemplateFactory, create
from tests.task_templates.steps import STEPS, TEMPLATE, step

TEMPLATES = f"{API}/templates"
INSTANCES = f"{API}/template-instances"
VALUES = {"service": "search"}


@pytest.fixture
def template(repository: Repository) -> TaskTemplate:
    """A template of the cast's repository."""
    made: TaskTemplate = create(TaskTemplateFactory, repository=repository, **TEMPLATE)
    return made


@pytest.fixture
def use(api: APIClient, repository: Repository, as_app: None) -> Any:
    """Instantiates a template in the cast's repository."""

    def instantiate(template: TaskTemplate, values: Any = VALUES, **body: Any) -> Any:
        body = {"repository": repository.name, "variables": values, **body}
        return api.post(f"{TEMPLATES}/{template.pk}/instantiate", body, format="json")

    return instantiate


def finish(api: APIClient, instance: Any, *keys: str, status: str = "completed") -> None:
    """Close the tasks of these steps, in this order."""
    for key in keys:
        task = next(s["task_id"] for s in instance["steps"] if s["key"] == key)
        response = api.patch(f"{API}/tasks/{task}", {"status": status}, format="json")
        assert response.status_code == 200, response.content


def test_the_tasks_are_what_the_steps_say(template: TaskTemplate, use: Any, api: APIClient) -> None:
    response = use(template, session_id="s-1", assignee="ada")
    assert response.status_code == 201, response.content
    body = response.json()
    assert response["Location"].endswith(f"{INSTANCES}/{body['id']}")
    assert (body["template_version"], body["outcome"], body["steps_total"]) == (1, "open", 4)
    assert body["variables"] == {"service": "search", "weeks": 2, "risky": False}
    tasks = {s["key"]: Task.objects.get(pk=s["task_id"]) for s in body["steps"]}
    assert [s["key"] for s in body["steps"]] == ["launch", "design", "build", "test"]
    assert tasks["launch"].details == "Within 2 weeks. Risky: false."
    assert {t.parent_task_id for k, t in tasks.items() if k != "launch"} == {tasks["launch"].pk}
    assert tasks["design"].tags == ["search"]
    build = api.get(f"{API}/tasks/{tasks['build'].pk}").json()
    assert build["dependencies"] == [str(tasks["design"].pk)]
    assert build["acceptance_criteria"][0]["text"] == "search answers"
    assert (build["priority"], build["estimated_minutes"]) == ("high", 120)
    assert (build["session_id"], build["assignee"]) == ("s-1", "ada")
    assert build["template_id"] == str(template.pk)
    waiting = set(api.get(f"{API}/tasks/{tasks['test'].pk}").json()["dependencies"])
    assert waiting == {str(tasks["build"].pk), str(tasks["design"].pk)}


def test_the_preview_is_what_is_made(template: TaskTemplate, use: Any, api: APIClient) -> None:
    with nothing_written():
        response = api.post(
            f"{TEMPLATES}/{template.pk}/preview", {"variables": VALUES}, format="json"
        )
    assert response.status_code == 200, response.content
    made = use(template).json()["steps"]
    assert [t["content"] for t in response.json()["tasks"]] == [s["content"] for s in made]
    assert response.json()["variables"] == {"service": "search", "weeks": 2, "risky": False}


@pytest.mark.parametrize(
    ("values", "places"),
    [
        ({}, ["/variables/service"]),
        ({"service": 5}, ["/variables/service"]),
        ({"service": ""}, ["/variables/service"]),
        ({"service": "x" * 61}, ["/variables/service"]),
        ({"service": None}, ["/variables/service"]),
        ({"service": "a", "weeks": "2"}, ["/variables/weeks"]),
        ({"service": "a", "weeks": 13}, ["/variables/weeks"]),
        ({"service": "a", "weeks": True}, ["/variables/weeks"]),
        ({"service": "a", "servcie": "b"}, ["/variables/servcie"]),
        ({"weeks": 0}, ["/variables/service", "/variables/weeks"]),
    ],
)
def test_values_that_do_not_fit_are_named_and_nothing_is_written(
    template: TaskTemplate, use: Any, api: APIClient, values: Any, places: list[str]
) -> None:
    with nothing_written():
        response = use(template, values)
        preview = api.post(
            f"{TEMPLATES}/{template.pk}/preview", {"variables": values}, format="json"
        )
    assert_problem(response, 422, "invalid_template", *places)
    assert_problem(preview, 422, "invalid_template", *places)


def test_a_value_that_makes_a_text_too_long(repository: Repository, use: Any) -> None:
    variables = {"type": "object", "properties": {"x": {"type": "string"}}}
    tasks = [step("a", "{{x}}" * 190, details="{{x}}" * 3_900)]
    template = create(TaskTemplateFactory, repository=repository, tasks=tasks, variables=variables)
    with nothing_written():
        long = use(template, {"x": "y" * 2_000})
        medium = use(template, {"x": "yyyyyy"})
    assert_problem(long, 422, "invalid_template", "/tasks/0/content", "/tasks/0/details")
    assert_problem(medium, 422, "invalid_template", "/tasks/0/content")
    assert use(template, {"x": "y"}).status_code == 201


def test_values_are_never_looked_through(template: TaskTemplate, use: Any) -> None:
    body = use(template, {"service": "{{weeks}} \\{{risky}} <b>"}).json()
    assert body["steps"][1]["content"] == "Design {{weeks}} \\{{risky}} <b>"


def test_it_may_be_made_below_a_task(template: TaskTemplate, use: Any, api: APIClient) -> None:
    above = use(template).json()["steps"][0]["task_id"]
    below = use(template, parent_task_id=above).json()["steps"]
    assert str(Task.objects.get(pk=below[0]["task_id"]).parent_task_id) == above
    other = Task.objects.create(repository=RepositoryFactory(), content="Elsewhere")
    with nothing_written():
        refused = use(template, parent_task_id=str(other.pk))
    assert_problem(refused, 400, "invalid_request", "/parent_task_id")


def test_where_it_may_not_be_used(
    template: TaskTemplate,
    use: Any,
    repository: Repository,
    owner: User,
    viewer: User,
    client_of: ClientOf,
) -> None:
    hidden = RepositoryFactory(name="hidden/away")
    with nothing_written():
        assert_problem(use(template, repository=hidden.name), 404, "not_found", "/repository")
        assert_problem(use(template, repository="no/such"), 404, "not_found", "/repository")
        address = f"{TEMPLATES}/{template.pk}/instantiate"
        body = {"repository": repository.name, "variables": VALUES}
    refused = client_of(viewer).post(address, body, format="json")
    assert_problem(refused, 403, "permission_denied")
    elsewhere = create(TaskTemplateFactory, repository=hidden, **TEMPLATE)
    assert_problem(use(elsewhere), 404, "not_found")
    repository.archived_at = template.created_at
    repository.save()
    with nothing_written():
        assert_problem(use(template), 409, "repository_archived")


def test_without_steps_there_is_nothing_to_make(repository: Repository, use: Any) -> None:
    empty = create(TaskTemplateFactory, repository=repository)
    with nothing_written():
        assert_problem(use(empty, {}), 422, "invalid_template", "/tasks")


def test_a_template_for_all_is_used_anywhere(use: Any) -> None:
    template = create(TaskTemplateFactory, **TEMPLATE)
    assert use(template).status_code == 201


def figures(template: TaskTemplate) -> tuple[Any, ...]:
    template.refresh_from_db()
    return (
        template.popularity,
        template.closed_count,
        template.success_rate,
        template.p50_minutes is not None,
    )


def test_popularity_success_and_times_follow_from_what_happened(
    template: TaskTemplate, use: Any, api: APIClient
) -> None:
    version = template.version
    refresh_outcomes()
    assert figures(template) == (0, 0, None, False)
    first, second, third, fourth = (use(template).json() for _ in range(4))
    refresh_outcomes()
    assert figures(template) == (4, 0, None, False)
    finish(api, first, "design", "build", "test", "launch")
    refresh_outcomes()
    assert figures(template) == (4, 1, 1.0, True)
    finish(api, second, "design", "build")
    finish(api, second, "test", "launch", status="cancelled")
    refresh_outcomes()
    assert figures(template) == (4, 2, 0.5, True)
    for one in reversed(third["steps"]):
        assert api.delete(f"{API}/tasks/{one['task_id']}").status_code == 204
    refresh_outcomes()
    assert figures(template) == (3, 2, 0.5, True)  # taken back: no use of it
    assert api.get(f"{INSTANCES}/{third['id']}").json()["outcome"] == "withdrawn"
    shown = [api.get(f"{INSTANCES}/{one['id']}").json() for one in (first, second, fourth)]
    assert [one["outcome"] for one in shown] == ["succeeded", "partial", "open"]
    assert shown[0]["minutes"] is not None
    assert shown[1]["minutes"] is None
    assert template.version == version  # figures make no version
    assert refresh_outcomes() == 0  # and nothing is written twice


def test_a_reopened_task_takes_the_success_back(
    template: TaskTemplate, use: Any, api: APIClient
) -> None:
    made = use(template).json()
    finish(api, made, "design", "build", "test", "launch")
    finish(api, made, "launch", status="in_progress")
    refresh_outcomes()
    assert figures(template) == (1, 0, None, False)


def test_a_new_version_leaves_old_instances_explained(
    template: TaskTemplate, use: Any, api: APIClient
) -> None:
    old = use(template).json()
    tasks = [*STEPS[:2], {**STEPS[2], "content": "Write {{service}}"}, step("ship")]
    response = api.patch(f"{TEMPLATES}/{template.pk}", {"tasks": tasks}, format="json")
    assert (response.status_code, response.json()["template_version"]) == (200, 2)
    new = use(template).json()
    assert (old["template_version"], new["template_version"]) == (1, 2)
    again = api.get(f"{INSTANCES}/{old['id']}").json()
    assert (again["template_version"], again["current_version"]) == (1, 2)
    body = api.get(f"{INSTANCES}/{old['id']}/diff").json()
    assert (body["from_version"], body["to_version"]) == (1, 2)
    difference = body["difference"]
    assert [s["key"] for s in difference["added"]] == ["ship"]
    assert [s["key"] for s in difference["removed"]] == ["test"]
    assert [c["name"] for c in difference["changed"]] == ["build"]
    assert difference["changed"][0]["fields"] == [
        {"field": "content", "before": "Build {{service}}", "after": "Write {{service}}"}
    ]
    assert api.get(f"{INSTANCES}/{new['id']}/diff").json()["difference"]["added"] == []
    kept = api.get(f"{TEMPLATES}/{template.pk}/versions/1").json()
    assert [s["key"] for s in kept["tasks"]] == [s["key"] for s in STEPS]


def test_a_template_of_a_thousand_steps(repository: Repository, use: Any) -> None:
    tasks = [step("s0"), *(step(f"s{n}", depends_on=[f"s{n - 1}"]) for n in range(1, 1000))]
    template = create(TaskTemplateFactory, repository=repository, tasks=tasks)
    body = use(template, {}).json()
    assert body["steps_total"] == 1000
    assert Task.objects.filter(template=template).count() == 1000


def test_the_database_numbers_instances_itself(repository: Repository) -> None:
    template = create(TaskTemplateFactory, repository=repository, **TEMPLATE)
    template.tasks = [step("only")]
    template.save()
    instance = TemplateInstance.objects.create(repository=repository, template=template, number=7)
    instance.refresh_from_db()
    assert instance.number == 2
    numbers = TaskTemplateVersion.objects.filter(template=template).order_by("number")
    assert list(numbers.values_list("number", flat=True)) == [1, 2]


def test_an_instance_is_listed_for_who_sees_the_repository(
    template: TaskTemplate, use: Any, api: APIClient, outsider: User, client_of: ClientOf
) -> None:
    made = use(template).json()
    found = api.get(INSTANCES, {"repository": "acme/rocket", "template_id": str(template.pk)})
    assert [row["id"] for row in found.json()["results"]] == [made["id"]]
    assert_problem(client_of(outsider).get(f"{INSTANCES}/{made['id']}"), 404, "not_found")
    assert TemplateInstanceTask.objects.filter(instance=made["id"]).count() == 4
