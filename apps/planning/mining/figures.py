"""The figures of what happened: intervals, percentiles, weights."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal
from functools import lru_cache
from math import sqrt

_Z = 1.959963984540054  # of a normal variable 95 % lie within so many deviations
_CONTEXT = Context(prec=20, traps=[])


def wilson(successes: int, total: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share; of nothing, all from 0 to 1."""
    if total == 0:
        return 0.0, 1.0
    share, spread = successes / total, _Z * _Z / total
    middle = share + spread / 2
    half = _Z * sqrt(share * (1 - share) / total + spread / (4 * total))
    low, high = (middle - half) / (1 + spread), (middle + half) / (1 + spread)
    # Exactly what the formula gives at the ends, without its rounding.
    return 0.0 if successes == 0 else low, 1.0 if successes == total else high


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The smallest of these values that so many per cent of them do not exceed (nearest rank)."""
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(rank, 1) - 1]


@lru_cache(maxsize=10_000)
def weight(days: int, half_life: int) -> float:
    """What something so many days ago still counts, if it counts half after `half_life` of them."""
    return float(_CONTEXT.power(Decimal(2), Decimal(-days) / Decimal(half_life)))
