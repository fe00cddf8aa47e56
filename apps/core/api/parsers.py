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
from apps.core.pointers import escape, pointer

from .renderers import OrjsonRenderer

MAX_DEPTH = 64
MAX_INTEGER = 2**63 - 1
MIN_INTEGER = -(2**63)

_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)


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
    survey = _Survey(value)
    if survey.depth > MAX_DEPTH:
        _refuse_depth(value)
    if b"\\u0000" in data:
        _check_nul(value)
    if survey.has_large_number:
        _check_integers(data)
    # A colon stands in each member and in strings, and nowhere else. More of them than in the
    # values means that a key came twice; an escaped one (\u003a) calls for the exact look.
    suspicious = survey.colons != data.count(b":") or b"\\u003" in data
    if suspicious and _STRING.sub(b"", data).count(b":") != survey.members:
        _refuse_duplicate_key(data)
    return value


class _Survey:
    """What one quick pass over all values tells of them; the checks look closer where need be."""

    def __init__(self, value: Any) -> None:
        self.depth = -1  # of the list below, which is not the body's
        self.members = self.colons = 0
        self.has_large_number = False
        level: list[Any] = [[value]]
        while level and self.depth <= MAX_DEPTH:
            self.depth += 1
            level = self._descend(level)
        self.colons += self.members

    def _descend(self, level: list[Any]) -> list[Any]:
        below: list[Any] = []
        for container in level:
            items = container
            if type(container) is dict:
                self.members += len(container)
                self.colons += "".join(container).count(":")
                items = container.values()
            for item in items:
                kind = type(item)
                if kind is str:
                    self.colons += item.count(":")
                elif kind is dict or kind is list:
                    below.append(item)
                elif (kind is int or kind is float) and not MIN_INTEGER < item < MAX_INTEGER:
                    # The bounds themselves too: an integer beyond one may round to it as a float.
                    self.has_large_number = True
        return below


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


def _refuse_depth(value: Any) -> NoReturn:
    detail = f"Nesting deeper than {MAX_DEPTH} levels is refused."
    _refuse(pointer(*(_path_to_depth(value, 0) or ())), "too_deep", detail)


def _path_to_depth(value: Any, depth: int) -> list[str | int] | None:
    """The keys that lead to the first container below `MAX_DEPTH`."""
    if not isinstance(value, (dict, list)):
        return None
    if depth == MAX_DEPTH:
        return []
    for key, child in value.items() if isinstance(value, dict) else enumerate(value):
        path = _path_to_depth(child, depth + 1)
        if path is not None:
            return [key, *path]
    return None


def _check_nul(value: Any) -> None:
    detail = "The NUL character (\\u0000) cannot be stored."
    pending: list[tuple[Any, str]] = [(value, "")]
    while pending:
        item, at = pending.pop()
        if isinstance(item, str):
            if "\0" in item:
                _refuse(at, "nul_character", detail)
        elif isinstance(item, (dict, list)):
            if isinstance(item, dict) and any("\0" in key for key in item):
                _refuse(at, "nul_character", f"{detail} It stands in a key.")
            pending.extend(_children(item, at))


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
        item, at = pending.pop()
        if item is too_large:
            detail = f"Integers lie between {MIN_INTEGER} and {MAX_INTEGER}."
            _refuse(at, "integer_out_of_range", detail)
        if isinstance(item, (dict, list)):
            pending.extend(_children(item, at))


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
        item, at = pending.pop()
        if isinstance(item, Object) and item.repeated is not None:
            at = f"{at}/{escape(item.repeated)}"
            _refuse(at, "duplicate_key", "The key is given twice.")
        if isinstance(item, (dict, list)):
            pending.extend(_children(item, at))
    _refuse("", "duplicate_key", "A key is given twice.")


def _children(container: dict[str, Any] | list[Any], at: str) -> Iterator[tuple[Any, str]]:
    if isinstance(container, dict):
        for key, value in container.items():
            yield value, f"{at}/{escape(key)}"
    else:
        for index, value in enumerate(container):
            yield value, f"{at}/{index}"


def _refuse(at: str, code: str, detail: str) -> NoReturn:
    raise DomainError(ErrorCode.INVALID_REQUEST, detail, [FieldError(at, code, detail)])
