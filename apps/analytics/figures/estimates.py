"""How well estimates foretold the work."""

from __future__ import annotations

from typing import Any, Final

from apps.analytics.periods import Period
from apps.analytics.scopes import Scope
from apps.analytics.statements import PERCENTILES, Row, ask, rounded, spread
from apps.tasks.choices import TaskComplexity

from .throughput import bounds

COMPLEXITIES: Final = (*TaskComplexity.values, None)
# Near enough: actual within this share of the estimate, both ends included.
TOLERANCE: Final = 0.25
LOW, HIGH = 1 - TOLERANCE, 1 + TOLERANCE
# Where the bins of actual / estimated begin.
BINS: Final = (0.0, 0.5, LOW, 1.0, HIGH, 2.0, 4.0)
NOTHING: Final[dict[str, Any]] = {
    "count": 0,
    "estimated_minutes": 0,
    "actual_minutes": 0,
    "ratio_mean": None,
    **{f"ratio_{suffix}": None for suffix in PERCENTILES},
    "within": 0,
    "over": 0,
    "under": 0,
    "within_share": None,
    "over_share": None,
    "under_share": None,
}
SHARES = ("within", "over", "under")


def read_estimates(scope: Scope, period: Period) -> dict[str, Any]:
    """Actual by estimated minutes of the tasks completed in the period that have both. Two
    parts of one statement: the figures by complexity and in all, and how many are in each bin."""
    compared = f"""
        compared AS (
            SELECT complexity, estimated_minutes, actual_minutes,
                actual_minutes::float8 / nullif(estimated_minutes, 0) AS ratio
            FROM tasks
            WHERE {scope.live} AND completed_at >= %(since)s AND completed_at < %(until)s
        ),
        judged AS (
            SELECT *, CASE
                WHEN ratio < %(low)s THEN 'under' WHEN ratio > %(high)s THEN 'over' ELSE 'within'
            END AS verdict
            FROM compared WHERE ratio IS NOT NULL
        )
    """  # noqa: S608  (names and parameters of ours)
    counts = ", ".join(f"count(*) FILTER (WHERE verdict = '{s}') AS {s}" for s in SHARES)
    shares = ", ".join(
        rounded(f"count(*) FILTER (WHERE verdict = '{s}')::numeric / nullif(count(*), 0)", 4)
        + f" AS {s}_share"
        for s in SHARES
    )
    rows = ask(
        f"""
        WITH {compared}
        SELECT grouping(complexity) = 1 AS is_total, complexity, NULL::int AS bin,
            (SELECT count(*) FROM compared) AS completed,
            count(*), coalesce(sum(estimated_minutes), 0) AS estimated_minutes,
            coalesce(sum(actual_minutes), 0) AS actual_minutes,
            {spread("ratio", "ratio", digits=4)}, {counts}, {shares}
        FROM judged
        GROUP BY GROUPING SETS ((complexity), ())
        UNION ALL
        SELECT false, NULL, width_bucket(ratio, %(bins)s::float8[]), NULL, count(*),
            {", ".join(["NULL"] * (len(NOTHING) - 1))}
        FROM judged
        GROUP BY 3
        """,  # noqa: S608  (names and parameters of ours)
        scope,
        low=LOW,
        high=HIGH,
        bins=list(BINS),
        **bounds(period),
    )
    whole = next(row for row in rows if row["is_total"])
    groups = {row["complexity"]: row for row in rows if not row["is_total"] and not row["bin"]}
    bins = {row["bin"]: row["count"] for row in rows if row["bin"]}
    return {
        "completed": whole["completed"],
        "total": _figures(whole),
        "complexities": [
            {"complexity": name, **_figures(groups.get(name, NOTHING))} for name in COMPLEXITIES
        ],
        "bins": [
            {
                "from_ratio": start,
                "to_ratio": BINS[number] if number < len(BINS) else None,
                "count": bins.get(number, 0),
            }
            for number, start in enumerate(BINS, start=1)
        ],
    }


def _figures(row: Row) -> Row:
    return {name: row[name] for name in NOTHING}
