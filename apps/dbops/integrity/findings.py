"""What a comparison finds."""

from __future__ import annotations

from dataclasses import dataclass

MAINTENANCE = "run manage.py maintain_partitions"
REINSTALL = "run manage.py pgtrigger install"


@dataclass(frozen=True, slots=True)
class Finding:
    """One difference between the database and this release, and what ends it.

    `cure` is SQL that the owner's maintenance runs; without it a person has to act.
    """

    message: str
    remedy: str
    cure: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.message} ({self.remedy})"
