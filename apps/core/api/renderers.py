"""JSON out, by orjson: several times faster than the standard library on the API's answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

import orjson
from django.db.models.query import QuerySet
from django.utils.duration import duration_iso_string
from django.utils.functional import Promise
from rest_framework.renderers import BaseRenderer

# orjson itself writes datetimes (with `Z`), dates, UUIDs, enums and subclasses of str, int, dict
# and list; NaN becomes null.
OPTIONS = orjson.OPT_UTC_Z


def encode_json(data: Any) -> bytes:
    """`data` as UTF-8 JSON."""
    try:
        return orjson.dumps(data, default=_encode_other, option=OPTIONS)
    except TypeError:
        # A stored JSON number may have more than 64 bits (PostgreSQL's are exact, and 1e300 is an
        # integer to it), which orjson refuses. One such row must not break every list it is in.
        return json.dumps(data, default=_encode_slowly, ensure_ascii=False).encode()


def _encode_slowly(value: Any) -> Any:
    if isinstance(value, (datetime, date, time, UUID, Enum)):
        return orjson.loads(orjson.dumps(value, option=OPTIONS))
    return _encode_other(value)


def _encode_other(value: Any) -> Any:
    if isinstance(value, Decimal):
        # A serializer field that wants a string has made one already.
        return float(value)
    if isinstance(value, timedelta):
        return duration_iso_string(value)
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, (set, frozenset, QuerySet)):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


class OrjsonRenderer(BaseRenderer):
    """`application/json` in UTF-8. Errors name `application/problem+json` in their response."""

    media_type = "application/json"
    format = "json"
    # JSON is UTF-8 by definition; the media type has no charset parameter (RFC 8259, 11).
    charset = None
    render_style = "binary"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """An empty body for None (204, 304)."""
        return b"" if data is None else encode_json(data)


class MarkdownRenderer(BaseRenderer):
    """`text/markdown` in UTF-8 (RFC 7763), of an answer that is a text."""

    media_type = "text/markdown"
    format = "md"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """An empty body for None (304)."""
        return b"" if data is None else str(data).encode()
