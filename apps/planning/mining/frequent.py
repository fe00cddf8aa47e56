"""What recurs: patterns that enough streams hold, grown a step at a time.

With a bound on the gaps, the first place where a pattern ends in a stream is not enough to know: it
may not go on from there, while it does from a later one. So all its ends are kept. Without a bound
the first end is enough, since whatever follows a later one follows the first as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .corpus import Corpus, Ints

_NONE: Ints = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Level:
    """All frequent patterns of one length: their codes, ascending, and in how many streams each is.

    `holders` are the streams of the first pattern, then of the second and so on.
    """

    steps: int
    codes: Ints
    support: Ints
    holders: Ints


def grow_frequent(
    corpus: Corpus,
    *,
    least: int,
    max_steps: int,
    max_gap: int | None,
    always: Mapping[int, Ints] | None = None,
) -> Iterator[Level]:
    """The patterns in at least `least` streams, a level for each length from 1, one by one.

    `always` has, by length, codes that are followed and counted however rare they are, ascending;
    it must hold the beginnings of what it holds.
    """
    total = max(len(corpus.symbols), 1)
    if corpus.base**max_steps * total >= 2**63:
        raise ValueError("Patterns this long, of this many kinds of work, have no number.")
    ends = np.flatnonzero(corpus.symbols)
    codes = corpus.symbols[ends]
    ahead = _ahead(corpus, max_gap)
    for steps in range(1, max_steps + 1):
        if not len(ends):
            break
        rows = np.sort(codes * total + ends)
        codes, ends = np.divmod(rows, total)
        # Two ways to the same end are one, and without a bound only the first end matters.
        first = _changes(codes) | _changes(corpus.streams[ends])
        rows_kept = first if max_gap is None else _changes(rows)
        level, frequent = _count(corpus, steps, codes[first], ends[first], least, always)
        if not len(level.codes):
            break
        yield level
        rows_kept &= frequent[np.cumsum(_changes(codes)) - 1]
        codes, ends = codes[rows_kept], ends[rows_kept]
        codes, ends = _grow(corpus.base, codes, ends, ahead)


def find_frequent(
    corpus: Corpus,
    *,
    least: int,
    max_steps: int,
    max_gap: int | None,
    always: Mapping[int, Ints] | None = None,
) -> list[Level]:
    """All levels of `grow_frequent`."""
    return list(
        grow_frequent(corpus, least=least, max_steps=max_steps, max_gap=max_gap, always=always)
    )


def _changes(values: Ints) -> NDArray[np.bool_]:
    """Where a value differs from the one before it; the first always does."""
    changes = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=changes[1:])
    return changes


def _count(
    corpus: Corpus,
    steps: int,
    codes: Ints,
    ends: Ints,
    least: int,
    always: Mapping[int, Ints] | None,
) -> tuple[Level, NDArray[np.bool_]]:
    """The level, and which of all its patterns, in order, are in it."""
    begins = np.flatnonzero(_changes(codes))
    support = np.diff(np.append(begins, len(codes)))
    found = codes[begins]
    kept = support >= least
    if always:
        kept |= np.isin(found, always.get(steps, _NONE), assume_unique=True)
    holders = corpus.streams[ends[np.repeat(kept, support)]]
    return Level(steps, found[kept], support[kept], holders), kept


def _ahead(corpus: Corpus, max_gap: int | None) -> list[tuple[Ints, Ints]]:
    """For each way to go on: by place, the symbol that is reached (0: none), and where it is."""
    total = len(corpus.symbols)
    places = np.arange(total, dtype=np.int64)
    if max_gap is not None:
        ways = []
        for distance in range(1, min(max_gap + 1, total - 1) + 1):
            symbols = np.zeros(total, np.int64)
            same = corpus.streams[distance:] == corpus.streams[:-distance]
            symbols[:-distance] = np.where(same, corpus.symbols[distance:], 0)
            ways.append((symbols, places + distance))
        return ways
    last = np.flatnonzero(np.append(_changes(corpus.streams)[1:], True))  # of each stream
    until = last[corpus.streams] if total else places
    ways = []
    for symbol in range(1, corpus.size + 1):
        at = np.flatnonzero(corpus.symbols == symbol)
        if not len(at):
            continue
        index = np.searchsorted(at, places, side="right")
        following = np.append(at, total)[index]
        ways.append((np.where(following <= until, symbol, 0), following))
    return ways


def _grow(base: int, codes: Ints, ends: Ints, ahead: list[tuple[Ints, Ints]]) -> tuple[Ints, Ints]:
    grown_codes, grown_ends = [_NONE], [_NONE]
    for symbols, places in ahead:
        reached = symbols[ends]
        goes_on = reached > 0
        grown_codes.append(codes[goes_on] * base + reached[goes_on])
        grown_ends.append(places[ends[goes_on]])
    return np.concatenate(grown_codes), np.concatenate(grown_ends)
