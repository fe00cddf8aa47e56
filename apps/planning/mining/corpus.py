"""Streams as arrays, and patterns as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
NOTHING = 0  # the symbol of a task that is no step of any pattern


@dataclass(frozen=True, slots=True)
class Corpus:
    """All streams behind each other: the symbol of each task, and the number of its stream.

    Symbols of steps are 1 … `size`. A pattern is the number that its symbols are the digits of,
    in base `size + 1`.
    """

    symbols: Ints
    streams: Ints
    size: int

    @property
    def base(self) -> int:
        return self.size + 1

    @property
    def stream_count(self) -> int:
        return int(self.streams[-1]) + 1 if len(self.streams) else 0

    def code(self, steps: Sequence[int]) -> int:
        code = 0
        for step in steps:
            code = code * self.base + step
        return code

    def steps(self, code: int) -> tuple[int, ...]:
        steps: list[int] = []
        while code:
            code, step = divmod(code, self.base)
            steps.append(step)
        return tuple(reversed(steps))


def make_corpus(streams: Sequence[Sequence[int]], size: int) -> Corpus:
    """The corpus of streams of symbols."""
    symbols = np.fromiter((symbol for stream in streams for symbol in stream), np.int64)
    lengths = np.fromiter((len(stream) for stream in streams), np.int64, len(streams))
    return Corpus(symbols, np.repeat(np.arange(len(streams), dtype=np.int64), lengths), size)
