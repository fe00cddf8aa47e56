"""What every service does: the version check and the write of changed fields."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from django.db import models

from .errors import DomainError, ErrorCode

ModelT = TypeVar("ModelT", bound=models.Model)


def check_version(record: Any, expected: int | None) -> None:
    """Raise `DomainError` (`stale_version`) when `record`, read under lock, has another version."""
    if expected is not None and record.version != expected:
        raise DomainError(
            ErrorCode.STALE_VERSION,
            f"It has version {record.version} by now, not {expected}. "
            "Read it again and repeat the change.",
            extra={"current_version": record.version},
        )


def write_fields(record: ModelT, changes: Mapping[str, Any]) -> ModelT:
    """Write the fields that differ and read back what triggers set; nothing differs, no write."""
    changed = [name for name, value in changes.items() if differ(getattr(record, name), value)]
    if changed:
        for name in changed:
            setattr(record, name, changes[name])
        record.save(update_fields=changed)
        record.refresh_from_db()
    return record


def differ(before: Any, after: Any) -> bool:
    """Whether two values of a column differ, as the database sees them."""
    if isinstance(before, dict | list):
        # In Python true equals 1 and 1.0; in JSON they are three values.
        return json.dumps(before, sort_keys=True) != json.dumps(after, sort_keys=True)
    return bool(before != after)
