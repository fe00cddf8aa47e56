"""The application's login is nobody special: no attribute, no membership, nothing of its own."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from .findings import Finding

# Whoever migrated owns the schema. The other questions are about this database and its schemas;
# every session's temporary schema is its own.
QUERY = """
WITH application AS (SELECT * FROM pg_roles WHERE rolname = %(role)s)
SELECT
  ARRAY(
    SELECT attribute FROM application, LATERAL (VALUES
      ('SUPERUSER', rolsuper), ('CREATEROLE', rolcreaterole), ('CREATEDB', rolcreatedb),
      ('REPLICATION', rolreplication), ('BYPASSRLS', rolbypassrls)
    ) AS attributes (attribute, held) WHERE held
  ),
  ARRAY(
    SELECT granted.rolname FROM application
    JOIN pg_auth_members ON member = application.oid
    JOIN pg_roles AS granted ON granted.oid = roleid ORDER BY 1
  )::text[],
  ARRAY(
    SELECT nspname FROM application, pg_namespace
    WHERE nspname <> 'public' AND nspname !~ '^pg_(toast_)?temp_'
      AND has_schema_privilege(application.oid, nspname, 'CREATE')
    ORDER BY 1
  )::text[],
  (
    SELECT has_database_privilege(oid, current_database(), 'CREATE') FROM application
  ),
  ARRAY(
    SELECT kind || ' ' || name FROM application, LATERAL (
      SELECT 'database', datname, datdba FROM pg_database
      UNION ALL SELECT 'schema', nspname, nspowner FROM pg_namespace
      UNION ALL SELECT 'type', typname, typowner FROM pg_type
        WHERE typnamespace = 'public'::regnamespace AND typrelid = 0 AND typelem = 0
      UNION ALL SELECT 'relation', relname, relowner FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind NOT IN ('i', 'I')
      UNION ALL SELECT 'function', proname, proowner FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace
    ) AS objects (kind, name, owner) WHERE owner = application.oid ORDER BY 1
  ),
  (
    SELECT has_parameter_privilege(oid, 'session_replication_role', 'SET') FROM application
  ),
  ARRAY(
    SELECT DISTINCT setting FROM application, pg_db_role_setting, unnest(setconfig) AS setting
    WHERE setrole IN (0, application.oid) AND setting LIKE 'session_replication_role=%%'
      AND setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
  )
FROM application
"""


def compare_logins(cursor: Any) -> list[Finding]:
    """What the application's login is or has, and must not be or have (one query)."""
    role = settings.TASKHUB_APPLICATION_ROLE
    cursor.execute(QUERY, {"role": role})
    row = cursor.fetchone()
    create = "run python -m taskhub.devstack create-logins SUPERUSER_URL"
    if row is None:
        return [Finding(f"The application's login {role} does not exist.", create)]
    attributes, memberships, schemas, makes_schemas, owned, replicates, set_for_it = row
    quoted = '"' + role.replace('"', '""') + '"'
    found = [
        Finding(
            f"The application's login {role} has the attribute {attribute}.",
            f"as a superuser: ALTER ROLE {quoted} NO{attribute}",
        )
        for attribute in attributes
    ]
    if "SUPERUSER" in attributes:
        return found  # it may do everything: the other answers would only say that again
    found += [
        Finding(
            f"The application's login {role} is a member of {group}.",
            f'as a superuser: REVOKE "{group}" FROM {quoted}',
        )
        for group in memberships
    ]
    found += [
        Finding(
            f"The application's login {role} may create objects in the schema {schema}.",
            f'as its owner: REVOKE CREATE ON SCHEMA "{schema}" FROM {quoted}, PUBLIC',
        )
        for schema in schemas
    ]
    if makes_schemas:
        found.append(
            Finding(
                f"The application's login {role} may create schemas in the database.",
                f"as its owner: REVOKE CREATE ON DATABASE … FROM {quoted}, PUBLIC",
            )
        )
    if owned:
        others = f" and {len(owned) - 1} more" if len(owned) > 1 else ""
        found.append(
            Finding(
                f"The application's login {role} owns the {owned[0]}{others}.",
                "use another login, or as a superuser: ALTER … OWNER TO the owner",
            )
        )
    if replicates:
        found.append(
            Finding(
                f"The application's login {role} may set session_replication_role, which switches"
                " triggers off.",
                "as a superuser: REVOKE SET ON PARAMETER session_replication_role"
                f" FROM {quoted}, PUBLIC",
            )
        )
    found += [
        Finding(
            f"The application's sessions start with {setting}, which may switch triggers off.",
            "as a superuser: ALTER ROLE or ALTER DATABASE … RESET session_replication_role",
        )
        for setting in set_for_it
    ]
    return found
