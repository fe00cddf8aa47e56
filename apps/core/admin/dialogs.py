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

# (admin, request, record, form) → the sentence that says what was done
Write = Callable[[Any, HttpRequest, Any, Any], str]


class ReasonDialog(BaseDialogForm):
    """Asks why. A service's refusal is shown at this field."""

    reason = forms.CharField(
        required=False,
        max_length=500,
        label="Reason",
        help_text="Optional; kept in the history.",
        widget=PlainTextarea(attrs={"rows": 3}),
    )


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
) -> Callable[[Write], Any]:
    """Make a method an action on the record's page, for `actions_detail`.

    It opens a dialog, writes on POST only and shows the record again, or the list when the record
    is gone afterwards (`leaves_record`).
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
            if reason := form.cleaned_data["reason"].strip():
                give_reason(reason)
            try:
                done = write(admin, request, record, form)
            except DomainError as error:
                return _refuse(request, dialog, form, error.detail)
            except DatabaseError as error:
                refusal = translate(error)
                if refusal is None:
                    raise
                return _refuse(request, dialog, form, refusal.detail)
            messages.success(request, done)
            meta = admin.opts
            name = f"admin:{meta.app_label}_{meta.model_name}"
            url = (
                reverse(f"{name}_changelist")
                if leaves_record
                else reverse(f"{name}_change", args=[record.pk])
            )
            return HttpResponse(headers={"HX-Redirect": url})

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
            if admin.get_object(request, unquote(object_id)) is None:
                raise Http404  # also the dialog: it asks nothing about what is not there
            response: HttpResponse = shown(admin, request, object_id=object_id)
            return response

        return view

    return decorate


def _refuse(request: HttpRequest, dialog: dict[str, Any], form: Any, detail: str) -> HttpResponse:
    form.add_error("reason", detail)
    return render(
        request,
        "unfold/helpers/dialog.html",
        {"dialog": dialog, "form": form, "form_submit_text": dialog["form_submit_text"]},
    )
