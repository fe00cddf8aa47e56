"""What the page of a pattern shows: only of repositories that the person may see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median_low
from typing import Any
from uuid import UUID

from django.db.models import Count, Prefetch, Q
from django.utils.functional import cached_property

from apps.repositories.admin.scope import has_permission, visible_to
from apps.task_patterns.choices import FeedbackVerdict
from apps.task_patterns.models import PatternFeedback, PatternRepository, TaskPattern

from .drawing import Drawing, draw
from .figures import Figure, duration, figures, interval, percent, steps_of

MOST_SHARES = 50
MOST_WORDS = 25
OCCURRENCES_A_PAGE = 10
MEASURED = 100  # so many of the newest occurrences say how long each step takes


@dataclass(frozen=True, slots=True)
class Verdicts:
    """How many people said what."""

    accepted: int
    rejected: int


class PatternPage:
    """A pattern for a person, from the occurrence after `after` on."""

    def __init__(self, pattern: TaskPattern, user: Any, after: UUID | None = None) -> None:
        self.pattern = pattern
        self.user = user
        self.after = after
        self.steps = steps_of(pattern)

    def _seen(self, rows: Any) -> Any:
        return visible_to(self.user, rows.filter(pattern=self.pattern), "repository")

    # -- where ----
    @cached_property
    def shares(self) -> list[PatternRepository]:
        """Its shares, the largest first."""
        rows = self._seen(PatternRepository.objects.select_related("repository"))
        return list(rows.order_by("-support", "repository__name")[:MOST_SHARES])

    @cached_property
    def seen_count(self) -> int:
        """In how many repositories that the person may see it was found."""
        if len(self.shares) < MOST_SHARES:
            return len(self.shares)
        return int(self._seen(PatternRepository.objects).count())

    @cached_property
    def hidden_count(self) -> int:
        """In how many others."""
        return int(self.pattern.repository_links.count()) - self.seen_count

    @property
    def more_shares(self) -> int:
        return self.seen_count - len(self.shares)

    # -- what people say ----
    @cached_property
    def words(self) -> list[PatternFeedback]:
        """The newest words on it."""
        rows = self._seen(PatternFeedback.objects.select_related("repository", "user"))
        return list(rows.order_by("-updated_at", "-pk")[:MOST_WORDS])

    @cached_property
    def verdicts(self) -> Verdicts:
        rows = self._seen(PatternFeedback.objects)
        return Verdicts(
            **rows.aggregate(
                accepted=Count("pk", filter=Q(verdict=FeedbackVerdict.ACCEPTED)),
                rejected=Count("pk", filter=Q(verdict=FeedbackVerdict.REJECTED)),
            )
        )

    @property
    def more_words(self) -> int:
        return self.verdicts.accepted + self.verdicts.rejected - len(self.words)

    # -- evidence ----
    @property
    def _occurrences(self) -> Any:
        rows: Any = self.pattern.occurrences  # the app above adds it
        return self._seen(rows.all()).order_by("-last_at", "-pk")

    @cached_property
    def _page(self) -> list[Any]:
        rows = self._occurrences
        if self.after is not None:
            last = rows.filter(pk=self.after).first()
            if last is not None:
                older = Q(last_at__lt=last.last_at) | Q(last_at=last.last_at, pk__lt=last.pk)
                rows = rows.filter(older)
        evidence: Any = rows.model._meta.get_field("evidence").related_model
        shown = (
            evidence.objects.filter(task__deleted_at__isnull=True)
            .select_related("task")
            .only("occurrence", "position", "task", "task__content", "task__status")
            .order_by("position")
        )
        rows = rows.select_related("repository").prefetch_related(
            Prefetch("evidence", shown, to_attr="live_evidence")
        )
        return list(rows[: OCCURRENCES_A_PAGE + 1])

    @property
    def occurrences(self) -> list[Any]:
        """A page of them, the last first, each with those of its tasks that are live."""
        return self._page[:OCCURRENCES_A_PAGE]

    @property
    def next_after(self) -> UUID | None:
        """Where the next page goes on; None on the last."""
        return self.occurrences[-1].pk if len(self._page) > OCCURRENCES_A_PAGE else None

    @cached_property
    def may_see_tasks(self) -> bool:
        """Whether the person may see what tasks are called."""
        rows: Any = self.pattern.occurrences
        evidence: Any = rows.model._meta.get_field("evidence").related_model
        return has_permission(self.user, "view", evidence._meta.get_field("task").related_model)

    @cached_property
    def _closings(self) -> list[dict[int, Any]]:
        """When each step was closed, in the newest occurrences."""
        keys = list(self._occurrences.values_list("pk", flat=True)[:MEASURED])
        rows: Any = self.pattern.occurrences
        evidence: Any = rows.model._meta.get_field("evidence").related_model
        found: dict[UUID, dict[int, Any]] = {key: {} for key in keys}
        closed = evidence.objects.filter(
            occurrence__in=keys,
            task__completed_at__isnull=False,
            task__deleted_at__isnull=True,
        )
        columns = ("occurrence", "position", "task__completed_at")
        for key, position, moment in closed.values_list(*columns):
            found[key][position] = moment
        return list(found.values())

    @cached_property
    def between(self) -> list[float | None]:
        """The median of the minutes from each step's closing to the next one's."""
        return [self._median(place) for place in range(1, len(self.steps))]

    def _median(self, place: int) -> float | None:
        minutes = [
            (steps[place + 1] - steps[place]).total_seconds() / 60
            for steps in self._closings
            if place in steps and place + 1 in steps
        ]
        return median_low(minutes) if minutes else None

    # -- drawn and told ----
    @property
    def figures(self) -> Sequence[Figure]:
        return figures(self.pattern)

    @cached_property
    def drawings(self) -> list[Drawing]:
        labels = self._labels() if self.steps else []
        return [draw(self.steps, labels, down=down) for down in (False, True)]

    def _labels(self) -> list[list[str]]:
        labels: list[list[str]] = [[] for _ in self.steps[1:]]
        for label, minutes in zip(labels, self.between, strict=True):
            if minutes is not None:
                label.append(duration(minutes))
        if labels and self.pattern.confidence is not None:
            labels[-1].append(f"{percent(self.pattern.confidence)} go on")
        return labels

    @property
    def sentence(self) -> str:
        """The drawing for who does not see it."""
        return " ".join(self._sentences())

    def _sentences(self) -> Iterator[str]:
        yield f"{len(self.steps)} steps: {', then '.join(self.steps)}."
        for place, minutes in enumerate(self.between):
            if minutes is not None:
                names = f"{self.steps[place]} to {self.steps[place + 1]}"
                yield f"From {names}: {duration(minutes)} in the median."
        if self.pattern.confidence is not None:
            yield f"{percent(self.pattern.confidence)} of the beginnings went on to the last step."
        if self.pattern.p50_minutes is not None:
            yield (
                f"All of it took {duration(self.pattern.p50_minutes)} in half of the cases,"
                f" {duration(self.pattern.p80_minutes)} in four of five."
            )

    @property
    def success(self) -> str:
        return interval(self.pattern)
