"""Reads of plans."""

from __future__ import annotations

from django.db.models import Count, Q

from apps.core.errors import InvalidInputError
from apps.prds.models import PRD
from apps.repositories.models import Repository

from .choices import Decision, EntryKind
from .models import PRDPlan, PRDPlanEntry


def count_entries(plan: PRDPlan) -> dict[str, int]:
    """How many entries the plan has of each kind, and `undecided`; one query."""
    counts: dict[str, int] = PRDPlanEntry.objects.filter(plan=plan).aggregate(
        **{kind.value: Count("pk", filter=Q(kind=kind)) for kind in EntryKind},
        undecided=Count("pk", filter=Q(decision=Decision.UNDECIDED)),
    )
    return counts


def text_of(repository: Repository, filename: str) -> str:
    """The text that the PRD `filename` has now. Raises `InvalidInputError` without one."""
    prds = PRD.objects.filter(repository=repository, filename=filename)
    content: str | None = prds.values_list("content", flat=True).first()
    if content is None:
        raise InvalidInputError(
            "/content",
            f"The repository {repository.name} has no PRD {filename!r}: send the content.",
        )
    return content
