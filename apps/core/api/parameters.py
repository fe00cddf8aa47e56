"""Query parameters: every one is known, given once, and sane; or the request is a 400."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final, NoReturn

from django.http import QueryDict

from apps.core.errors import DomainError, ErrorCode, FieldError

MAX_LENGTH: Final = 1000


def check_parameters(query: QueryDict, known: Collection[str]) -> None:
    """Raise unless each parameter of `query` is in `known`, given once, not empty and storable."""
    unknown = [name for name in query if name not in known]
    if unknown:
        allowed = ", ".join(sorted(known)) if known else "none"
        errors = [
            FieldError(
                _printable(name),
                ErrorCode.UNKNOWN_PARAMETER.value,
                f"{_printable(name)} is not a parameter here. Known: {allowed}.",
            )
            for name in unknown[:20]
        ]
        raise DomainError(ErrorCode.UNKNOWN_PARAMETER, errors[0].detail, errors)
    for name, values in query.lists():
        if len(values) > 1:
            invalid_parameter(
                name, "repeated", f"{name} is given {len(values)} times; once is allowed."
            )
        check_text(name, values[0])


def check_text(name: str, text: str, *, max_length: int = MAX_LENGTH) -> None:
    """Raise unless `text` can be a value of the parameter `name`."""
    if not text.strip():
        invalid_parameter(name, "blank", f"{name} is empty; leave it out or give a value.")
    if "\0" in text:
        invalid_parameter(name, "nul_character", f"{name} holds a NUL character.")
    if len(text) > max_length:
        invalid_parameter(name, "max_length", f"{name} is longer than {max_length} characters.")


def invalid_parameter(name: str, code: str, detail: str) -> NoReturn:
    """Refuse the value of the parameter `name`, saying the rule and what is allowed."""
    raise DomainError(ErrorCode.INVALID_PARAMETER, detail, [FieldError(name, code, detail)])


def _printable(name: str) -> str:
    # A name is echoed, so it is cut and cannot be empty (that would read as a JSON pointer).
    return name.lstrip("/")[:60].encode("ascii", "backslashreplace").decode() or "(empty)"
