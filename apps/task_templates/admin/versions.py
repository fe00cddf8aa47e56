"""The pages of a template's versions: their list, and what makes one of another."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import F, Func, IntegerField
from django.http import HttpRequest, HttpResponse
from django.urls import path

from apps.audit.admin import RecordAdmin
from apps.core.admin.search import as_number
from apps.task_templates.differences import Difference, compare_versions
from apps.task_templates.models import TaskTemplate, TaskTemplateVersion

from .texts import pretty

MOST_VERSIONS = 200
Shown = dict[str, Any]


class VersionPages(RecordAdmin):
    """For the admin of templates: read-only pages, for who may see the record."""

    def get_urls(self) -> list[Any]:
        """Before the framework's last pattern, which takes any path for an id."""
        view = self.admin_site.admin_view
        own = [
            path(
                "<uuid:key>/versions/",
                view(self.versions_page),
                name="task_templates_tasktemplate_versions",
            ),
            path(
                "<uuid:key>/versions/compare/",
                view(self.compare_page),
                name="task_templates_tasktemplate_compare",
            ),
        ]
        return [*own, *super().get_urls()]

    def versions_page(self, request: HttpRequest, key: UUID) -> HttpResponse:
        """The versions, newest first, and two of them to choose."""
        page: Any = self
        template = page.seen_template(request, key)
        count = Func(F("tasks"), function="jsonb_array_length", output_field=IntegerField())
        rows = template.versions.order_by("-number").defer("tasks", "variables")
        found = list(rows.annotate(step_count=count)[: MOST_VERSIONS + 1])
        context = {"rows": found[:MOST_VERSIONS], "is_cut": len(found) > MOST_VERSIONS}
        answer: HttpResponse = page.render_page(
            request, template, "template_versions", "Versions", context
        )
        return answer

    def compare_page(self, request: HttpRequest, key: UUID) -> HttpResponse:
        """What differs between `?from=` and `?to=`; without them, the last change."""
        page: Any = self
        template = page.seen_template(request, key)
        to = as_number(request.GET.get("to", "")) or template.template_version
        base = as_number(request.GET.get("from", "")) or max(1, to - 1)
        versions = {v.number: v for v in template.versions.filter(number__in={base, to})}
        context: dict[str, Any] = {
            "base": base,
            "to": to,
            "missing": [number for number in dict.fromkeys((base, to)) if number not in versions],
        }
        if not context["missing"]:
            context["difference"] = shown_difference(between(versions[base], versions[to]))
        answer: HttpResponse = page.render_page(
            request, template, "template_compare", f"Versions {base} and {to}", context
        )
        return answer


def between(old: TaskTemplateVersion, new: TaskTemplateVersion | TaskTemplate) -> Difference:
    """What makes `new` of `old`."""
    return compare_versions(old.tasks, old.variables, new.tasks, new.variables)


def shown_difference(difference: Difference) -> Shown:
    """A difference as its page shows it: values as text."""
    return {
        "is_empty": difference.is_empty,
        "added": difference.added,
        "removed": difference.removed,
        "moved": difference.moved,
        "changed": _changes(difference.changed),
        "added_variables": difference.added_variables,
        "removed_variables": difference.removed_variables,
        "changed_variables": _changes(difference.changed_variables),
    }


def _changes(changes: Any) -> list[tuple[str, list[tuple[str, str, str]]]]:
    return [
        (
            change.name,
            [(one.field, _text(one.before), _text(one.after)) for one in change.fields],
        )
        for change in changes
    ]


def _text(value: Any) -> str:
    if value is None or value in ("", []):
        return "—"
    if isinstance(value, list):
        return "\n".join(_text(part) for part in value)
    return value if isinstance(value, str) else pretty(value)
