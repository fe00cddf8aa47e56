"""The outbox in the console: what waits, what was given up, and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RadioFilter

from apps.core.admin import ConsoleAdmin, record_action
from apps.core.admin.dialogs import ReasonDialog
from apps.core.admin.display import ago, dash, state, text_block, title
from apps.core.admin.search import as_uuid, clean_term

from .models import OutboxEntry
from .services import replay_entry


class ReplayDialog(ReasonDialog):
    """Entries have no history."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = "Optional; written to the log."


class StateFilter(RadioFilter):
    """Pending, waiting or dead; an index knows the dead ones."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("pending", "Pending"), ("waiting", "Waiting"), ("dead", "Dead")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        rows: Any = queryset
        chosen = {"pending": rows.pending, "waiting": rows.waiting, "dead": rows.dead}
        return chosen.get(self.value() or "", rows.all)()


@admin.register(OutboxEntry)
class OutboxEntryAdmin(ConsoleAdmin):
    """Changes that wait for a worker. Nothing is typed here; a dead letter can be replayed."""

    keyset = "-sequence"
    list_display = ("list_entity", "kind", "list_state", "list_age", "attempts", "list_error")
    list_display_links = ("list_entity",)
    list_filter = (StateFilter,)
    search_fields = ("entity_id",)
    search_help_text = "The id of the changed record"
    actions_detail = ("replay",)
    readonly_fields = (
        "sequence",
        "kind",
        "entity_id",
        "queued_at",
        "available_at",
        "attempts",
        "dead_at",
        "error",
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("kind", "entity_id"),
                    ("queued_at", "available_at"),
                    ("attempts", "dead_at"),
                    "error",
                )
            },
        ),
        ("Record", {"classes": ("collapse",), "fields": ("sequence",)}),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Model], search_term: str
    ) -> tuple[QuerySet[Model], bool]:
        term = clean_term(search_term)
        if not term:
            return queryset, False
        entity = as_uuid(term)
        return (queryset.filter(entity_id=entity) if entity else queryset.none()), False

    def has_replay_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Replaying is what changing means for an entry."""
        return bool(request.user.has_perm("outbox.change_outboxentry"))

    def summary(self, record: OutboxEntry) -> Sequence[Any]:
        return (self.list_state(record), f"{record.attempts} attempts", self.list_age(record))

    @admin.display(description="Entity")
    def list_entity(self, entry: OutboxEntry) -> str:
        return str(entry.entity_id)

    @admin.display(description="State")
    def list_state(self, entry: OutboxEntry) -> SafeString:
        if entry.is_dead:
            return state("failed", "Dead")
        waiting = entry.available_at > timezone.now()
        return state("in_progress", "Waiting") if waiting else state("pending", "Pending")

    @admin.display(description="Queued")
    def list_age(self, entry: OutboxEntry) -> str:
        return ago(entry.queued_at)

    @admin.display(description="Last error")
    def list_error(self, entry: OutboxEntry) -> SafeString:
        return title(entry.last_error) if entry.last_error else dash()

    @admin.display(description="Last error")
    def error(self, entry: OutboxEntry) -> SafeString:
        return text_block(entry.last_error)

    def allows(self, record: OutboxEntry, action: str) -> bool:
        return record.is_dead

    @record_action(
        label="Replay…",
        icon="replay",
        title="Replay this entry?",
        text="A worker tries it again, from the first attempt: mend first what its error says.",
        submit="Replay",
        permission="replay",
        leaves_record=True,
        form_class=ReplayDialog,
    )
    def replay(self, request: HttpRequest, entry: Any, form: Any) -> str:
        replay_entry(actor=request.user, entry=entry, reason=form.cleaned_data["reason"])  # type: ignore[arg-type]
        return f"The {entry.kind} {entry.entity_id} is tried again."
