"""The database's functions do what this release means, with the rights that it means."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from .definitions import Definition, migrated_functions, trigger_functions
from .expressions import same_expression
from .findings import REINSTALL, Finding

# Bodies travel as digests: a probe should not carry a quarter of a megabyte. The function's owner
# should be whoever migrates.
QUERY = """
SELECT proname, oidvectortypes(proargtypes), prosecdef,
       CASE provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE' ELSE 'VOLATILE' END,
       proisstrict, coalesce(proconfig, '{}'), encode(sha256(convert_to(prosrc, 'UTF8')), 'hex'),
       pg_get_function_sqlbody(pg_proc.oid),
       (SELECT string_agg(
          format('NULL::%%s AS %%I', format_type(type, NULL),
                 coalesce(nullif(argument, ''), 'unnamed_' || position)), ', ' ORDER BY position)
        FROM unnest(proargtypes::oid[], proargnames[:pronargs]) WITH ORDINALITY
          AS parameter (type, argument, position)),
       pg_get_userbyid(proowner), pg_get_userbyid(relowner)
FROM pg_proc
JOIN pg_class ON pg_class.oid = to_regclass('public.django_migrations')
WHERE pronamespace = 'public'::regnamespace AND proname = ANY(%s)
ORDER BY proname
"""


def compare_functions(cursor: Any) -> list[Finding]:
    """Functions that are gone, changed or doubled (one query)."""
    meant = {**migrated_functions(), **trigger_functions()}
    cursor.execute(QUERY, [list(meant)])
    rows = cursor.fetchall()
    found = [
        Finding(f"The function {name} is missing.", _remedy(meant[name]))
        for name in sorted(meant.keys() - {row[0] for row in rows})
    ]
    for name, same_named in groupby(rows, key=itemgetter(0)):
        row, *others = same_named
        if others:
            signatures = ", ".join(f"{name}({other[1]})" for other in (row, *others))
            found.append(
                Finding(
                    f"There is more than one function {name}: {signatures}.",
                    "as the owner: drop the one that no migration has made",
                )
            )
        elif words := list(_differences(cursor, meant[name], row)):
            message = f"The function {name} {' and '.join(words)}."
            found.append(Finding(message, _remedy(meant[name])))
    return found


def _differences(cursor: Any, meant: Definition, row: tuple[Any, ...]) -> Iterator[str]:
    definer, volatility, strict, settings, digest, body, parameters, owner, migrator = row[2:]
    if definer != meant.definer:
        whose = "its owner" if definer else "who calls it"
        yield f"runs with the rights of {whose}"
    if sorted(settings) != sorted(meant.settings):
        yield f"runs with the settings {', '.join(settings) or 'of who calls it'}"
    if (volatility, strict) != (meant.volatility, meant.strict):
        yield f"is {volatility}{' STRICT' if strict else ''}"
    if owner != migrator:
        yield f"belongs to {owner}"
    if meant.expression is None:
        same = digest == hashlib.sha256((meant.source or "").encode()).hexdigest()
    else:
        source = f"(SELECT {parameters} OFFSET 0) AS {meant.name}"
        theirs = (body or "").removeprefix("RETURN ")
        same = same_expression(cursor, source, meant.expression, theirs)
    if not same:
        yield "has another body"


def _remedy(definition: Definition) -> str:
    if not definition.made_by:
        return REINSTALL
    label, name = definition.made_by.split(".")
    return (
        "as the owner: run its CREATE OR REPLACE FUNCTION again, from"
        f" manage.py sqlmigrate {label} {name}"
    )
