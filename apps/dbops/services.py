"""What the owner does to keep the database in order."""

from __future__ import annotations

from dataclasses import dataclass

from apps.core.partitioning import create_missing_partitions

from .integrity.findings import Finding
from .integrity.rights import apply_grants
from .planner import apply_planner_settings


@dataclass(frozen=True, slots=True)
class Maintained:
    """What one run of the maintenance did: partitions made, rights that had been wrong."""

    partitions: list[str]
    rights: list[Finding]


def maintain(using: str = "default") -> Maintained:
    """Make missing partitions, set the application's rights and the planner's settings.

    Idempotent; needs the owner.
    """
    apply_planner_settings(using)
    return Maintained(partitions=create_missing_partitions(using), rights=apply_grants(using))
