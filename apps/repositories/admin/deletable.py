"""The console page of a record that can be deleted and brought back."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from unfold.contrib.filters.admin import RadioFilter

from apps.audit.admin import RecordAdmin
from apps.core.admin import record_action
from apps.core.admin.base import is_changelist, is_list
from apps.core.admin.dialogs import VersionedDialog
from apps.core.admin.display import is_deleted, link
from apps.core.deletion import Batch, RestorePlan, plan_deletion, plan_restore
from apps.core.errors import NotFoundError
from apps.repositories.bin import count_deleted

from .scope import has_permission, named_for

WITH_DELETED = ("only", "all")


class DeletedFilter(RadioFilter):
    """Live records, which is what one mostly wants, deleted ones, or both."""

    title = "deletion"
    parameter_name = "deleted"
    all_option = ["", "Live"]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("only", "Deleted"), ("all", "Live and deleted")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        # Said so that the partial indexes of live and of deleted rows serve it.
        deleted = Q(deletion_batch__isnull=False)
        match self.value():
            case "only":
                return queryset.filter(deleted)
            case "all":
                return queryset.filter(Q(deleted_at__isnull=True) | deleted)
        return queryset


class DeleteDialog(VersionedDialog):
    """Shows what goes along before it goes."""

    form_before_template = "console/deletion_plan.html"

    def get_before_template_context(self, request: HttpRequest, object_id: Any = None) -> Any:
        plan = plan_deletion(self.subject)
        shares, waiting = (named_for(request.user, found) for found in (plan.shares, plan.waiting))
        return {"plan": plan, "shares": shares, "waiting": waiting}


class RestoreDialog(VersionedDialog):
    """Shows what comes back together."""

    form_before_template = "console/restore_plan.html"

    def get_before_template_context(self, request: HttpRequest, object_id: Any = None) -> Any:
        plan = _plan(self.subject)
        shares = [] if plan is None else named_for(request.user, plan.shares)
        return {"plan": plan, "shares": shares}


class DeletableAdmin(RecordAdmin):
    """A RecordAdmin of soft-deleted records: “Delete…” and “Restore…”, and pages of the deleted.

    A deleted record can be read, not edited. The subclass names `remove` and `restore` among its
    actions, takes in `DeletedFilter` and says by which services it writes.
    """

    def delete_object(self, request: HttpRequest, record: Any, expected_version: int) -> Batch:
        """Delete `record` and what goes along, by a service."""
        raise NotImplementedError

    def restore_object(self, request: HttpRequest, record: Any, expected_version: int) -> Batch:
        """Bring `record` back with all of its deletion, by a service."""
        raise NotImplementedError

    def get_rows(self, request: HttpRequest) -> QuerySet[Model]:
        asked = request.GET.get(DeletedFilter.parameter_name) in WITH_DELETED
        if is_list(request) and not (is_changelist(request) and asked):
            return super().get_rows(request)
        rows: QuerySet[Model] = self.model.all_objects.order_by(*self.get_ordering(request))
        return rows

    def get_allowed_lookups(self, request: HttpRequest) -> frozenset[str]:
        return super().get_allowed_lookups(request) | {"deletion_batch__exact"}

    # -- who may what ----
    def has_deletion_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """To delete is a change, also of records that have no form; the role is a service's."""
        return has_permission(request.user, "change", self.model)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        # A form that was open when its record was deleted is answered by the service: its input
        # is shown again.
        if request.method != "POST" and is_deleted(obj):
            return False
        return super().has_change_permission(request, obj)

    def allows(self, record: Any, action: str) -> bool:
        return (action == "restore") == is_deleted(record)

    # -- what is shown ----
    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        original: Any = context.get("original")
        if is_deleted(original):
            context["deleted_with"] = count_deleted(original.deletion_batch) - 1
        return super().render_change_form(request, context, *args, **kwargs)

    # -- actions ----
    @record_action(
        label="Delete…",
        icon="delete",
        title="Delete this record?",
        text="It disappears from lists and from the API until it is restored. Its history is kept.",
        submit="Delete",
        permission="deletion",
        danger=True,
        leaves_record=True,
        form_class=DeleteDialog,
    )
    def remove(self, request: HttpRequest, record: Any, form: Any) -> str:
        batch = self.delete_object(request, record, form.expected_version)
        others = f", with {batch.count - 1:,} more" if batch.count > 1 else ""
        page = reverse("admin:deletion", args=[batch.id])
        return format_html(
            "Deleted: {}{}. {}", str(record)[:100], others, link(page, "Look at the deletion")
        )

    @record_action(
        label="Restore…",
        icon="restore_from_trash",
        title="Restore this record?",
        text="It comes back with everything that was deleted together with it.",
        submit="Restore",
        permission="deletion",
        form_class=RestoreDialog,
    )
    def restore(self, request: HttpRequest, record: Any, form: Any) -> str:
        batch = self.restore_object(request, record, form.expected_version)
        others = f", with {batch.count - 1:,} more" if batch.count > 1 else ""
        return f"Restored: {str(record)[:100]}{others}."


def _plan(record: Any) -> RestorePlan | None:
    """What was deleted with `record`; None when it is live, or gone since it was read."""
    try:
        return plan_restore(record.deletion_batch) if is_deleted(record) else None
    except NotFoundError:
        return None
