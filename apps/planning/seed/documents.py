"""Repositories and PRDs with their revisions, and the history of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from apps.core.context import Source
from apps.prds.choices import ParseStatus, PRDStatus
from apps.prds.parser import PARSER_VERSION

from .lives import DAY, HOUR, Deletion
from .prose import LINE_END, evenly, prd_document, skewed
from .rows import COLUMNS, NULL, Block, Change
from .state import Document, Repository, Tools

DELETED_SHARE = 0.02
UNUSUAL_SHARE = 0.2
ROWS_A_BLOCK = 1_000


class DocumentWriter:
    """Fills the tables that stand before tasks."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.lines: dict[str, list[str]] = {}

    def write_repositories(self, repositories: Sequence[Repository], at: int) -> Iterator[Block]:
        """The repositories, made at the beginning."""
        stamp = self.tools.clock(at)
        change = self.tools.events.change(at=at, name="seed", actor="seed", source=Source.COMMAND)
        for repository in repositories:
            fixed = f"{repository.name}\tMade by manage.py seed.\t1\t{stamp}"
            self._add("repositories", f"{repository.id}\t{fixed}")
            self._add_event("repositories", change, at, "insert", repository.id, fixed)
        yield from self._take()

    def write_prds(self, plan: Iterable[tuple[Repository, int]]) -> Iterator[Block]:
        """A PRD for each pair of repository and moment, in order of time."""
        for number, (repository, at) in enumerate(plan, start=1):
            self._write_prd(repository, at)
            if number % ROWS_A_BLOCK == 0:
                yield from self._take()
        yield from self._take()

    def _write_prd(self, repository: Repository, at: int) -> None:
        tools = self.tools
        title, content, sections = prd_document(tools.uniform)
        identifier = tools.make_id(at)
        digest = sha256(content.replace(LINE_END, "\n").encode()).hexdigest()
        filename = f"prd-{len(repository.documents) + 1:04}.md"
        actor = skewed(repository.people, tools.uniform)
        deletion = self._deletion(identifier, at, actor)
        status = PRDStatus.ACTIVE.value
        if tools.uniform() < UNUSUAL_SHARE:
            status = evenly(tuple(PRDStatus.values), tools.uniform)
        stamp = tools.clock(at)
        fixed = (
            f"{repository.id}\t{filename}\t{title}\t{digest}\t{status}"
            f"\t{ParseStatus.PARSED.value}\t{stamp}\t{PARSER_VERSION}"
        )
        row = f"{fixed}\t1\t{stamp}\t{NULL}\t{NULL}"
        created = tools.events.change(at=at, name="POST /api/v1/prd/import", actor=actor)
        self._add_event("prds", created, at, "insert", identifier, row)
        if deletion is not None:
            when = tools.clock(deletion.at)
            row = f"{fixed}\t2\t{when}\t{when}\t{deletion.batch}"
            self._add_event("prds", deletion.change, deletion.at, "update", identifier, row)
        self._add("prds", f"{identifier}\t{content}\t{row}")
        revision, image = tools.make_id(at), f"{identifier}\t1\t{digest}\t1\t{stamp}"
        self._add("prd_revisions", f"{revision}\t{content}\t{image}")
        self._add_event("prd_revisions", created, at, "insert", revision, image)
        repository.documents.append(Document(identifier, at, sections, deletion))

    def _deletion(self, identifier: str, at: int, actor: str) -> Deletion | None:
        tools = self.tools
        if tools.uniform() > DELETED_SHARE:
            return None
        when = at + HOUR + int(tools.uniform() * 60 * DAY)
        if when > tools.until:
            return None
        path = f"DELETE /api/v1/prds/{identifier}"
        change = tools.events.change(at=when, name=path, actor=actor)
        return Deletion(when, tools.make_id(when), change)

    def _add_event(
        self, table: str, change: Change, at: int, label: str, row_id: str, columns: str
    ) -> None:
        head = self.tools.events.head(change, at=at, label=label, row_id=row_id)
        self._add(f"{table}_events", f"{head}\t{columns}")

    def _add(self, table: str, line: str) -> None:
        self.lines.setdefault(table, []).append(line)

    def _take(self) -> Iterator[Block]:
        for table in COLUMNS:
            if table in self.lines:
                lines = self.lines.pop(table)
                yield Block(table, len(lines), "\n".join([*lines, ""]).encode())
