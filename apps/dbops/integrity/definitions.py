"""The functions that this release means, read from the code that makes them: no second list.

Trigger functions come out of the triggers that the models declare, the others out of the RunSQL of
our migrations, of which the last one counts.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import pgtrigger
from django.db.migrations import RunSQL, SeparateDatabaseAndState
from django.db.migrations.loader import MigrationLoader

OURS = "apps."

FUNCTION = re.compile(
    r"""
    (?P<drop>DROP\s+FUNCTION\s+(?:IF\s+EXISTS\s+)?(?:public\.)?"?(?P<dropped>\w+)"?)
    | CREATE\s+(?:OR\s+REPLACE\s+)?FUNCTION\s+(?:public\.)?"?(?P<name>\w+)"?\s*
      \((?P<arguments>[^)]*)\)
      (?P<options>.*?)
      (?:\bAS\s+\$(?P<tag>\w*)\$(?P<source>.*?)\$(?P=tag)\$ | \bRETURN\s(?P<expression>[^;]*))
      (?P<more>[^;]*);
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
SETTING = re.compile(r"\bSET\s+(\w+)\s*(?:=|\bTO\b)\s*('?\w+'?(?:\s*,\s*'?\w+'?)*)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Definition:
    """A function as its CREATE statement says it; `expression` is a body in standard SQL."""

    name: str
    made_by: str
    definer: bool
    volatility: str
    strict: bool
    settings: tuple[str, ...]
    source: str | None
    expression: str | None


@functools.cache
def own_migrations() -> frozenset[tuple[str, str]]:
    """The migrations of this release's own apps, by app and name."""
    return frozenset(
        key for key, migration in _loader().disk_migrations.items() if _is_ours(migration)
    )


@functools.cache
def trigger_functions() -> dict[str, Definition]:
    """The functions behind the triggers that the models declare."""
    return {
        definition.name: definition
        for model, trigger in pgtrigger.registered()
        for definition in _read([trigger.compile(model).install_sql], "")
        if isinstance(definition, Definition)
    }


@functools.cache
def migrated_functions() -> dict[str, Definition]:
    """The functions that our migrations have made and not dropped."""
    graph = _loader().graph
    plan = dict.fromkeys(key for leaf in graph.leaf_nodes() for key in graph.forwards_plan(leaf))
    found: dict[str, Definition] = {}
    for key in plan:
        migration = graph.nodes[key]
        if not _is_ours(migration):
            continue
        for definition in _read(_statements(migration.operations), ".".join(key)):
            if isinstance(definition, Definition):
                found[definition.name] = definition
            else:
                found.pop(definition, None)
    return found


@functools.cache
def _loader() -> MigrationLoader:
    return MigrationLoader(None)


def _is_ours(migration: Any) -> bool:
    return type(migration).__module__.startswith(OURS)


def _statements(operations: Iterable[Any]) -> Iterator[str]:
    for operation in operations:
        if isinstance(operation, SeparateDatabaseAndState):
            yield from _statements(operation.database_operations)
        elif isinstance(operation, RunSQL):
            parts = [operation.sql] if isinstance(operation.sql, str) else operation.sql
            yield from (part if isinstance(part, str) else part[0] for part in parts)


def _read(statements: Iterable[str], made_by: str) -> Iterator[Definition | str]:
    """Each function that the SQL makes, or the name of one that it drops, in its order."""
    for sql in statements:
        for match in FUNCTION.finditer(sql):
            if match["drop"]:
                yield match["dropped"]
                continue
            options = f"{match['options']} {match['more']}"
            words = set(re.findall(r"[A-Z]+", options.upper()))
            volatility = {"IMMUTABLE", "STABLE"} & words
            yield Definition(
                name=match["name"],
                made_by=made_by,
                definer="DEFINER" in words,
                volatility=volatility.pop() if volatility else "VOLATILE",
                strict="STRICT" in words,
                settings=tuple(
                    name + "=" + ", ".join(re.findall(r"\w+", value))
                    for name, value in SETTING.findall(options)
                ),
                source=match["source"],
                expression=match["expression"],
            )
