"""Readiness: an outbox that nobody empties is an operator's business, and stops no traffic."""

from __future__ import annotations

from apps.core.health import Unhealthy, register_check

from .services import measure

LONGEST_LAG_SECONDS = 300


def check_outbox() -> str:
    """No dead letter, and no entry that is due for more than five minutes."""
    backlogs = measure()
    dead = sum(backlog.dead for backlog in backlogs)
    late = [backlog for backlog in backlogs if backlog.lag > LONGEST_LAG_SECONDS]
    findings = []
    if late:
        worst = max(late, key=lambda backlog: backlog.lag)
        findings.append(
            f"entries of kind {worst.kind} wait since {worst.lag:.0f} s; see whether"
            " manage.py run_outbox runs"
        )
    if dead:
        findings.append(f"{dead} dead letters; see the console's outbox")
    if findings:
        raise Unhealthy(f"{'; '.join(findings)}.")
    return f"{sum(backlog.pending for backlog in backlogs)} pending"


def register_checks() -> None:
    """Make `/readyz` ask."""
    register_check("outbox", check_outbox, required=False, after="database")
