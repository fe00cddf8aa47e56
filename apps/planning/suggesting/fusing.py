"""One list of several: weighted reciprocal rank fusion.

A candidate at rank r of a source of weight w brings w / (60 + r); what several sources bring to one
task adds up. Ranks need no scale, so no source has to be made comparable with another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from .likeness import are_alike, plain
from .model import Candidate, Found, Fused, Reason, Share

DAMPING = 60
MOST_REASONS = 12


@dataclass(slots=True)
class _Group:
    """Candidates that mean one task; `key` is the plain text by which others are compared."""

    key: str
    places: list[_Place] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Place:
    candidate: Candidate
    rank: int
    weight: float
    key: str

    @property
    def points(self) -> float:
        return self.weight / (DAMPING + self.rank)

    @property
    def order(self) -> tuple[object, ...]:
        """Best first."""
        return -self.points, self.candidate.source, self.rank


def fuse(found: Iterable[Found], weights: Mapping[str, float]) -> list[Fused]:
    """All candidates, best first, each task once. The order of `found` has no part in it.

    Which candidates mean one task follows from their texts alone, not from ranks or weights: so a
    better rank, or more weight, never lowers a candidate's score.
    """
    places = [
        _Place(candidate, rank, weights.get(each.source, 1.0), plain(candidate.content))
        for each in found
        for rank, candidate in enumerate(each.candidates, start=1)
    ]
    fused = [_fused(group) for group in _group(places)]
    fused.sort(key=lambda each: (-each.score, each.candidate.is_new, *_name(each.candidate)))
    return fused


def _group(places: list[_Place]) -> list[_Group]:
    """What is there comes first: a new task that means the same is no new one."""
    by_task: dict[object, _Group] = {}
    groups: list[_Group] = []
    for place in sorted(places, key=_by_text):
        candidate = place.candidate
        group = (
            next((each for each in groups if are_alike(place.key, each.key)), None)
            if candidate.is_new
            else by_task.get(candidate.task_id)
        )
        if group is None:
            group = _Group(place.key)
            groups.append(group)
            if not candidate.is_new:
                by_task[candidate.task_id] = group
        group.places.append(place)
    return groups


def _by_text(place: _Place) -> tuple[object, ...]:
    return place.candidate.is_new, place.key, *_name(place.candidate), place.candidate.source


def _name(candidate: Candidate) -> tuple[str, str]:
    return candidate.content, str(candidate.task_id or "")


def _fused(group: _Group) -> Fused:
    """A source counts once in a group, with its best rank."""
    places = sorted(group.places, key=lambda place: place.order)
    shown = min(places, key=lambda place: (place.candidate.is_new, *place.order)).candidate
    best: dict[str, _Place] = {}
    reasons: list[Reason] = []
    for place in places:
        best.setdefault(place.candidate.source, place)
        reasons += [reason for reason in place.candidate.reasons if reason not in reasons]
    shares = tuple(
        Share(source, place.rank, place.weight, round(place.points, 9))
        for source, place in best.items()
    )
    return Fused(
        candidate=shown,
        shares=shares,
        reasons=tuple(reasons[:MOST_REASONS]),
        score=round(sum(share.points for share in shares), 9),
    )
