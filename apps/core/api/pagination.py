"""Keyset pagination: each page starts where the last one ended, at the same price at any depth.

No OFFSET (its cost grows with the page) and no COUNT (it reads every row). Every order ends with
the id in the same direction, so that it is total and one row comparison, `(key, id) < (…, …)`,
finds the next page by an index on both columns. Null keys come last, as a stretch of their own.

A row that is there when the first page is read and does not change meanwhile appears exactly once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.core import signing
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import BooleanField, Expression, F, Field, Func, Model, QuerySet, Value
from django.http import QueryDict
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import DomainError, ErrorCode, FieldError

from .parameters import invalid_parameter

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 200
MAX_CURSOR_LENGTH: Final = 4096
PARAMETERS: Final = ("cursor", "limit", "order")

_KEY: Final = "_order_key"  # the annotation under which an expression is selected


@dataclass(frozen=True, slots=True)
class Order:
    """One order that clients may ask for.

    `key` is a field's name, the name of one of the queryset's annotations, or an expression.
    `nullable` is known for a model's own field; for the others say it.
    """

    key: str | Expression
    descending: bool = False
    nullable: bool | None = None
    description: str = ""


NEWEST_FIRST: Final = Order("id", descending=True, description="newest first")


class RowComparison(Func):
    """`(a, b) < (c, d)` or `>`: the form that PostgreSQL answers from an index on (a, b)."""

    template = "(%(expressions)s)"
    output_field = BooleanField()

    def __init__(self, left: list[Any], operator: str, right: list[Any], **extra: Any) -> None:
        if operator not in {"<", ">"}:
            raise ValueError(operator)
        self.operator = operator
        super().__init__(*left, *right, **extra)

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> tuple[str, Any]:
        """SQL and parameters."""
        compiled = [compiler.compile(part) for part in self.source_expressions]
        half = len(compiled) // 2
        left, right = (
            ", ".join(sql for sql, _ in part) for part in (compiled[:half], compiled[half:])
        )
        parameters = tuple(parameter for _, some in compiled for parameter in some)
        return f"(({left}) {self.operator} ({right}))", parameters


class KeysetPagination(BasePagination):
    """Pages by `cursor`, `limit` and `order`; the view declares `order_fields` and `default_order`.

    The answer is `{"results": […], "next": "<cursor>" | null}` with `Link: <…>; rel="next"`.
    """

    def paginate_queryset(  # type: ignore[override]
        self, queryset: QuerySet[Any], request: Request, view: Any = None
    ) -> list[Any]:
        """The rows of the page that `request` asks for."""
        self.request = request
        query = request.query_params
        orders = order_fields(view)
        limit = _limit(query)
        name = query.get("order") or default_order(view)
        if name not in orders:
            known = ", ".join(orders)
            invalid_parameter("order", "invalid_choice", f"order is one of {known}.")
        walk = _Walk(queryset, orders[name])
        # A cursor works only for the list, order and filters that it was made for.
        self._signer = _signer(request.path, name, query)
        text = query.get("cursor")
        rows = walk.rows(None if text is None else self._read(text, walk), limit + 1)
        self.next_cursor = None
        if len(rows) > limit:
            rows = rows[:limit]
            self.next_cursor = self._signer.sign_object(walk.position(rows[-1]))
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        """`data` in its envelope, with the Link header when there is a next page."""
        response = Response({"results": data, "next": self.next_cursor})
        if self.next_cursor is not None:
            response["Link"] = f'<{self._next_url(self.next_cursor)}>; rel="next"'
        return response

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The envelope's OpenAPI schema."""
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {
                "results": {**schema, "maxItems": MAX_LIMIT},
                "next": {
                    "type": "string",
                    "nullable": True,
                    "description": "The cursor of the next page; null on the last one.",
                },
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The OpenAPI parameters, with this view's orders."""
        orders = order_fields(view)
        described = "; ".join(
            f"`{name}`: {o.description}" for name, o in orders.items() if o.description
        )
        return [
            {
                "name": "limit",
                "in": "query",
                "description": "How many results a page has at most.",
                "schema": {
                    "type": "integer",
                    "minimum": 1,
                    "maximum": MAX_LIMIT,
                    "default": DEFAULT_LIMIT,
                },
            },
            {
                "name": "cursor",
                "in": "query",
                "description": "`next` of the page before, with the same order and filters.",
                "schema": {"type": "string", "minLength": 1, "maxLength": MAX_CURSOR_LENGTH},
            },
            {
                "name": "order",
                "in": "query",
                "description": f"The order of the results. {described}".strip(),
                "schema": {
                    "type": "string",
                    "enum": list(orders),
                    "default": default_order(view),
                },
            },
        ]

    def _read(self, text: str, walk: _Walk) -> _Position:
        try:
            if len(text) > MAX_CURSOR_LENGTH:
                raise signing.BadSignature
            return walk.parse(self._signer.unsign_object(text))
        except (signing.BadSignature, ValidationError, ValueError, TypeError):
            detail = (
                "The cursor does not belong to this list with these parameters, or was altered. "
                "Leave it out to start again."
            )
            entry = FieldError("cursor", ErrorCode.INVALID_CURSOR.value, detail)
            raise DomainError(ErrorCode.INVALID_CURSOR, detail, [entry]) from None

    def _next_url(self, cursor: str) -> str:
        query = self.request.query_params.copy()
        query["cursor"] = cursor
        return self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}")


@dataclass(frozen=True, slots=True)
class _Position:
    """Where a page ended: the key of its last row (None for a null key) and its id."""

    key: Any
    id: Any


class _Walk:
    """A queryset in one order, readable from any position."""

    def __init__(self, queryset: QuerySet[Any], order: Order) -> None:
        self.descending = order.descending
        self.operator = "<" if order.descending else ">"
        self.id_field: Field[Any, Any] = queryset.model._meta.pk
        if isinstance(order.key, str):
            self.path = order.key
        else:
            self.path = _KEY
            queryset = queryset.annotate(**{_KEY: order.key})
        self.by_id = self.path in {"id", "pk", self.id_field.name}
        self.key_field, nullable = _resolve(queryset, self.path)
        self.nullable = nullable if order.nullable is None else order.nullable
        self.queryset = queryset.order_by(*self._ordering())

    def rows(self, after: _Position | None, count: int) -> list[Any]:
        """The first `count` rows after a position; in one statement, but for two where the page
        spans the last set keys and the first null ones."""
        if after is None:
            return list(self.queryset[:count])
        if self.by_id:
            side = "lt" if self.descending else "gt"
            return list(self.queryset.filter(**{f"pk__{side}": after.id})[:count])
        rows: list[Any] = []
        if after.key is not None:
            left = [F(self.path), F(self.id_field.name)]
            right = [Value(after.key, self.key_field), Value(after.id, self.id_field)]
            # A row whose key is null compares as unknown, so it is left out here.
            rows = list(self.queryset.filter(RowComparison(left, self.operator, right))[:count])
        if self.nullable and len(rows) < count:
            nulls = self.queryset.filter(**{f"{self.path}__isnull": True})
            if after.key is None:
                side = "lt" if self.descending else "gt"
                nulls = nulls.filter(**{f"pk__{side}": after.id})
            rows.extend(nulls[: count - len(rows)])
        return rows

    def position(self, row: Any) -> list[str | None]:
        """Where `row` stands, for a cursor."""
        if self.by_id:
            return [None, str(row.pk)]
        key = row
        for name in self.path.split("__") if self.path != _KEY else [_KEY]:
            key = getattr(key, name)
        return [None if key is None else _text(key), str(row.pk)]

    def parse(self, position: Any) -> _Position:
        """The inverse of `position`; raises for what it did not make."""
        key, identifier = position
        if key is None and not (self.by_id or self.nullable):
            raise ValueError(position)
        key = None if key is None else self.key_field.to_python(key)
        return _Position(key, self.id_field.to_python(identifier))

    def _ordering(self) -> list[Any]:
        identifier = f"-{self.id_field.name}" if self.descending else self.id_field.name
        if self.by_id:
            return [identifier]
        if not self.descending:
            # PostgreSQL's ascending order puts nulls last by itself.
            return [self.path, identifier]
        # NULLS LAST only where there can be nulls: a plain index cannot serve it.
        key = F(self.path).desc(nulls_last=True) if self.nullable else f"-{self.path}"
        return [key, identifier]


def order_fields(view: Any) -> Mapping[str, Order]:
    """The orders that `view` offers, by name."""
    declared: Mapping[str, Order] | None = getattr(view, "order_fields", None)
    return declared or {"id": NEWEST_FIRST}


def default_order(view: Any) -> str:
    """The order of `view` when none is asked for."""
    return getattr(view, "default_order", None) or "id"


def _limit(query: QueryDict) -> int:
    text = query.get("limit")
    if text is None:
        return DEFAULT_LIMIT
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= MAX_LIMIT:
        detail = f"limit is a whole number from 1 to {MAX_LIMIT}."
        invalid_parameter("limit", "invalid", detail)
    return int(text)


def _signer(path: str, order: str, query: QueryDict) -> signing.Signer:
    filters = sorted((name, query.get(name)) for name in query if name not in PARAMETERS)
    # The context is in the salt, not in the cursor: a foreign cursor simply fails to verify.
    return signing.Signer(sep=".", salt=f"taskhub.cursor:{[path, order, filters]!r}")


def _resolve(queryset: QuerySet[Any], path: str) -> tuple[Field[Any, Any], bool]:
    annotation = queryset.query.annotations.get(path)
    if annotation is not None:
        return annotation.output_field, True
    model: type[Model] = queryset.model
    nullable = False
    field: Any = model._meta.pk
    for name in path.split("__"):
        try:
            field = model._meta.get_field(name if name != "pk" else model._meta.pk.name)
        except FieldDoesNotExist:
            raise ValueError(f"{path} is no field or annotation of {queryset.model}") from None
        nullable = nullable or field.null
        model = field.related_model
    return field, nullable


def _text(key: Any) -> str:
    # Exact both ways through the field's `to_python`; str() of a datetime keeps microseconds.
    return repr(key) if isinstance(key, float) else str(key)
