"""Plans as PostgreSQL carried them out: what a read really touched."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from .catalogue import NamedQuery

# A sequential scan of fewer rows is what a planner should choose.
BIG = 1_000
BUFFERS = ("Shared Hit Blocks", "Shared Read Blocks")
REMOVED = ("Rows Removed by Filter", "Rows Removed by Index Recheck")


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL as it was sent, with its parameters."""

    sql: str
    parameters: Any


@dataclass(slots=True)
class Run:
    """What the statements of one read did, together."""

    statements: list[Statement] = field(default_factory=list)
    # Tables and partitions that hold rows and were opened, and those that were read from end to
    # end.
    touched: set[str] = field(default_factory=set)
    scanned: set[str] = field(default_factory=set)
    indexes: set[str] = field(default_factory=set)
    buffers: int = 0
    removed: int = 0


class Relations:
    """What the database says of its tables and indexes; read once."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT child.relname, parent.relname FROM pg_inherits"
                " JOIN pg_class AS child ON child.oid = inhrelid"
                " JOIN pg_class AS parent ON parent.oid = inhparent"
            )
            self.parents: dict[str, str] = dict(cursor.fetchall())
            cursor.execute("SELECT relname, reltuples FROM pg_class WHERE relkind = 'r'")
            self.rows: dict[str, float] = dict(cursor.fetchall())

    def root(self, name: str) -> str:
        """The partitioned table or index that `name` is a part of, or itself."""
        return self.parents.get(name, name)

    def is_big(self, table: str) -> bool:
        """Whether the table, all its partitions together, has many rows."""
        return table in self.parents or self.rows.get(table, 0) > BIG


def statements_of(read: Callable[[], Iterable[Any]]) -> list[Statement]:
    """Every SELECT that reading all rows of `read()` sends, in order."""
    sent: list[Statement] = []

    def note(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        sent.append(Statement(sql, parameters))
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(note):
        for _ in read():
            pass
    return sent


def run(query: NamedQuery, sample: Any, relations: Relations) -> Run:
    """Carry out `query` for one sample, once to see its statements, once to have them explained."""
    found = Run(statements_of(lambda: query.build(sample)))
    for statement in found.statements:
        for node in _nodes(_explain(statement)):
            _add(found, node, relations)
    return found


def _explain(statement: Statement) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement.sql}", statement.parameters
        )
        [(answer,)] = cursor.fetchall()
    plan = answer if isinstance(answer, list) else json.loads(answer)
    root: dict[str, Any] = plan[0]["Plan"]
    # A node's buffers contain those of the nodes below it.
    root["Own Buffers"] = sum(root[name] for name in BUFFERS)
    return root


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)


def _add(found: Run, node: dict[str, Any], relations: Relations) -> None:
    found.buffers += node.get("Own Buffers", 0)
    loops = node["Actual Loops"]
    if not loops:
        return
    if "Index Name" in node:
        found.indexes.add(relations.root(node["Index Name"]))
    table = node.get("Relation Name")
    if table is None or relations.rows.get(table, 0) <= 0:
        return
    found.touched.add(table)
    if node["Node Type"].endswith("Seq Scan"):
        found.scanned.add(table)
    if relations.is_big(table):
        found.removed += round(loops * sum(node.get(name, 0) for name in REMOVED))


def problems(query: NamedQuery, found: Run, relations: Relations) -> list[str]:
    """In which ways a run is not what the catalogue promises; empty when it is.

    Which of the query's indexes were used is for the caller to add up over several runs: a rare
    and a frequent value may take different ones.
    """
    wrong = [
        f"reads {table} from end to end ({relations.rows[table]:,.0f} rows)"
        for table in sorted(found.scanned)
        if relations.rows[table] > BIG
    ]
    partitions = {table for table in found.touched if relations.root(table) != table}
    if query.partitions is not None and len(partitions) > query.partitions:
        wrong.append(f"opens {len(partitions)} partitions, not {query.partitions}")
    if found.buffers > query.buffers:
        wrong.append(f"reads {found.buffers:,} pages, not {query.buffers:,}")
    if found.removed > query.removed:
        wrong.append(f"throws {found.removed:,} rows away, not {query.removed:,}")
    return wrong
