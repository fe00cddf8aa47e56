"""The dependencies of a document as a whole: no cycles, no silent contradiction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .graph import components, shortest_cycle
from .model import DependencyEdge, Note


@dataclass(frozen=True, slots=True)
class Claim:
    """ "These can run in parallel", or one of them with all others."""

    keys: tuple[str, ...]
    with_all: bool
    line: int


@dataclass(slots=True)
class Judge:
    """Takes edges away that lie on a cycle, and reports claims that contradict an edge."""

    keys: Sequence[str]
    edges: dict[tuple[str, str], DependencyEdge]
    claims: Sequence[Claim]
    notes: list[Note]
    cyclic: list[DependencyEdge] = field(default_factory=list)  # taken away

    def drop_cycles(self) -> None:
        graph: dict[str, list[str]] = {key: [] for key in self.keys}
        for task, target in self.edges:
            graph[task].append(target)
        component: dict[str, int] = {}
        groups = components(graph)
        lines: list[set[int]] = [set() for _ in groups]
        for number, members in enumerate(groups):
            component.update(dict.fromkeys(members, number))
        for task, target in list(self.edges):
            number = component.get(task, -1)
            if number >= 0 and component.get(target) == number:
                edge = self.edges.pop((task, target))
                self.cyclic.append(edge)
                lines[number].add(edge.line)
        for members, found in zip(groups, lines, strict=True):
            cycle = shortest_cycle(graph, members, members[0])
            shown = cycle if len(cycle) <= 12 else [*cycle[:6], "\u2026", *cycle[-5:]]
            way = " \u2192 ".join(shown)
            where = ", ".join(str(line) for line in sorted(found)[:10])
            self._note(
                "dependency_cycle",
                f"These tasks wait for each other: {way} (lines {where}); "
                "no dependency between them was taken.",
                min(found),
            )

    def check_claims(self) -> None:
        touching: dict[str, dict[str, DependencyEdge]] = {key: {} for key in self.keys}
        for edge in self.edges.values():
            touching[edge.task_key][edge.depends_on_key] = edge
            touching[edge.depends_on_key][edge.task_key] = edge
        seen: set[tuple[frozenset[str], bool]] = set()
        for claim in self.claims:
            group = frozenset(claim.keys)
            if (group, claim.with_all) in seen:
                continue
            seen.add((group, claim.with_all))
            against: dict[tuple[str, str], DependencyEdge] = {}
            for key in claim.keys:
                near = touching[key]
                for other in near if claim.with_all else near.keys() & group:
                    edge = near[other]
                    against[edge.task_key, edge.depends_on_key] = edge
            if against:
                edges = sorted(
                    against.values(), key=lambda e: (e.line, e.task_key, e.depends_on_key)
                )
                shown = "; ".join(
                    f"{e.task_key} depends on {e.depends_on_key} (line {e.line})" for e in edges[:5]
                )
                more = f" and {len(edges) - 5} more" if len(edges) > 5 else ""
                self._note(
                    "parallel_contradiction",
                    f"These are said to run in parallel, yet {shown}{more}; "
                    "the dependency was kept.",
                    claim.line,
                )

    def _note(self, code: str, message: str, line: int) -> None:
        self.notes.append(Note(code, message, line))
