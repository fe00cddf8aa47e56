"""The dialogs in which people say whether a pattern is true of a repository."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget

from apps.core.admin import record_action
from apps.core.admin.dialogs import ReasonDialog
from apps.core.admin.widgets import PlainTextarea
from apps.repositories.admin.scope import writable_repositories
from apps.repositories.models import Repository
from apps.repositories.visibility import MOST_REPOSITORIES
from apps.task_patterns.choices import FeedbackVerdict
from apps.task_patterns.models import PatternRepository, TaskPattern
from apps.task_patterns.services import give_feedback

LONGEST_COMMENT = 1000


def answerable(user: Any, pattern: TaskPattern) -> Any:
    """The repositories for which `user` may say whether the pattern is true of them."""
    repositories = writable_repositories(user)
    if pattern.repository_id is not None:
        return repositories.filter(pk=pattern.repository_id)
    share = PatternRepository.objects.filter(pattern=pattern, repository=OuterRef("pk"))
    return repositories.filter(Exists(share))


class FeedbackDialog(ReasonDialog):
    """For which repository, and a comment."""

    repository = forms.ModelChoiceField(
        Repository.objects.none(),
        widget=UnfoldAdminSelectWidget,
        error_messages={
            "required": "Choose the repository of which you say it.",
            "invalid_choice": "You are no contributor of such a repository, or it was not found"
            " there.",
        },
    )
    reason = forms.CharField(
        required=False,
        max_length=LONGEST_COMMENT,
        label="Comment",
        help_text="Optional; members of the repository can read it.",
        widget=PlainTextarea(attrs={"rows": 3}),
    )
    field_order = ("repository", "reason")

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, *args, **kwargs)
        field: Any = self.fields["repository"]
        if self.subject is None:
            return
        field.queryset = answerable(request.user, self.subject)
        found = list(field.queryset[:MOST_REPOSITORIES])
        first = [] if len(found) == 1 else [("", "Choose one")]
        field.widget.choices = [*first, *((str(each.pk), each.name) for each in found)]
        if not found:
            field.help_text = "You are a contributor of none in which it was found."


def feedback_action(name: str, verdict: FeedbackVerdict, icon: str) -> Any:
    """The action `name`, which says `verdict`."""

    def write(admin: Any, request: HttpRequest, pattern: Any, form: Any) -> str:
        repository = form.cleaned_data["repository"]
        give_feedback(
            actor=request.user,  # type: ignore[arg-type]
            pattern=pattern,
            repository=repository,
            verdict=verdict,
            comment=form.cleaned_data["reason"],
        )
        return f"Noted for {repository.name}: {verdict.label.lower()}."

    write.__name__ = name
    return record_action(
        label=f"{verdict.label}…",
        icon=icon,
        title=f"{verdict.label}?",
        text=(
            "It is your word for one repository; a later one replaces it. What is said last there"
            " decides whether suggestions go on from this pattern. It changes no figure."
        ),
        submit="Say so",
        permission="feedback",
        form_class=FeedbackDialog,
    )(write)
