"""What can change or hide rows without a trigger or a right, and is never used here."""

from __future__ import annotations

from typing import Any

from apps.core.partitioning import partitioned_models

from .findings import Finding

# Whatever belongs to an extension is the operator's choice. A function in public with the name of
# one in pg_catalog can serve a trigger in its place, when its parameters fit better.
QUERY = """
SELECT 'The table ' || tablename || ' has a rule: ' || rulename || '.',
       format('as the owner: DROP RULE %%I ON %%I', rulename, tablename)
FROM pg_rules WHERE schemaname = 'public'
UNION ALL
SELECT 'The table ' || tablename || ' has a row security policy: ' || policyname || '.',
       format('as the owner: DROP POLICY %%I ON %%I', policyname, tablename)
FROM pg_policies WHERE schemaname = 'public'
UNION ALL
SELECT 'The table ' || relname || ' has row security switched on.',
       format('as the owner: ALTER TABLE %%I DISABLE ROW LEVEL SECURITY', relname)
FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND (relrowsecurity OR relforcerowsecurity)
UNION ALL
SELECT 'The database has an event trigger: ' || evtname || '.',
       format('as a superuser: DROP EVENT TRIGGER %%I', evtname)
FROM pg_event_trigger WHERE NOT EXISTS (
  SELECT FROM pg_depend
  WHERE classid = 'pg_event_trigger'::regclass AND objid = pg_event_trigger.oid AND deptype = 'e'
)
UNION ALL
SELECT 'The schema public has a function with the name of one of PostgreSQL''s: ' || signature
         || '.',
       'as the owner: DROP ROUTINE public.' || signature
FROM pg_proc AS ours
CROSS JOIN LATERAL (
  SELECT format('%%I(%%s)', proname, oidvectortypes(proargtypes))
) AS spelt (signature)
WHERE pronamespace = 'public'::regnamespace
  AND proname IN (SELECT proname FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace)
  AND NOT EXISTS (
    SELECT FROM pg_depend WHERE classid = 'pg_proc'::regclass AND objid = ours.oid AND deptype = 'e'
  )
UNION ALL
SELECT 'The partition ' || relname || ' is detached: its rows are out of sight.',
       'attach it again, or drop it when its rows were meant to go'
FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND NOT relispartition
  AND relname ~ '_[0-9]{4}q[1-4]$'
  AND regexp_replace(relname, '_[0-9]{4}q[1-4]$', '') = ANY(%(partitioned)s)
UNION ALL
SELECT 'The ' || CASE relkind WHEN 'S' THEN 'sequence ' ELSE 'table ' END || relname
         || ' belongs to ' || pg_get_userbyid(relowner) || '.',
       format('as a superuser: ALTER TABLE %%I OWNER TO the owner', relname)
FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S')
  AND relowner <> (
    SELECT relowner FROM pg_class WHERE oid = to_regclass('public.django_migrations')
  )
ORDER BY 1
"""


def find_surprises(cursor: Any) -> list[Finding]:
    """Rules, policies, overloads, detached partitions, tables of another owner (one query)."""
    tables = [model._meta.db_table for model in partitioned_models()]
    cursor.execute(QUERY, {"partitioned": tables})
    return [Finding(message, remedy) for message, remedy in cursor.fetchall()]
