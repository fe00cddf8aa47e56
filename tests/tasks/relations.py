"""Every foreign key of ours, and what becomes of the row that has it (`test_relations`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from rest_framework.test import APIClient

from apps.planning.models import (
    ComplexityScore,
    PatternEvidence,
    PRDItem,
    PRDPlan,
    PRDPlanEntry,
    Suggestion,
    TemplateInstance,
    TemplateInstanceTask,
)
from apps.prds.models import PRDRevision
from apps.task_templates.models import TaskTemplateVersion
from apps.tasks.bulk import external_keys_in_use
from apps.tasks.models import TaskExternalKey
from apps.work_sessions.models import SessionTask
from tests.contracts import API
from tests.factories import (
    ComplexityScoreFactory,
    PatternEvidenceFactory,
    PRDItemFactory,
    PRDPlanEntryFactory,
    PRDPlanFactory,
    SessionTaskFactory,
    SuggestionFactory,
    TaskClaimFactory,
    TaskDependencyFactory,
    TaskFactory,
    TemplateInstanceFactory,
    TemplateInstanceTaskFactory,
)

TASKS = f"{API}/tasks"
CASCADE, RESTRICT, SET_NULL = "c", "r", "n"  # pg_constraint.confdeltype
TARGET = object()  # stands for the id of the row that is named
MOVING = {"version", "updated_at"}
Shown = Callable[[APIClient, Any, Any], Any]


@dataclass(frozen=True, kw_only=True)
class Relation:
    """What a row with this foreign key does when the soft-deleted row that it names …

    … is deleted: it goes along, or stays as it is. It names the row in any case.
    … is purged: it goes (cascade), or names nothing any more (set null).
    `shown`, by the API or a service, is `values`: at first, when the named row is deleted, when it
    is restored, when it is purged. Of what goes along, that is seen on a row that came back alone.
    """

    refer: Callable[[Any], Any]
    purged: str
    goes_along: bool = False
    shown: Shown
    values: tuple[Any, Any, Any, Any]


def member(name: str) -> Shown:
    """A member of the task's representation."""
    return lambda api, row, target: api.get(f"{TASKS}/{row.pk}").json()[name]


def end(side: str, name: str) -> Shown:
    """A member of the task at that side of a dependency, and whether it can be started."""

    def shown(api: APIClient, row: Any, target: Any) -> Any:
        task = getattr(row, side)
        return api.get(f"{TASKS}/{task.pk}").json()[name], is_ready(api, row, task)

    return shown


def is_ready(api: APIClient, row: Any, task: Any) -> bool:
    query = {"repository": task.repository.name, "state": "ready"}
    return str(task.pk) in [found["id"] for found in api.get(TASKS, query).json()["results"]]


RELATIONS = {
    "tasks.Task.parent_task": Relation(
        refer=lambda target: TaskFactory(repository=target.repository, parent_task=target),
        goes_along=True,
        purged=SET_NULL,
        shown=member("parent_task_id"),
        values=(TARGET, TARGET, TARGET, None),
    ),
    "tasks.Task.prd": Relation(
        refer=lambda target: TaskFactory(repository=target.repository, prd=target),
        goes_along=True,
        purged=SET_NULL,
        shown=member("prd_id"),
        values=(TARGET, TARGET, TARGET, None),
    ),
    "tasks.Task.template": Relation(
        refer=lambda target: TaskFactory(repository=target.repository, template=target),
        purged=SET_NULL,
        shown=member("template_id"),
        values=(TARGET, TARGET, TARGET, None),
    ),
    # A link to a deleted task is hidden and holds nothing up; it is there again with the task.
    "tasks.TaskDependency.task": Relation(
        refer=lambda target: TaskDependencyFactory(task=target),
        purged=CASCADE,
        shown=end("depends_on", "blocks"),
        values=(([TARGET], True), ([], True), ([TARGET], True), ([], True)),
    ),
    "tasks.TaskDependency.depends_on": Relation(
        refer=lambda target: TaskDependencyFactory(
            task=TaskFactory(repository=target.repository), depends_on=target
        ),
        purged=CASCADE,
        shown=end("task", "dependencies"),
        values=(([TARGET], False), ([], True), ([TARGET], False), ([], True)),
    ),
    # Its holder has it again when the task comes back in time.
    "tasks.TaskClaim.task": Relation(
        refer=lambda target: TaskClaimFactory(task=target),
        purged=CASCADE,
        shown=is_ready,
        values=(False, False, False, False),
    ),
    # The key stays taken while the task can come back.
    "tasks.TaskExternalKey.task": Relation(
        refer=lambda target: TaskExternalKey.objects.create(
            repository=target.repository, task=target, key="SL-1"
        ),
        purged=CASCADE,
        shown=lambda api, row, target: external_keys_in_use(target.repository, ["SL-1"]),
        values=({"SL-1"}, {"SL-1"}, {"SL-1"}, set()),
    ),
    # What was done stays done while the task can come back.
    "work_sessions.SessionTask.task": Relation(
        refer=lambda target: SessionTaskFactory(session__repository=target.repository, task=target),
        purged=CASCADE,
        shown=lambda api, row, target: SessionTask.objects.filter(task=target.pk).count(),
        values=(1, 1, 1, 0),
    ),
    "prds.PRDRevision.prd": Relation(
        refer=lambda target: PRDRevision.objects.get(prd=target),
        purged=CASCADE,
        shown=lambda api, row, target: PRDRevision.objects.filter(prd=target.pk).count(),
        values=(1, 1, 1, 0),
    ),
    "planning.PRDItem.prd": Relation(
        refer=lambda target: PRDItemFactory(repository=target.repository, prd=target),
        purged=CASCADE,
        shown=lambda api, row, target: PRDItem.objects.filter(pk=row.pk).count(),
        values=(1, 1, 1, 0),
    ),
    "planning.PRDItem.task": Relation(
        refer=lambda target: PRDItemFactory(repository=target.repository, task=target),
        purged=SET_NULL,
        shown=lambda api, row, target: PRDItem.objects.filter(task=target.pk).count(),
        values=(1, 1, 1, 0),
    ),
    "planning.ComplexityScore.prd": Relation(
        refer=lambda target: ComplexityScoreFactory(prd=target),
        purged=CASCADE,
        shown=lambda api, row, target: ComplexityScore.objects.filter(pk=row.pk).count(),
        values=(1, 1, 1, 0),
    ),
    "planning.ComplexityScore.task": Relation(
        refer=lambda target: ComplexityScoreFactory(task=target),
        purged=CASCADE,
        shown=lambda api, row, target: ComplexityScore.objects.filter(pk=row.pk).count(),
        values=(1, 1, 1, 0),
    ),
    "planning.PRDPlan.prd": Relation(
        refer=lambda target: PRDPlanFactory(repository=target.repository, prd=target),
        purged=CASCADE,
        shown=lambda api, row, target: PRDPlan.objects.filter(pk=row.pk).count(),
        values=(1, 1, 1, 0),
    ),
    "planning.PRDPlanEntry.task": Relation(
        refer=lambda target: PRDPlanEntryFactory(plan__repository=target.repository, task=target),
        purged=SET_NULL,
        shown=lambda api, row, target: PRDPlanEntry.objects.filter(task=target.pk).count(),
        values=(1, 1, 1, 0),
    ),
    "task_templates.TaskTemplateVersion.template": Relation(
        refer=lambda target: TaskTemplateVersion.objects.get(template=target),
        purged=CASCADE,
        shown=lambda api, row, target: TaskTemplateVersion.objects.filter(
            template=target.pk
        ).count(),
        values=(1, 1, 1, 0),
    ),
    "planning.TemplateInstance.template": Relation(
        refer=lambda target: TemplateInstanceFactory(repository=target.repository, template=target),
        purged=CASCADE,
        shown=lambda api, row, target: TemplateInstance.objects.filter(pk=row.pk).count(),
        values=(1, 1, 1, 0),
    ),
    "planning.TemplateInstanceTask.task": Relation(
        refer=lambda target: TemplateInstanceTaskFactory(
            instance__repository=target.repository, task=target
        ),
        purged=SET_NULL,
        shown=lambda api, row, target: TemplateInstanceTask.objects.filter(task=target.pk).count(),
        values=(1, 1, 1, 0),
    ),
    "planning.PatternEvidence.task": Relation(
        refer=lambda target: PatternEvidenceFactory(
            occurrence__repository=target.repository, task=target
        ),
        purged=CASCADE,
        shown=lambda api, row, target: PatternEvidence.objects.filter(pk=row.pk).count(),
        values=(1, 1, 1, 0),
    ),
    "planning.Suggestion.task": Relation(
        refer=lambda target: SuggestionFactory(repository=target.repository, task=target),
        purged=CASCADE,
        shown=lambda api, row, target: Suggestion.objects.filter(pk=row.pk).count(),
        values=(1, 1, 1, 0),
    ),
    "planning.Suggestion.template": Relation(
        refer=lambda target: SuggestionFactory(repository=target.repository, template=target),
        purged=SET_NULL,
        shown=lambda api, row, target: Suggestion.objects.filter(template=target.pk).count(),
        values=(1, 1, 1, 0),
    ),
    "planning.Suggestion.created_task": Relation(
        refer=lambda target: SuggestionFactory(
            repository=target.repository,
            state="accepted",
            decided_at=timezone.now(),
            created_task=target,
        ),
        purged=SET_NULL,
        shown=lambda api, row, target: Suggestion.objects.filter(created_task=target.pk).count(),
        values=(1, 1, 1, 0),
    ),
}

# What names rows that are not soft-deleted: the action of the constraint, whoever deletes.
OTHERS = {
    "accounts.ApiToken.user": CASCADE,
    "accounts.User_groups.user": CASCADE,
    "accounts.User_groups.group": CASCADE,
    "accounts.User_user_permissions.user": CASCADE,
    "accounts.User_user_permissions.permission": CASCADE,
    "repositories.RepositoryMember.repository": CASCADE,
    "repositories.RepositoryMember.user": CASCADE,
    "repositories.TokenRepository.token": CASCADE,
    "repositories.TokenRepository.repository": RESTRICT,
    "task_templates.TaskTemplate.repository": RESTRICT,
    "task_templates.TaskTemplate.deleted_by": SET_NULL,
    "prds.PRD.repository": RESTRICT,
    "prds.PRD.deleted_by": SET_NULL,
    "tasks.Task.repository": RESTRICT,
    "tasks.Task.deleted_by": SET_NULL,
    "tasks.Task.pattern": SET_NULL,
    "tasks.TaskExternalKey.repository": RESTRICT,
    "tasks.TaskClaim.repository": RESTRICT,
    "tasks.TaskClaim.actor": SET_NULL,
    "tasks.CriticalPath.repository": CASCADE,
    "work_sessions.WorkSession.repository": RESTRICT,
    "work_sessions.WorkSession.actor": SET_NULL,
    "work_sessions.SessionSpan.session": CASCADE,
    "work_sessions.SessionTask.session": CASCADE,
    "planning.PRDItem.repository": RESTRICT,
    "planning.PRDPlan.repository": RESTRICT,
    "planning.PRDPlan.author": SET_NULL,
    "planning.PRDPlan.closed_by": SET_NULL,
    "planning.PRDPlanEntry.plan": CASCADE,
    "task_patterns.MiningRun.repository": RESTRICT,
    "task_patterns.TaskPattern.repository": RESTRICT,
    "task_patterns.TaskPattern.run": RESTRICT,
    "task_patterns.PatternRepository.pattern": CASCADE,
    "task_patterns.PatternRepository.repository": RESTRICT,
    "task_patterns.PatternFeedback.pattern": CASCADE,
    "task_patterns.PatternFeedback.repository": RESTRICT,
    "task_patterns.PatternFeedback.user": CASCADE,
    "planning.TemplateInstance.repository": RESTRICT,
    "planning.TemplateInstance.actor": SET_NULL,
    "planning.TemplateInstanceTask.instance": CASCADE,
    "planning.PatternOccurrence.pattern": CASCADE,
    "planning.PatternOccurrence.repository": RESTRICT,
    "planning.PatternEvidence.occurrence": CASCADE,
    "planning.Suggestion.repository": RESTRICT,
    "planning.Suggestion.pattern": SET_NULL,
    "planning.Suggestion.author": SET_NULL,
    "planning.Suggestion.decided_by": SET_NULL,
}
