"""From the tasks and statements of a document to the dependencies between its tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from .gathering import Gatherer
from .items import Item
from .labels import Statement, is_dependency_topic
from .layout import PREAMBLE, Layout
from .mentions import Subjects
from .model import DependencyEdge
from .naming import Names
from .proposals import Draft
from .references import Mention, Resolver
from .sections import numbered_task, without_numbering

Edges = dict[str, tuple[DependencyEdge, ...]]


def _level(item: Item) -> int:
    level = 0
    while item.parent:
        item, level = item.parent, level + 1
    return level


@dataclass(slots=True)
class Linker:
    """Knows what is said of each task."""

    layout: Layout
    gatherer: Gatherer
    tasks: Sequence[Draft]  # without groups
    said: Mapping[str, Sequence[Statement]]
    cyclic: tuple[DependencyEdge, ...] = field(default=(), init=False)

    def link(self, statements: Mapping[int, Sequence[Statement]]) -> Edges:
        """The dependencies of each task by its key; what stays open goes to the layout's notes."""
        layout, tasks = self.layout, self.tasks
        if not tasks:
            return {}
        names = self._names()
        mentions = list(self._mentions(statements, Subjects(layout.outline, names)))
        keys = [draft.key for draft in tasks]
        other_ids = frozenset(key for key, _ in layout.ids.values()) - frozenset(keys)
        titles = {n: node.title for n, node in enumerate(layout.outline.nodes)}
        resolver = Resolver(keys, other_ids, titles, names)
        edges = resolver.resolve(mentions)
        layout.notes += resolver.notes
        self.cyclic = tuple(resolver.cyclic)
        return edges

    def _mentions(
        self, statements: Mapping[int, Sequence[Statement]], subjects: Subjects
    ) -> Iterator[Mention]:
        owners = {n: owner for n, owner in self.layout.owners.items() if not owner.group}
        free = {
            n
            for n in statements
            if n not in owners and n >= 0 and is_dependency_topic(self.gatherer.topic(n)[0])
        }
        for number in sorted(free):
            subjects.prepare(statements[number])
        inside = self._tasks_inside()
        for number, found in statements.items():
            owner = owners.get(number)
            sees_all = self._sees_all(number, inside)
            for statement in found:
                if number in free:
                    yield from subjects.read(statement, number, sees_all=sees_all)
                else:
                    key = owner.key if owner else None
                    in_list = subjects.list_of(statement)
                    yield Mention(statement, key, number, sees_all, in_list)
        for draft in self.tasks:
            item = draft.item
            said = draft.marks if item.is_heading else self.said[draft.key]
            sees_all = self._sees_all(item.node, inside)
            for statement in said:
                if statement.text and statement.block is None:
                    in_list = self._list_of(item)
                    yield Mention(statement, draft.key, item.node, sees_all, in_list)

    def _list_of(self, item: Item) -> int:
        number = item.list_item
        return self.layout.outline.items[number].list_number if number >= 0 else -1

    def _names(self) -> Names:
        names, outline = Names(), self.layout.outline
        for draft in self.tasks:
            item = draft.item
            aliases = [draft.title, item.alias, item.key or ""]
            numbered = numbered_task(draft.title)
            if numbered:  # "Step 1: Dig" is called "Dig" as well
                aliases.append(numbered[2])
            if item.is_heading and not item.alias:
                number = without_numbering(outline.nodes[item.node].title)[0]
                aliases.append(f"task {number}" if number else "")
            names.add(draft.key, aliases, _level(item))
            if item.list_item >= 0:
                found = outline.items[item.list_item]
                if found.ordinal is not None:
                    names.number(found.list_number, found.ordinal, draft.key)
        return names

    def _tasks_inside(self) -> dict[int, int]:
        """How many tasks stand beneath each section."""
        nodes = self.layout.outline.nodes
        inside: dict[int, int] = dict.fromkeys(range(PREAMBLE, len(nodes)), 0)
        for draft in self.tasks:
            item = draft.item
            parent = nodes[item.node].parent if item.is_heading else item.node
            while parent is not None:
                inside[parent] += 1
                parent = nodes[parent].parent if parent >= 0 else None
        return inside

    def _sees_all(self, number: int, inside: Mapping[int, int]) -> bool:
        """Whether "all others" can only mean every task of the document here."""
        nodes = self.layout.outline.nodes
        current: int | None = number if number != PREAMBLE else None
        while current is not None:
            if inside[current]:
                return inside[current] == len(self.tasks)
            current = nodes[current].parent
        return True
