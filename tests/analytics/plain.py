"""The figures once more, slowly: one task after the other, days by what local clocks show."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import floor
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from apps.audit.events import event_time
from apps.tasks.models import Task, TaskEvent

STATUSES = ("pending", "in_progress", "completed", "cancelled")
SHARES = {"p50": 0.5, "p80": 0.8, "p95": 0.95}


def percentile(values: Sequence[float], share: float) -> float | None:
    """Between the two nearest values, by the distance from them."""
    ordered = sorted(values)
    if not ordered:
        return None
    place = share * (len(ordered) - 1)
    low = floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)


def spread(name: str, values: Sequence[float]) -> dict[str, Any]:
    mean = sum(values) / len(values) if values else None
    return {
        f"{name}_mean": mean,
        **{f"{name}_{suffix}": percentile(values, share) for suffix, share in SHARES.items()},
    }


def minutes(span: timedelta) -> float:
    return span / timedelta(minutes=1)


def unit_of(moment: datetime, zone: ZoneInfo, size: str) -> date:
    """The local day, the Monday of the local week, or the first of the local month."""
    day = moment.astimezone(zone).date()
    if size == "week":
        return date.fromisocalendar(*day.isocalendar()[:2], 1)
    return day.replace(day=1) if size == "month" else day


@dataclass
class Plain:
    """All rows and events of a repository, and which of them count."""

    tasks: list[Any]
    events: dict[UUID, list[Any]]
    assignee: str = ""
    prd_id: UUID | None = None

    @classmethod
    def of(cls, repository: Any, assignee: str = "", prd_id: UUID | None = None) -> Plain:
        events: dict[UUID, list[Any]] = defaultdict(list)
        for event in TaskEvent._base_manager.filter(repository=repository):
            events[event.pgh_obj_id].append(event)
        for story in events.values():
            story.sort(key=lambda event: event.pgh_id)
        rows = Task.all_objects.filter(repository=repository)
        return cls(list(rows), events, assignee, prd_id)

    def counts(self, image: Any) -> bool:
        """Whether a row, or an image of one, is live and in the scope."""
        return (
            image.deleted_at is None
            and (not self.assignee or image.assignee == self.assignee)
            and (not self.prd_id or image.prd_id == self.prd_id)
        )

    @property
    def live(self) -> list[Any]:
        return [task for task in self.tasks if self.counts(task)]

    def completed(self, since: datetime, until: datetime) -> list[Any]:
        return [t for t in self.live if t.completed_at and since <= t.completed_at < until]

    def made(self, since: datetime, until: datetime) -> list[Any]:
        return [t for t in self.live if since <= t.created_at < until]

    def cancelled(self, since: datetime, until: datetime) -> list[datetime]:
        """When each task that is cancelled now became so."""
        found = []
        for task in self.live:
            if task.status == "cancelled":
                at = None
                for event in self.events[task.pk]:
                    if event.status != "cancelled":
                        at = None
                    elif at is None:
                        at = event_time(event.pgh_id)
                if at is not None and since <= at < until:
                    found.append(at)
        return found

    def flow_at(self, moment: datetime) -> dict[str, int]:
        """How many tasks stood where just before `moment`: each story replayed from its start."""
        found = Counter[str]()
        for story in self.events.values():
            last = None
            for event in story:
                if event_time(event.pgh_id) < moment:
                    last = event
            if last is not None and last.pgh_label != "delete" and self.counts(last):
                found[last.status] += 1
        return {status: found[status] for status in STATUSES}


def throughput(plain: Plain, since: datetime, until: datetime) -> dict[str, list[datetime]]:
    return {
        "created": [task.created_at for task in plain.made(since, until)],
        "completed": [task.completed_at for task in plain.completed(since, until)],
        "cancelled": plain.cancelled(since, until),
    }


def lead(tasks: Iterable[Any]) -> list[float]:
    return [minutes(t.completed_at - t.created_at) for t in tasks if t.completed_at >= t.created_at]


def cycle(tasks: Iterable[Any]) -> list[float]:
    return [
        minutes(t.completed_at - t.started_at)
        for t in tasks
        if t.started_at and t.completed_at >= t.started_at
    ]


def times(tasks: Sequence[Any]) -> dict[str, Any]:
    leads, cycles = lead(tasks), cycle(tasks)
    return {
        "completed": len(tasks),
        "lead_count": len(leads),
        "cycle_count": len(cycles),
        **spread("lead_minutes", leads),
        **spread("cycle_minutes", cycles),
    }


def estimates(tasks: Sequence[Any]) -> dict[str, Any]:
    both = [t for t in tasks if t.estimated_minutes and t.actual_minutes is not None]
    ratios = [t.actual_minutes / t.estimated_minutes for t in both]
    verdicts: dict[str, Callable[[float], bool]] = {
        "within": lambda ratio: 0.75 <= ratio <= 1.25,
        "over": lambda ratio: ratio > 1.25,
        "under": lambda ratio: ratio < 0.75,
    }
    counts = {name: sum(map(test, ratios)) for name, test in verdicts.items()}
    return {
        "count": len(both),
        "estimated_minutes": sum(t.estimated_minutes for t in both),
        "actual_minutes": sum(t.actual_minutes for t in both),
        **spread("ratio", ratios),
        **counts,
        **{f"{n}_share": found / len(both) if both else None for n, found in counts.items()},
    }


def complexity(made: Sequence[Any], completed: Sequence[Any]) -> dict[str, Any]:
    done = sum(task.status == "completed" for task in made)
    actual = [task.actual_minutes for task in completed if task.actual_minutes is not None]
    return {
        "created": len(made),
        "created_completed": done,
        "completion_share": done / len(made) if made else None,
        **times(completed),
        "actual_count": len(actual),
        **spread("actual_minutes", actual),
        "actual_minutes": sum(actual),
    }


def active_minutes(sessions: Iterable[Any], since: datetime, until: datetime) -> float:
    """Minutes between `since` and `until` in which each session was active, added up."""
    total = timedelta()
    for session in sessions:
        end = max(session.end_time or session.last_seen_at, session.start_time)
        reached = max(since, session.start_time)
        for span in sorted(session.spans.all(), key=lambda each: each.started_at):
            start, stop = max(span.started_at, reached), min(span.until, end, until)
            if start < stop:
                total += stop - start
                reached = stop
    return minutes(total)
