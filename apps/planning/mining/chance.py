"""How surprising a support is, if the order within each stream were accidental.

Only additions, multiplications, divisions and roots of the machine's arithmetic are used, which
IEEE 754 defines to the last bit. `exp` and `log` of a mathematical library are not so defined: with
them two machines might disagree about which of two patterns is the more surprising.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Context, Decimal

import numpy as np
from numpy.typing import NDArray

from .corpus import Corpus, Ints

Floats = NDArray[np.float64]

_HALVINGS = 10
_LN2 = 0.6931471805599453
_HALF_ROOT = 0.7071067811865476
_SERIES = 12
_NEGLIGIBLE = 1e-17
_CONTEXT = Context(prec=20, traps=[])


class Chance:
    """The expected supports of patterns in a corpus whose streams were put into random order."""

    def __init__(self, corpus: Corpus, max_steps: int, max_gap: int | None) -> None:
        shape = (corpus.stream_count, corpus.base)
        places = corpus.streams * corpus.base + corpus.symbols
        counts = np.bincount(places, minlength=shape[0] * shape[1]).reshape(shape)
        lengths = counts.sum(axis=1)
        # By number of times and symbol: in how many ways so many of the stream's own can be taken.
        self._ways = _falling(counts.T.astype(np.float64), max_steps)
        taken = _falling(lengths.astype(np.float64), max_steps)
        sizes, which = np.unique(lengths, return_inverse=True)
        self._shares: list[Floats] = []
        for steps in range(max_steps + 1):
            placed = [_placements(size, steps, max_gap) for size in sizes.tolist()]
            fits = lengths >= steps
            shares = np.zeros(len(lengths))
            np.divide(np.array(placed)[which], taken[steps], out=shares, where=fits)
            self._shares.append(shares)
        self._known: dict[tuple[int, ...], float] = {}

    def expected(self, steps: Sequence[int]) -> float:
        """In how many streams a pattern of these steps is to be expected.

        The order of its steps has no part in this: each order is as likely as any other.
        """
        key = tuple(sorted(steps))
        if key not in self._known:
            self._known[key] = _total(self._chances(key))
        return self._known[key]

    def expected_among(self, steps: Sequence[int], streams: NDArray[np.bool_]) -> float:
        """As above, of these streams only."""
        return _total(self._chances(tuple(sorted(steps)))[streams])

    def _chances(self, steps: tuple[int, ...]) -> Floats:
        """The chance of each stream to hold them."""
        times = self._shares[len(steps)]
        for symbol, count in Counter(steps).items():
            times = times * self._ways[count][symbol]
        # 1 - e^-times, as 1 - (1 - times / n)^n with a large n: twice x is x (2 - x).
        share = np.minimum(times / (1 << _HALVINGS), 1.0)
        for _ in range(_HALVINGS):
            share = share * (2.0 - share)
        return share


def _total(values: Floats) -> float:
    """The sum, added up in this order on every machine, as `sum` is not."""
    return float(np.cumsum(values)[-1]) if len(values) else 0.0


def _falling(values: Floats, most: int) -> list[Floats]:
    """`values` · (`values` - 1) · … of 0, 1, … `most` factors."""
    products = [np.ones_like(values)]
    for factors in range(most):
        products.append(products[-1] * np.maximum(values - factors, 0.0))
    return products


def _placements(size: int, steps: int, max_gap: int | None) -> float:
    """In how many ways `steps` places can be chosen out of `size`, near enough to each other."""
    if steps == 0 or size < steps:
        return 0.0
    widest = size if max_gap is None else max_gap + 1
    spans = [1] + [0] * (size - 1)  # by how far the last place is behind the first
    for _ in range(steps - 1):
        sums = [0]
        for span in spans:
            sums.append(sums[-1] + span)
        spans = [sums[at] - sums[max(at - widest, 0)] for at in range(size)]
    return float(sum(count * (size - span) for span, count in enumerate(spans)))


def log_tails(supports: Ints, expected: Floats) -> Floats:
    """The logarithms of the chance that a Poisson variable of these means is so large or larger.

    Zero, which is certainty, where no more was found than expected.
    """
    tails = np.zeros(len(supports))
    above = np.flatnonzero(supports > expected)
    if not len(above):
        return tails
    support, mean = supports[above].astype(np.float64), expected[above]
    total, term, step = np.ones(len(above)), np.ones(len(above)), 0.0
    while term.max() > _NEGLIGIBLE:
        step += 1.0
        term = term * (mean / (support + step))
        total = total + term
    factorials = np.cumsum(_ln(np.maximum(np.arange(int(supports.max()) + 1), 1.0)))
    tails[above] = np.minimum(
        support * _ln(mean) - mean - factorials[supports[above]] + _ln(total), 0.0
    )
    return tails


def probability(log: float) -> float:
    """What a logarithm is the logarithm of, in six digits; never 0, which nothing can be."""
    exact = _CONTEXT.exp(Decimal(log))
    return max(float(f"{exact:.5e}"), 1e-300)


def _ln(values: Floats) -> Floats:
    """Natural logarithms, by the series of the inverse hyperbolic tangent."""
    mantissa, exponent = np.frexp(values)
    small = mantissa < _HALF_ROOT
    mantissa = np.where(small, mantissa * 2.0, mantissa)
    exponent = np.where(small, exponent - 1, exponent)
    ratio = (mantissa - 1.0) / (mantissa + 1.0)
    square = ratio * ratio
    series = np.full_like(ratio, 1.0 / (2 * _SERIES + 1))
    for term in range(_SERIES - 1, -1, -1):
        series = series * square + 1.0 / (2 * term + 1)
    return exponent * _LN2 + 2.0 * ratio * series
