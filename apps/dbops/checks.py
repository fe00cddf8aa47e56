"""The numbered system check of the database's integrity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, register
from django.core.checks import Warning as CheckWarning

from .integrity.drift import find_drift


@register(Tags.database)
def check_integrity(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """taskhub.W012 logins, rights, triggers or functions differ from what this release says.

    A warning: migrate asks before it sets things right, and an error would stop it.
    """
    return [
        CheckWarning(finding.message, hint=f"{finding.remedy}.", id="taskhub.W012")
        for alias in databases or ()
        for finding in find_drift(alias)
    ]
