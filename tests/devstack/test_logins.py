"""`create-logins` prepares any PostgreSQL, as often as one likes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.devstack.support import (
    clean_environment,
    devstack,
    eventually,
    servers_only,
    started,
)

pytestmark = pytest.mark.processes


@pytest.fixture
def superuser_url(place: Path) -> Iterator[str]:
    """A server as somebody else would have it: without our logins and our database."""
    log = place / "log"
    with started(servers_only(place / "d"), clean_environment(), log=log):
        assert eventually(lambda: b"CACHE_URL" in log.read_bytes()), log.read_text()
        # Before it may stand a remark that user namespaces are refused here.
        lent = next(line for line in log.read_text().splitlines() if line.startswith("{"))
        url = json.loads(lent)["DATABASE_URL"]
        url = url.replace("taskhub_app@", "postgres:super-secret@").replace("/taskhub", "")
        with psycopg.connect(url, dbname="postgres", autocommit=True) as connection:
            connection.execute("DROP DATABASE taskhub")
            connection.execute("DROP ROLE taskhub_owner, taskhub_app")
        yield url


def create(superuser_url: str, **environment: str) -> tuple[dict[str, str], str]:
    """The printed URLs by name, and standard error."""
    result = devstack("create-logins", superuser_url, **environment)
    assert result.returncode == 0, result.stderr
    assert "super-secret" not in result.stdout + result.stderr
    return dict(line.split("=", 1) for line in result.stdout.splitlines()), result.stderr


def stored_passwords(superuser_url: str) -> list[tuple[str, str]]:
    with psycopg.connect(superuser_url, dbname="postgres") as connection:
        return connection.execute(
            "SELECT rolname, rolpassword FROM pg_authid WHERE rolname LIKE 'taskhub%' ORDER BY 1"
        ).fetchall()


def test_creates_once_and_keeps_afterwards(superuser_url: str) -> None:
    urls, errors = create(superuser_url)
    assert list(urls) == ["DATABASE_URL", "DATABASE_OWNER_URL"]
    assert errors == ""
    with psycopg.connect(urls["DATABASE_OWNER_URL"]) as owner:
        assert owner.info.user == "taskhub_owner"
        assert owner.info.password
        owner.execute("CREATE TABLE t ()")
        owner.execute("SET ROLE taskhub_app")
    with psycopg.connect(urls["DATABASE_URL"]) as application:
        assert (application.info.user, application.info.dbname) == ("taskhub_app", "taskhub")
    before = stored_passwords(superuser_url)
    assert all(password.startswith("SCRAM-SHA-256$") for _, password in before)

    again, errors = create(superuser_url)
    assert stored_passwords(superuser_url) == before
    assert errors.count("kept its password") == 2
    with psycopg.connect(again["DATABASE_OWNER_URL"]) as owner:
        assert owner.execute("SELECT count(*) FROM pg_tables WHERE tablename = 't'").fetchone()


def test_takes_passwords_from_the_environment_and_corrects_roles(superuser_url: str) -> None:
    create(superuser_url)
    before = stored_passwords(superuser_url)
    with psycopg.connect(superuser_url, dbname="postgres") as connection:
        connection.execute("ALTER ROLE taskhub_app SUPERUSER CREATEDB NOLOGIN")
    odd = 'it\'s "odd" & é/?#@:%'
    urls, _ = create(superuser_url, TASKHUB_OWNER_PASSWORD=odd, TASKHUB_APP_PASSWORD="plain")
    assert psycopg.conninfo.conninfo_to_dict(urls["DATABASE_OWNER_URL"])["password"] == odd
    assert all(new != old for new, old in zip(stored_passwords(superuser_url), before, strict=True))
    with psycopg.connect(urls["DATABASE_URL"]) as application:
        attributes = application.execute(
            "SELECT rolsuper, rolcreatedb, rolcanlogin FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
    assert attributes == (False, False, True)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://admin:super-secret@127.0.0.1:1/postgres",
        "postgresql://admin:super-secret@[127.0.0.1/postgres",
        "user=admin password=super-secret",
        "",
    ],
)
def test_useless_url_is_one_line_without_the_password(url: str) -> None:
    result = devstack("create-logins", url)
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 1
    assert "super-secret" not in result.stderr
