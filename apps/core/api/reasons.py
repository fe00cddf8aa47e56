"""The header by which a client says why it changes something; history keeps it."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote

from django.http import HttpRequest
from rest_framework.request import Request

from apps.core.errors import DomainError, ErrorCode, FieldError

MAX_LENGTH: Final = 500
# As sent: a character takes up to twelve, %F0%9F%8C%B1.
MAX_ENCODED_LENGTH: Final = 6000
CHANGE_REASON: Final = (
    "X-Change-Reason",
    f"Why, for the history: up to {MAX_LENGTH} printable characters, UTF-8, percent-encoded "
    "(RFC 3986) where they are not ASCII; a percent sign is %25.",
)
_ENCODED: Final = re.compile(r"(?:[\x20-\x24\x26-\x7e]|%[0-9A-Fa-f]{2})+")


def change_reason(request: HttpRequest | Request) -> str | None:
    """The reason that the client gives; None without one; a 400 for one that is not readable.

    Headers are ASCII: what a server makes of other bytes is its own guess, so they are refused.
    """
    name, _ = CHANGE_REASON
    header = request.headers.get(name)
    if header is None:
        return None
    if len(header) > MAX_ENCODED_LENGTH or not _ENCODED.fullmatch(header):
        raise _refused(f"{name} is ASCII text; other characters and % are percent-encoded UTF-8.")
    try:
        reason = unquote(header, errors="strict").strip()
    except UnicodeDecodeError:
        raise _refused(f"{name} does not decode to UTF-8.") from None
    if not reason.isprintable() or not 1 <= len(reason) <= MAX_LENGTH:
        raise _refused(f"{name} has 1 to {MAX_LENGTH} printable characters on one line.")
    return reason


def _refused(detail: str) -> DomainError:
    code = ErrorCode.INVALID_PARAMETER
    return DomainError(code, detail, [FieldError("X-Change-Reason", "invalid", detail)])
