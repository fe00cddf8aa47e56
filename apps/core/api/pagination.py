"""Keyset pagination: each page starts where the last one ended, at the same price at any depth.

No OFFSET (its cost grows with the page) and no COUNT (it reads every row). A row that is there when
the first page is read and does not change meanwhile appears exactly once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.errors import DomainError, ErrorCode, FieldError

from .keyset import NEWEST_FIRST, Order, Walk
from .parameters import invalid_parameter

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 200
MAX_CURSOR_LENGTH: Final = 4096
PARAMETERS: Final = ("cursor", "limit", "order")

PositionT = TypeVar("PositionT")


class KeysetPagination(BasePagination):
    """Pages by `cursor`, `limit` and `order`; the view says which orders there are (`get_orders`).

    The answer is `{"results": […], "next": "<cursor>" | null}` with `Link: <…>; rel="next"`.
    """

    def paginate_queryset(  # type: ignore[override]
        self, queryset: QuerySet[Any], request: Request, view: Any = None
    ) -> list[Any]:
        """The rows of the page that `request` asks for."""
        self.request = request
        query = request.query_params
        orders = order_fields(view)
        limit = page_limit(query)
        name = query.get("order") or next(iter(orders))
        if name not in orders:
            known = ", ".join(orders)
            invalid_parameter("order", "invalid_choice", f"order is one of {known}.")
        walk = Walk(queryset, orders[name])
        # A cursor works only for the list, order and filters that it was made for.
        self._signer = cursor_signer(request.path, name, query)
        rows = walk.rows(self._position(query, walk.parse), limit + 1)
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
                    "default": next(iter(orders)),
                },
            },
        ]

    def _position(self, query: QueryDict, parse: Callable[[Any], PositionT]) -> PositionT | None:
        """Where the page starts, as `parse` reads what the cursor holds; None: at the start."""
        text = query.get("cursor")
        if text is None:
            return None
        try:
            if len(text) > MAX_CURSOR_LENGTH:
                raise signing.BadSignature
            return parse(self._signer.unsign_object(text))
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


def order_fields(view: Any) -> Mapping[str, Order]:
    """The orders that `view` offers, by name; the first is the default."""
    orders: Mapping[str, Order] = view.get_orders() if hasattr(view, "get_orders") else {}
    return orders or {"id": NEWEST_FIRST}


def page_limit(query: QueryDict) -> int:
    """How many results a page may have; a 400 for what is no number from 1 to 200."""
    text = query.get("limit")
    if text is None:
        return DEFAULT_LIMIT
    if not re.fullmatch(r"[0-9]{1,3}", text) or not 1 <= int(text) <= MAX_LIMIT:
        detail = f"limit is a whole number from 1 to {MAX_LIMIT}."
        invalid_parameter("limit", "invalid", detail)
    return int(text)


def cursor_signer(path: str, order: str, query: QueryDict) -> signing.Signer:
    """Signs the cursors of one list in one order with these filters, and no others."""
    filters = sorted((name, query.get(name)) for name in query if name not in PARAMETERS)
    # The context is in the salt, not in the cursor: a foreign cursor simply fails to verify.
    return signing.Signer(sep=".", salt=f"taskhub.cursor:{[path, order, filters]!r}")
