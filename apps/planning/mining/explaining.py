"""Patterns that say something of their own, and are not the shadow of a stronger one.

A flow brings its parts, and its parts with common neighbours in front and behind. All of them are
more frequent than chance, and none of them is news. So patterns are taken by how surprising they
are, the most surprising first, and each must be as surprising again in those streams that hold none
of the patterns taken before it with which it shares a step.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .closed import Found
from .corpus import Corpus
from .model import Parameters
from .shuffles import Comparison, Surprise


def only_of_their_own(
    corpus: Corpus,
    patterns: Sequence[tuple[Found, Surprise]],
    comparison: Comparison,
    *,
    least: int,
    parameters: Parameters,
) -> list[tuple[Found, Surprise]]:
    """Those of these significant patterns that no more surprising one explains."""
    taken: list[tuple[Found, Surprise]] = []
    for found, surprise in sorted(patterns, key=_most_surprising_first):
        without = np.ones(corpus.stream_count, np.bool_)
        for other, _ in taken:
            if set(other.steps) & set(found.steps):
                without[np.frombuffer(other.holders, np.int64)] = False
        support = int(without[np.frombuffer(found.holders, np.int64)].sum())
        if support < least:
            continue
        tail = comparison.log_tail(found.steps, support, among=without)
        if comparison.corrected(tail) <= parameters.significance:
            taken.append((found, surprise))
    return taken


def _most_surprising_first(pattern: tuple[Found, Surprise]) -> tuple[float, int, tuple[int, ...]]:
    found, surprise = pattern
    return surprise.log_p, -len(found.steps), found.steps
