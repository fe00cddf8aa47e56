"""How much a source counts, from what became of its suggestions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from apps.planning.choices import SuggestionSource, SuggestionState


@dataclass(frozen=True, slots=True)
class Record:
    """What people made of the suggestions of one source (or of all) in a repository."""

    accepted: int = 0
    rejected: int = 0

    @property
    def decided(self) -> int:
        return self.accepted + self.rejected

    @property
    def acceptance_rate(self) -> float | None:
        """Of those that were decided on; None before the first."""
        return round(self.accepted / self.decided, 4) if self.decided else None

    @property
    def weight(self) -> float:
        """Twice the mean of the Beta posterior over an even prior: 1 for a source of which nothing
        is known, towards 2 for one that is always right, towards 0 for one that never is."""
        return round(2 * (1 + self.accepted) / (2 + self.decided), 6)


@dataclass(frozen=True, slots=True)
class Records:
    """The record of all suggestions together, and of each source."""

    together: Record
    sources: Mapping[str, Record]

    @property
    def weights(self) -> dict[str, float]:
        return {source: record.weight for source, record in self.sources.items()}


def count_records(decided: Iterable[tuple[str, Iterable[Mapping[str, Any]]]]) -> Records:
    """The records of decided suggestions, each given as its state and its sources.

    One that has several sources counts for each of them.
    """
    accepted = dict.fromkeys(SuggestionSource.values, 0)
    rejected = dict.fromkeys(SuggestionSource.values, 0)
    together = {SuggestionState.ACCEPTED.value: 0, SuggestionState.REJECTED.value: 0}
    for state, sources in decided:
        together[state] += 1
        counts = accepted if state == SuggestionState.ACCEPTED else rejected
        for source in {each["source"] for each in sources} & counts.keys():
            counts[source] += 1
    return Records(
        Record(together[SuggestionState.ACCEPTED], together[SuggestionState.REJECTED]),
        {source: Record(accepted[source], rejected[source]) for source in accepted},
    )
