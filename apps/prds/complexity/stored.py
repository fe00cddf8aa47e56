"""A score as columns and JSON keep it, and back again.

The sentences are stored with the numbers: a later version could not write those of an older one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from .formula import Complexity

COLUMNS = ("complexity_score", "complexity_version", "complexity_factors")


def as_columns(found: Complexity) -> dict[str, Any]:
    """The values of the three columns that PRDs and tasks have for their score."""
    return {
        "complexity_score": found.score,
        "complexity_version": found.version,
        "complexity_factors": {
            "level": found.level,
            "inputs_hash": found.inputs_hash,
            "factors": [asdict(factor) for factor in found.factors],
        },
    }


def from_columns(score: float, version: str, factors: Mapping[str, Any]) -> dict[str, Any]:
    """What `Complexity` says, out of the columns."""
    return {
        "version": version,
        "score": score,
        "level": factors["level"],
        "factors": factors["factors"],
        "inputs_hash": factors["inputs_hash"],
    }


def is_same(found: Complexity, version: str, factors: Mapping[str, Any]) -> bool:
    """Whether the columns hold this score already: one version of one thing that was counted."""
    return (version, factors.get("inputs_hash")) == (found.version, found.inputs_hash)
