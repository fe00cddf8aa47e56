"""Triggers that mark an entity as changed, in the transaction that changes it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pgtrigger

from apps.core.triggers import Definer

# A change revives an entry that was given up, and forgets a lease and past failures: they belong
# to the state before. `queued_at` stays: who changes all the time would else never be late.
MARK = """
    INSERT INTO outbox (kind, entity_id)
    SELECT '{kind}', entity FROM ({changed}) AS changed (entity)
    WHERE entity IS NOT NULL
    GROUP BY entity
    ORDER BY entity
    ON CONFLICT (kind, entity_id) DO UPDATE SET
        sequence = EXCLUDED.sequence,
        queued_at = CASE WHEN outbox.dead_at IS NULL THEN outbox.queued_at
                    ELSE EXCLUDED.queued_at END,
        available_at = EXCLUDED.available_at,
        attempts = 0,
        last_error = '',
        dead_at = NULL;
    RETURN NULL;
"""
# What is in both tables cancels out. No join: its plan is made once a session, for as few rows as
# the first statement changes, and a nested loop would then compare each row of a bulk update with
# each other.
UPDATED = (
    "SELECT {key} FROM (SELECT {values}, -1 AS sign FROM old_rows{where}"
    " UNION ALL SELECT {values}, 1 FROM new_rows{where}) AS versions"
    " GROUP BY {values} HAVING sum(sign) <> 0"
)
# By operation: the transition tables it has, and where it shows the entities that have changed.
TRANSITIONS = {
    pgtrigger.Insert: (pgtrigger.Referencing(new="new_rows"), "SELECT {key} FROM new_rows{where}"),
    pgtrigger.Update: (pgtrigger.Referencing(old="old_rows", new="new_rows"), UPDATED),
    pgtrigger.Delete: (pgtrigger.Referencing(old="old_rows"), "SELECT {key} FROM old_rows{where}"),
}


class Emit(Definer):
    """Marks, once a statement, the entities of `kind` that the rows of this operation name.

    Each distinct entity once, in order: a cascade can show a row twice, and statements that mark
    the same entities in another order would deadlock.
    """

    level = pgtrigger.Statement
    when = pgtrigger.After

    def __init__(
        self,
        *,
        operation: pgtrigger.Operation,
        kind: str,
        key: str,
        columns: Sequence[str],
        only: str = "",
    ) -> None:
        self.kind = kind
        self.key = key
        self.columns = tuple(columns)
        self.where = f" WHERE {only}" if only else ""
        referencing, self.changed = TRANSITIONS[operation]
        super().__init__(
            name=f"emit_{kind}_{str(operation).lower()}",
            operation=operation,
            referencing=referencing,
        )

    def get_func(self, model: Any) -> str:
        # Without doubles, in order.
        names = dict.fromkeys([model._meta.pk.column, self.key, *self.columns])
        values = ", ".join(f'"{name}"' for name in names)
        changed = self.changed.format(key=f'"{self.key}"', values=values, where=self.where)
        return MARK.format(kind=self.kind, changed=changed)


def emits(
    *,
    kind: str,
    key: str,
    columns: Sequence[str],
    only: str = "",
    operations: Collection[pgtrigger.Operation] = tuple(TRANSITIONS),
) -> list[pgtrigger.Trigger]:
    """The triggers of a table whose rows belong to an entity of `kind`, named by the column `key`.

    An INSERT and a DELETE mark the entity; an UPDATE marks it when one of `columns` changes, and
    both entities when `key` itself does. A row without an entity marks nothing.

    `only` is a condition in SQL: a row counts as there while it holds. So an UPDATE marks a row
    that comes to fulfil it, or ceases to, and of the others none. `operations`: some of the three.
    """
    return [
        Emit(operation=each, kind=kind, key=key, columns=columns, only=only)
        for each in TRANSITIONS
        if each in operations
    ]
