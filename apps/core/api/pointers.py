"""The errors of serializers, flattened to JSON pointers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rest_framework.settings import api_settings

from apps.core.errors import FieldError
from apps.core.pointers import escape


class Member(str):
    """A key of a detail that is a member's name, also where it is DRF's for a value as a whole."""

    __slots__ = ()


def field_errors(detail: Any, at: str = "") -> list[FieldError]:
    """A `ValidationError`'s detail, however nested, as one entry a broken rule.

    Errors of an object as a whole point at the object, those of a list's item at the item.
    """
    return list(_flatten(detail, at))


def _flatten(detail: Any, at: str) -> Iterator[FieldError]:
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            whole = key == api_settings.NON_FIELD_ERRORS_KEY and not isinstance(key, Member)
            yield from _flatten(value, at if whole else f"{at}/{escape(str(key))}")
    elif isinstance(detail, (list, tuple)):
        # A list holds the messages of one value, or one entry an item (empty where the item is
        # right); an item's entry is itself a mapping or a list.
        for index, value in enumerate(detail):
            nested = isinstance(value, (Mapping, list, tuple))
            yield from _flatten(value, f"{at}/{index}" if nested else at)
    else:
        yield FieldError(at, getattr(detail, "code", "invalid") or "invalid", str(detail))
