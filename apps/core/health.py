"""Health checks: any app registers what must hold for this process to serve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

logger = structlog.get_logger(__name__)


class Unhealthy(Exception):  # noqa: N818  (a finding, not a fault)
    """Raised by a check; the message is shown to operators and names the remedy."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's answer. A failed one that is not `required` degrades and stops no traffic."""

    name: str
    healthy: bool
    required: bool
    message: str


_checks: dict[str, tuple[Callable[[], str], bool]] = {}


def register_check(name: str, check: Callable[[], str], *, required: bool = True) -> None:
    """Add `check` under `name`: it returns a short note, or raises `Unhealthy` (or anything)."""
    _checks[name] = (check, required)


def run_checks() -> list[Finding]:
    """Every registered check, in the order of their names; none raises."""
    findings = []
    for name, (check, required) in sorted(_checks.items()):
        try:
            findings.append(Finding(name, True, required, check()))
        except Unhealthy as finding:
            findings.append(Finding(name, False, required, str(finding)))
        except Exception as error:
            logger.warning("health_check_failed", check=name, error=repr(error))
            # The error may hold addresses and names of the installation: those go to the log only.
            findings.append(Finding(name, False, required, "does not answer; see the log"))
    return findings
