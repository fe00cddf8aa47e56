"""Whole databases, migrated by processes: a suite of its own, `make test-migrations`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.conf import settings
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from apps.core.ids import uuid7


@pytest.fixture
def scratch_database() -> Iterator[dict[str, str]]:
    """An empty database of its own; yields the environment that names it."""
    with new_database() as urls:
        yield urls


@contextmanager
def new_database(template: dict[str, str] | None = None) -> Iterator[dict[str, str]]:
    """A database of its own, empty or as `template` is, to which nobody may be connected."""
    owner = settings.ENVIRONMENT.postgres("DATABASE_OWNER_URL")
    name = f"migrations_{uuid7().hex[:24]}"
    create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template:
        copied = conninfo_to_dict(template["DATABASE_OWNER_URL"])["dbname"]
        create += sql.SQL(" TEMPLATE {}").format(sql.Identifier(str(copied)))
    with psycopg.connect(**{**owner, "dbname": "postgres"}, autocommit=True) as session:
        session.execute(create)
        try:
            urls = {}
            for variable in ("DATABASE_URL", "DATABASE_OWNER_URL"):
                parameters = settings.ENVIRONMENT.postgres(variable)
                urls[variable] = psycopg.conninfo.make_conninfo(**{**parameters, "dbname": name})
            yield urls
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            session.execute(drop)
