"""Patterns that no longer pattern says as well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby

import numpy as np

from .corpus import Corpus
from .frequent import Level


@dataclass(frozen=True, slots=True)
class Found:
    """A frequent pattern: its symbols, and the streams that hold it."""

    code: int
    steps: tuple[int, ...]
    support: int
    before_last: int  # the support of the pattern without its last step
    holders: bytes


def all_patterns(corpus: Corpus, levels: Sequence[Level], min_steps: int) -> list[Found]:
    """The patterns of these levels that are long enough."""
    found: list[Found] = []
    supports = {
        int(code): int(support)
        for level in levels
        for code, support in zip(level.codes, level.support, strict=True)
    }
    for level in levels:
        if level.steps < min_steps:
            continue
        parts = np.split(level.holders, np.cumsum(level.support)[:-1])
        for code, holders in zip(level.codes.tolist(), parts, strict=True):
            steps = corpus.steps(code)
            before = supports[code // corpus.base]
            found.append(Found(code, steps, len(holders), before, holders.tobytes()))
    return found


def only_closed(patterns: Sequence[Found]) -> list[Found]:
    """Without those whose steps a longer pattern has in the same order in the very same streams.

    Where gaps have a bound, a longer pattern may lie in other streams although as many: there the
    shorter one says something of its own, and stays.
    """
    kept: list[Found] = []
    for _, group in groupby(sorted(patterns, key=_same), key=lambda each: each.holders):
        together = list(group)
        inside = {part for each in together for part in _parts(each.steps)}
        kept.extend(each for each in together if each.steps not in inside)
    return sorted(kept, key=lambda each: each.steps)


def _same(found: Found) -> tuple[bytes, tuple[int, ...]]:
    return found.holders, found.steps


def _parts(steps: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """All that is left of it when at least one step is left out."""
    for length in range(1, len(steps)):
        yield from combinations(steps, length)
