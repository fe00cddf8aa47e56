"""A PRD comes in: the document is kept, its headings become tasks, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from apps.accounts.models import User
from apps.core.errors import ErrorCode, InvalidInputError
from apps.prds.models import PRD
from apps.prds.parser import Note, ParsedDocument, TaskProposal
from apps.prds.services import read_document, store_prd
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.repositories.visibility import require_active, require_role
from apps.tasks.counters import recount_tasks
from apps.tasks.models import Task
from apps.tasks.services import NewTask, create_tasks, external_keys_in_use

SECTION_SEPARATOR = " > "
LONGEST_SECTION = 255
SHOWN_KEYS = 5


@dataclass(frozen=True, slots=True)
class ImportedPRD:
    """What an import made: the document, its tasks in the document's order, the open questions."""

    prd: PRD
    tasks: list[Task]
    notes: Sequence[Note]
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
    """Keep `content` as a PRD of `repository` and, unless told not to, make its tasks.

    What has an id (a heading, an entry of a list or a table) becomes a pending task with its
    criteria, estimate, dependencies, section and lines; what has none is left for a reviewer, and
    so is a group. What cannot be resolved is reported in `notes`, never guessed.

    Raises `DomainError`: `invalid_document`, `payload_too_large`, `already_exists` (the filename,
    or a task's key in the repository), `permission_denied`, `repository_archived`.
    """
    # Before the document is read, which takes longest: who may not import need not wait for it.
    require_role(repository, actor, MemberRole.CONTRIBUTOR)
    require_active(repository)
    document = read_document(content)
    proposals = _with_ids(document) if generate_tasks else {}
    prd = store_prd(
        actor=actor,
        repository=repository,
        filename=filename,
        content=content,
        document=document,
    )
    _refuse_used_keys(repository, proposals)
    new_tasks = [_new_task(key, proposal, prd) for key, proposal in proposals.items()]
    edges = _edges(proposals)
    tasks = create_tasks(
        actor=actor,
        repository=repository,
        new_tasks=new_tasks,
        dependencies=edges,
    )
    recount_tasks([prd.pk])  # the outbox would, a moment after the answer
    prd.refresh_from_db()
    return ImportedPRD(
        prd=prd,
        tasks=tasks,
        notes=document.notes,
        dependency_count=len(edges),
    )


def _with_ids(document: ParsedDocument) -> dict[str, TaskProposal]:
    """By their ids. What has none waits for somebody who looks at it, and so does a group."""
    return {
        proposal.external_key: proposal
        for proposal in document.tasks
        if proposal.external_key and not proposal.group
    }


def _new_task(key: str, proposal: TaskProposal, prd: PRD) -> NewTask:
    return NewTask(
        external_key=key,
        values={
            "content": proposal.title,
            "details": proposal.details,
            "estimated_minutes": proposal.estimated_minutes,
            "acceptance_criteria": [
                {"text": criterion.text, "met": criterion.met} for criterion in proposal.criteria
            ],
            "assignee": proposal.assignee or "",
            "tags": list(proposal.tags),
            "prd": prd,
            "source_section": SECTION_SEPARATOR.join(proposal.section_path)[:LONGEST_SECTION],
            "source_first_line": proposal.first_line,
            "source_last_line": proposal.last_line,
            **({"priority": proposal.priority} if proposal.priority else {}),
        },
    )


def _edges(proposals: Mapping[str, TaskProposal]) -> list[tuple[str, str]]:
    return [
        (key, edge.depends_on_key)
        for key, proposal in proposals.items()
        for edge in proposal.depends_on
        if edge.depends_on_key in proposals
    ]


def _refuse_used_keys(repository: Repository, proposals: Mapping[str, TaskProposal]) -> None:
    used = external_keys_in_use(repository, list(proposals))
    if used:
        shown = ", ".join(sorted(used)[:SHOWN_KEYS])
        more = f" and {len(used) - SHOWN_KEYS} more" if len(used) > SHOWN_KEYS else ""
        detail = (
            f"The repository {repository.name} has tasks with these keys already: {shown}{more}. "
            "Import into another repository, or change the ids in the document. "
            "Deleted tasks keep their keys, since they can be restored."
        )
        raise InvalidInputError("/content", detail, code=ErrorCode.ALREADY_EXISTS)
