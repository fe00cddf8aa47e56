"""JSON in: refuses what another reader, or PostgreSQL, would take differently or not at all.

Well-formed JSON is still refused, with a pointer to the place, for

* a NUL character in a string or key (PostgreSQL's text and jsonb cannot hold one),
* an integer beyond 64 bits (it would silently become a float),
* the same key twice in an object (readers differ on which one counts),
* nesting deeper than `MAX_DEPTH`.

NaN, infinities, lone surrogates, a byte order mark and anything but UTF-8 are not JSON.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import IO, Any, NoReturn

import orjson
from django.conf import settings
from django.utils.http import parse_header_parameters
from rest_framework.parsers import BaseParser

from apps.core.errors import DomainError, ErrorCode, FieldError

from .pointers import escape
from .renderers import OrjsonRenderer

MAX_DEPTH = 64
MAX_INTEGER = 2**63 - 1
MIN_INTEGER = -(2**63)

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_LONG_INTEGER = re.compile(rb"\d{19}")


class StrictJSONParser(BaseParser):
    """Parses `application/json`; the module says what is refused and why."""

    media_type = "application/json"
    renderer_class = OrjsonRenderer

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The parsed body, of any JSON type: whether an object is needed is the serializer's."""
        _check_charset(media_type or "")
        return parse_json(_read(stream, parser_context or {}))


def parse_json(data: bytes) -> Any:
    """`data` as Python values, or a `DomainError` that says where and why not."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise DomainError(
            ErrorCode.MALFORMED_JSON,
            f"The body is not valid JSON: {error.msg} (line {error.lineno}, column {error.colno}).",
            extra={"line": error.lineno, "column": error.colno},
        ) from None
    # Each check below is exact; what comes first only spares the common body the slow look.
    if data.count(b"[") + data.count(b"{") > MAX_DEPTH:
        _check_depth(value)
    if b"\\u0000" in data:
        _check_nul(value)
    if _LONG_INTEGER.search(data):
        _check_integers(data)
    colons = data.count(b":")
    members = _count_members(value)
    # Outside strings, a colon stands in each member and nowhere else: more colons than members
    # means that a key came twice.
    if colons != members and _STRING.sub(b"", data).count(b":") != members:
        _refuse_duplicate_key(data)
    return value


def _read(stream: IO[Any], context: Mapping[str, Any]) -> bytes:
    limit: int | None = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    if limit is None:
        return bytes(stream.read())
    request = context.get("request")
    length = request.META.get("CONTENT_LENGTH") if request is not None else None
    # A declared length is refused unread.
    data = b"" if length and int(length) > limit else bytes(stream.read(limit + 1))
    if len(data) > limit or (length and int(length) > limit):
        detail = f"The body is larger than {limit} bytes."
        raise DomainError(ErrorCode.PAYLOAD_TOO_LARGE, detail, extra={"limit": limit})
    return data


def _check_charset(media_type: str) -> None:
    charset = parse_header_parameters(media_type)[1].get("charset", "utf-8")
    if charset.lower() not in {"utf-8", "utf8"}:
        raise DomainError(
            ErrorCode.UNSUPPORTED_MEDIA_TYPE, f"JSON is read as UTF-8, not as {charset[:40]}."
        )


def _count_members(value: Any) -> int:
    members = 0
    pending = [value]
    while pending:
        container = pending.pop()
        if type(container) is dict:
            members += len(container)
            pending.extend(v for v in container.values() if type(v) is dict or type(v) is list)
        elif type(container) is list:
            pending.extend(v for v in container if type(v) is dict or type(v) is list)
    return members


def _check_depth(value: Any) -> None:
    pending: list[tuple[Any, int, str]] = [(value, 1, "")]
    while pending:
        container, depth, pointer = pending.pop()
        if not isinstance(container, (dict, list)):
            continue
        if depth > MAX_DEPTH:
            _refuse(pointer, "too_deep", f"Nesting deeper than {MAX_DEPTH} levels is refused.")
        pending.extend((child, depth + 1, path) for child, path in _children(container, pointer))


def _check_nul(value: Any) -> None:
    detail = "The NUL character (\\u0000) cannot be stored."
    pending: list[tuple[Any, str]] = [(value, "")]
    while pending:
        item, pointer = pending.pop()
        if isinstance(item, str):
            if "\0" in item:
                _refuse(pointer, "nul_character", detail)
        elif isinstance(item, (dict, list)):
            if isinstance(item, dict) and any("\0" in key for key in item):
                _refuse(pointer, "nul_character", f"{detail} It stands in a key.")
            pending.extend(_children(item, pointer))


def _check_integers(data: bytes) -> None:
    # orjson has read larger ones as floats; the standard library says which they are.
    too_large = object()

    def parse_integer(digits: str) -> Any:
        # The length first: converting thousands of digits is slow, and Python refuses it.
        if len(digits) > 20:
            return too_large
        number = int(digits)
        return number if MIN_INTEGER <= number <= MAX_INTEGER else too_large

    pending: list[tuple[Any, str]] = [(json.loads(data, parse_int=parse_integer), "")]
    while pending:
        item, pointer = pending.pop()
        if item is too_large:
            detail = f"Integers lie between {MIN_INTEGER} and {MAX_INTEGER}."
            _refuse(pointer, "integer_out_of_range", detail)
        if isinstance(item, (dict, list)):
            pending.extend(_children(item, pointer))


def _refuse_duplicate_key(data: bytes) -> NoReturn:
    class Object(dict[str, Any]):
        repeated: str | None = None

    def collect(pairs: list[tuple[str, Any]]) -> Object:
        collected = Object()
        for key, value in pairs:
            if key in collected:
                collected.repeated = key
            collected[key] = value
        return collected

    # An object is looked at before what it holds, so the value that a repeated key overwrote is
    # not missed.
    pending: list[tuple[Any, str]] = [(json.loads(data, object_pairs_hook=collect), "")]
    while pending:
        item, pointer = pending.pop()
        if isinstance(item, Object) and item.repeated is not None:
            at = f"{pointer}/{escape(item.repeated)}"
            _refuse(at, "duplicate_key", "The key is given twice.")
        if isinstance(item, (dict, list)):
            pending.extend(_children(item, pointer))
    _refuse("", "duplicate_key", "A key is given twice.")


def _children(container: dict[str, Any] | list[Any], pointer: str) -> Iterator[tuple[Any, str]]:
    if isinstance(container, dict):
        for key, value in container.items():
            yield value, f"{pointer}/{escape(key)}"
    else:
        for index, value in enumerate(container):
            yield value, f"{pointer}/{index}"


def _refuse(pointer: str, code: str, detail: str) -> NoReturn:
    raise DomainError(ErrorCode.INVALID_REQUEST, detail, [FieldError(pointer, code, detail)])
