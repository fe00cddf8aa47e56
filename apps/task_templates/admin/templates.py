"""Templates: list, editor, deletion."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import F, Func, IntegerField, Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import ChoicesRadioFilter, RadioFilter

from apps.core.admin import RelatedFilter
from apps.core.admin.base import is_list
from apps.core.admin.display import DELETED, dash, is_deleted, related, state, text_block, title
from apps.core.deletion import Batch
from apps.repositories.admin.deletable import DeletableAdmin, DeletedFilter
from apps.repositories.visibility import MOST_REPOSITORIES, visible_repositories
from apps.task_patterns.admin.figures import duration, percent
from apps.task_templates.models import TaskTemplate
from apps.task_templates.services import (
    create_template,
    delete_template,
    restore_template,
    update_template,
)

from .forms import TemplateForm
from .texts import STARTER_TASKS, STARTER_VARIABLES, pretty, shown_steps, shown_variables
from .versions import VersionPages

# What stands in place of a field where nothing can be changed.
SHOWN_INSTEAD = {"tasks": "steps_text", "variables": "variables_text"}
FOR_ALL = state("global", "For all")


class ScopeFilter(RadioFilter):
    """For all repositories, or for one."""

    title = "scope"
    parameter_name = "scope"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("all", "For all repositories"), ("one", "For one repository")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        match self.value():
            case "all":
                return queryset.filter(repository__isnull=True)
            case "one":
                return queryset.filter(repository__isnull=False)
        return queryset


class TemplateAdmin(VersionPages, DeletableAdmin):
    """Templates. One for all repositories is seen by all and changed by superusers."""

    form = TemplateForm
    list_display = (
        "list_name",
        "list_scope",
        "project_type",
        "template_version",
        "step_count",
        "popularity",
        "list_success",
        "list_p50",
    )
    list_display_links = ("list_name",)
    list_filter = (
        ("repository", RelatedFilter),
        ScopeFilter,
        ("project_type", ChoicesRadioFilter),
        DeletedFilter,
    )
    list_select_related = ("repository",)
    list_defer = ("tasks", "variables", "description")
    search_fields = ("name",)
    search_help_text = "Part of the name, or an id"
    palette_icon = "account_tree"
    single_line = ("name",)
    text_rows = {"description": 3}
    autocomplete_fields = ("repository",)
    compressed_fields = False  # labels above: JSON needs the width
    readonly_fields = ("scope_text", "template_version", "steps_text", "variables_text")
    actions_detail = (
        "restore",
        {"title": "More", "icon": "more_horiz", "items": ["remove"]},
    )
    change_form_outer_before_template = "console/template_head.html"
    change_form_outer_after_template = "console/template_preview.html"
    fieldsets = (
        (None, {"fields": ("name", "description", "project_type", "tasks", "variables")}),
        (
            "Record",
            {
                "classes": ("collapse",),
                "fields": (
                    "id",
                    ("created_at", "updated_at"),
                    ("version", "template_version"),
                    "scope_text",
                ),
            },
        ),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "name",
                    "repository",
                    "project_type",
                    "description",
                    "tasks",
                    "variables",
                )
            },
        ),
    )

    class Media:
        css = {"all": ("console/templates.css",)}
        js = ("console/templates.js",)

    # -- who sees what ----
    def scope(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        user: Any = request.user
        if user.is_superuser:
            return queryset
        # Read first, as `visible_to` does.
        ids = list(visible_repositories(user).values_list("pk", flat=True)[:MOST_REPOSITORIES])
        return queryset.filter(Q(repository__isnull=True) | Q(repository__in=ids))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        rows = super().get_queryset(request)
        if not is_list(request):
            return rows.select_related("repository")
        count = Func(
            F("tasks"), function="jsonb_array_length", output_field=IntegerField(), arity=1
        )
        return rows.annotate(steps_counted=count)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        if obj is not None and obj.repository_id is None and not request.user.is_superuser:
            return False
        return super().has_change_permission(request, obj)

    def seen_template(self, request: HttpRequest, key: UUID) -> TaskTemplate:
        """The template of the path, deleted or not, if the person may see it."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        template: Any = self.get_object(request, str(key))
        if template is None:
            raise Http404
        return template

    # -- forms and writing ----
    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.global_allowed = request.user.is_superuser
        return form

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [
            (name, {**options, "fields": [SHOWN_INSTEAD.get(f, f) for f in options["fields"]]})
            for name, options in fieldsets
        ]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        given = super().get_changeform_initial_data(request)
        starter = {"tasks": STARTER_TASKS, "variables": STARTER_VARIABLES}
        return given | starter

    def create_object(self, request: HttpRequest, form: Any) -> TaskTemplate:
        given = dict(form.cleaned_data)
        repository = given.pop("repository")
        return create_template(
            actor=request.user,  # type: ignore[arg-type]
            repository=repository,
            values=given,
        )

    def update_object(self, request: HttpRequest, obj: Any, form: Any) -> TaskTemplate:
        return update_template(
            actor=request.user,  # type: ignore[arg-type]
            template=obj,
            changes=self.changed_values(form),
            expected_version=self.seen_version(form),
        )

    def delete_object(self, request: HttpRequest, record: Any, expected_version: int) -> Batch:
        return delete_template(
            actor=request.user,  # type: ignore[arg-type]
            template=record,
            expected_version=expected_version,
        )

    def restore_object(self, request: HttpRequest, record: Any, expected_version: int) -> Batch:
        return restore_template(
            actor=request.user,  # type: ignore[arg-type]
            template=record,
            expected_version=expected_version,
        )

    # -- pages ----
    def render_page(
        self,
        request: HttpRequest,
        template: TaskTemplate,
        name: str,
        subtitle: str,
        context: dict[str, Any],
    ) -> HttpResponse:
        """The page `name`, about `template`."""
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request,
            f"console/{name}.html",
            {
                **self.admin_site.each_context(request),
                "title": template.name,
                "subtitle": subtitle,
                "original": template,
                "opts": self.opts,
                "media": self.media,
                "record_url": reverse(
                    "admin:task_templates_tasktemplate_change", args=[template.pk]
                ),
                "has_view_permission": True,
                **context,
            },
        )

    # -- what is shown ----
    def summary(self, record: TaskTemplate) -> Sequence[Any]:
        return (
            *([DELETED] if is_deleted(record) else []),
            self.scope_text(record),
            record.get_project_type_display(),
            f"version {record.template_version}",
        )

    @admin.display(description="Name")
    def list_name(self, template: TaskTemplate) -> SafeString:
        shown = title(template.name, 80)
        return format_html("{} {}", DELETED, shown) if is_deleted(template) else shown

    @admin.display(description="Scope")
    def list_scope(self, template: TaskTemplate) -> Any:
        return FOR_ALL if template.repository is None else template.repository.name

    @admin.display(description="Steps")
    def step_count(self, template: Any) -> int:
        return int(template.steps_counted)

    @admin.display(description="Success")
    def list_success(self, template: TaskTemplate) -> str:
        return percent(template.success_rate)

    @admin.display(description="P50")
    def list_p50(self, template: TaskTemplate) -> str:
        return duration(template.p50_minutes)

    @admin.display(description="Scope")
    def scope_text(self, template: TaskTemplate) -> SafeString:
        return FOR_ALL if template.repository is None else related(template.repository)

    @admin.display(description="Steps")
    def steps_text(self, template: TaskTemplate) -> SafeString:
        tasks = template.tasks
        return text_block(pretty(shown_steps(tasks))) if tasks else dash()

    @admin.display(description="Variables")
    def variables_text(self, template: TaskTemplate) -> SafeString:
        variables = template.variables
        return text_block(pretty(shown_variables(variables))) if variables else dash()
