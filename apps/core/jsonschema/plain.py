"""What no JSON column takes, whatever its schema: values that some reader would take differently.

PostgreSQL's text holds neither NUL characters nor lone surrogates. Numbers beyond ±(2^53 - 1) are
rounded by JavaScript, and beyond 64 bits our own renderer has to take a detour. Nesting is bounded,
because readers recurse. The walk does not: it is safe on any value.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from apps.core.errors import FieldError
from apps.core.pointers import escape

LARGEST_NUMBER: Final = 2**53 - 1
# Levels below the outermost value, as deep as a body of the API can bring one.
MAX_DEPTH: Final = 64
MOST_ERRORS: Final = 20


def plain_errors(value: Any, most: int = MOST_ERRORS) -> list[FieldError]:
    """What makes `value` no JSON that every reader can carry; the first `most` places."""
    return list(islice(_errors(value), most))


def _errors(value: Any) -> Iterator[FieldError]:
    # Last in, first out, and an object's members in their order: errors come as they are read.
    pending: list[tuple[Any, str, int]] = [(value, "", 0)]
    while pending:
        item, at, level = pending.pop()
        if isinstance(item, str):
            yield from _text_errors(item, at, "must not contain ")
        elif item is None or isinstance(item, bool):
            continue
        elif isinstance(item, int | float):
            yield from _number_errors(item, at)
        elif not isinstance(item, dict | list):
            detail = f"must be JSON, which knows no {type(item).__name__}"
            yield FieldError(at, "not_json", detail)
        elif level == MAX_DEPTH and item:
            yield FieldError(at, "too_deep", f"must not be nested deeper than {MAX_DEPTH} levels")
        else:
            yield from _key_errors(item, at)
            children = item.items() if isinstance(item, dict) else enumerate(item)
            below = [(child, f"{at}/{escape(str(key))}", level + 1) for key, child in children]
            pending.extend(reversed(below))


def _key_errors(container: dict[Any, Any] | list[Any], at: str) -> Iterator[FieldError]:
    for key in container if isinstance(container, dict) else ():
        if isinstance(key, str):
            yield from _text_errors(key, at, "must not have a key with ")
        else:
            yield FieldError(at, "not_json", "must have strings as its keys")


def _text_errors(text: str, at: str, begin: str) -> Iterator[FieldError]:
    if "\0" in text:
        yield FieldError(at, "nul_character", f"{begin}the NUL character (\\u0000)")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        yield FieldError(at, "lone_surrogate", f"{begin}half of a surrogate pair")


def _number_errors(number: float, at: str) -> Iterator[FieldError]:
    if isinstance(number, float) and not math.isfinite(number):
        yield FieldError(at, "not_finite", "must be a number, which NaN and infinity are not")
    elif not -LARGEST_NUMBER <= number <= LARGEST_NUMBER:
        detail = f"must lie between -{LARGEST_NUMBER} and {LARGEST_NUMBER}; send it as a string"
        yield FieldError(at, "integer_out_of_range", detail)
