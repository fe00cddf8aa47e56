"""What is made of templates: `/api/v1/templates/{id}/preview`, `…/instantiate`,
`/api/v1/template-instances`, `/api/v1/repositories/{id}/project-type`."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api import versions
from apps.core.api.filters import UUIDFilter
from apps.core.api.views import BaseAPIView
from apps.core.api.viewsets import BaseViewSet, ListAction, RetrieveAction
from apps.planning.instances import difference_to_now, with_outcomes
from apps.planning.models import TemplateInstance
from apps.planning.project_types import guess_for
from apps.planning.services.instantiating import instantiate_template, preview_steps
from apps.repositories.api.requests import (
    REPOSITORY_FILTER,
    caller,
    in_visible_repositories,
    listed_repository,
)
from apps.repositories.models import Repository
from apps.repositories.visibility import get_visible_repository, visible_repositories
from apps.task_templates.models import TaskTemplate
from apps.task_templates.project_types import VERSION
from apps.task_templates.visibility import templates_for, visible_templates

from .template_serializers import (
    ProjectTypeGuessesSerializer,
    TemplateDraftSerializer,
    TemplateInstanceDifferenceSerializer,
    TemplateInstanceSerializer,
    TemplateInstanceSummarySerializer,
    TemplateInstantiateSerializer,
    TemplatePreviewSerializer,
    TemplateValuesSerializer,
)

MOST_TEMPLATES = 20


class TemplateDraftView(BaseAPIView):
    """Try a template that is not kept."""

    @extend_schema(
        operation_id="templates_try",
        tags=["templates"],
        summary="Preview a draft of a template",
        request=TemplateDraftSerializer,
        responses=TemplatePreviewSerializer,
    )
    def post(self, request: Request) -> Response:
        """200 with the tasks that the steps would make with these values; nothing is written.

        422 `invalid_template` with a pointer to each fault of steps, variables or values.
        """
        data = self.validated(TemplateDraftSerializer)
        steps, values = preview_steps(data["tasks"], data["variables"], data["values"])
        shown = {"template_version": None, "variables": values, "tasks": steps}
        return Response(TemplatePreviewSerializer(shown).data)


class TemplateUseViewSet(BaseViewSet):
    """What can be made of a template that the caller may see."""

    queryset = TaskTemplate.objects.none()  # tells the schema of the model

    def get_queryset(self) -> Any:
        templates = TaskTemplate.objects.select_related("repository")
        return visible_templates(templates, *caller(self.request))

    @extend_schema(
        operation_id="templates_preview",
        tags=["templates"],
        summary="Preview the tasks of a template",
        request=TemplateValuesSerializer,
        responses=TemplatePreviewSerializer,
    )
    def preview(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """200 with the tasks that an instance would have; nothing is written.

        422 `invalid_template` names a variable that is unknown or missing, or whose value is of
        the wrong type.
        """
        template = self.get_object()
        data = self.validated(TemplateValuesSerializer)
        steps, values = preview_steps(template.tasks, template.variables, data["variables"])
        shown = {
            "template_version": template.template_version,
            "variables": values,
            "tasks": steps,
        }
        return Response(TemplatePreviewSerializer(shown).data)

    @extend_schema(
        operation_id="templates_instantiate",
        tags=["templates"],
        summary="Make the tasks of a template",
        request=TemplateInstantiateSerializer,
        responses={201: TemplateInstanceSerializer},
    )
    def instantiate(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """201 with the instance: all tasks, their tree and dependencies, or none of it.

        422 as the preview; 404 for a repository that the caller may not see, or for which the
        template is not; 409 `repository_archived`.
        """
        template = self.get_object()
        data = self.validated(TemplateInstantiateSerializer)
        user, token = caller(request)
        instance = instantiate_template(
            actor=user,
            template=template,
            repository=get_visible_repository(data["repository"], user, token),
            values=data["variables"],
            session_id=data["session_id"],
            assignee=data["assignee"],
            parent_task_id=data["parent_task_id"],
        )
        made = with_outcomes(_instances()).get(pk=instance.pk)
        location = request.build_absolute_uri(f"/api/v1/template-instances/{instance.pk}")
        response = self.respond(made, status=201, data=TemplateInstanceSerializer(made).data)
        response["Location"] = location
        return response


class TemplateInstanceViewSet(ListAction, RetrieveAction):
    """The uses of templates in the repositories that the caller may see."""

    queryset = TemplateInstance.objects.none()  # tells the schema of the model
    read_serializer_class = TemplateInstanceSerializer
    filters = {
        "repository": REPOSITORY_FILTER,
        "template_id": UUIDFilter(description="The instances of one template."),
    }

    def get_queryset(self) -> Any:
        instances = with_outcomes(_instances())
        if self.action == "list":
            return instances.filter(repository=listed_repository(self.request))
        return in_visible_repositories(instances, self.request)

    @extend_schema(
        summary="List uses of templates", responses=TemplateInstanceSummarySerializer(many=True)
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The instances in a repository and what became of them, without their steps."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        context = self.get_serializer_context()
        shown = TemplateInstanceSummarySerializer(page, many=True, context=context)
        return self.get_paginated_response(shown.data)

    @extend_schema(
        summary="Compare an instance with its template of today",
        responses=TemplateInstanceDifferenceSerializer,
    )
    @action(detail=True, methods=["get"], filters={})
    def diff(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What the template says today that it did not say when the instance was made. The
        instance itself stays as it is."""
        instance = self.get_object()
        versions.expected_version(request, instance)
        shown = {
            "from_version": instance.number,
            "to_version": instance.template.template_version,
            "difference": difference_to_now(instance),
        }
        return Response(TemplateInstanceDifferenceSerializer(shown).data)


class ProjectTypeViewSet(BaseViewSet):
    """What kind of project a repository looks like."""

    queryset = Repository.objects.none()  # tells the schema of the model

    def get_queryset(self) -> Any:
        return visible_repositories(*caller(self.request))

    @extend_schema(
        operation_id="repositories_project_type",
        tags=["repositories"],
        summary="Guess the project type of a repository",
        responses=ProjectTypeGuessesSerializer,
    )
    def guess(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The types that it looks like, each with its reasons; none when there is too little to go
        by. Then the templates for the best guess."""
        repository = self.get_object()
        guesses = guess_for(repository)
        templates: list[Any] = []
        if guesses:
            found = templates_for(TaskTemplate.objects.all(), repository)
            found = found.filter(project_type=guesses[0].project_type)
            templates = list(
                found.order_by("-popularity", "pk").values_list("pk", flat=True)[:MOST_TEMPLATES]
            )
        shown = {"rules": VERSION, "guesses": guesses, "templates": templates}
        return Response(ProjectTypeGuessesSerializer(shown).data)


def _instances() -> Any:
    return TemplateInstance.objects.select_related("repository", "template", "actor")
