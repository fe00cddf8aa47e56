"""Tasks, what they depend on, their external keys, and the history of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from apps.tasks.choices import DependencyKind, TaskComplexity, TaskPriority

from .lives import COMPLETED, DAY, HOUR, IN_PROGRESS, PENDING, Bounds, Deletion, Life, live
from .prose import evenly, skewed, task_content, task_criteria, task_details, task_tags
from .rows import COLUMNS, NULL, Block, Change
from .state import Document, Neighbour, Repository, Tools

DEEPEST = 3
CHILD_SHARE = 0.3
PARENT_TRIES = 6
PRD_SHARE = 0.35
DEPENDENT_SHARE = 0.35
DELETED_SHARE = 0.025
EXTERNAL_KEY_SHARE = 0.12
# Of the tasks in work, and of those that are pending.
CLAIMED_SHARES = {IN_PROGRESS: 0.6, PENDING: 0.02}
BLOCKS = DependencyKind.BLOCKS.value
OTHER_KINDS = tuple(kind for kind in DependencyKind.values if kind != BLOCKS)
PRIORITIES = (TaskPriority.MEDIUM.value, TaskPriority.HIGH.value, TaskPriority.LOW.value)
COMPLEXITIES = (*TaskComplexity.values, NULL)
UNMET, MET = '"met": false', '"met": true'


class Link(NamedTuple):
    """A dependency to be."""

    other: str
    kind: str


class TaskWriter:
    """Collects the rows of tasks until a block is full."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.lines: dict[str, list[str]] = {
            table: [] for table in COLUMNS if table.startswith("task")
        }

    def take_blocks(self) -> Iterator[Block]:
        """What has been collected, in the order of the foreign keys."""
        for table, lines in self.lines.items():
            if lines:
                yield Block(table, len(lines), "\n".join([*lines, ""]).encode())
                self.lines[table] = []

    def add(self, repository: Repository, at: int) -> None:
        """One task of `repository`, made at `at`, with all that belongs to it."""
        uniform = self.tools.uniform
        identifier = self.tools.make_id(at)
        actor = skewed(repository.people, uniform)
        parent = self._parent(repository, at)
        document = repository.document_at(at) if uniform() < PRD_SHARE else None
        close_by = parent.first_closed if parent else None
        links, startable = self._links(repository, at, parent)
        bounds = Bounds(
            created=at,
            until=self.tools.until,
            startable=startable,
            close_by=close_by,
            deletion=self._deletion(identifier, at, actor, parent, document),
        )
        life = live(bounds, uniform)
        fixed = self._fixed(repository, at, parent, document)
        created = self.tools.events.change(at=at, name="POST /api/v1/tasks", actor=actor)
        self._write(repository, identifier, actor, fixed, life, created)
        for link in links:
            self._write_link(identifier, link, at, created)
        if uniform() < EXTERNAL_KEY_SHARE:
            self._write_key(repository, identifier, at, created)
        self._claim(repository, identifier, life)
        repository.remember(
            Neighbour(
                identifier,
                (identifier, *parent.line) if parent else (identifier,),
                life.first_closed(),
                life.out_of_the_way(),
                life.deletion,
            )
        )

    def _parent(self, repository: Repository, at: int) -> Neighbour | None:
        """An open, live task that is not too deep; an hour is left before it closes."""
        uniform = self.tools.uniform
        if not repository.neighbours or uniform() > CHILD_SHARE:
            return None
        for _ in range(PARENT_TRIES):
            found = repository.neighbours[int(uniform() * len(repository.neighbours))]
            open_for_now = found.first_closed is None or found.first_closed >= at + HOUR
            live_for_now = found.deletion is None or found.deletion.at > at
            if len(found.line) < DEEPEST and open_for_now and live_for_now:
                return found
        return None

    def _links(
        self, repository: Repository, at: int, parent: Neighbour | None
    ) -> tuple[list[Link], int | None]:
        """What the task depends on, and from when on that lets it start (None: not yet).

        Nothing above itself, which would wait for the task in turn.
        """
        uniform = self.tools.uniform
        above = parent.line if parent else ()
        close_by = parent.first_closed if parent else None
        startable: int | None = at
        links: dict[str, Link] = {}
        if not repository.neighbours or uniform() > DEPENDENT_SHARE:
            return [], startable
        for _ in range(1 + int(3 * uniform() ** 3)):
            other = repository.neighbours[int(uniform() * len(repository.neighbours))]
            if (
                other.id in links
                or other.id in above
                or (other.deletion is not None and other.deletion.at <= at)
            ):
                continue
            free = other.out_of_the_way
            in_time = close_by is None or (free is not None and free < close_by - HOUR // 2)
            if uniform() < 0.8 and in_time:
                links[other.id] = Link(other.id, BLOCKS)
                if startable is not None:
                    startable = None if free is None else max(startable, free)
            else:
                links[other.id] = Link(other.id, evenly(OTHER_KINDS, uniform))
        return list(links.values()), startable

    def _deletion(
        self,
        identifier: str,
        at: int,
        actor: str,
        parent: Neighbour | None,
        document: Document | None,
    ) -> Deletion | None:
        """The earliest of its own deletion, its parent's and its PRD's."""
        tools = self.tools
        found = [
            upper.deletion for upper in (parent, document) if upper is not None and upper.deletion
        ]
        if tools.uniform() < DELETED_SHARE:
            when = at + 1 + int(tools.uniform() ** 2 * 90 * DAY)
            if when <= tools.until:
                path = f"DELETE /api/v1/tasks/{identifier}"
                change = tools.events.change(at=when, name=path, actor=actor)
                found.append(Deletion(when, tools.make_id(when), change))
        return min(found) if found else None

    def _fixed(
        self, repository: Repository, at: int, parent: Neighbour | None, document: Document | None
    ) -> str:
        """The columns of TASK_FIXED."""
        uniform = self.tools.uniform
        section, first_line, last_line = "", NULL, NULL
        if document is not None:
            found = document.sections[int(uniform() * len(document.sections))]
            section, first_line, last_line = (
                found.title,
                str(found.first_line),
                str(found.last_line),
            )
        chance = uniform()
        complexity = COMPLEXITIES[int(chance * len(COMPLEXITIES))]
        estimate = str(15 * (1 + int(32 * uniform() ** 2))) if uniform() < 0.6 else NULL
        due = NULL
        if uniform() < 0.3:
            due = self.tools.clock(at + 3 * DAY + int(uniform() * 60 * DAY))
        metadata = '{"branch": "work"}' if chance < 0.05 else "{}"
        return (
            f"{repository.id}\t{task_content(uniform)}\t{task_details(uniform)}\t{complexity}"
            f"\t{task_tags(uniform, repository.theme)}\t{'t' if chance > 0.92 else 'f'}"
            f"\t{parent.id if parent else NULL}\t{document.id if document else NULL}"
            f"\t{section}\t{first_line}\t{last_line}\t{skewed(PRIORITIES, uniform)}"
            f"\t{estimate}\t{due}\t{metadata}"
        )

    def _write(
        self,
        repository: Repository,
        identifier: str,
        actor: str,
        fixed: str,
        life: Life,
        created: Change,
    ) -> None:
        """The row as it is now, and one event for each version that it has had."""
        tools = self.tools
        uniform, clock = tools.uniform, tools.clock
        assignee = skewed(repository.people, uniform) if uniform() < 0.4 else ""
        session, actual, started, completed = "", NULL, NULL, NULL
        criteria = task_criteria(uniform)
        stamp = clock(life.created)
        moving = (
            f"{PENDING}\t{session}\t{assignee}\t{actual}\t{criteria}\t{started}\t{completed}"
            f"\t1\t{stamp}\t{NULL}\t{NULL}"
        )
        self._event("tasks", created, life.created, "insert", identifier, fixed, moving)
        version = 1
        path = f"PATCH /api/v1/tasks/{identifier}"
        for move in life.moves:
            version += 1
            stamp = clock(move.at)
            if move.status == IN_PROGRESS:
                assignee = assignee or actor
                if uniform() < 0.7:
                    session = f"{repository.name}-{move.at // DAY}-{assignee}"
                started = stamp if started == NULL else started
            elif move.status == PENDING:
                started = NULL
            completed = NULL
            if move.status == COMPLETED:
                completed = stamp
                actual = str(5 * (1 + int(90 * uniform() ** 2)))
                criteria = criteria.replace(UNMET, MET)
            status = move.status
            moving = (
                f"{status}\t{session}\t{assignee}\t{actual}\t{criteria}\t{started}\t{completed}"
                f"\t{version}\t{stamp}\t{NULL}\t{NULL}"
            )
            change = tools.events.change(at=move.at, name=path, actor=assignee or actor)
            self._event("tasks", change, move.at, "update", identifier, fixed, moving)
        if life.deletion is not None:
            status = life.moves[-1].status if life.moves else PENDING
            stamp = clock(life.deletion.at)
            moving = (
                f"{status}\t{session}\t{assignee}\t{actual}\t{criteria}\t{started}\t{completed}"
                f"\t{version + 1}\t{stamp}\t{stamp}\t{life.deletion.batch}"
            )
            deletion = life.deletion
            self._event("tasks", deletion.change, deletion.at, "update", identifier, fixed, moving)
        self.lines["tasks"].append(f"{identifier}\t{fixed}\t{moving}")

    def _event(
        self, table: str, change: Change, at: int, label: str, row_id: str, *columns: str
    ) -> None:
        head = self.tools.events.head(change, at=at, label=label, row_id=row_id)
        self.lines[f"{table}_events"].append("\t".join((head, *columns)))

    def _write_link(self, identifier: str, link: Link, at: int, change: Change) -> None:
        own = self.tools.make_id(at)
        row = f"{identifier}\t{link.other}\t{link.kind}\t1\t{self.tools.clock(at)}"
        self.lines["task_dependencies"].append(f"{own}\t{row}")
        self._event("task_dependencies", change, at, "insert", own, row)

    def _claim(self, repository: Repository, identifier: str, life: Life) -> None:
        """Somebody may hold what is open at the end; some of the claims have expired."""
        tools = self.tools
        status = life.moves[-1].status if life.moves else PENDING
        if life.deletion or tools.uniform() > CLAIMED_SHARES.get(status, 0):
            return
        at = life.moves[-1].at if life.moves else life.created
        holder = skewed(repository.people, tools.uniform)
        expired = tools.uniform() < 0.3
        expires = min(at + HOUR, tools.until) if expired else tools.until + DAY
        own, fence = tools.make_id(at), next(tools.fences)
        row = f"{repository.id}\t{identifier}\t{holder}\t{fence}\t1\t{tools.clock(at)}"
        lease = f"{tools.clock(expires - HOUR)}\t{tools.clock(expires)}"
        self.lines["task_claims"].append(f"{own}\t{row}\t{lease}")
        path = f"POST /api/v1/tasks/{identifier}/claim"
        change = tools.events.change(at=at, name=path, actor=holder)
        self._event("task_claims", change, at, "insert", own, row)

    def _write_key(self, repository: Repository, identifier: str, at: int, change: Change) -> None:
        repository.keys += 1
        own = self.tools.make_id(at)
        row = f"{repository.id}\t{identifier}\tGH-{repository.keys}\t1\t{self.tools.clock(at)}"
        self.lines["task_external_keys"].append(f"{own}\t{row}")
        self._event("task_external_keys", change, at, "insert", own, row)
