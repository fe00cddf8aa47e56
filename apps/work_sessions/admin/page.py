"""What the page of a session shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.utils.functional import cached_property

from apps.repositories.admin.scope import has_permission
from apps.repositories.choices import ActualMinutes
from apps.tasks.models import Task
from apps.work_sessions.accounting import TaskAccount, account_for
from apps.work_sessions.maths import Interval
from apps.work_sessions.models import WorkSession
from apps.work_sessions.times import FORMULA, MINUTE, end_of, instant

from .drawing import Timeline, draw

MOST_DRAWN = 12
MOST_SHOWN = 100
LONGEST_NAME = 90


def in_minutes(time: int | Fraction) -> str:
    """So many minutes, to the tenth; of an hour and more in hours and minutes."""
    minutes = Fraction(time) / MINUTE
    if minutes < 60:
        return f"{float(minutes):.1f} min"
    hours, rest = divmod(int(minutes + Fraction(1, 2)), 60)
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def factors_of(session: WorkSession) -> Sequence[dict[str, Any]]:
    """What a session's score follows from, whatever was put into the column past our services."""
    found: Any = session.productivity_factors
    factors = found.get("factors") if isinstance(found, dict) else None
    return [
        each
        for each in (factors if isinstance(factors, list) else [])
        if isinstance(each, dict)
        and isinstance(each.get("name"), str)
        and isinstance(each.get("value"), int | float)
    ]


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task with what it took."""

    account: TaskAccount
    name: str

    @property
    def link(self) -> Any:
        return self.account.link

    @property
    def minutes(self) -> str:
        return in_minutes(self.account.weighed)

    @property
    def total(self) -> str:
        return in_minutes(self.account.total)

    @property
    def outcome(self) -> str:
        if self.link.completed_at is not None:
            return "completed"
        return "stopped" if self.link.stopped_at is not None else "under way"


class SessionPage:
    """A session for a person: what it took, drawn and counted; read once."""

    formula = FORMULA

    def __init__(self, session: WorkSession, user: Any) -> None:
        self.session = session
        self.user = user
        self.account = account_for(session)

    @cached_property
    def may_see_tasks(self) -> bool:
        """Whether the person may see what tasks are called."""
        return has_permission(self.user, "view", Task)

    @cached_property
    def tasks(self) -> list[TaskRow]:
        """The tasks that took longest, then the others."""
        ordered = sorted(self.account.tasks, key=lambda each: -each.weighed)
        return [TaskRow(each, self._name(each)) for each in ordered[:MOST_SHOWN]]

    @property
    def more_tasks(self) -> int:
        return len(self.account.tasks) - len(self.tasks)

    @property
    def wall(self) -> str:
        return in_minutes(self.account.wall)

    @property
    def active(self) -> str:
        return in_minutes(self.account.active)

    @property
    def focused(self) -> str:
        return in_minutes(self.account.focused)

    @property
    def rolls_up(self) -> bool:
        """Whether its tasks get their minutes from sessions."""
        return self.session.repository.actual_minutes is ActualMinutes.SESSIONS

    @cached_property
    def factors(self) -> Sequence[dict[str, Any]]:
        """What the score follows from; without it, no score is shown."""
        return factors_of(self.session)

    @cached_property
    def timeline(self) -> Timeline:
        """The session's spans, and below them the tasks that were begun first."""
        whole = Interval(instant(self.session.start_time), instant(end_of(self.session)))
        first = self.account.tasks[:MOST_DRAWN]
        rows = [("task", self._name(each)[:LONGEST_NAME], each.intervals) for each in first]
        return draw(whole, [("active", "Active", self.account.times.spans), *rows])

    @property
    def undrawn(self) -> int:
        return max(0, len(self.account.tasks) - MOST_DRAWN)

    @property
    def sentence(self) -> str:
        """The drawing in words."""
        spans, tasks = len(self.account.times.spans), len(self.account.tasks)
        return (
            f"{self.wall} from start to end, {self.active} of it active in {spans}"
            f" stretch{'' if spans == 1 else 'es'}, {self.focused} with a task under way;"
            f" {tasks} task{'' if tasks == 1 else 's'}."
        )

    def _name(self, each: TaskAccount) -> str:
        return each.link.task.content if self.may_see_tasks else "A task that you may not see"
