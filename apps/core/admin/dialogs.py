"""Actions on one record: a dialog with a reason, a POST with CSRF, a service, an answer in words.

Unfold's plain actions are links and would write on GET.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm

from apps.core.api.database_errors import translate
from apps.core.context import give_reason
from apps.core.errors import DomainError

from .widgets import PlainTextarea

SUBJECT = "_console_dialog_subject"
# (admin, request, record, form) → the sentence that says what was done
Write = Callable[[Any, HttpRequest, Any, Any], str]


class ReasonDialog(BaseDialogForm):
    """Asks why. A service's refusal is shown at this field.

    `subject` is what the dialog is about: on a record's page, the record.
    """

    reason = forms.CharField(
        required=False,
        max_length=500,
        label="Reason",
        help_text="Optional; kept in the history.",
        widget=PlainTextarea(attrs={"rows": 3}),
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        # Of its own beside the page's: else a label may lead to a field behind the dialog.
        kwargs.setdefault("auto_id", "dialog_%s")
        super().__init__(request, *args, **kwargs)
        self.subject = getattr(request, SUBJECT, None)


class VersionedDialog(ReasonDialog):
    """Writes to the version of the record that the person saw behind the dialog."""

    seen_version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.subject is not None:
            self.fields["seen_version"].initial = self.subject.version

    @property
    def expected_version(self) -> int:
        """What a service is to check; nobody has seen a version 0."""
        return self.cleaned_data["seen_version"] or 0


def record_action(
    *,
    label: str,
    icon: str,
    title: str,
    text: str,
    submit: str,
    permission: str = "change",
    danger: bool = False,
    leaves_record: bool = False,
    form_class: type[ReasonDialog] = ReasonDialog,
    go_to: Callable[[HttpRequest, Any], str] | None = None,
) -> Callable[[Write], Any]:
    """Make a method an action on the record's page, for `actions_detail`.

    It opens a dialog, writes on POST only and shows the record again, or the list when the record
    is gone afterwards (`leaves_record`), or what `go_to(request, record)` says.
    """
    dialog = {
        "title": title,
        "description": text,
        "form_class": form_class,
        "form_submit_text": submit,
    }

    def decorate(write: Write) -> Any:
        def run(admin: Any, request: HttpRequest, form: Any, object_id: str) -> HttpResponse:
            record = admin.get_object(request, unquote(object_id))
            if record is None:
                raise Http404
            if not getattr(admin, f"has_{permission}_permission")(request, record):
                raise PermissionDenied

            def answer() -> tuple[str, str]:
                done = write(admin, request, record, form)
                name = f"admin:{admin.opts.app_label}_{admin.opts.model_name}"
                if go_to is not None:
                    return done, go_to(request, record)
                if leaves_record:
                    return done, reverse(f"{name}_changelist")
                return done, reverse(f"{name}_change", args=[record.pk])

            return run_dialog(request, dialog, form, answer)

        run.__name__ = write.__name__
        run.__doc__ = write.__doc__
        shown = action(
            description=label,
            icon=icon,
            url_path=write.__name__.replace("_", "-"),
            permissions=[permission],
            dialog=dialog,
            variant=ActionVariant.DANGER if danger else ActionVariant.DEFAULT,
        )(run)

        @wraps(shown)  # with the attributes by which Unfold knows an action
        def view(admin: Any, request: HttpRequest, object_id: str) -> HttpResponse:
            if not getattr(admin, f"has_{permission}_permission")(request):
                raise PermissionDenied
            record = admin.get_object(request, unquote(object_id))
            if record is None:
                raise Http404  # also the dialog: it asks nothing about what is not there
            setattr(request, SUBJECT, record)
            response: HttpResponse = shown(admin, request, object_id=object_id)
            return response

        return view

    return decorate


def answer_dialog(
    request: HttpRequest, dialog: Any, subject: Any, write: Callable[[Any], tuple[str, str]]
) -> HttpResponse:
    """A dialog about `subject`, which is no record's page: shown on GET, `write(form)` on POST."""
    setattr(request, SUBJECT, subject)
    form = dialog["form_class"](data=request.POST or None, request=request)
    if form.is_valid():
        return run_dialog(request, dialog, form, lambda: write(form))
    return _show(request, dialog, form)


def run_dialog(
    request: HttpRequest, dialog: Any, form: Any, write: Callable[[], tuple[str, str]]
) -> HttpResponse:
    """Write for the reason that a valid `form` gives, say what was done, go where `write` says.

    A refusal is shown in the dialog, which keeps what was typed.
    """
    if reason := form.cleaned_data["reason"].strip():
        give_reason(reason)
    try:
        done, url = write()
    except DomainError as error:
        refusal = error
    except DatabaseError as error:
        known = translate(error)
        if known is None:
            raise
        refusal = known
    else:
        messages.success(request, done)
        return HttpResponse(headers={"HX-Redirect": url})
    form.add_error("reason", refusal.detail)
    return _show(request, dialog, form)


def _show(request: HttpRequest, dialog: Any, form: Any) -> HttpResponse:
    return render(
        request,
        "unfold/helpers/dialog.html",
        {"dialog": dialog, "form": form, "form_submit_text": dialog["form_submit_text"]},
    )
