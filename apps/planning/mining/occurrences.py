"""Where exactly a pattern happened, without counting a task twice."""

from __future__ import annotations

from collections.abc import Sequence


def find_occurrences(
    symbols: Sequence[int], steps: Sequence[int], max_gap: int | None
) -> list[tuple[int, ...]]:
    """The places of each occurrence of `steps`, from left to right, none reaching into another.

    The one that ends first is taken, and reading goes on behind it: no other choice finds more. Of
    those that end there it is the one whose steps lie latest, so the shortest.
    """
    widest = len(symbols) if max_gap is None else max_gap + 1
    count = len(steps)
    found: list[tuple[int, ...]] = []
    ends: list[tuple[int, ...] | None] = [None] * count  # the latest way to each step
    for place, symbol in enumerate(symbols):
        for step in range(count - 1, -1, -1):
            if steps[step] != symbol:
                continue
            if step == 0:
                ends[0] = (place,)
                continue
            before = ends[step - 1]
            if before is not None and place - before[-1] <= widest:
                ends[step] = (*before, place)
        if ends[-1] is not None:
            found.append(ends[-1])
            ends = [None] * count
    return found
