"""A PRD comes in for the first time: a plan, applied at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.core.errors import DomainError, ErrorCode, FieldError, InvalidInputError
from apps.prds.models import PRD
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.repositories.visibility import require_role
from apps.tasks.graph import lock_graph
from apps.tasks.models import Task, TaskDependency

from .choices import Decision
from .models import PRDPlan
from .services import apply_plan, make_plan

SHOWN = 5


@dataclass(frozen=True, slots=True)
class ImportedPRD:
    """What an import made: the document, its tasks in the document's order, the open questions."""

    prd: PRD
    tasks: list[Task]
    notes: Sequence[dict[str, Any]]
    dependency_count: int


@transaction.atomic
def import_prd(
    *,
    actor: User,
    repository: Repository,
    filename: str,
    content: str,
    generate_tasks: bool = True,
) -> ImportedPRD:
    """Keep `content` as a new PRD of `repository` and, unless told not to, make its tasks.

    What the text or its shape states becomes a task with its criteria, estimate, parent,
    dependencies, section and lines. What is only inferred waits for a plan that somebody looks at.
    What cannot be resolved is reported in `notes`, never guessed.

    Raises `DomainError`: `invalid_document`, `payload_too_large`, `already_exists` (the filename,
    or a task's key in the repository), `permission_denied`, `repository_archived`.
    """
    # One import at a time: of two of the same document, the second one sees the first one's tasks.
    require_role(repository, actor, MemberRole.CONTRIBUTOR)
    lock_graph(repository.pk)
    plan = make_plan(
        actor=actor,
        repository=repository,
        filename=filename,
        content=content,
        generate_tasks=generate_tasks,
    )
    if plan.prd_id:
        detail = (
            f"The repository {repository.name} has a PRD {filename!r} already. Make a plan of the "
            "new text (POST /api/v1/prd/plans, or the console), which shows what would change; or "
            "import it under another filename."
        )
        raise InvalidInputError("/filename", detail, code=ErrorCode.ALREADY_EXISTS)
    _refuse_used_keys(plan)
    plan.entries.filter(decision=Decision.UNDECIDED).update(decision=Decision.POSTPONED)
    applied = apply_plan(actor=actor, plan=plan)
    ids = list(applied.created.values())
    tasks = Task.objects.for_display().with_links().in_bulk(ids)
    return ImportedPRD(
        prd=applied.prd,
        tasks=[tasks[pk] for pk in ids],
        notes=applied.plan.notes,
        dependency_count=TaskDependency.objects.filter(task__in=ids).count(),
    )


def _refuse_used_keys(plan: PRDPlan) -> None:
    # Of a document's first plan: there is nothing else of which an entry could have to say more.
    asked = plan.entries.exclude(reason="").order_by("position")
    keys = list(asked.values_list("key", flat=True))
    if keys:
        shown = ", ".join(keys[:SHOWN])
        more = f" and {len(keys) - SHOWN} more" if len(keys) > SHOWN else ""
        detail = (
            f"The repository {plan.repository.name} has tasks with these keys already: "
            f"{shown}{more}. Make a plan of the document (POST /api/v1/prd/plans, or the console) "
            "and say there what they shall stand for; import into another repository; or change "
            "the ids in the document. Deleted tasks keep their keys, since they can be restored."
        )
        code = ErrorCode.ALREADY_EXISTS
        raise DomainError(code, detail, [FieldError("/content", code.value, detail)])
