"""Triggers that only the owner can switch off, and the ones that every record has.

django-pgtrigger's own template starts with a question to the setting `pgtrigger.ignore`, which any
login may change. The templates here do not ask. A broken rule is raised as a check violation that
names its constraint, so that Django sees an IntegrityError and the API a code.

Migrations render triggers through these templates: NEVER edit one, add a class beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pgtrigger
from django.db import models
from pgtrigger import compiler


class EnforcedSql(compiler.UpsertTriggerSql):
    """A trigger function without `pgtrigger.ignore`, run with the rights of who fires it."""

    security = ""

    def get_template(self) -> str:
        return (
            """
            CREATE OR REPLACE FUNCTION {pgid}() RETURNS TRIGGER
            LANGUAGE plpgsql """
            + self.security
            + """ AS $$
                {declare}
                BEGIN
                    {func}
                END;
            $$;
            REVOKE ALL ON FUNCTION {pgid}() FROM PUBLIC;
            DROP TRIGGER IF EXISTS {pgid} ON {table};
            CREATE {constraint} TRIGGER {pgid}
                {when} {operation} ON {table}
                {timing}
                {referencing}
                FOR EACH {level} {condition}
                EXECUTE FUNCTION {execute};
            COMMENT ON TRIGGER {pgid} ON {table} IS '{hash}';
        """
        )


class DefinerSql(EnforcedSql):
    """As above with the owner's rights; `pg_temp` comes last, or a temporary table of the same name
    would swallow what the function writes."""

    security = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"


class Enforced(pgtrigger.Trigger):
    """A trigger that compiles to SQL that cannot be ignored."""

    sql_class: type[EnforcedSql] = EnforcedSql

    def compile(self, model: Any) -> compiler.Trigger:
        compiled = super().compile(model)
        return compiler.Trigger(name=compiled.name, sql=self.sql_class(**compiled.sql.kwargs))


class Definer(Enforced):
    """A trigger that cannot be ignored and acts with the owner's rights."""

    sql_class = DefinerSql


class Immutable(Enforced):
    """Refuses to change `fields` once the row exists (constraint `<table>_immutable`)."""

    when = pgtrigger.Before
    operation = pgtrigger.Update

    def __init__(self, *, fields: Sequence[str], name: str = "b_immutable") -> None:
        self.fields = tuple(fields)
        super().__init__(name=name, condition=pgtrigger.AnyChange(*fields))

    def get_func(self, model: Any) -> str:
        table = model._meta.db_table
        return _refuse(
            f"{', '.join(self.fields)} of {table} cannot change", constraint=f"{table}_immutable"
        )


class Frozen(Enforced):
    """Refuses every UPDATE of a table (constraint `<table>_immutable`): rows are written once."""

    when = pgtrigger.Before
    operation = pgtrigger.Update

    def __init__(self, *, name: str = "b_frozen") -> None:
        super().__init__(name=name)

    def get_func(self, model: Any) -> str:
        table = model._meta.db_table
        return _refuse(f"rows of {table} cannot change", constraint=f"{table}_immutable")


class Transitions(Enforced):
    """Refuses moves of `field` that `table` does not list; the same value again is no move.

    `table` maps each value to the values that may follow: the one source for Python and SQL.
    """

    when = pgtrigger.Before
    operation = pgtrigger.Update

    def __init__(
        self,
        *,
        field: str,
        table: Mapping[str, frozenset[str]],
        constraint: str,
        name: str = "a_transition",
    ) -> None:
        self.field = field
        self.table = table
        self.constraint = constraint
        super().__init__(name=name)

    def get_condition(self, model: Any) -> pgtrigger.Condition:
        column = model._meta.get_field(self.field).column
        # Sorted, because sets iterate in an order of their own and the SQL is hashed.
        pairs = ", ".join(
            f"('{before}', '{after}')"
            for before in sorted(self.table)
            for after in sorted(self.table[before])
        )
        return pgtrigger.Condition(
            f'OLD."{column}" IS DISTINCT FROM NEW."{column}"'
            f' AND (OLD."{column}", NEW."{column}") NOT IN ({pairs})'
        )

    def get_func(self, model: Any) -> str:
        column = model._meta.get_field(self.field).column
        return (
            f"RAISE EXCEPTION 'invalid {self.field} transition % -> %',"
            f' OLD."{column}", NEW."{column}" USING ERRCODE = \'check_violation\','
            f" CONSTRAINT = '{self.constraint}', COLUMN = '{column}',"
            f" TABLE = '{model._meta.db_table}';"
        )


class Stamp(Enforced):
    """Sets version and update time of a new row and takes back what an UPDATE says of them.

    Refuses an id from the future (more than 60 s, constraint `<table>_id_not_in_future`): it would
    sort before everything that comes and fall into a partition that is not its own.
    """

    when = pgtrigger.Before
    operation = pgtrigger.Insert | pgtrigger.Update

    def __init__(self, *, name: str = "c_stamp") -> None:
        super().__init__(name=name)

    def get_func(self, model: Any) -> str:
        table = model._meta.db_table
        refusal = _refuse(
            "the id of the row lies more than 60 seconds in the future",
            constraint=f"{table}_id_not_in_future",
            column="id",
        )
        return f"""
            IF TG_OP = 'INSERT' THEN
                IF uuid7_time(NEW.id) > clock_timestamp() + interval '60 seconds' THEN
                    {refusal}
                END IF;
                NEW.version = 1;
                NEW.updated_at = clock_timestamp();
            ELSE
                NEW.version = OLD.version;
                NEW.updated_at = OLD.updated_at;
            END IF;
            RETURN NEW;
        """


class Touch(Enforced):
    """Bumps the version and the update time when any column but those in `except_for` changes."""

    when = pgtrigger.Before
    operation = pgtrigger.Update
    func = "NEW.updated_at = clock_timestamp(); NEW.version = OLD.version + 1; RETURN NEW;"

    def __init__(self, *, except_for: Sequence[str] = (), name: str = "d_touch") -> None:
        self.except_for = tuple(except_for)
        super().__init__(name=name)

    def get_condition(self, model: Any) -> Any:
        # A BEFORE trigger may not look at generated columns: they have no value yet.
        derived = [
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, models.GeneratedField)
        ]
        return pgtrigger.AnyChange(exclude=[*derived, "version", "updated_at", *self.except_for])


def record_triggers(
    *, immutable: Sequence[str] = ("id",), untouched_by: Sequence[str] = ()
) -> list[pgtrigger.Trigger]:
    """The triggers of every record. `immutable` fields never change; a change of only the fields in
    `untouched_by` (derived counters, times of use) makes no new version.
    """
    return [Immutable(fields=immutable), Stamp(), Touch(except_for=untouched_by)]


def _refuse(message: str, *, constraint: str, column: str = "") -> str:
    place = f", COLUMN = '{column}'" if column else ""
    return (
        f"RAISE EXCEPTION '{message}' USING ERRCODE = 'check_violation',"
        f" CONSTRAINT = '{constraint}'{place};"
    )
