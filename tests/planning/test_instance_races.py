"""Instances while others change or delete the template: each is whole, or not there at all."""

from __future__ import annotations

from typing import Any

import pytest

from apps.accounts.models import User
from apps.core.errors import NotFoundError
from apps.planning.models import TemplateInstance
from apps.planning.services.instantiating import instantiate_template
from apps.repositories.models import Repository
from apps.task_templates.models import TaskTemplate
from apps.task_templates.services import delete_template, update_template
from apps.tasks.models import Task
from tests.contracts.races import while_uncommitted
from tests.factories import TaskTemplateFactory
from tests.task_templates.steps import STEPS, TEMPLATE, step

pytestmark = pytest.mark.usefixtures("app_login")
VALUES = {"service": "search"}


@pytest.fixture
def template(repository: Repository) -> TaskTemplate:
    made: TaskTemplate = TaskTemplateFactory(repository=repository, **TEMPLATE)
    return made


def make(template: TaskTemplate, owner: User) -> Any:
    return instantiate_template(
        actor=owner, template=template, repository=template.repository, values=VALUES
    )


def test_an_instance_waits_for_the_new_version_and_is_made_of_it(
    template: TaskTemplate, owner: User
) -> None:
    changes = {"tasks": [*STEPS, step("more")]}
    instance = while_uncommitted(
        lambda: update_template(actor=owner, template=template, changes=changes),
        lambda: make(template, owner),
    )
    assert (instance.number, instance.steps.count()) == (2, 5)


def test_a_new_version_waits_for_the_instance(template: TaskTemplate, owner: User) -> None:
    while_uncommitted(
        lambda: make(template, owner),
        lambda: update_template(actor=owner, template=template, changes={"tasks": []}),
    )
    instance = TemplateInstance.objects.get()
    assert (instance.number, instance.steps.count()) == (1, 4)


def test_nothing_is_made_of_a_template_that_is_deleted_meanwhile(
    template: TaskTemplate, owner: User
) -> None:
    def late() -> Any:
        with pytest.raises(NotFoundError):
            make(template, owner)

    while_uncommitted(lambda: delete_template(actor=owner, template=template), late)
    assert (Task.objects.count(), TemplateInstance.objects.count()) == (0, 0)
