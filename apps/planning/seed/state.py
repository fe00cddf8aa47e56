"""What the generator remembers while it writes: a little for each repository, no task for long."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from .lives import Deletion
from .prose import Section
from .rows import Clock, Events

NEIGHBOURS = 40


@dataclass(frozen=True, slots=True)
class Tools:
    """What every part of the generator works with."""

    uniform: Callable[[], float]
    make_id: Callable[[int], str]
    clock: Clock
    events: Events
    until: int
    # Below zero, where no real claim is; each seed counts in a range of its own.
    fences: Iterator[int]


class Neighbour(NamedTuple):
    """A task that later ones of its repository may stand under or depend on."""

    id: str
    line: tuple[str, ...]  # itself, its parent and so on
    first_closed: int | None
    out_of_the_way: int | None
    deletion: Deletion | None


class Document(NamedTuple):
    """A PRD that tasks may come from."""

    id: str
    created: int
    sections: list[Section]
    deletion: Deletion | None


@dataclass(slots=True)
class Repository:
    """One repository: who works there, its documents, and its latest tasks."""

    id: str
    name: str
    theme: str
    people: tuple[str, ...]
    documents: list[Document] = field(default_factory=list)
    neighbours: list[Neighbour] = field(default_factory=list)
    tasks: int = 0
    keys: int = 0
    current_document: int = -1

    def remember(self, neighbour: Neighbour) -> None:
        """Keep the latest ones only."""
        if len(self.neighbours) < NEIGHBOURS:
            self.neighbours.append(neighbour)
        else:
            self.neighbours[self.tasks % NEIGHBOURS] = neighbour
        self.tasks += 1

    def document_at(self, moment: int) -> Document | None:
        """The newest PRD that was there at `moment`, unless it was deleted by then."""
        following = self.current_document + 1
        while following < len(self.documents) and self.documents[following].created < moment:
            self.current_document = following
            following += 1
        if self.current_document < 0:
            return None
        document = self.documents[self.current_document]
        deletion = document.deletion
        return None if deletion is not None and deletion.at <= moment else document
