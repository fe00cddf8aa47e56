"""JSON pointers (RFC 6901), and the errors of serializers flattened to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rest_framework.settings import api_settings

from apps.core.errors import FieldError


def escape(key: str) -> str:
    """`key` as one token of a pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def pointer(*keys: str | int) -> str:
    """The pointer to what lies under `keys`; empty for the whole body."""
    return "".join(f"/{escape(str(key))}" for key in keys)


def field_errors(detail: Any, at: str = "") -> list[FieldError]:
    """A `ValidationError`'s detail, however nested, as one entry a broken rule.

    Errors of an object as a whole point at the object, those of a list's item at the item.
    """
    return list(_flatten(detail, at))


def _flatten(detail: Any, at: str) -> Iterator[FieldError]:
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            whole = key == api_settings.NON_FIELD_ERRORS_KEY
            yield from _flatten(value, at if whole else f"{at}/{escape(str(key))}")
    elif isinstance(detail, (list, tuple)):
        # A list holds the messages of one value, or one entry an item (empty where the item is
        # right); an item's entry is itself a mapping or a list.
        for index, value in enumerate(detail):
            nested = isinstance(value, (Mapping, list, tuple))
            yield from _flatten(value, f"{at}/{index}" if nested else at)
    else:
        yield FieldError(at, getattr(detail, "code", "invalid") or "invalid", str(detail))
