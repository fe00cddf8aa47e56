"""The whole way from finished tasks to patterns."""

from __future__ import annotations

from collections.abc import Iterable
from math import ceil

from .closed import all_patterns, only_closed
from .corpus import Corpus, make_corpus
from .describing import describe
from .explaining import only_of_their_own
from .frequent import Level, grow_frequent
from .model import MINING_VERSION, ClosedTask, Parameters
from .result import MiningResult, hash_tasks
from .shuffles import compare_with_shuffles
from .streams import make_streams


def mine(tasks: Iterable[ClosedTask], parameters: Parameters = Parameters()) -> MiningResult:  # noqa: B008
    """The patterns of these tasks. Nothing else has a part in it: no clock, no order of the input.

    Raises ValueError if a task is there twice.
    """
    given = list(tasks)
    if len({task.id for task in given}) < len(given):
        raise ValueError("A task is there twice.")
    made = make_streams(given, parameters)
    names = sorted({task.work_type for task in given} - {""})
    numbers = {"": 0} | {name: number for number, name in enumerate(names, 1)}
    symbols = [[numbers[task.work_type] for task in each.tasks] for each in made.streams]
    corpus = make_corpus(symbols, len(names))
    least = max(parameters.least_support, ceil(parameters.least_share * len(symbols)))
    levels, longest = _levels(corpus, least, parameters)
    frequent = all_patterns(corpus, levels, parameters.min_steps)
    closed = only_closed(frequent)
    surprises, comparison = compare_with_shuffles(
        corpus, closed, least=least, longest=longest, parameters=parameters
    )
    significant = [
        (found, surprise)
        for found, surprise in zip(closed, surprises, strict=True)
        if surprise.corrected <= parameters.significance
    ]
    kept = only_of_their_own(corpus, significant, comparison, least=least, parameters=parameters)
    as_of = max((task.closed_at for task in given), default=None)
    patterns = [
        describe(
            found,
            surprise,
            streams=made.streams,
            symbols=symbols,
            names=["", *names],
            as_of=as_of,
            parameters=parameters,
        )
        for found, surprise in kept
        if as_of is not None
    ]
    return MiningResult(
        algorithm=MINING_VERSION,
        parameters=parameters,
        input_hash=hash_tasks(given),
        counts={
            "tasks": made.tasks,
            "in_bulk": made.in_bulk,
            "alone": made.alone,
            "streams": len(symbols),
            "least_support": least,
            "longest": longest,
            "frequent": len(frequent),
            "closed": len(closed),
            "significant": len(significant),
            "kept": len(kept),
        },
        as_of=as_of,
        patterns=tuple(sorted(patterns, key=lambda each: each.steps)),
    )


def _levels(corpus: Corpus, least: int, parameters: Parameters) -> tuple[list[Level], int]:
    """What is frequent, and the length up to which it was asked.

    Few and very long streams hold nearly every sequence there is: then longer ones are not asked
    for, neither here nor in the shuffles.
    """
    levels: list[Level] = []
    for level in grow_frequent(
        corpus, least=least, max_steps=parameters.max_steps, max_gap=parameters.max_gap
    ):
        if len(level.codes) > parameters.most_frequent:
            return levels, len(levels)
        levels.append(level)
    return levels, parameters.max_steps
