"""Patterns that no longer pattern says as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

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
        longest: list[Found] = []
        for each in group:  # the longest first
            if not any(_contains(other.steps, each.steps) for other in longest):
                longest.append(each)
        kept.extend(longest)
    return sorted(kept, key=lambda each: each.steps)


def _same(found: Found) -> tuple[bytes, int, tuple[int, ...]]:
    return found.holders, -len(found.steps), found.steps


def _contains(longer: Sequence[int], shorter: Sequence[int]) -> bool:
    rest = iter(longer)
    return len(longer) > len(shorter) and all(step in rest for step in shorter)
