"""Which patterns order alone accounts for: those that shuffled streams do not have by accident.

A pattern is looked for because the data has it, and hundreds are looked for at once. Both make
accidents look like habits. So what is asked is how often the *most* surprising pattern of a
shuffled history is as surprising as this one (Westfall and Young's single-step minimum of p). That
share is the chance to keep even one accidental pattern among all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .chance import Chance, Floats, log_tails, probability
from .closed import Found
from .corpus import Corpus, Ints
from .frequent import find_frequent
from .model import Parameters

_STREAM_BITS = 24
_RANDOM_BITS = 64 - _STREAM_BITS


@dataclass(frozen=True, slots=True)
class Surprise:
    """How a pattern's support compares with shuffled streams."""

    log_p: float
    p_value: float
    corrected: float
    lift: float


class Comparison:
    """What is known from the shuffles: how surprising their most surprising patterns are."""

    def __init__(self, chance: Chance, minima: Floats) -> None:
        self._chance = chance
        self._minima = np.sort(minima)

    def corrected(self, log_p: float) -> float:
        """The share of histories whose most surprising pattern is as surprising as this."""
        as_small = int(np.searchsorted(self._minima, log_p, side="right"))
        return (1 + as_small) / (1 + len(self._minima))

    def log_tail(self, steps: tuple[int, ...], support: int, *, among: NDArray[np.bool_]) -> float:
        """How surprising it is that so many of these streams hold a pattern of these steps."""
        expected = self._chance.expected_among(steps, among)
        return float(log_tails(np.array([support]), np.array([expected]))[0])


def compare_with_shuffles(
    corpus: Corpus,
    patterns: Sequence[Found],
    *,
    least: int,
    longest: int,
    parameters: Parameters,
) -> tuple[list[Surprise], Comparison]:
    """How surprising each of these patterns is; all shuffles are mined as the corpus was.

    `longest` is the length up to which it was: shuffles have no longer patterns than that either.
    """
    if corpus.stream_count >> _STREAM_BITS:
        raise ValueError(f"More than {1 << _STREAM_BITS:,} streams cannot be shuffled.")
    chance = Chance(corpus, parameters.max_steps, parameters.max_gap)
    if not patterns:
        return [], Comparison(chance, np.zeros(parameters.shuffles))
    always = _beginnings(corpus, patterns)
    random = np.random.PCG64(parameters.seed)
    codes: list[Ints] = []
    supports: list[Ints] = []
    for _ in range(parameters.shuffles):
        shuffled = _shuffled(corpus, random)
        levels = find_frequent(
            shuffled,
            least=least,
            max_steps=longest,
            max_gap=parameters.max_gap,
            always=always,
        )
        levels = [level for level in levels if level.steps >= parameters.min_steps]
        codes.append(np.concatenate([np.empty(0, np.int64), *(level.codes for level in levels)]))
        supports.append(
            np.concatenate([np.empty(0, np.int64), *(level.support for level in levels)])
        )
    comparison = Comparison(chance, _minima(corpus, chance, codes, supports, least))
    support = np.array([pattern.support for pattern in patterns], np.int64)
    logs = log_tails(support, np.array([chance.expected(each.steps) for each in patterns]))
    totals = _totals(np.array([each.code for each in patterns], np.int64), codes, supports)
    surprises = [
        Surprise(
            log_p=log,
            p_value=probability(log),
            corrected=comparison.corrected(log),
            # As if it had been seen once in all shuffles, if it was not.
            lift=each.support * parameters.shuffles / max(int(total), 1),
        )
        for each, log, total in zip(patterns, logs.tolist(), totals, strict=True)
    ]
    return surprises, comparison


def _beginnings(corpus: Corpus, patterns: Sequence[Found]) -> Mapping[int, Ints]:
    """The codes of the patterns and of all their beginnings, by length."""
    codes: dict[int, set[int]] = {}
    for pattern in patterns:
        code = pattern.code
        for steps in range(len(pattern.steps), 0, -1):
            codes.setdefault(steps, set()).add(code)
            code //= corpus.base
    return {steps: np.array(sorted(found), np.int64) for steps, found in codes.items()}


def _shuffled(corpus: Corpus, random: np.random.PCG64) -> Corpus:
    """The corpus with each stream in random order.

    From the generator's raw bits, whose sequence numpy promises not to change, and a stable sort:
    another version, or another machine, makes the same shuffles.
    """
    keys = random.random_raw(len(corpus.symbols)) >> np.uint64(_STREAM_BITS)
    keys |= corpus.streams.astype(np.uint64) << np.uint64(_RANDOM_BITS)
    order = np.argsort(keys, kind="stable")
    return Corpus(corpus.symbols[order], corpus.streams, corpus.size)


def _minima(
    corpus: Corpus, chance: Chance, codes: list[Ints], supports: list[Ints], least: int
) -> Floats:
    """For each shuffle, the logarithm of the smallest p-value of a frequent pattern in it."""
    all_codes, all_supports = np.concatenate(codes), np.concatenate(supports)
    which = np.repeat(np.arange(len(codes)), [len(each) for each in codes])
    frequent = all_supports >= least
    all_codes, all_supports, which = all_codes[frequent], all_supports[frequent], which[frequent]
    names, positions = np.unique(all_codes, return_inverse=True)
    means = np.array([chance.expected(corpus.steps(code)) for code in names.tolist()])
    minima = np.zeros(len(codes))  # a shuffle without a frequent pattern surprises nobody
    if len(names):
        np.minimum.at(minima, which, log_tails(all_supports, means[positions]))
    return minima


def _totals(wanted: Ints, codes: list[Ints], supports: list[Ints]) -> Ints:
    """In how many streams of all shuffles together each of these patterns was."""
    order = np.argsort(wanted, kind="stable")
    ascending = wanted[order]
    totals = np.zeros(len(wanted), np.int64)
    for found, support in zip(codes, supports, strict=True):
        at = np.minimum(np.searchsorted(ascending, found), len(ascending) - 1)
        known = ascending[at] == found
        np.add.at(totals, order[at[known]], support[known])
    return totals
