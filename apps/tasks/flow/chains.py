"""The greatest chain of a graph without circles, and what hangs on each of its tasks."""

from __future__ import annotations

from collections.abc import Sequence

# What a chain is worth: two sums, of which the second decides where the first is the same.
Worth = tuple[int, int]


def best_chain(
    order: Sequence[int], neighbours: Sequence[Sequence[int]], worths: Sequence[Worth]
) -> tuple[list[int], dict[int, Worth]]:
    """The chain of the greatest worth, and what the best chain up to each task is worth.

    In `order` each task comes after all its `neighbours` that are in it. Of equal chains it is the
    one whose last task is the lowest, then whose last but one is, and so on.
    """
    up_to: dict[int, Worth] = {}
    before: dict[int, int] = {}
    for place in order:
        first, second = worths[place]
        best: Worth | None = None
        for other in neighbours[place]:
            found = up_to.get(other)
            if found is None:
                continue  # left out of the order
            if best is None or found > best or (found == best and other < before[place]):
                best = found
                before[place] = other
        up_to[place] = (first, second) if best is None else (first + best[0], second + best[1])
    if not up_to:
        return [], up_to
    place = min(up_to, key=lambda place: (-up_to[place][0], -up_to[place][1], place))
    chain = [place]
    while place in before:
        place = before[place]
        chain.append(place)
    return chain[::-1], up_to
