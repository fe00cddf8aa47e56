"""`/api/v1/templates`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Func, IntegerField, Q, QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.models import User
from apps.core.api import versions
from apps.core.api.deletions import DeletionAction
from apps.core.api.filters import ChoiceFilter, TextFilter
from apps.core.api.keyset import NEWEST_FIRST, Order
from apps.core.api.parameters import invalid_parameter
from apps.core.api.viewsets import CreateAction, ListAction, UpdateAction
from apps.core.deletion import Batch
from apps.core.errors import NotFoundError
from apps.repositories.api.history import RepositoryHistoryAction
from apps.repositories.api.requests import REPOSITORY_FILTER, caller, listed_repository
from apps.repositories.visibility import get_visible_repository, require_unbound
from apps.task_templates.choices import ProjectType
from apps.task_templates.differences import compare_versions
from apps.task_templates.models import OUTCOME_COLUMNS, TaskTemplate, TaskTemplateVersion
from apps.task_templates.services import (
    create_template,
    delete_template,
    restore_template,
    update_template,
)
from apps.task_templates.visibility import templates_for, visible_templates

from .serializers import (
    TemplateCreateSerializer,
    TemplateSerializer,
    TemplateSummarySerializer,
    TemplateUpdateSerializer,
    TemplateVersionDifferenceSerializer,
    TemplateVersionSerializer,
    TemplateVersionSummarySerializer,
)

NUMBER = r"(?P<number>[1-9][0-9]{0,8})"
NUMBER_PARAMETER = OpenApiParameter(
    "number",
    {"type": "integer", "minimum": 1},
    OpenApiParameter.PATH,
    description="The version's number; the first is 1.",
)
MOST_VERSIONS = 200


@dataclass(frozen=True, kw_only=True)
class ScopeFilter(ChoiceFilter):
    """Of the repository itself, or for all."""

    def condition(self, name: str, value: Any) -> Q:
        return Q(repository__isnull=value == ["all"])


@dataclass(frozen=True, kw_only=True)
class VersionNumber(TextFilter):
    """The number of a version; it narrows nothing, the view reads it."""

    def parse(self, name: str, text: str) -> Any:
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text)):
            invalid_parameter(name, "invalid", f"{name} is the number of a version, from 1.")
        return int(text)

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 1}


FROM = VersionNumber(description="Compare with this version; without it, with the one before.")


class TemplateViewSet(
    RepositoryHistoryAction, DeletionAction, ListAction, CreateAction, UpdateAction
):
    """The templates that the caller may use: those for all, and those of repositories they see."""

    queryset = TaskTemplate.objects.none()  # tells the schema of the model
    read_serializer_class = TemplateSerializer
    create_serializer_class = TemplateCreateSerializer
    update_serializer_class = TemplateUpdateSerializer
    order_fields = {
        "id": NEWEST_FIRST,
        "popularity": Order("popularity", descending=True, description="most used first"),
    }
    filters = {
        "repository": REPOSITORY_FILTER,
        "project_type": ChoiceFilter(choices=ProjectType, multiple=True),
        "scope": ScopeFilter(
            choices=("repository", "all"),
            description="Those of the repository by itself, or those for all.",
        ),
    }

    def get_queryset(self) -> QuerySet[TaskTemplate]:
        templates = self.rows().select_related("repository")
        if self.action == "list":
            return templates_for(counted(templates), listed_repository(self.request))
        return visible_templates(templates, *caller(self.request))

    def may_see(self, record: Any) -> bool:
        return record.repository_id is None or super().may_see(record)

    def recall(self, records: Any) -> None:
        """As it was; the figures are derived, so in no history."""
        super().recall([record for record in records if record.repository_id])
        for record in records:
            for name in OUTCOME_COLUMNS:
                setattr(record, name, None)

    @extend_schema(summary="List templates", responses=TemplateSummarySerializer(many=True))
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The templates that can be used in a repository, without their steps."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        context = self.get_serializer_context()
        shown = TemplateSummarySerializer(page, many=True, context=context)
        return self.get_paginated_response(shown.data)

    def _writer_of(self, template: TaskTemplate) -> User:
        user, token = caller(self.request)
        if template.repository_id is None:
            require_unbound(token)
        return user

    def perform_create(self, data: dict[str, Any]) -> TaskTemplate:
        user, token = caller(self.request)
        name = data.pop("repository")
        if name is None:
            require_unbound(token)
        repository = None if name is None else get_visible_repository(name, user, token)
        return create_template(actor=user, repository=repository, values=data)

    def perform_update(
        self, instance: TaskTemplate, data: dict[str, Any], *, expected_version: int | None
    ) -> TaskTemplate:
        user = self._writer_of(instance)
        return update_template(
            actor=user, template=instance, changes=data, expected_version=expected_version
        )

    def perform_destroy(self, instance: TaskTemplate, *, expected_version: int | None) -> None:
        user = self._writer_of(instance)
        delete_template(actor=user, template=instance, expected_version=expected_version)

    def perform_restore(self, instance: TaskTemplate, *, expected_version: int | None) -> Batch:
        user = self._writer_of(instance)
        return restore_template(actor=user, template=instance, expected_version=expected_version)

    @extend_schema(
        summary="List the versions of a template",
        responses=TemplateVersionSummarySerializer(many=True),
    )
    @action(detail=True, methods=["get"], filters={}, pagination_class=None)
    def versions(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The newest 200, newest first, without their steps."""
        template = self.get_object()
        found = counted(template.versions.order_by("-number"))[:MOST_VERSIONS]
        context = self.get_serializer_context()
        return Response(TemplateVersionSummarySerializer(found, many=True, context=context).data)

    @extend_schema(
        summary="Get a version of a template",
        responses=TemplateVersionSerializer,
        parameters=[NUMBER_PARAMETER],
    )
    @action(detail=True, methods=["get"], filters={}, url_path=f"versions/{NUMBER}")
    def template_version(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The steps and variables of that version. They never change."""
        found = _version(self.get_object(), int(kwargs["number"]))
        versions.expected_version(request, found)
        context = self.get_serializer_context()
        return self.respond(found, data=TemplateVersionSerializer(found, context=context).data)

    @extend_schema(
        summary="Compare two versions of a template",
        responses=TemplateVersionDifferenceSerializer,
        parameters=[NUMBER_PARAMETER],
    )
    @action(
        detail=True, methods=["get"], filters={"from": FROM}, url_path=f"versions/{NUMBER}/diff"
    )
    def template_version_diff(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """What makes this version of another one; the first is compared with an empty one."""
        template = self.get_object()
        new = _version(template, int(kwargs["number"]))
        versions.expected_version(request, new)
        text = request.query_params.get("from")
        number = new.number - 1 if text is None else FROM.parse("from", text)
        old = _version(template, number) if number else TaskTemplateVersion(tasks=[], variables={})
        shown = {
            "from_version": number,
            "to_version": new.number,
            "difference": compare_versions(old.tasks, old.variables, new.tasks, new.variables),
        }
        return self.respond(new, data=TemplateVersionDifferenceSerializer(shown).data)


def counted(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Templates or versions with the number of their steps in place of these."""
    number = Func("tasks", function="jsonb_array_length", output_field=IntegerField())
    return rows.annotate(counted_steps=number).defer("tasks", "variables")


def _version(template: TaskTemplate, number: int) -> TaskTemplateVersion:
    found: TaskTemplateVersion | None = template.versions.filter(number=number).first()
    if found is None:
        raise NotFoundError(f"The template {template.pk} has no version {number}.")
    return found
