"""The dialogs of a suggestion: accept it, changed if need be, or say that it is not wanted."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminSelectWidget

from apps.core.admin import record_action
from apps.core.admin.dialogs import VersionedDialog
from apps.core.admin.display import related
from apps.core.admin.widgets import PlainTextarea, SingleLine
from apps.planning.choices import SuggestionKind
from apps.planning.models import Suggestion
from apps.planning.services.suggesting import accept_suggestion, reject_suggestion
from apps.repositories.admin.scope import has_permission
from apps.tasks.choices import TaskPriority
from apps.tasks.models import Task

LONGEST_CONTENT = 1000
LONGEST_NAME = 255
LONGEST_COMMENT = 1000
CHANGEABLE = ("content", "priority", "assignee")


class AcceptDialog(VersionedDialog):
    """What shall be different in the task that is created. A task that is there stays as it is."""

    content = forms.CharField(
        max_length=LONGEST_CONTENT, widget=PlainTextarea(attrs={"rows": 3}), label="Task"
    )
    priority = forms.ChoiceField(choices=TaskPriority.choices, widget=UnfoldAdminSelectWidget)
    assignee = forms.CharField(
        required=False, max_length=LONGEST_NAME, widget=SingleLine, help_text="Optional."
    )
    field_order = (*CHANGEABLE, "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        suggestion: Suggestion | None = self.subject
        if suggestion is None:
            return
        if suggestion.kind != SuggestionKind.NEW:
            for name in CHANGEABLE:
                del self.fields[name]
            return
        self.fields["content"].initial = suggestion.content
        self.fields["priority"].initial = suggestion.values.get("priority", TaskPriority.MEDIUM)

    @property
    def changes(self) -> dict[str, Any]:
        """What the person has put in place of what was suggested."""
        return {
            name: self.cleaned_data[name]
            for name in CHANGEABLE
            if name in self.fields and self.cleaned_data[name] != (self.fields[name].initial or "")
        }


class RejectDialog(VersionedDialog):
    """Why it is not wanted."""

    reason = forms.CharField(
        required=False,
        max_length=LONGEST_COMMENT,
        label="Comment",
        help_text="Optional; kept with the suggestion.",
        widget=PlainTextarea(attrs={"rows": 3}),
    )


def _accept(admin: Any, request: HttpRequest, suggestion: Any, form: Any) -> str:
    accepted = accept_suggestion(
        actor=request.user,  # type: ignore[arg-type]
        suggestion=suggestion,
        changes=form.changes,
        expected_version=form.expected_version,
    )
    named: Any = "a task"
    if has_permission(request.user, "view", Task):
        named = related(accepted.task)
    if accepted.suggestion.kind == SuggestionKind.NEW:
        return format_html("Accepted; created: {}", named)
    return format_html("Accepted; to do: {}", named)


def _reject(admin: Any, request: HttpRequest, suggestion: Any, form: Any) -> str:
    reject_suggestion(
        actor=request.user,  # type: ignore[arg-type]
        suggestion=suggestion,
        comment=form.cleaned_data["reason"],
        expected_version=form.expected_version,
    )
    return "Rejected; the same is not suggested again for 30 days."


def back_to_inbox(request: HttpRequest, suggestion: Any) -> str:
    """Where the dialog was opened: the inbox with its filters, or the suggestion's page."""
    inbox = reverse("admin:planning_suggestion_changelist")
    opened = urlsplit(request.headers.get("HX-Current-URL", ""))
    if opened.path == inbox:
        return f"{inbox}?{opened.query}" if opened.query else inbox
    return reverse("admin:planning_suggestion_change", args=[suggestion.pk])


_accept.__name__, _reject.__name__ = "accept", "reject"

accept = record_action(
    label="Accept…",
    icon="check_circle",
    title="Accept this suggestion?",
    text="A new task is created, as you put it here. A task that is there stays as it is.",
    submit="Accept it",
    permission="decide",
    form_class=AcceptDialog,
    go_to=back_to_inbox,
)(_accept)
reject = record_action(
    label="Reject…",
    icon="cancel",
    title="Reject this suggestion?",
    text="The same is not suggested again for 30 days, and its sources count a little less.",
    submit="Reject it",
    permission="decide",
    form_class=RejectDialog,
    go_to=back_to_inbox,
)(_reject)
