"""What a statement opens of a partitioned table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from apps.core.partitioning import partitions_of


def scans(queryset: Any, table: str, *, planned: bool = False) -> list[dict[str, Any]]:
    """The scans of the table's partitions that ran; when `planned`, all that the plan has."""
    plan = json.loads(queryset.explain(format="json", analyze=True))[0]["Plan"]
    names = {partition.name for partition in partitions_of(table)}
    return [
        node
        for node in _nodes(plan)
        if node.get("Relation Name") in names and (planned or node["Actual Loops"] > 0)
    ]


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)
