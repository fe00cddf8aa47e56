"""Entity tags and preconditions (RFC 9110, 8.8.3 and 13.1).

A tag reads `"<last 12 hex digits of the id>-<version>-<digest>"`. The digest covers the whole
representation, so `If-None-Match` stays right when something derived changes (a task becomes
ready, a repository is renamed, a release adds a member) while the version does not. `If-Match`
guards against lost updates, for which id and version decide: a write is not refused because a
derived member has changed. Clients treat the tag as opaque.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final, Protocol
from uuid import UUID

from django.http import HttpRequest
from rest_framework.request import Request

from apps.core.errors import DomainError, ErrorCode, FieldError

from .renderers import encode_json

# Name and description, for the OpenAPI document.
IF_NONE_MATCH: Final = ("If-None-Match", "Answer 304 if the record still has one of these tags.")
IF_MATCH: Final = ("If-Match", "Go on only if the record still has one of these tags; else 412.")

# RFC 9110, 8.8.3. A header's bytes reach us as latin-1.
_TAG: Final = re.compile(r'(W/)?"([\x21\x23-\x7e\x80-\xff]*)"')
_TAG_LIST: Final = re.compile(rf"[ \t,]*(?:{_TAG.pattern}[ \t]*(?:,[ \t,]*|$))+")
_IDENTITY: Final = re.compile(r"([0-9a-f]{12}-[0-9]+)(?:-|$)")


class Versioned(Protocol):
    """What has a tag: every record of TaskHub."""

    @property
    def pk(self) -> Any: ...

    @property
    def version(self) -> Any: ...


@dataclass(frozen=True, slots=True)
class EntityTag:
    """One entity tag, without its quotes."""

    opaque: str
    weak: bool = False


def entity_tag(instance: Versioned, representation: Any) -> str:
    """The value of the ETag header for `instance` shown as `representation`."""
    digest = blake2b(encode_json(representation), digest_size=6).hexdigest()
    return f'"{_identity(instance)}-{digest}"'


def parse_entity_tags(header: str, name: str) -> list[EntityTag] | None:
    """The tags of an If-Match or If-None-Match header called `name`; None for `*`.

    Anything else is a 400: a precondition that is not understood must not be skipped.
    """
    if header.strip() == "*":
        return None
    if len(header) > 4096 or not _TAG_LIST.fullmatch(header):
        detail = f'{name} is * or a list of entity tags in double quotes, for instance "abc".'
        entry = FieldError(name, "malformed", detail)
        raise DomainError(ErrorCode.INVALID_PARAMETER, detail, [entry])
    return [EntityTag(opaque, bool(weak)) for weak, opaque in _TAG.findall(header)]


def is_not_modified(request: HttpRequest | Request, tag: str) -> bool:
    """Whether If-None-Match names `tag` (by weak comparison), so that 304 is the answer."""
    header = request.headers.get("If-None-Match")
    if header is None:
        return False
    tags = parse_entity_tags(header, "If-None-Match")
    return tags is None or any(f'"{candidate.opaque}"' == tag for candidate in tags)


def expected_version(
    request: HttpRequest | Request, instance: Versioned, body_version: int | None = None
) -> int | None:
    """The version that a write may replace, for the service to check again under its lock.

    None: the client set no condition. Raises `precondition_failed` when If-Match names no tag of
    `instance`, as it was read for this request.
    """
    header = request.headers.get("If-Match")
    if header is None:
        return body_version
    tags = parse_entity_tags(header, "If-Match")
    if tags is None:  # `*`: any version, as long as it exists
        return body_version
    identity = _identity(instance)
    # Strong comparison: a weak tag never matches.
    matches = [tag for tag in tags if not tag.weak and _tag_identity(tag) == identity]
    if not matches:
        weak = " A weak tag (W/) never matches." if any(tag.weak for tag in tags) else ""
        raise precondition_failed(
            f"The record has version {instance.version}; If-Match names another.{weak}"
        )
    return int(instance.version) if body_version is None else body_version


def has_if_match(request: HttpRequest | Request) -> bool:
    """Whether a stale write answers 412 (a header's condition) rather than 409 (the body's)."""
    return request.headers.get("If-Match", "*").strip() != "*"


def precondition_failed(detail: str) -> DomainError:
    """The 412 of a failed If-Match."""
    code = ErrorCode.PRECONDITION_FAILED
    return DomainError(code, detail, [FieldError("If-Match", code.value, detail)])


def _identity(instance: Versioned) -> str:
    key = instance.pk
    number = key.int if isinstance(key, UUID) else int(key)
    return f"{number & 0xFFFFFFFFFFFF:012x}-{instance.version}"


def _tag_identity(tag: EntityTag) -> str | None:
    found = _IDENTITY.match(tag.opaque)
    return found[1] if found else None
