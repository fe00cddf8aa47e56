"""Every trigger that the models declare is there, as declared, enabled, on each partition too."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pgtrigger

from .expressions import same_expression
from .findings import REINSTALL, Finding

# Triggers of tables in public: the models', whoever else's, and the foreign keys' (internal ones),
# of which only those that are not enabled are of interest.
TRIGGERS = """
SELECT relname, tgname, tgenabled::text, tgisinternal, tgparentid <> 0,
       tgtype, coalesce(tgoldtable, ''), coalesce(tgnewtable, ''),
       tgdeferrable, tginitdeferred, tgnargs,
       ARRAY(SELECT attname FROM unnest(tgattr) AS number JOIN pg_attribute
             ON attrelid = tgrelid AND attnum = number ORDER BY 1)::text[],
       proname, pronamespace = 'public'::regnamespace,
       CASE WHEN tgqual IS NOT NULL AND tgparentid = 0 THEN pg_get_triggerdef(pg_trigger.oid) END
FROM pg_trigger
JOIN pg_class ON pg_class.oid = tgrelid AND relnamespace = 'public'::regnamespace
JOIN pg_proc ON pg_proc.oid = tgfoid
WHERE NOT tgisinternal OR tgenabled <> 'O'
ORDER BY 1, 2
"""
PARTITIONS = """
SELECT parent.relname, child.relname FROM pg_inherits
JOIN pg_class AS child ON child.oid = inhrelid
JOIN pg_class AS parent ON parent.oid = inhparent AND parent.relkind = 'p'
WHERE parent.relnamespace = 'public'::regnamespace
"""
# PostgreSQL's bits of pg_trigger.tgtype.
ROW, BEFORE, INSTEAD = 1, 2, 64
EVENTS = {"INSERT": 4, "DELETE": 8, "UPDATE": 16, "TRUNCATE": 32}
CONDITION = re.compile(r" WHEN \((.*)\) EXECUTE FUNCTION ", re.DOTALL)
# Procrastinate's migrations bring triggers of its own, which no model declares.
FOREIGN_TABLES = "procrastinate_"


@dataclass(frozen=True, slots=True)
class _Shape:
    """A trigger as pg_trigger keeps it, but for its condition."""

    bits: int
    old_table: str
    new_table: str
    deferrable: bool
    deferred: bool
    arguments: int
    columns: list[str]
    function: str


@dataclass(frozen=True, slots=True)
class _Declared:
    shape: _Shape
    condition: str

    @property
    def each_row(self) -> bool:
        return bool(self.shape.bits & ROW)


@functools.cache
def declared_triggers() -> dict[tuple[str, str], _Declared]:
    """What the models declare, by table and name."""
    return {
        (compiled.sql.table, compiled.sql.pgid): _declared(compiled.sql.kwargs)
        for compiled in (trigger.compile(model) for model, trigger in pgtrigger.registered())
    }


def compare_triggers(cursor: Any) -> list[Finding]:
    """Triggers that are gone, changed, disabled or nobody's (two queries)."""
    cursor.execute(PARTITIONS)
    partitions: dict[str, list[str]] = {}
    for parent, child in cursor.fetchall():
        partitions.setdefault(parent, []).append(child)
    declared = declared_triggers()
    meant = dict(declared)
    for (table, name), trigger in declared.items():
        if trigger.each_row:
            meant |= {(child, name): trigger for child in partitions.get(table, ())}
    cursor.execute(TRIGGERS)
    rows = cursor.fetchall()
    present = {(row[0], row[1]) for row in rows if not row[3]}
    found = [
        Finding(f"The trigger {name} of {table} is missing.", REINSTALL)
        for table, name in meant
        if (table, name) not in present
    ]
    for row in rows:
        found.extend(_compare(cursor, meant.get((row[0], row[1])), row))
    return found


def _compare(cursor: Any, meant: _Declared | None, row: tuple[Any, ...]) -> Iterator[Finding]:
    table, name, enabled, internal, is_clone = row[:5]
    shape, (in_public, text) = _Shape(*row[5:13]), row[13:]
    enable = f'as the owner: ALTER TABLE "{table}" ENABLE TRIGGER "{name}"'
    if enabled != "O":
        how = {"D": "disabled", "R": "for replicas only", "A": "for replicas, too"}[enabled]
        what = "foreign key trigger" if internal else "trigger"
        yield Finding(
            f"The {what} {name} of {table} is {how}.",
            "as a superuser: ALTER TABLE … ENABLE TRIGGER ALL" if internal else enable,
        )
    if internal or table.startswith(FOREIGN_TABLES):
        return
    if meant is None and is_clone:
        return  # its parent says it for all partitions
    if meant is None:
        yield Finding(
            f"{table} has a trigger that no model declares: {name}.",
            f'as the owner: DROP TRIGGER "{name}" ON "{table}"',
        )
        return
    same = in_public and shape == meant.shape
    if not is_clone:  # a clone has its parent's condition
        same = same and _same_condition(cursor, table, meant.condition, text or "")
    if not same:
        yield Finding(f"The trigger {name} of {table} is not as its model declares it.", REINSTALL)


def _same_condition(cursor: Any, table: str, meant: str, text: str) -> bool:
    match = CONDITION.search(text)
    condition = match[1] if match else ""
    if not (meant and condition):
        return meant == condition
    rows = ", ".join(
        f'(SELECT (NULL::public."{table}").* OFFSET 0) AS {alias}' for alias in ("old", "new")
    )
    return same_expression(cursor, rows, meant, condition)


def _declared(sql: dict[str, str]) -> _Declared:
    """From the parts that pgtrigger puts into its template."""
    operation = sql["operation"].upper()
    columns = re.search(r'UPDATE OF ("?\w+"?(?:, "?\w+"?)*)', sql["operation"])
    timing, referencing = sql.get("timing", ""), sql.get("referencing", "")
    condition = sql.get("condition", "").strip()
    bits = sum(bit for event, bit in EVENTS.items() if re.search(rf"\b{event}\b", operation))
    bits |= ROW if sql.get("level", "ROW") == "ROW" else 0
    bits |= {"BEFORE": BEFORE, "AFTER": 0, "INSTEAD OF": INSTEAD}[sql["when"].upper()]
    return _Declared(
        shape=_Shape(
            bits=bits,
            old_table=_transition_table("OLD", referencing),
            new_table=_transition_table("NEW", referencing),
            deferrable="DEFERRABLE" in timing,
            deferred="DEFERRED" in timing,
            arguments=0,
            columns=sorted(re.findall(r"\w+", columns[1])) if columns else [],
            function=sql["pgid"],
        ),
        condition=condition.removeprefix("WHEN ").strip(),
    )


def _transition_table(row: str, referencing: str) -> str:
    match = re.search(rf"{row} TABLE AS (\w+)", referencing)
    return match[1] if match else ""
