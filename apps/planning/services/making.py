"""Making a plan: a text comes in, nothing is changed yet."""

from __future__ import annotations

from django.db import transaction

from apps.accounts.models import User
from apps.planning.models import PRDPlan
from apps.prds.services import check_filename, without_status_lines
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.repositories.visibility import require_active, require_role

from .comparing import compare, describe, write_entries


@transaction.atomic
def make_plan(
    *,
    actor: User,
    repository: Repository,
    filename: str,
    content: str,
    generate_tasks: bool = True,
) -> PRDPlan:
    """What importing `content` as `filename` would do, kept for review. No task changes.

    Of a filename that the repository has, the text is merged with the tasks as they are now. Status
    lines that an export wrote into it are left out.
    Without `generate_tasks` the plan only stores the text.

    Raises `DomainError`: `permission_denied`, `repository_archived`, `invalid_document`,
    `payload_too_large`, `invalid_request` (the filename).
    """
    # Before the document is read, which takes longest: who may not import need not wait for it.
    require_role(repository, actor, MemberRole.CONTRIBUTOR)
    require_active(repository)
    check_filename(filename)
    content = without_status_lines(content)
    comparison = compare(repository, filename, content, generate_tasks=generate_tasks)
    plan: PRDPlan = PRDPlan.objects.create(
        repository=repository,
        filename=filename,
        content=content,
        generate_tasks=generate_tasks,
        author=actor,
        **describe(comparison),
    )
    write_entries(plan, comparison.merge)
    plan.refresh_from_db()
    return plan
