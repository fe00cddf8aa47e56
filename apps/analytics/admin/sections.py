"""The sections of the page: a chart or two, the figures in words, and the table behind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from apps.analytics.figures.sessions import FACTORS
from apps.analytics.tables import table_rows
from apps.core.admin.diffs import EMPTY
from apps.task_patterns.admin.figures import duration, percent

from .charts import Axis, Chart, Series, areas, bars, count_step, lines, minute_step, plain_number

STATUSES = ("completed", "in_progress", "pending", "cancelled")
MOST_TOOLS = 10
LONGEST_NAME = 14
COUNTS = Axis(plain_number, count_step)
MINUTES = Axis(duration, minute_step)
PERCENTILES = ("p50", "p80", "p95")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings, as people read them, and the table's name in CSV."""

    name: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    csv_url: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """One kind of figure on the page."""

    kind: str
    title: str
    says: str
    charts: tuple[Chart, ...]
    facts: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...]


def throughput(found: dict[str, Any]) -> Section:
    names = ("created", "completed", "cancelled")
    series = [Series(words(n), [bucket[n] for bucket in found["buckets"]]) for n in names]
    return Section(
        "throughput",
        "Throughput",
        "Live tasks by when they were made, completed for the last time, or cancelled.",
        (bars("Tasks created, completed and cancelled", _labels(found), series, COUNTS),),
        tuple((words(name), f"{found['total'][name]:,}") for name in names),
        (_table(found, "buckets"),),
    )


def flow(found: dict[str, Any]) -> Section:
    series = [Series(words(n), [bucket[n] for bucket in found["buckets"]]) for n in STATUSES]
    last = found["buckets"][-1]
    return Section(
        "flow",
        "Cumulative flow",
        "How many live tasks stood in each status when each bucket ended.",
        (areas("Tasks by status", _labels(found), series, COUNTS),),
        tuple((words(name), f"{last[name]:,}") for name in STATUSES),
        (_table(found, "buckets"),),
    )


def times(found: dict[str, Any]) -> Section:
    charts = tuple(
        lines(
            f"{name.capitalize()} time of what was completed",
            _labels(found),
            [
                Series(share.upper(), [b[f"{name}_minutes_{share}"] for b in found["buckets"]])
                for share in PERCENTILES
            ],
            MINUTES,
        )
        for name in ("lead", "cycle")
    )
    total = found["total"]
    facts = tuple(
        (
            f"{name.capitalize()} time of {total[f'{name}_count']:,}",
            _shares(total, f"{name}_minutes", duration),
        )
        for name in ("lead", "cycle")
    )
    says = "From made to completed, and from started to completed; by the clock, nights included."
    return Section("times", "Lead and cycle time", says, charts, facts, (_table(found, "buckets"),))


def ageing(found: dict[str, Any]) -> Section:
    labels = [_days(each["from_days"], each["to_days"]) for each in found["bins"]]
    series = [
        Series("Open, since they were made", [each["open"] for each in found["bins"]]),
        Series("In progress, since work began", [each["in_progress"] for each in found["bins"]]),
    ]
    facts = tuple(
        (
            f"{words(kind)}: {found[kind]['count']:,}",
            _shares(found[kind], "age_minutes", duration),
        )
        for kind in ("open", "in_progress")
    )
    return Section(
        "ageing",
        "Age of open work",
        "As it is now, whatever the period: a day is 24 hours.",
        (bars("Open tasks by age", labels, series, COUNTS),),
        facts,
        (_table(found, "bins"), _table(found, "assignees"), _table(found, "oldest")),
    )


def estimates(found: dict[str, Any]) -> Section:
    labels = [_ratio(each["from_ratio"], each["to_ratio"]) for each in found["bins"]]
    series = [Series("Tasks", [each["count"] for each in found["bins"]])]
    total = found["total"]
    facts = (
        ("Tasks with both", f"{total['count']:,} of {found['completed']:,} completed"),
        ("Within 25 %", percent(total["within_share"])),
        ("Took longer", percent(total["over_share"])),
        ("Took less", percent(total["under_share"])),
        ("Actual by estimated", _shares(total, "ratio", _times)),
    )
    return Section(
        "estimates",
        "Estimates",
        "Actual by estimated minutes of what was completed in the period: 1 is as estimated.",
        (bars("Tasks by actual / estimated", labels, series, COUNTS),),
        facts,
        (_table(found, "complexities"), _table(found, "bins")),
    )


def complexity(found: dict[str, Any]) -> Section:
    groups = found["complexities"]
    labels = [words(each["complexity"] or "not rated") for each in groups]
    counts = [
        Series("Made in the period", [each["created"] for each in groups]),
        Series("Of these completed by now", [each["created_completed"] for each in groups]),
    ]
    leads = [
        Series(f"Lead time {share.upper()}", [each[f"lead_minutes_{share}"] for each in groups])
        for share in ("p50", "p80")
    ]
    total = found["total"]
    return Section(
        "complexity",
        "Complexity",
        "What becomes of simple work, and of hard work.",
        (
            bars("Tasks made and completed, by complexity", labels, counts, COUNTS),
            bars("Lead time of what was completed, by complexity", labels, leads, MINUTES),
        ),
        (("Completed of what was made", percent(total["completion_share"])),),
        (_table(found, "complexities"),),
    )


def sessions(found: dict[str, Any]) -> Section:
    buckets, total = found["buckets"], found["total"]
    counts = [
        Series("Sessions that began", [bucket["sessions"] for bucket in buckets]),
        Series("Tasks completed in sessions", [bucket["tasks_completed"] for bucket in buckets]),
    ]
    active = [Series("Active", [bucket["active_minutes"] for bucket in buckets])]
    tools = found["tools"][:MOST_TOOLS]
    charts = [
        bars("Sessions, and tasks completed in them", _labels(found), counts, COUNTS),
        bars("Time in which sessions were active", _labels(found), active, MINUTES),
    ]
    if tools:
        used = [Series("Sessions", [each["sessions"] for each in tools])]
        names = [_short(each["tool"]) for each in tools]
        charts.append(bars("Tools by the number of sessions", names, used, COUNTS))
    scores = tuple(
        (
            f"Mean score by {each['version']} of {each['sessions']:,}",
            _explained(each),
        )
        for each in found["scores"]
    )
    facts = (
        ("Sessions", f"{total['sessions']:,} of {total['people']:,} people"),
        ("Active", duration(total["active_minutes"])),
        ("Tasks completed", f"{total['tasks_completed']:,}"),
        ("Abandoned", f"{total['abandoned_sessions']:,}"),
        *scores,
    )
    return Section(
        "sessions",
        "Sessions and tools",
        "Sessions count where they began; time and completed tasks where they fell.",
        tuple(charts),
        facts,
        (_table(found, "buckets"), _table(found, "scores"), _table(found, "tools")),
    )


def _explained(score: dict[str, Any]) -> str:
    """A mean score with the means of its factors: never without."""
    parts = [
        f"{name} {score[f'{name}_value_mean']:.2f}"
        for name in FACTORS
        if score[f"{name}_value_mean"] is not None
    ]
    return f"{score['score_mean']:.2f}: {', '.join(parts)}"


DRAWN: dict[str, Callable[[dict[str, Any]], Section]] = {
    "throughput": throughput,
    "flow": flow,
    "times": times,
    "ageing": ageing,
    "estimates": estimates,
    "complexity": complexity,
    "sessions": sessions,
}


# -- in words ----
def words(name: str) -> str:
    """In progress, for `in_progress`."""
    return name.replace("_", " ").capitalize()


def _labels(found: dict[str, Any]) -> list[str]:
    return [bucket["start"].date().isoformat() for bucket in found["buckets"]]


def _short(name: str) -> str:
    return f"{name[: LONGEST_NAME - 1]}…" if len(name) > LONGEST_NAME else name


def _days(start: int, end: int | None) -> str:
    return f"{start} d +" if end is None else f"{start}\N{EN DASH}{end} d"


def _ratio(start: float, end: float | None) -> str:
    if end is None:
        return f"{plain_number(start)} +"
    return f"{plain_number(start)}\N{EN DASH}{plain_number(end)}"


def _shares(figures: dict[str, Any], name: str, tell: Callable[[Any], str]) -> str:
    return " · ".join(
        f"{share.upper()} {tell(figures[f'{name}_{share}'])}" for share in PERCENTILES
    )


def _times(ratio: float | None) -> str:
    return EMPTY if ratio is None else f"{ratio:.2f}"


def _table(found: dict[str, Any], name: str) -> Table:
    rows = table_rows(found, name)
    columns = [column for column in (rows[0] if rows else {}) if column not in ("end", "id")]
    return Table(
        name,
        tuple(_heading(column) for column in columns),
        tuple(tuple(_cell(column, row[column]) for column in columns) for row in rows),
    )


def _heading(column: str) -> str:
    return words(column.replace("_minutes", "").replace("_p", " P"))


def _cell(column: str, value: Any) -> str:
    if value is None:
        return EMPTY
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.date().isoformat() if column == "start" else f"{value:%Y-%m-%d %H:%M}"
    if "_minutes" in column:
        return duration(value)
    if column.endswith("_share"):
        return percent(value)
    return f"{value:,}" if isinstance(value, int) else str(value)


def drawn(kind: str, found: dict[str, Any], csv_urls: Callable[[str, str], str]) -> Section:
    """The section of this kind, with the addresses of its tables as CSV."""
    section = DRAWN[kind](found)
    tables = tuple(replace(each, csv_url=csv_urls(kind, each.name)) for each in section.tables)
    return replace(section, tables=tables)


def order() -> Sequence[str]:
    """The kinds in the order of the page."""
    return tuple(DRAWN)
