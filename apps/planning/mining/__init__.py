"""Patterns in finished work (docs/patterns.md). Pure: no Django, no clock, no chance.

What was closed goes in, a result with canonical bytes comes out: the same work, the same bytes.
`streams` orders the work, `corpus` makes arrays of it, `frequent` finds what recurs, `closed` drops
what a longer pattern says as well, `chance` and `shuffles` ask what chance would have made,
`explaining` drops the shadows of stronger patterns,
`occurrences` and `figures` describe what remains, `result` is what comes out.
"""

from __future__ import annotations

from .mining import mine
from .model import MINING_VERSION, ClosedTask, Parameters
from .result import MinedPattern, MiningResult, Occurrence, RepositoryFigures

__all__ = [
    "MINING_VERSION",
    "ClosedTask",
    "MinedPattern",
    "MiningResult",
    "Occurrence",
    "Parameters",
    "RepositoryFigures",
    "mine",
]
