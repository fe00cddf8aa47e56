"""How figures are asked for: one statement a figure, with named parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import connection

from .periods import Period
from .scopes import Scope

Row = dict[str, Any]

# Percentiles lie between two values by their distance (percentile_cont), minutes are rounded to
# hundredths and shares to ten-thousandths, halves away from zero.
PERCENTILES = {"p50": 0.5, "p80": 0.8, "p95": 0.95}


def ask(sql: str, scope: Scope, **parameters: Any) -> list[Row]:
    """The rows of one statement, as dictionaries."""
    with connection.cursor() as cursor:
        cursor.execute(sql, {**scope.parameters, **parameters})
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def rounded(expression: str, digits: int = 2) -> str:
    """SQL: a number with so many decimals, as a float."""
    return f"round(({expression})::numeric, {digits})::float8"


def minutes(expression: str) -> str:
    """SQL: an interval in minutes."""
    return f"(extract(epoch FROM {expression}) / 60)::float8"


def spread(column: str, name: str, *, mean: bool = True, digits: int = 2) -> str:
    """SQL: count, mean and percentiles of `column` over a group, without its nulls, as
    `<name>_p50` and so on; `lead` is counted as `lead_count`, measured as `lead_minutes_p50`."""
    parts = [f"{rounded(f'avg({column})', digits)} AS {name}_mean"] if mean else []
    parts += [
        f"{rounded(f'percentile_cont({share}) WITHIN GROUP (ORDER BY {column})', digits)}"
        f" AS {name}_{suffix}"
        for suffix, share in PERCENTILES.items()
    ]
    return ", ".join(parts)


def by_bucket(period: Period, rows: list[Row], nothing: Mapping[str, Any]) -> list[Row]:
    """A row for each bucket, with its borders; those without a row get `nothing`."""
    found = {row["bucket"]: row for row in rows}
    return [
        {
            "start": period.local(bucket.start),
            "end": period.local(bucket.end),
            "complete": bucket.complete,
            **{name: found.get(number, nothing)[name] for name in nothing},
        }
        for number, bucket in enumerate(period.buckets, start=1)
    ]
