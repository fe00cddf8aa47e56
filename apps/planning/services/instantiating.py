"""Making tasks of a template: all of them, or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from apps.accounts.models import User
from apps.core.context import give_usual_reason
from apps.core.errors import ErrorCode, InvalidInputError, NotFoundError
from apps.planning.instances import compute_outcomes
from apps.planning.models import TemplateInstance, TemplateInstanceTask
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.repositories.visibility import require_active, require_role
from apps.task_templates.definition import read_definition
from apps.task_templates.filling import complete_values, fill_steps
from apps.task_templates.models import TaskTemplate
from apps.task_templates.services import invalid_template, set_outcomes
from apps.tasks.bulk import NewTask, create_tasks
from apps.tasks.graph import lock_graph
from apps.tasks.models import Task

STEP_VALUES = ("content", "details", "priority", "complexity", "estimated_minutes", "tags")


def preview_steps(
    tasks: Sequence[Mapping[str, Any]], variables: Mapping[str, Any], values: Mapping[str, Any]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The steps as their tasks would be, and the values with the defaults of those left out.

    Raises `DomainError` (`invalid_template`) with a pointer to each fault: of the template itself,
    a variable that it does not know, one that is missing, a value of the wrong type, a text that
    the values make too long; and for a template without steps.
    """
    definition = read_definition(tasks, variables)
    if isinstance(definition, list):
        raise invalid_template(definition)
    if not definition.tasks:
        detail = "The template has no steps yet: there is nothing to make of it."
        raise InvalidInputError("/tasks", detail, code=ErrorCode.INVALID_TEMPLATE)
    complete, errors = complete_values(definition.variables, values)
    if errors:
        raise invalid_template(errors)
    steps, errors = fill_steps(definition.tasks, complete)
    if errors:
        raise invalid_template(errors)
    return steps, complete


@transaction.atomic
def instantiate_template(
    *,
    actor: User,
    template: TaskTemplate,
    repository: Repository,
    values: Mapping[str, Any],
    session_id: str = "",
    assignee: str = "",
    parent_task_id: UUID | None = None,
) -> TemplateInstance:
    """Make the tasks of a live template in `repository`, below `parent_task_id` if it is given.

    The instance remembers the template's version, its values and which task stands for which step.

    Raises `DomainError`: `permission_denied`, `repository_archived`, `not_found` when the template
    was deleted meanwhile or is another repository's, `invalid_request` for a parent that is no live
    task of the repository, and as `preview_steps`.
    """
    require_role(repository, actor, MemberRole.CONTRIBUTOR)
    require_active(repository)
    lock_graph(repository.pk)
    locked = _lock(template, repository)
    steps, complete = preview_steps(locked.tasks, locked.variables, values)
    _check_parent(repository, parent_task_id)
    instance: TemplateInstance = TemplateInstance.objects.create(
        repository=repository,
        template=locked,
        variables=complete,
        session_id=session_id,
        actor=actor,
    )
    give_usual_reason(f"Template {locked.name}, instance {instance.pk}")
    shared = {"template": locked, "session_id": session_id, "assignee": assignee}
    ids = create_tasks(
        actor=actor,
        repository=repository,
        new_tasks=[_new_task(step, shared, parent_task_id) for step in _parents_first(steps)],
    )
    TemplateInstanceTask.objects.bulk_create(
        TemplateInstanceTask(
            instance=instance, key=step["key"], position=position, task_id=ids[step["key"]]
        )
        for position, step in enumerate(steps, start=1)
    )
    instance.refresh_from_db()
    return instance


def refresh_outcomes() -> int:
    """Compute the figures of all templates anew; how many were other than before. Idempotent."""
    found = dict(compute_outcomes())
    unused = TaskTemplate.all_objects.filter(popularity__gt=0).exclude(pk__in=found)
    nothing = dict.fromkeys(("success_rate", "p50_minutes", "p80_minutes", "outcomes_at"))
    for pk in unused.values_list("pk", flat=True):
        found[pk] = {"popularity": 0, "closed_count": 0, **nothing}
    return set_outcomes(found)


def _lock(template: TaskTemplate, repository: Repository) -> TaskTemplate:
    """So that the version that is read is the one that the instance is made of."""
    locked: TaskTemplate | None = (
        TaskTemplate.objects.select_for_update(no_key=True).filter(pk=template.pk).first()
    )
    if locked is None or locked.repository_id not in (None, repository.pk):
        raise NotFoundError(
            f"The template does not exist (any more) in {repository.name}: a template is used in"
            " its own repository, or in all if it has none."
        )
    return locked


def _check_parent(repository: Repository, parent_task_id: UUID | None) -> None:
    if parent_task_id is None:
        return
    if not Task.objects.open().filter(pk=parent_task_id, repository=repository).exists():
        raise InvalidInputError(
            "/parent_task_id", "The parent must be a live, open task of the same repository."
        )


def _new_task(step: Mapping[str, Any], shared: Mapping[str, Any], root: UUID | None) -> NewTask:
    criteria = [{"text": text, "met": False} for text in step["acceptance_criteria"]]
    return NewTask(
        key=step["key"],
        parent=step["parent"] or root,
        depends_on=step["depends_on"],
        values={
            **{name: step[name] for name in STEP_VALUES},
            **shared,
            "acceptance_criteria": criteria,
        },
    )


def _parents_first(steps: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """In their order, but for a parent that stands after its child."""
    by_key = {step["key"]: step for step in steps}
    ordered: dict[str, Mapping[str, Any]] = {}
    for step in steps:
        line = []
        above: str | None = step["key"]
        while above is not None and above not in ordered:
            line.append(above)
            above = by_key[above]["parent"]
        ordered |= {key: by_key[key] for key in reversed(line)}
    return list(ordered.values())
