"""The list of sessions, the page of each, and “End session”."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, IntegerField, Model, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesRadioFilter

from apps.audit.admin import RecordAdmin
from apps.core.admin import RelatedFilter, record_action
from apps.core.admin.dialogs import VersionedDialog
from apps.core.admin.display import ago, dash, items, json_block, state, text_block, title
from apps.repositories.admin.scope import has_permission, visible_to
from apps.work_sessions.models import SessionTask, WorkSession
from apps.work_sessions.services import end_session
from apps.work_sessions.times import end_of, instant

from .page import SessionPage, factors_of, in_minutes


@admin.register(WorkSession)
class WorkSessionAdmin(RecordAdmin):
    """Who worked when, on what. Nothing is edited here; a session that was left open is ended."""

    list_display = (
        "list_session",
        "list_state",
        "repository",
        "list_actor",
        "list_begun",
        "list_duration",
        "list_tasks",
        "list_score",
    )
    list_display_links = ("list_session",)
    list_filter = (("repository", RelatedFilter), ("state", ChoicesRadioFilter))
    list_select_related = ("repository", "actor")
    list_defer = ("session_summary", "tools_used", "files_changed")
    search_fields = ("session_id__exact",)
    search_help_text = "A client's id of a session, exactly, or an id"
    palette_icon = "timer"
    actions_detail = ("finish",)
    change_form_outer_before_template = "console/session.html"
    readonly_fields = ("readable_summary", "readable_tools", "readable_files", "readable_factors")
    fieldsets = (
        (
            "What is said of it",
            {"fields": ("readable_summary", "readable_tools", "readable_files")},
        ),
        (
            "Record",
            {
                "classes": ("collapse",),
                "fields": (
                    "id",
                    ("session_id", "cli_mode"),
                    ("repository", "actor"),
                    ("start_time", "end_time", "last_seen_at"),
                    ("created_at", "updated_at"),
                    ("version", "state"),
                    ("productivity_score", "productivity_version"),
                    "readable_factors",
                ),
            },
        ),
    )

    # -- who sees and may what ----
    def scope(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return visible_to(request.user, queryset, "repository")

    def has_end_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the person may use the dialog; the service asks whose session it is, too."""
        return has_permission(request.user, "change", WorkSession)

    def allows(self, record: Any, action: str) -> bool:
        return bool(record.is_active)

    def get_rows(self, request: HttpRequest) -> QuerySet[Model]:
        rows = super().get_rows(request)
        links = SessionTask.objects.filter(session=OuterRef("pk")).order_by().values("session")
        counted = Subquery(
            links.annotate(tasks=Count("pk")).values("tasks"), output_field=IntegerField()
        )
        done = Subquery(
            links.filter(completed_at__isnull=False).annotate(tasks=Count("pk")).values("tasks"),
            output_field=IntegerField(),
        )
        # Asked of the rows of a page only: the list stops at its limit.
        return rows.annotate(task_count=Coalesce(counted, 0), done_count=Coalesce(done, 0))

    # -- the page ----
    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        session: WorkSession | None = context.get("original")
        if session is not None:
            context["page"] = SessionPage(session, request.user)
        return super().render_change_form(request, context, *args, **kwargs)

    @record_action(
        label="End session…",
        icon="stop_circle",
        title="End this session?",
        text=(
            "It ends now, gets its score, and its tasks their measured minutes where the repository"
            " wants them. Its client learns of it with its next sign of life. It cannot be undone."
        ),
        submit="End it",
        permission="end",
        form_class=VersionedDialog,
    )
    def finish(self, request: HttpRequest, record: Any, form: Any) -> str:
        ended = end_session(
            actor=request.user,  # type: ignore[arg-type]
            session=record,
            values={},
            expected_version=form.expected_version,
        )
        return f"Ended: {ended.session_id[:100]}."

    @admin.display(description="Summary")
    def readable_summary(self, session: WorkSession) -> SafeString:
        return text_block(session.session_summary)

    @admin.display(description="Tools")
    def readable_tools(self, session: WorkSession) -> SafeString:
        return _listed(session.tools_used)

    @admin.display(description="Files")
    def readable_files(self, session: WorkSession) -> SafeString:
        return _listed(session.files_changed)

    @admin.display(description="Factors of the score")
    def readable_factors(self, session: WorkSession) -> SafeString:
        return json_block(session.productivity_factors)

    # -- the list ----
    @admin.display(description="Session")
    def list_session(self, session: WorkSession) -> SafeString:
        return title(session.session_id, 60)

    @admin.display(description="State")
    def list_state(self, session: WorkSession) -> SafeString:
        return state(session.state, session.state.capitalize())

    @admin.display(description="Actor")
    def list_actor(self, session: WorkSession) -> Any:
        return dash() if session.actor is None else session.actor.get_username()

    @admin.display(description="Begun")
    def list_begun(self, session: WorkSession) -> SafeString:
        exact = session.start_time.strftime("%Y-%m-%d %H:%M")
        shown = '<time class="th-nowrap" title="{}">{}</time>'
        return format_html(shown, exact, ago(session.start_time))

    @admin.display(description="From start to end")
    def list_duration(self, session: WorkSession) -> SafeString:
        wall = instant(end_of(session)) - instant(session.start_time)
        return format_html('<span class="th-nowrap">{}</span>', in_minutes(wall))

    @admin.display(description="Tasks")
    def list_tasks(self, session: Any) -> SafeString:
        shown = '<span class="th-nowrap">{} of {} done</span>'
        return format_html(shown, session.done_count, session.task_count)

    @admin.display(description="Score")
    def list_score(self, session: WorkSession) -> SafeString:
        """Never without what it follows from."""
        factors = factors_of(session)
        if session.productivity_score is None or not factors:
            return dash()
        parts = ", ".join(f"{each['name']} {each['value']:.2f}" for each in factors)
        shown = '<span class="th-nowrap">{}</span> <span class="th-muted">{}: {}</span>'
        score = f"{session.productivity_score:.2f}"
        return format_html(shown, score, session.productivity_version, parts)


def _listed(texts: Any) -> SafeString:
    return items(str(text) for text in texts) if texts else dash()
