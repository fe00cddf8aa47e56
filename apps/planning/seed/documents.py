"""Repositories and PRDs with their revisions, and the history of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from apps.prds.choices import ParseStatus, PRDStatus
from apps.prds.parser import PARSER_VERSION

from .lives import DAY, HOUR, Deletion
from .prose import LINE_END, evenly, prd_document, skewed
from .rows import COLUMNS, NULL, Block
from .state import Document, Repository, Tools

DELETED_SHARE = 0.02
ROWS_A_BLOCK = 1_000


class DocumentWriter:
    """Fills the tables that stand before tasks."""

    def __init__(self, tools: Tools) -> None:
        self.tools = tools
        self.lines: dict[str, list[str]] = {}

    def write_repositories(self, repositories: Sequence[Repository], at: int) -> Iterator[Block]:
        """The repositories, made at the beginning."""
        stamp = self.tools.clock(at)
        for repository in repositories:
            fixed = f"{repository.name}\tMade by manage.py seed.\t1\t{stamp}"
            self._add("repositories", f"{repository.id}\t{fixed}")
            head = self._head(at, "insert", "command", "seed", "seed", repository.id)
            self._add("repositories_events", f"{head}\t{fixed}")
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
        deletion = self._deletion(at)
        actor = skewed(repository.people, tools.uniform)
        status = (
            evenly(tuple(PRDStatus.values), tools.uniform) if tools.uniform() < 0.2 else "active"
        )
        stamp = tools.clock(at)
        fixed = (
            f"{repository.id}\t{filename}\t{title}\t{digest}\t{status}"
            f"\t{ParseStatus.PARSED.value}\t{stamp}\t{PARSER_VERSION}"
        )
        first = f"{fixed}\t1\t{stamp}\t{NULL}\t{NULL}"
        path = "POST /api/v1/prd/import"
        self._add(
            "prds_events", f"{self._head(at, 'insert', 'api', path, actor, identifier)}\t{first}"
        )
        last = first
        if deletion is not None:
            when = tools.clock(deletion.at)
            last = f"{fixed}\t2\t{when}\t{when}\t{deletion.batch}"
            path = f"DELETE /api/v1/prds/{identifier}"
            head = self._head(
                deletion.at, "update", "api", path, actor, identifier, change=deletion.change
            )
            self._add("prds_events", f"{head}\t{last}")
        self._add("prds", f"{identifier}\t{content}\t{last}")
        self._write_revision(identifier, content, digest, at, actor)
        repository.documents.append(Document(identifier, at, sections, deletion))

    def _write_revision(self, prd: str, content: str, digest: str, at: int, actor: str) -> None:
        identifier = self.tools.make_id(at)
        fixed = f"{prd}\t1\t{digest}\t1\t{self.tools.clock(at)}"
        self._add("prd_revisions", f"{identifier}\t{content}\t{fixed}")
        head = self._head(at, "insert", "api", "POST /api/v1/prd/import", actor, identifier)
        self._add("prd_revisions_events", f"{head}\t{fixed}")

    def _deletion(self, at: int) -> Deletion | None:
        tools = self.tools
        if tools.uniform() > DELETED_SHARE:
            return None
        when = at + HOUR + int(tools.uniform() * 60 * DAY)
        if when > tools.until:
            return None
        return Deletion(when, tools.make_id(when), tools.events.next_change())

    def _head(
        self,
        at: int,
        label: str,
        source: str,
        name: str,
        actor: str,
        row_id: str,
        *,
        change: int | None = None,
    ) -> str:
        tools = self.tools
        context = (
            f'{{"source": "{source}", "name": "{name}", "request_id": "{tools.make_id(at)}",'
            f' "actor_name": "{actor}"}}'
        )
        change = tools.events.next_change() if change is None else change
        return tools.events.head(at=at, label=label, context=context, change=change, row_id=row_id)

    def _add(self, table: str, line: str) -> None:
        self.lines.setdefault(table, []).append(line)

    def _take(self) -> Iterator[Block]:
        for table in COLUMNS:
            if table in self.lines:
                lines = self.lines.pop(table)
                yield Block(table, len(lines), "\n".join([*lines, ""]).encode())
