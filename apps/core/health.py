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


@dataclass(frozen=True, slots=True)
class _Check:
    ask: Callable[[], str]
    required: bool
    after: str


_checks: dict[str, _Check] = {}


def register_check(
    name: str, ask: Callable[[], str], *, required: bool = True, after: str = ""
) -> None:
    """Add a check: `ask` returns a short note, or raises `Unhealthy` (or anything).

    It is not asked when the check that `after` names has failed: a database that does not answer
    would let each look at it wait for its time-out.
    """
    _checks[name] = _Check(ask, required, after)


def run_checks() -> list[Finding]:
    """Every registered check's finding, by name; none raises."""
    findings: dict[str, Finding] = {}
    for name, check in sorted(_checks.items(), key=lambda item: (item[1].after, item[0])):
        before = findings.get(check.after)
        if before is not None and not before.healthy:
            findings[name] = Finding(name, False, check.required, f"{check.after} comes first")
        else:
            findings[name] = _find(name, check)
    return [findings[name] for name in sorted(findings)]


def _find(name: str, check: _Check) -> Finding:
    try:
        return Finding(name, True, check.required, check.ask())
    except Unhealthy as finding:
        return Finding(name, False, check.required, str(finding))
    except Exception as error:
        logger.warning("health_check_failed", check=name, error=repr(error))
        # The error may hold addresses and names of the installation: those go to the log only.
        return Finding(name, False, check.required, "does not answer; see the log")
