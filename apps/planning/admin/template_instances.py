"""The uses of a template in the console: which, by whom, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse

from apps.audit.admin import RecordAdmin
from apps.core.admin.display import change_url
from apps.core.admin.search import as_uuid
from apps.planning.choices import InstanceOutcome
from apps.planning.instances import difference_to_now, minutes_of, outcome_of, with_outcomes
from apps.planning.models import TemplateInstance
from apps.repositories.admin.scope import has_permission, visible_to
from apps.task_patterns.admin.figures import duration, percent
from apps.task_templates.admin.inputs import as_given
from apps.task_templates.admin.versions import shown_difference
from apps.task_templates.models import TaskTemplate
from apps.tasks.models import Task

PAGE = 25


@dataclass(frozen=True, slots=True)
class ShownInstance:
    """An instance and what became of it."""

    instance: Any
    outcome: InstanceOutcome
    minutes: str

    @classmethod
    def of(cls, instance: Any) -> ShownInstance:
        return cls(instance, outcome_of(instance), duration(minutes_of(instance)))


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step of an instance and its task, if the person may see tasks."""

    key: str
    task: Any
    url: str


class InstancePages(RecordAdmin):
    """For the admin of templates: read-only pages. Instances are seen by who sees their
    repository."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        name = "task_templates_tasktemplate_instance"
        own = [
            path("<uuid:key>/instances/", view(self.instances_page), name=f"{name}s"),
            path("<uuid:key>/instances/<uuid:pk>/", view(self.instance_page), name=name),
            path(
                "<uuid:key>/instances/<uuid:pk>/changes/",
                view(self.changes_page),
                name=f"{name}_changes",
            ),
        ]
        return [*own, *super().get_urls()]

    def instances_page(self, request: HttpRequest, key: UUID) -> HttpResponse:
        """The instances in repositories that the person may see, newest first."""
        page: Any = self
        template = page.seen_template(request, key)
        instances = _instances(request, template)
        before = as_uuid(request.GET.get("before", ""))
        if before:
            instances = instances.filter(pk__lt=before)
        # The keys first: what is counted is counted of these only.
        keys = list(instances.order_by("-pk").values_list("pk", flat=True)[: PAGE + 1])
        found = with_outcomes(_instances(request, template)).filter(pk__in=keys[:PAGE])
        rows = found.select_related("repository", "actor").order_by("-pk")
        context = {
            "rows": [ShownInstance.of(row) for row in rows],
            "older": keys[PAGE - 1] if len(keys) > PAGE else None,
            "is_first_page": not before,
            "success": percent(template.success_rate),
            "p50": duration(template.p50_minutes),
            "p80": duration(template.p80_minutes),
        }
        answer: HttpResponse = page.render_page(
            request, template, "template_instances", "Uses", context
        )
        return answer

    def instance_page(self, request: HttpRequest, key: UUID, pk: UUID) -> HttpResponse:
        """One instance: its values, its tasks, what became of it."""
        page: Any = self
        template = page.seen_template(request, key)
        instance = self._instance(request, template, pk)
        may_see_tasks = has_permission(request.user, "view", Task)
        steps = instance.steps.select_related("task").order_by("position")
        steps = steps.only("key", "position", "task__content", "task__status", "task__deleted_at")
        context = {
            "shown": ShownInstance.of(instance),
            "instance": instance,
            "values": [(name, as_given(value)) for name, value in instance.variables.items()],
            "steps": [_shown_step(step, may_see_tasks) for step in steps],
            "tasks_url": reverse("admin:tasks_task_changelist") if may_see_tasks else "",
        }
        answer: HttpResponse = page.render_page(
            request, template, "template_instance", f"Use of version {instance.number}", context
        )
        return answer

    def changes_page(self, request: HttpRequest, key: UUID, pk: UUID) -> HttpResponse:
        """What the template says today that it did not say when the instance was made."""
        page: Any = self
        template = page.seen_template(request, key)
        instance = self._instance(request, template, pk)
        instance.template = template
        context = {
            "base": instance.number,
            "to": template.template_version,
            "instance": instance,
            "difference": shown_difference(difference_to_now(instance)),
        }
        subtitle = f"Made of version {instance.number}, now {template.template_version}"
        answer: HttpResponse = page.render_page(
            request, template, "template_compare", subtitle, context
        )
        return answer

    def _instance(self, request: HttpRequest, template: TaskTemplate, pk: UUID) -> Any:
        instances = with_outcomes(_instances(request, template).filter(pk=pk))
        found = instances.select_related("repository", "actor").first()
        if found is None:
            raise Http404
        return found


def instance_url(instance: TemplateInstance) -> str:
    """The page of an instance."""
    return reverse(
        "admin:task_templates_tasktemplate_instance", args=[instance.template_id, instance.pk]
    )


def _instances(request: HttpRequest, template: TaskTemplate) -> Any:
    return visible_to(
        request.user, TemplateInstance.objects.filter(template=template), "repository"
    )


def _shown_step(step: Any, may_see_tasks: bool) -> ShownStep:
    task = step.task if may_see_tasks else None
    return ShownStep(step.key, task, "" if task is None else change_url(task))
