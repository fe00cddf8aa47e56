"""The rows themselves: one generator of random numbers, one pass, oldest rows first."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import accumulate, count
from random import Random

from .documents import DocumentWriter
from .request import SeedRequest
from .rows import Block, Clock, Events, uuid7_maker
from .state import Repository, Tools
from .tasks import TaskWriter
from .vocabulary import PEOPLE, REPOSITORY_FIRST, REPOSITORY_SECOND, TAGS

BLOCK_TASKS = 5_000
TASKS_A_PRD = 200
HOUR = 3_600_000
# Below one, so that later quarters hold more: the first of eight 3 %, the last 20 %.
CROWDING = 0.6


def generate(request: SeedRequest) -> Iterator[Block]:
    """Every row of `request`, in an order in which no foreign key points ahead."""
    random = Random(f"{request.seed} {request.tasks} {request.repositories} {request.until}")  # noqa: S311
    start, until = _milliseconds(request.start), _milliseconds(request.until)
    clock = Clock()
    make_id = uuid7_maker(random.getrandbits)
    # Each seed counts its made-up transactions in a range of its own.
    events = Events(make_id, clock, -(request.seed << 32))
    fences = count(-((request.seed + 1) << 32))
    tools = Tools(random.random, make_id, clock, events, until, fences)
    repositories = list(_repositories(request, tools, start))
    pick = _zipf(repositories, tools)
    documents = DocumentWriter(tools)
    yield from documents.write_repositories(repositories, start)
    moments = _moments(max(1, request.tasks // TASKS_A_PRD), start + HOUR, until, tools)
    yield from documents.write_prds((pick(), moment) for moment in moments)
    tasks = TaskWriter(tools)
    for number, moment in enumerate(_moments(request.tasks, start + HOUR, until, tools), start=1):
        tasks.add(pick(), moment)
        if number % BLOCK_TASKS == 0 or number == request.tasks:
            yield from tasks.take_blocks()


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000


def _moments(count: int, start: int, until: int, tools: Tools) -> Iterator[int]:
    """`count` moments in order, later ones closer together."""
    span = until - start
    for number in range(count):
        yield start + int(span * ((number + tools.uniform()) / count) ** CROWDING)


def _repositories(request: SeedRequest, tools: Tools, start: int) -> Iterator[Repository]:
    names = [f"{first}-{second}" for second in REPOSITORY_SECOND for first in REPOSITORY_FIRST]
    for number in range(request.repositories):
        lap, place = divmod(number, len(names))
        name = names[place] if lap == 0 else f"{names[place]}-{lap + 1}"
        team = 3 + int(tools.uniform() * 10)
        first = int(tools.uniform() * len(PEOPLE))
        yield Repository(
            id=tools.make_id(start),
            name=request.prefix + name,
            theme=TAGS[int(tools.uniform() * len(TAGS))],
            people=tuple(PEOPLE[(first + 7 * step) % len(PEOPLE)] for step in range(team)),
        )


def _zipf(repositories: list[Repository], tools: Tools) -> Callable[[], Repository]:
    """Picks a repository: the first has twice the second's share, three times the third's."""
    limits = list(accumulate(1 / rank for rank in range(1, len(repositories) + 1)))

    def pick() -> Repository:
        return repositories[bisect(limits, tools.uniform() * limits[-1])]

    return pick
