"""The base of every resource's view: parse, call a service, render. No business rules.

A resource composes the actions that it has::

    class TaskViewSet(ListAction, CreateAction, RetrieveAction, UpdateAction, BaseViewSet):
        read_serializer_class = TaskSerializer
        create_serializer_class = TaskCreateSerializer
        update_serializer_class = TaskUpdateSerializer
        filters = {"status": ChoiceFilter(choices=TaskStatus, multiple=True)}

        def get_queryset(self): ...  # what this caller may see
        def perform_create(self, data): ...  # calls one service, returns the record
        def perform_update(self, instance, data, *, expected_version): ...
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, ClassVar

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from apps.core.errors import DomainError, ErrorCode, NotFoundError

from . import versions
from .filters import UUID_PATTERN, apply_filters
from .keyset import NEWEST_FIRST, Order
from .pagination import PARAMETERS, KeysetPagination
from .views import BaseAPIView


class BaseViewSet(BaseAPIView, GenericViewSet):
    """A resource of records with a UUID `id` and a `version`, changed through services.

    `get_queryset` returns what the caller may see; everything else is a 404.
    """

    read_serializer_class: ClassVar[type[BaseSerializer]]
    create_serializer_class: ClassVar[type[BaseSerializer]]
    update_serializer_class: ClassVar[type[BaseSerializer]]

    pagination_class = KeysetPagination
    filter_backends = ()
    order_fields: ClassVar[Mapping[str, Order]] = {"id": NEWEST_FIRST}

    lookup_field = "id"
    lookup_value_regex = UUID_PATTERN  # another text is no id, so the path does not exist
    http_method_names = ["get", "head", "options", "post", "patch", "delete"]

    def get_parameters(self) -> Collection[str]:
        """Filters, and on a list those of its pages."""
        known = super().get_parameters()
        return {*known, *PARAMETERS} if getattr(self, "action", None) == "list" else known

    def get_orders(self) -> Mapping[str, Order]:
        """The orders that the current list offers; the first is the one when none is asked for."""
        return self.order_fields

    def get_serializer_class(self) -> type[BaseSerializer]:
        """The serializer of the current action's body, or of its answer if it takes none."""
        by_action = {
            "create": "create_serializer_class",
            "partial_update": "update_serializer_class",
        }
        name = by_action.get(getattr(self, "action", None) or "", "read_serializer_class")
        serializer_class: type[BaseSerializer] = getattr(self, name)
        return serializer_class

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Narrowed by the declared filters."""
        return apply_filters(queryset, self.get_filters(), self.request.query_params)

    def get_object(self) -> Any:
        """The record that the path names, if the caller may see it; else 404."""
        key = self.kwargs[self.lookup_url_kwarg or self.lookup_field]
        queryset = self.get_queryset()
        try:
            instance = queryset.get(**{self.lookup_field: key})
        except ObjectDoesNotExist:
            name = queryset.model._meta.verbose_name
            raise NotFoundError(f"There is no {name} with the id {key}.") from None
        self.check_object_permissions(self.request, instance)
        return instance

    def represent(self, instance: Any) -> Any:
        """How clients see `instance`."""
        return self.read_serializer_class(instance, context=self.get_serializer_context()).data

    def reread(self, instance: Any) -> Any:
        """`instance` as a read would find it, with what triggers and annotations add.

        A record that the write has put out of the caller's sight comes back as it is.
        """
        return self.get_queryset().filter(pk=instance.pk).first() or instance

    def respond(self, instance: Any, *, status: int = 200, data: Any = None) -> Response:
        """The representation of `instance` with its ETag; 304 if the client has it already.

        With `data`, that is shown of `instance` instead.
        """
        if data is None:
            data = self.represent(instance)
        tag = versions.entity_tag(instance, data)
        if self.request.method in {"GET", "HEAD"} and versions.is_not_modified(self.request, tag):
            return Response(status=304, headers={"ETag": tag})
        return Response(data, status=status, headers={"ETag": tag})

    @contextmanager
    def explaining_staleness(self, instance: Any, expected: int | None) -> Iterator[None]:
        """Turn a service's `stale_version` into what the client's condition asks for.

        412 when the record, as If-Match named it, was changed before the service had its lock;
        otherwise 409 with the current state.
        """
        try:
            yield
        except DomainError as error:
            if error.code is not ErrorCode.STALE_VERSION:
                raise
            if versions.has_if_match(self.request) and expected == instance.version:
                raise versions.precondition_failed(error.detail) from error
            current = self.represent(self.reread(instance))
            extra = {**error.extra, "current": current}
            raise DomainError(error.code, error.detail, error.errors, extra) from error

    def location(self, instance: Any) -> str:
        """The address of a record that was created by this request."""
        path = f"{self.request.path.rstrip('/')}/{instance.pk}"
        return self.request.build_absolute_uri(path)


class ListAction(BaseViewSet):
    """GET on the collection."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One page of what the caller may see."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        serializer = self.read_serializer_class(
            page, many=True, context=self.get_serializer_context()
        )
        return self.get_paginated_response(serializer.data)


class RetrieveAction(BaseViewSet):
    """GET on a record."""

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The record; 304 if the client has it, 412 if If-Match names another version."""
        instance = self.get_object()
        versions.expected_version(request, instance)
        return self.respond(instance)


class CreateAction(BaseViewSet):
    """POST on the collection."""

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """201 with the record, its address and its tag."""
        instance = self.perform_create(self.validated(self.create_serializer_class))
        response = self.respond(self.reread(instance), status=201)
        response["Location"] = self.location(instance)
        return response

    def perform_create(self, data: dict[str, Any]) -> Model:
        """Call the service that creates the record; return it."""
        raise NotImplementedError


class UpdateAction(BaseViewSet):
    """PATCH on a record."""

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """200 with the record as it is now; 412 or 409 when it was changed meanwhile.

        A stale `If-Match` is a 412. A stale `version` in the body is a 409 that carries the
        current record, so that the client can merge.
        """
        instance = self.get_object()
        data = self.validated(self.update_serializer_class, partial=True)
        expected = versions.expected_version(request, instance, data.pop("version", None))
        with self.explaining_staleness(instance, expected):
            updated = self.perform_update(instance, data, expected_version=expected)
        return self.respond(self.reread(updated))

    def perform_update(
        self, instance: Any, data: dict[str, Any], *, expected_version: int | None
    ) -> Model:
        """Call the service that changes the record; return it.

        The service compares `expected_version` under its lock and raises `stale_version`.
        """
        raise NotImplementedError


class DestroyAction(BaseViewSet):
    """DELETE on a record."""

    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """204; 412 when If-Match names another version."""
        instance = self.get_object()
        expected = versions.expected_version(request, instance)
        with self.explaining_staleness(instance, expected):
            self.perform_destroy(instance, expected_version=expected)
        return Response(status=204)

    def perform_destroy(self, instance: Any, *, expected_version: int | None) -> None:
        """Call the service that deletes the record."""
        raise NotImplementedError
