"""The pages of what is deleted: the deletions, newest first, and one deletion as a whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotFound
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget

from apps.core.admin.dialogs import ReasonDialog, answer_dialog
from apps.core.admin.display import related
from apps.core.admin.search import as_uuid
from apps.core.admin.widgets import RelatedSelect
from apps.core.deletion import RestorePlan, Share, plan_restore, soft_deleted_models
from apps.core.errors import DomainError, NotFoundError
from apps.repositories.bin import Deletion, find_deletion, purgeable_from, read_bin
from apps.repositories.choices import MemberRole
from apps.repositories.deletion import (
    may_purge,
    purge_deletion,
    require_change,
    restore_deletion,
)
from apps.repositories.models import Repository, RepositoryMember

from .scope import has_permission, named_for, visible_kinds


class PlanDialog(ReasonDialog):
    """What comes back."""

    form_before_template = "console/restore_plan.html"

    def get_before_template_context(self, request: HttpRequest, object_id: Any = None) -> Any:
        plan: Any = self.subject
        return {"plan": plan, "shares": named_for(request.user, plan.shares)}


class PurgeDialog(PlanDialog):
    """What goes for good."""

    form_before_template = "console/purge_plan.html"

    def get_before_template_context(self, request: HttpRequest, object_id: Any = None) -> Any:
        context = super().get_before_template_context(request, object_id)
        try:
            moment = purgeable_from(context["plan"].batch)
        except NotFoundError:  # what a service says is shown without it
            return context
        return {**context, "allowed_from": moment if moment > timezone.now() else None}


RESTORE = {
    "title": "Restore this deletion?",
    "description": "Everything that it took along comes back, and nothing else.",
    "form_class": PlanDialog,
    "form_submit_text": "Restore",
}
PURGE = {
    "title": "Purge this deletion for good?",
    "description": "Nobody can bring it back. Only its history stays.",
    "form_class": PurgeDialog,
    "form_submit_text": "Purge for good",
}


@dataclass(frozen=True, slots=True)
class ShownShare:
    """The rows of one kind: named only for those who may see records of the kind."""

    label: str
    rows: tuple[SafeString, ...]
    rest: str
    list_url: str


# -- the list ----
def deletion_list(site: Any, request: HttpRequest) -> HttpResponse:
    """The deletions of what the person may see, newest first."""
    kinds = _kinds_or_refuse(request)
    form = _filter_form(site, request, kinds)
    form.is_valid()
    repository, kind = (form.cleaned_data.get(name) for name in ("repository", "kind"))
    before = as_uuid(request.GET.get("before", ""))
    page = read_bin(
        request.user,  # type: ignore[arg-type]
        kinds=[model for model in kinds if kind in ("", None, model._meta.model_name)],
        repository=None if repository is None else repository.pk,
        before=before,
    )
    query = request.GET.copy()
    query.pop("before", None)
    newest = query.urlencode()
    query["before"] = str(page.deletions[-1].id) if page.deletions else ""
    context = {
        **site.each_context(request),
        "title": "Deleted",
        "form": form,
        "is_filtered": bool(repository or kind),
        "rows": [(deletion, _shown(site, deletion, kinds)) for deletion in page.deletions],
        "newest_url": f"?{newest}" if before else "",
        "older_url": f"?{query.urlencode()}" if page.has_older else "",
    }
    return TemplateResponse(request, "console/deletions.html", context)


def _filter_form(site: Any, request: HttpRequest, kinds: Sequence[Any]) -> forms.Form:
    page = site.get_model_admin(Repository)
    link: Any = RepositoryMember._meta.get_field("repository")
    names = [(m._meta.model_name, str(m._meta.verbose_name_plural).capitalize()) for m in kinds]
    # Who may not see the page of repositories gets no answer from its search.
    searches = page.has_view_or_change_permission(request)

    class Filter(forms.Form):
        repository = forms.ModelChoiceField(
            page.scope(request, Repository.objects.all()),
            required=False,
            widget=RelatedSelect(link, site) if searches else forms.HiddenInput,
        )
        kind = forms.ChoiceField(
            choices=[("", "All kinds"), *names], required=False, widget=UnfoldAdminSelectWidget
        )

    return Filter(request.GET)


def _shown(site: Any, deletion: Deletion, kinds: Iterable[Any]) -> list[ShownShare]:
    return [_show(site, share, kinds, deletion.id) for share in deletion.shares]


# -- one deletion ----
def deletion_page(site: Any, request: HttpRequest, batch: str) -> HttpResponse:
    """What one deletion took along, what stands in the way of its return, and what can be done."""
    kinds = _kinds_or_refuse(request)
    row, plan = _find(request, kinds, batch)
    context = {
        **site.each_context(request),
        "title": "Deletion",
        "plan": plan,
        "repository": row.repository,
        "shares": [_show(site, share, kinds, plan.batch) for share in plan.shares],
        "refusal": _refusal(request, row, MemberRole.CONTRIBUTOR),
        "actions_detail": list(_actions(request, row, plan)),
    }
    return TemplateResponse(request, "console/deletion.html", context)


def deletion_restore(site: Any, request: HttpRequest, batch: str) -> HttpResponse:
    """The dialog that brings a deletion back."""

    def write(plan: RestorePlan) -> str:
        done = restore_deletion(actor=request.user, batch=plan.batch)  # type: ignore[arg-type]
        return f"Restored: {_counts({m: len(ids) for m, ids in done.records.items()})}."

    return _dialog(request, batch, RESTORE, _may_restore, write)


def deletion_purge(site: Any, request: HttpRequest, batch: str) -> HttpResponse:
    """The dialog that deletes for good."""

    def write(plan: RestorePlan) -> str:
        done = purge_deletion(actor=request.user, batch=plan.batch)  # type: ignore[arg-type]
        models = {model._meta.db_table: model for model in soft_deleted_models()}
        counts = _counts({models[table]: count for table, count in done.items()})
        return f"Purged for good: {counts}. Only their history stays."

    return _dialog(request, batch, PURGE, _may_purge, write)


def _dialog(request: HttpRequest, batch: str, dialog: Any, may: Any, write: Any) -> HttpResponse:
    try:
        _, plan = _find(request, _kinds_or_refuse(request), batch)
    except Http404 as error:
        if request.method != "POST":
            raise
        # Somebody was faster. The list says so: a dialog shows no page of an error.
        messages.warning(request, str(error))
        return HttpResponseNotFound(headers={"HX-Redirect": reverse("admin:deletions")})
    if not may(request.user, plan):
        raise PermissionDenied
    return answer_dialog(
        request, dialog, plan, lambda form: (write(plan), reverse("admin:deletions"))
    )


def _find(request: HttpRequest, kinds: Sequence[Any], batch: str) -> tuple[Any, RestorePlan]:
    """A row of the deletion and the whole of it, if the person may see something of it."""
    key = as_uuid(batch)
    row = None if key is None else find_deletion(request.user, key)  # type: ignore[arg-type]
    try:
        if key is None or row is None:
            raise NotFoundError("There is no such deletion: restored or purged already.")
        plan = plan_restore(key)
    except NotFoundError as error:
        raise Http404(error.detail) from error
    if not any(share.model in kinds for share in plan.shares):
        raise PermissionDenied
    return row, plan


def _actions(request: HttpRequest, row: Any, plan: RestorePlan) -> Iterable[Mapping[str, Any]]:
    """The buttons of the page, as Unfold's template takes them."""
    if _may_restore(request.user, plan) and not _refusal(request, row, MemberRole.CONTRIBUTOR):
        yield _button("Restore…", "restore_from_trash", "deletion_restore", RESTORE, plan)
    if _may_purge(request.user, plan) and not _refusal(request, row, MemberRole.MAINTAINER):
        button = _button("Purge for good…", "delete_forever", "deletion_purge", PURGE, plan)
        yield {**button, "variant": ActionVariant.DANGER}


def _button(title: str, icon: str, name: str, dialog: Any, plan: RestorePlan) -> dict[str, Any]:
    return {
        "title": title,
        "icon": icon,
        "variant": ActionVariant.DEFAULT,
        "attrs": {},
        "dialog": dialog,
        "path": reverse(f"admin:{name}", args=[plan.batch]),
    }


# -- who may what ----
def _kinds_or_refuse(request: HttpRequest) -> list[Any]:
    kinds = visible_kinds(request.user)
    if not kinds:
        raise PermissionDenied
    return kinds


def _may_restore(user: Any, plan: RestorePlan) -> bool:
    return all(has_permission(user, "change", share.model) for share in plan.shares)


def _may_purge(user: Any, plan: RestorePlan) -> bool:
    return all(may_purge(user, share.model) for share in plan.shares)


def _refusal(request: HttpRequest, row: Any, role: MemberRole) -> str:
    """Why the services would refuse the person; empty when they would not."""
    try:
        require_change(row.repository, request.user, role)  # type: ignore[arg-type]
    except DomainError as error:
        return error.detail
    return ""


# -- in words ----
def _show(site: Any, share: Share, kinds: Iterable[Any], batch: UUID) -> ShownShare:
    if share.model not in kinds:
        return ShownShare(share.label, (), "", "")
    rest = f"… and {share.unnamed:,}{'+' if share.is_cut else ''} more" if share.unnamed else ""
    url = ""
    if site.is_registered(share.model):
        meta = share.model._meta
        page = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        url = f"{page}?deleted=only&deletion_batch__exact={batch}"
    rows = tuple(related(row, marked=False) for row in share.sample)
    return ShownShare(share.label, rows, rest, url)


def _counts(counts: Mapping[Any, int]) -> str:
    return " and ".join(Share(model, count, ()).label for model, count in counts.items())
