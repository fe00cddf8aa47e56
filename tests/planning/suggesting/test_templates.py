"""Steps of templates that are not there yet."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.planning.models import TemplateInstance, TemplateInstanceTask
from apps.repositories.models import Repository
from apps.task_templates.models import TaskTemplate
from apps.tasks.models import Task, TaskDependency
from tests.contracts import API, assert_problem, nothing_written
from tests.factories import (
    TaskFactory,
    TaskTemplateFactory,
    TemplateInstanceFactory,
    TemplateInstanceTaskFactory,
    deletion,
)

from .support import ask, source, sources

STEPS: list[dict[str, Any]] = [
    {"key": "design", "content": "Design {{name}}"},
    {"key": "build", "content": "Build {{ name }}", "depends_on": ["design"]},
    {
        "key": "check",
        "content": "Check {{name}} on {{device}}",
        "details": "For {{name}}.",
        "priority": "high",
        "estimated_minutes": 45,
        "tags": ["testing"],
        "acceptance_criteria": ["{{name}} works"],
        "depends_on": ["build", "ship"],
        "parent": "design",
    },
    {"key": "ship", "content": "Ship {{name}}"},
    # None of these comes out as a task.
    {"key": "wait", "content": "Wait for {{unheard}}"},
    {"key": "long", "content": "Label it", "tags": ["{{wide}}"]},
    {"key": "blank", "content": "{{nothing}}"},
]
VARIABLES = {
    "properties": {
        "name": {"type": "string"},
        "device": {"type": "string", "default": "a phone"},
        "nothing": {"type": "string", "default": " "},
        "unheard": {"type": "string"},
        "wide": {"type": "string", "default": "x" * 200},
    }
}


@pytest.fixture
def instance(repository: Repository) -> TemplateInstance:
    """Of the first version, which had two steps; by now the template has four."""
    template = TaskTemplateFactory(name="Feature", tasks=STEPS[:2], variables=VARIABLES)
    made: TemplateInstance = TemplateInstanceFactory(
        repository=repository, template=template, variables={"name": "the gate"}
    )
    for position, step in enumerate(STEPS[:2], start=1):
        task = TaskFactory(repository=repository, content=step["key"], status="in_progress")
        TemplateInstanceTaskFactory(instance=made, key=step["key"], position=position, task=task)
    TaskTemplate.objects.filter(pk=template.pk).update(tasks=STEPS)
    return made


def task_of(instance: TemplateInstance, key: str) -> Task:
    row = TemplateInstanceTask.objects.select_related("task").get(instance=instance, key=key)
    assert row.task is not None
    return row.task


def test_steps_that_came_into_the_template_since(
    api: APIClient, repository: Repository, instance: TemplateInstance
) -> None:
    check, ship = ask(api, repository)["suggestions"]
    assert [each["content"] for each in (check, ship)] == [
        "Check the gate on a phone",
        "Ship the gate",
    ]
    assert sources(check) == ["template"]
    assert (check["kind"], check["template_id"]) == ("new", str(instance.template_id))
    assert check["reasons"][0]["text"] == (
        "Step 3 of 7 (“check”) of “Feature”, of which an instance has 0 finished steps, is missing:"
        " it came into the template since (made of version 1, now 2)."
    )
    assert check["reasons"][0]["values"]["template_version"] == 2


def test_an_accepted_step_becomes_one_of_the_instance(
    api: APIClient, repository: Repository, instance: TemplateInstance
) -> None:
    check, ship = ask(api, repository)["suggestions"]
    answer = api.post(f"{API}/suggestions/{check['id']}/accept")
    assert answer.status_code == 200, answer.content
    task = task_of(instance, "check")
    assert str(task.pk) == answer.json()["task"]["id"]
    assert (task.template_id, task.ai_suggested) == (instance.template_id, True)
    assert (task.priority, task.estimated_minutes, task.details) == ("high", 45, "For the gate.")
    assert task.acceptance_criteria == [{"text": "the gate works", "met": False}]
    assert task.parent_task == task_of(instance, "design")
    links = TaskDependency.objects.filter(task=task).values_list("depends_on", flat=True)
    assert list(links) == [task_of(instance, "build").pk]
    assert [
        each["content"]
        for each in ask(api, repository)["suggestions"]
        if "template" in sources(each)
    ] == [ship["content"]]


@pytest.mark.parametrize("gone", ["deleted", "purged"])
def test_a_step_whose_task_is_gone(
    api: APIClient, repository: Repository, instance: TemplateInstance, gone: str
) -> None:
    TaskTemplate.objects.filter(pk=instance.template_id).update(tasks=STEPS[:2])
    Task.objects.filter(pk=task_of(instance, "build").pk).update(**deletion())
    if gone == "purged":
        TemplateInstanceTask.objects.filter(instance=instance, key="build").update(task=None)
    [build] = ask(api, repository)["suggestions"]
    assert build["content"] == "Build the gate"
    assert "its task is gone" in build["reasons"][0]["text"]
    assert api.post(f"{API}/suggestions/{build['id']}/accept").status_code == 200
    assert task_of(instance, "build").content == "Build the gate"
    assert TemplateInstanceTask.objects.filter(instance=instance).count() == 2


def test_a_step_that_is_there_by_now(
    api: APIClient, repository: Repository, instance: TemplateInstance
) -> None:
    check, _ = ask(api, repository)["suggestions"]
    TemplateInstanceTaskFactory(instance=instance, key="check", position=3)
    with nothing_written():
        response = api.post(f"{API}/suggestions/{check['id']}/accept")
    assert_problem(response, 409, "conflict")


def test_closed_instances_and_deleted_templates_are_left_alone(
    api: APIClient, repository: Repository, instance: TemplateInstance
) -> None:
    Task.objects.filter(pk__in=[task_of(instance, key).pk for key in ("design", "build")]).update(
        status="completed"
    )
    answer = ask(api, repository)
    assert source(answer, "template")["note"] == "No instance of a template is open."
    TaskTemplate.objects.filter(pk=instance.template_id).update(**deletion())
    answer = ask(api, repository)
    assert source(answer, "template")["note"] == "No template was used in this repository."
    assert answer["suggestions"] == []


def test_instances_of_the_session_come_first(
    api: APIClient, repository: Repository, instance: TemplateInstance
) -> None:
    template = TaskTemplateFactory(tasks=[{"key": "a", "content": "Mine"}])
    other = TemplateInstanceFactory(repository=repository, template=template, session_id="s-1")
    TaskFactory(repository=repository)
    TemplateInstanceTaskFactory(instance=other, key="gone", position=9)
    newest = TemplateInstanceFactory(
        repository=repository,
        template=TaskTemplateFactory(tasks=[{"key": "a", "content": "Newest"}]),
    )
    TemplateInstanceTaskFactory(instance=newest, key="gone", position=9)
    found = [
        each["content"]
        for each in ask(api, repository, session_id="s-1", limit=20)["suggestions"]
        if "template" in sources(each)
    ]
    assert found[:2] == ["Mine", "Newest"]
