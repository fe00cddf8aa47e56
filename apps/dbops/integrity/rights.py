"""Rights on tables, columns, sequences and functions: exactly those of `dbops.grants`.

What the application or PUBLIC has too much or too little is set right by `apply_grants`. Other
logins are the operator's business as long as they only read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.db import connections, transaction

from apps.core.models import Privileges
from apps.dbops.grants import EXECUTABLE_FUNCTIONS, NOTHING, table_privileges

from .findings import MAINTENANCE, Finding

SEQUENCE_USE: Privileges = frozenset({"USAGE"})

# Every relation in public with each grant that is not its owner's or a superuser's; a sequence with
# the table whose column owns it (identity columns need no right on theirs; procrastinate's serial
# columns do). A relation nobody was given anything on has one row, without a grantee.
RELATIONS = """
SELECT relation.relname, relation.relkind::text, used_by.relname,
       coalesce(grantee, '-'), column_name,
       array_remove(array_agg(DISTINCT privilege), NULL), coalesce(bool_or(grantable), false)
FROM pg_class AS relation
LEFT JOIN pg_depend AS dependency ON relation.relkind = 'S' AND dependency.objid = relation.oid
  AND dependency.classid = 'pg_class'::regclass AND dependency.deptype = 'a'
LEFT JOIN pg_class AS used_by ON used_by.oid = dependency.refobjid
LEFT JOIN LATERAL (
  SELECT NULL AS column_name, (aclexplode(relation.relacl)).*
  UNION ALL
  SELECT attname, (aclexplode(attacl)).* FROM pg_attribute
  WHERE attrelid = relation.oid AND attacl IS NOT NULL
) AS entry (column_name, grantor, grantee_id, privilege, grantable)
  ON entry.grantee_id <> relation.relowner
LEFT JOIN LATERAL (
  SELECT coalesce(rolname::text, 'PUBLIC') AS grantee, coalesce(rolsuper, false) AS super
  FROM (VALUES (entry.grantee_id)) AS one (id) LEFT JOIN pg_roles ON pg_roles.oid = id
  WHERE one.id IS NOT NULL
) AS who ON true
WHERE relation.relnamespace = 'public'::regnamespace
  AND relation.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND who.super IS NOT true
GROUP BY 1, 2, 3, 4, 5
ORDER BY 1, 4, 5 NULLS FIRST
"""

# Functions with the owner's rights and trigger functions. Whoever may execute one could hang it on
# a table of their own and write history that never happened.
FUNCTIONS = """
SELECT quote_ident(proname) || '(' || oidvectortypes(proargtypes) || ')',
       array_remove(
         array_agg(DISTINCT CASE entry.grantee WHEN 0 THEN 'PUBLIC' ELSE rolname END), NULL
       )
FROM pg_proc
LEFT JOIN LATERAL aclexplode(coalesce(proacl, acldefault('f', proowner))) AS entry
  ON entry.grantee <> proowner
LEFT JOIN pg_roles ON pg_roles.oid = entry.grantee
WHERE pronamespace = 'public'::regnamespace AND (prosecdef OR proname LIKE 'pgtrigger\\_%%')
  AND rolsuper IS NOT true
GROUP BY pg_proc.oid, 1
ORDER BY 1
"""

# What new tables, sequences and functions would give away by themselves.
DEFAULTS = """
SELECT defaclrole::regrole::text,
       CASE defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS'
         ELSE defaclobjtype::text END,
       coalesce(rolname, 'PUBLIC')
FROM pg_default_acl, LATERAL aclexplode(defaclacl) AS entry
LEFT JOIN pg_roles ON pg_roles.oid = entry.grantee
WHERE defaclnamespace IN (0, 'public'::regnamespace) AND defaclobjtype IN ('r', 'S')
  AND (rolname = %(role)s OR entry.grantee = 0)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class _Grant:
    """What one grantee has on a relation, or on one of its columns."""

    grantee: str
    column: str | None
    privileges: list[str]
    grantable: bool


def compare_rights(cursor: Any) -> list[Finding]:
    """Every right too many or too few (four queries)."""
    role = settings.TASKHUB_APPLICATION_ROLE
    return [
        *_schema(cursor, role),
        *_relations(cursor, role),
        *_functions(cursor, role),
        *_defaults(cursor, role),
    ]


def apply_grants(using: str = "default") -> list[Finding]:
    """Give the application's login exactly its rights; return what was wrong before.

    Needs the owner's login. In one transaction: nobody sees a moment without rights.
    """
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        cured = [finding for finding in compare_rights(cursor) if finding.cure]
        for statement in (statement for finding in cured for statement in finding.cure):
            cursor.execute(statement)
        return cured


def _schema(cursor: Any, role: str) -> Iterator[Finding]:
    cursor.execute(
        "SELECT has_schema_privilege(oid, 'public', 'USAGE'),"
        " has_schema_privilege(oid, 'public', 'CREATE') FROM pg_roles WHERE rolname = %s",
        [role],
    )
    may_use, may_create = cursor.fetchone() or (True, False)
    if not may_use:
        yield _curable(
            f"{role} may not use the schema public.",
            f"GRANT USAGE ON SCHEMA public TO {_quote(role)}",
        )
    if may_create:
        yield _curable(
            f"{role} may create objects in the schema public.",
            f"REVOKE CREATE ON SCHEMA public FROM {_quote(role)}, PUBLIC",
        )


def _relations(cursor: Any, role: str) -> Iterator[Finding]:
    cursor.execute(RELATIONS)
    listed = dict(table_privileges())
    for (relation, kind, used_by), rows in groupby(cursor.fetchall(), key=itemgetter(0, 1, 2)):
        grants = [_Grant(*row[3:]) for row in rows]
        wanted = listed.get(relation, NOTHING)
        if kind == "S":
            wanted = SEQUENCE_USE if "INSERT" in listed.get(used_by, NOTHING) else NOTHING
        yield from _application(relation, kind, role, wanted, grants)
        yield from _others(relation, kind, role, grants)


def _application(
    relation: str, kind: str, role: str, wanted: Privileges, grants: list[_Grant]
) -> Iterator[Finding]:
    held = [grant for grant in grants if grant.grantee == role]
    whole = NOTHING.union(*(g.privileges for g in held if g.column is None))
    words = [f"may {', '.join(sorted(whole - wanted))}"] if whole - wanted else []
    if wanted - whole:
        words.append(f"may not {', '.join(sorted(wanted - whole))}")
    words += [
        f"has {', '.join(sorted(grant.privileges))} on the column {grant.column}"
        for grant in held
        if grant.column
    ]
    if any(grant.grantable for grant in held):
        words.append("may pass its rights on")
    if words:
        noun, target = _target(relation, kind)
        # Revoking a right on a table revokes it on the columns, too.
        cure = [f"REVOKE ALL ON {target} FROM {_quote(role)} CASCADE"]
        if wanted:
            cure.append(f"GRANT {', '.join(sorted(wanted))} ON {target} TO {_quote(role)}")
        yield _curable(f"{role} {' and '.join(words)} on the {noun} {relation}.", *cure)


def _others(relation: str, kind: str, role: str, grants: list[_Grant]) -> Iterator[Finding]:
    noun, target = _target(relation, kind)
    for grantee in sorted({grant.grantee for grant in grants} - {role, "-"}):
        held = NOTHING.union(*(g.privileges for g in grants if g.grantee == grantee))
        if grantee == "PUBLIC":
            yield _curable(
                f"Everybody (PUBLIC) has {', '.join(sorted(held))} on the {noun} {relation}.",
                f"REVOKE ALL ON {target} FROM PUBLIC CASCADE",
            )
        elif held - {"SELECT"}:
            rights = ", ".join(sorted(held - {"SELECT"}))
            yield Finding(
                f"The login {grantee} has {rights} on the {noun} {relation}.",
                f"as the owner: REVOKE {rights} ON {target} FROM {_quote(grantee)}",
            )


def _functions(cursor: Any, role: str) -> Iterator[Finding]:
    cursor.execute(FUNCTIONS)
    for function, grantees in cursor.fetchall():
        meant = function in EXECUTABLE_FUNCTIONS
        excess = [who for who in grantees if not (meant and who == role)]
        missing = meant and role not in grantees
        if not excess and not missing:
            continue
        words = [f"{', '.join(excess)} may execute it"] if excess else []
        if missing:
            words.append(f"{role} may not")
        names = ", ".join("PUBLIC" if who == "PUBLIC" else _quote(who) for who in excess)
        cure = [f"REVOKE ALL ON FUNCTION public.{function} FROM {names} CASCADE"] if excess else []
        if missing:
            cure.append(f"GRANT EXECUTE ON FUNCTION public.{function} TO {_quote(role)}")
        yield _curable(f"The function {function}: {' and '.join(words)}.", *cure)


def _defaults(cursor: Any, role: str) -> Iterator[Finding]:
    cursor.execute(DEFAULTS, {"role": role})
    for maker, objects, grantee in cursor.fetchall():
        yield Finding(
            f"What {maker} creates next ({objects}) gives rights to {grantee}.",
            f"as {maker}: ALTER DEFAULT PRIVILEGES IN SCHEMA public"
            f" REVOKE ALL ON {objects} FROM {grantee}",
        )


def _curable(message: str, *cure: str) -> Finding:
    return Finding(message[:1].upper() + message[1:], MAINTENANCE, cure)


def _target(relation: str, kind: str) -> tuple[str, str]:
    noun = "SEQUENCE" if kind == "S" else "TABLE"
    return noun.lower(), f"{noun} public.{_quote(relation)}"


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
