"""What people say of patterns. The figures are written by runs only (`planning`)."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.repositories.visibility import require_active, require_role

from .choices import FeedbackVerdict
from .models import PatternFeedback, TaskPattern
from .visibility import require_found_in


@transaction.atomic
def give_feedback(
    *,
    actor: User,
    pattern: TaskPattern,
    repository: Repository,
    verdict: FeedbackVerdict,
    comment: str = "",
) -> tuple[PatternFeedback, bool]:
    """Say whether a pattern is true of a repository; whether nobody could read that before.

    Each person has one word on it: a second replaces the first, and the same again changes nothing.

    Raises `DomainError`: `permission_denied` to who is no contributor, `repository_archived`,
    `not_found` if the pattern was not found there.
    """
    require_role(repository, actor, MemberRole.CONTRIBUTOR)
    require_active(repository)
    require_found_in(pattern, repository)
    values: dict[str, Any] = {"verdict": verdict, "comment": comment}
    # Of two first words at once one finds the other's row: the insertion waits for it.
    feedback, created = PatternFeedback.objects.get_or_create(
        pattern=pattern, repository=repository, user=actor, defaults=values
    )
    if not created:
        held = PatternFeedback.objects.select_for_update(no_key=True).get(pk=feedback.pk)
        if (held.verdict, held.comment) != (verdict, comment):
            held.verdict, held.comment = verdict, comment
            held.save(update_fields=["verdict", "comment"])
        feedback = held
    feedback.refresh_from_db()
    return feedback, created
