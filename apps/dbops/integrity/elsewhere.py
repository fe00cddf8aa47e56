"""What the application may use outside of the schema public: nothing is meant to be there.

A view works with its owner's rights, as does a function with SECURITY DEFINER: one that belongs to
the owner of history would let the application write it, from any schema.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings

from .findings import Finding

# The system's own schemas are left out, as is whatever belongs to an extension, which is the
# operator's choice. Rights are those that work, also by PUBLIC or by a membership.
QUERY = """
WITH application AS (SELECT oid FROM pg_roles WHERE rolname = %(role)s AND NOT rolsuper),
schemas AS (
  SELECT pg_namespace.oid, nspname, application.oid AS role FROM pg_namespace, application
  WHERE nspname NOT IN ('public', 'information_schema') AND nspname !~ '^pg_'
    AND has_schema_privilege(application.oid, pg_namespace.oid, 'USAGE')
),
extended AS (SELECT classid, objid FROM pg_depend WHERE deptype = 'e')
SELECT 'may use the schema ' || nspname, format('USAGE ON SCHEMA %%I', nspname)
FROM schemas WHERE ('pg_namespace'::regclass, oid) NOT IN (TABLE extended)
UNION ALL
SELECT format('may %%s on the %%s %%I.%%I', string_agg(privilege, ', ' ORDER BY privilege), kind,
              nspname, relname),
       format('ALL ON %%s%%I.%%I', CASE relkind WHEN 'S' THEN 'SEQUENCE ' END, nspname, relname)
FROM schemas JOIN pg_class ON relnamespace = schemas.oid
CROSS JOIN LATERAL (
  SELECT CASE relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' ELSE 'table' END
) AS named (kind)
CROSS JOIN LATERAL (
  SELECT privilege FROM unnest('{SELECT,INSERT,UPDATE,REFERENCES}'::text[]) AS privilege
  WHERE relkind IN ('r', 'p', 'v', 'm', 'f')
    AND has_any_column_privilege(role, pg_class.oid, privilege)
  UNION ALL
  SELECT privilege FROM unnest('{DELETE,TRUNCATE,TRIGGER}'::text[]) AS privilege
  WHERE relkind IN ('r', 'p', 'v', 'm', 'f') AND has_table_privilege(role, pg_class.oid, privilege)
  UNION ALL
  SELECT privilege FROM unnest('{USAGE,SELECT,UPDATE}'::text[]) AS privilege
  WHERE CASE WHEN relkind = 'S' THEN has_sequence_privilege(role, pg_class.oid, privilege) END
) AS held
WHERE ('pg_class'::regclass, pg_class.oid) NOT IN (TABLE extended)
GROUP BY nspname, relname, relkind, kind
UNION ALL
SELECT format('may execute, with the rights of %%s, %%s', pg_get_userbyid(proowner), signature),
       'ALL ON ROUTINE ' || signature
FROM schemas JOIN pg_proc ON pronamespace = schemas.oid
CROSS JOIN LATERAL (
  SELECT format('%%I.%%I(%%s)', nspname, proname, oidvectortypes(proargtypes))
) AS spelt (signature)
WHERE prosecdef AND has_function_privilege(role, pg_proc.oid, 'EXECUTE')
  AND ('pg_proc'::regclass, pg_proc.oid) NOT IN (TABLE extended)
ORDER BY 1
"""


def find_elsewhere(cursor: Any) -> list[Finding]:
    """Schemas, relations and functions with another's rights outside of public (one query)."""
    role = settings.TASKHUB_APPLICATION_ROLE
    cursor.execute(QUERY, {"role": role})
    quoted = '"' + role.replace('"', '""') + '"'
    return [
        Finding(
            f"The application's login {role} {words}.",
            f"as its owner: REVOKE {rights} FROM {quoted}, PUBLIC",
        )
        for words, rights in cursor.fetchall()
    ]
