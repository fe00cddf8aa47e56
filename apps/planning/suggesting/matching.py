"""How a pattern goes on from what was finished last."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPattern:
    """A mined sequence of work types, with the figures that a reason quotes.

    `support` is that of the repository for which suggestions are made.
    """

    id: UUID
    steps: tuple[str, ...]
    support: int
    everywhere: bool = False
    confidence: float | None = None
    lift: float | None = None
    q_value: float | None = None
    success_low: float | None = None
    success_high: float | None = None


@dataclass(frozen=True, slots=True)
class Continuation:
    """The step of a pattern that comes after those that the tail ends with.

    `matched` steps of the pattern are the end of the tail, with `skipped` other tasks among and
    after them.
    """

    pattern: KnownPattern
    position: int
    matched: int
    skipped: int

    @property
    def step(self) -> str:
        return self.pattern.steps[self.position]

    @property
    def before(self) -> tuple[str, ...]:
        return self.pattern.steps[self.position - self.matched : self.position]

    @property
    def order(self) -> tuple[object, ...]:
        """The longest match first; what is rarer than chance by more breaks ties."""
        pattern = self.pattern
        return (
            -self.matched,
            self.skipped,
            -(pattern.confidence or 0.0),
            -pattern.support,
            -(pattern.lift or 0.0),
            pattern.steps,
        )


def continue_tail(
    tail: Sequence[str], patterns: Iterable[KnownPattern], *, max_gap: int
) -> list[Continuation]:
    """The next steps, best first, each work type once.

    Backs off: a step that follows three of the last tasks comes before one that follows two, and
    that before one that follows the last alone. Between two steps, and before the next one, there
    may be `max_gap` other tasks, as where patterns are mined.
    """
    found = [each for pattern in patterns for each in _furthest(tail, pattern, max_gap)]
    best: dict[str, Continuation] = {}
    for each in sorted(found, key=lambda each: each.order):
        best.setdefault(each.step, each)
    return list(best.values())


def _furthest(tail: Sequence[str], pattern: KnownPattern, max_gap: int) -> list[Continuation]:
    """How one pattern goes on: from the longest match alone, or a step just done would come up."""
    found = [
        continuation
        for position in range(1, len(pattern.steps))
        if (continuation := _match(tail, pattern, position, max_gap)) is not None
    ]
    best = min(((-each.matched, each.skipped) for each in found), default=None)
    return [each for each in found if (-each.matched, each.skipped) == best]


def _match(
    tail: Sequence[str], pattern: KnownPattern, position: int, max_gap: int
) -> Continuation | None:
    """The longest run of steps before `position` with which the tail ends."""
    best: tuple[int, int] | None = None
    # Each state: where the earliest step so far stands, how many steps, how many tasks between.
    states = [(len(tail), 0, 0)]
    while states:
        place, matched, skipped = states.pop()
        if matched and (best is None or (-matched, skipped) < (-best[0], best[1])):
            best = matched, skipped
        if matched == position:
            continue
        wanted = pattern.steps[position - matched - 1]
        for gap in range(max_gap + 1):
            at = place - 1 - gap
            if at >= 0 and tail[at] == wanted:
                states.append((at, matched + 1, skipped + gap))
    return Continuation(pattern, position, *best) if best else None
