"""What stands in the inbox of suggestions: cards, and how suggestions fared so far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.functional import cached_property

from apps.core.admin.search import as_uuid
from apps.planning.choices import SuggestionKind, SuggestionSource, SuggestionState
from apps.planning.models import Suggestion
from apps.planning.suggesting.records import LAST_DECIDED
from apps.planning.suggesting.weighing import Record, Records, count_records
from apps.repositories.admin.scope import has_permission, visible_to, writable_repositories
from apps.repositories.visibility import MOST_REPOSITORIES
from apps.task_patterns.models import TaskPattern
from apps.tasks.models import Task

SOURCES = dict(SuggestionSource.choices)
MOST_REASONS = 12
VALUES = {"priority": "priority", "complexity": "complexity", "estimated_minutes": "minutes"}


@dataclass(frozen=True, slots=True)
class Chip:
    """A source of a suggestion, with what it brought."""

    source: str
    label: str
    told: str


@dataclass(frozen=True, slots=True)
class Card:
    """A suggestion as the console shows it."""

    row: Suggestion
    state: str
    state_label: str
    may_decide: bool
    may_see_tasks: bool
    may_see_patterns: bool

    @property
    def is_open(self) -> bool:
        return self.state == SuggestionState.OPEN

    @property
    def is_new(self) -> bool:
        return self.row.kind == SuggestionKind.NEW

    @property
    def chips(self) -> list[Chip]:
        """Where it comes from, the best first."""
        return [
            Chip(
                each["source"],
                SOURCES.get(each["source"], each["source"]),
                f"place {each['rank']} of its source, which weighs {each['weight']:.2f}",
            )
            for each in self.row.sources
        ]

    @property
    def reasons(self) -> list[str]:
        return [each["text"] for each in self.row.reasons[:MOST_REASONS]]

    @property
    def values(self) -> list[str]:
        """What else the task would have, in words."""
        return list(self._values())

    def _values(self) -> Iterator[str]:
        values = self.row.values
        for name, label in VALUES.items():
            if name in values:
                yield f"{label} {values[name]}"
        if tags := values.get("tags"):
            yield f"tags {', '.join(tags)}"
        if criteria := values.get("acceptance_criteria"):
            count = len(criteria)
            yield f"{count} acceptance criteri{'on' if count == 1 else 'a'}"


class Decider:
    """Who looks at suggestions: what they may do with them. A query or two, whatever the number."""

    def __init__(self, user: Any) -> None:
        self.user = user
        self.has_permission = has_permission(user, "change", Suggestion)
        self.may_see_tasks = has_permission(user, "view", Task)
        self.may_see_patterns = has_permission(user, "view", TaskPattern)

    @cached_property
    def repositories(self) -> list[Any]:
        """The repositories that the person may write to, by name."""
        found = writable_repositories(self.user).only("id", "name", "archived_at")
        return list(found[:MOST_REPOSITORIES])

    @cached_property
    def _ids(self) -> frozenset[UUID]:
        return frozenset(each.pk for each in self.repositories)

    def may_decide(self, suggestion: Suggestion) -> bool:
        """Whether a button makes sense; the services have the last word."""
        if not self.has_permission:
            return False
        if self.user.is_superuser:
            return not suggestion.repository.is_archived
        return suggestion.repository_id in self._ids

    def cards(self, rows: Iterable[Suggestion]) -> list[Card]:
        """The newest first; of what was suggested together, the best first."""
        # What was suggested together expires together; ids differ by milliseconds.
        ordered = sorted(rows, key=lambda row: (row.expires_at, row.score, row.pk), reverse=True)
        return [self.card(row) for row in ordered]

    def card(self, row: Suggestion) -> Card:
        state = row.state
        if row.has_expired(timezone.now()):
            state = SuggestionState.EXPIRED.value
        is_open = state == SuggestionState.OPEN
        return Card(
            row=row,
            state=state,
            state_label=str(SuggestionState(state).label),
            may_decide=is_open and self.may_decide(row),
            may_see_tasks=self.may_see_tasks,
            may_see_patterns=self.may_see_patterns,
        )


@dataclass(frozen=True, slots=True)
class Fared:
    """How the suggestions of a source fared (or of all together)."""

    label: str
    accepted: int
    decided: int

    @property
    def rate(self) -> str:
        return f"{self.accepted / self.decided:.0%}".replace("%", " %") if self.decided else "—"


def fared(user: Any, repository: Any) -> list[Fared]:
    """The acceptance rates over the last decisions that `user` may see; together first.

    `repository` narrows it to one, if it is the id of one.
    """
    rows = visible_to(
        user,
        Suggestion.objects.filter(state__in=(SuggestionState.ACCEPTED, SuggestionState.REJECTED)),
        "repository",
    )
    if (key := as_uuid(str(repository or ""))) is not None:
        rows = rows.filter(repository=key)
    decided: Any = rows.order_by("-pk").values_list("state", "sources")[:LAST_DECIDED]
    return list(_fared(count_records(decided)))


def _fared(records: Records) -> Iterator[Fared]:
    yield _one("All together", records.together)
    for source, record in records.sources.items():
        yield _one(SOURCES[source], record)


def _one(label: str, record: Record) -> Fared:
    return Fared(label, record.accepted, record.decided)
