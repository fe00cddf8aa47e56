"""What PostgreSQL's planner has to know of the machine, said once for the whole database."""

from __future__ import annotations

import logging

from django.db import connections

logger = logging.getLogger(__name__)

# PostgreSQL's default, 4, is of rotating disks. With it the planner shuns the index that fits a
# repository's list, because its rows lie scattered, and filters thousands of others' (ADR 0016).
RANDOM_PAGE_COST = "1.1"
SETTING = "random_page_cost"


def apply_planner_settings(using: str = "default") -> bool:
    """Set the cost of a random page for this database, unless somebody has set one; True if done.

    Needs the database's owner; another login leaves a warning. New connections follow it, and this
    one.
    """
    connection = connections[using]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_has_role(datdba, 'USAGE'), EXISTS ("
            "  SELECT FROM pg_db_role_setting, unnest(setconfig) AS setting"
            "  WHERE setdatabase = pg_database.oid AND starts_with(setting, %s))"
            " FROM pg_database WHERE datname = current_database()",
            [f"{SETTING}="],
        )
        is_owner, is_set = cursor.fetchone()
        if is_set:
            return False
        if not is_owner:
            logger.warning(
                "The database belongs to another login: as that one, set %s to %s for it.",
                SETTING,
                RANDOM_PAGE_COST,
            )
            return False
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"ALTER DATABASE {name} SET {SETTING} = {RANDOM_PAGE_COST}")
        cursor.execute(f"SET {SETTING} = {RANDOM_PAGE_COST}")
    return True
