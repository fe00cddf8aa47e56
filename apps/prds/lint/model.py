"""What a lint run says: plain, immutable values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")
"""An error: the document contradicts itself or points nowhere. A warning: something is missing, so
the tasks will lack it. An info: worth a look."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend. `key` is the task that it stands in, if it stands in one."""

    code: str
    severity: Severity
    message: str
    first_line: int
    last_line: int
    remedy: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Advice:
    """How grave a kind of finding is, and what to do about it."""

    severity: Severity
    remedy: str
