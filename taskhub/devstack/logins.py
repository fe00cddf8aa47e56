"""The two logins and the database, created on any PostgreSQL, as often as one likes.

`taskhub_owner` owns the schema and migrates; `taskhub_app` owns nothing and serves (ADR 0003).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from taskhub.devstack.errors import StackError

OWNER = "taskhub_owner"
APPLICATION = "taskhub_app"
DATABASE = "taskhub"
OLDEST_VERSION = 150000
BUILTIN_LOCALES = 170000
NOT_INHERITED = {"dbname", "user", "password", "host", "port"}
NOTHING_MORE = "NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS"


@dataclass(frozen=True, slots=True)
class Logins:
    """URLs of both logins, and which of them kept a password that is not known here."""

    application_url: str
    owner_url: str
    kept: tuple[str, ...] = ()


def connection_url(
    user: str,
    *,
    host: str,
    port: str = "5432",
    password: str = "",
    database: str = DATABASE,
    parameters: Mapping[str, str] | None = None,
) -> str:
    """A libpq URL; a socket folder is percent-encoded as the host, so a shell needs no quotes."""
    secret = f":{quote(password, safe='')}" if password else ""
    name = f"[{host}]" if ":" in host and "/" not in host else quote(host, safe="")
    query = f"?{urlencode(parameters, quote_via=quote)}" if parameters else ""
    return f"postgresql://{quote(user, safe='')}{secret}@{name}:{port}/{database}{query}"


def create_logins(superuser_url: str, environment: Mapping[str, str]) -> Logins:
    """Create what is missing and set what differs, on the server that the superuser's URL names.

    Passwords come from `TASKHUB_OWNER_PASSWORD` and `TASKHUB_APP_PASSWORD`. Without them a new
    login gets a random one, and an existing login keeps its own: changing it would lock out
    whoever uses it now.
    """
    parameters = _parse(superuser_url)
    try:
        with psycopg.connect(
            superuser_url, dbname=parameters.get("dbname") or "postgres", autocommit=True
        ) as connection:
            owner, owner_kept = _login(connection, OWNER, environment, "TASKHUB_OWNER_PASSWORD")
            application, application_kept = _login(
                connection, APPLICATION, environment, "TASKHUB_APP_PASSWORD"
            )
            ensure_structure(connection)
            host, port = connection.info.host, str(connection.info.port)
    except psycopg.Error as error:
        # The further lines are PostgreSQL's context: statements, which may hold a password.
        reason = str(error).split("\n", 1)[0]
        raise StackError(f"The logins cannot be created: {reason}") from None
    rest = {name: value for name, value in parameters.items() if name not in NOT_INHERITED}

    def url(user: str, password: str) -> str:
        return connection_url(user, host=host, port=port, password=password, parameters=rest)

    kept = tuple(
        name for name, was in ((OWNER, owner_kept), (APPLICATION, application_kept)) if was
    )
    return Logins(url(APPLICATION, application), url(OWNER, owner), kept)


def create_trusted_logins(superuser_url: str) -> None:
    """The same on our own server, whose sockets only we can reach: no passwords."""
    with psycopg.connect(superuser_url, autocommit=True) as connection:
        for role in (OWNER, APPLICATION):
            _role(connection, role, None)
        ensure_structure(connection)


def ensure_structure(connection: psycopg.Connection) -> None:
    """The owner may step down to the application's role, and owns the database."""
    connection.execute(
        sql.SQL("GRANT {} TO {}").format(sql.Identifier(APPLICATION), sql.Identifier(OWNER))
    )
    row = connection.execute(
        "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", [DATABASE]
    ).fetchone()
    if row is None:
        _create_database(connection)
    elif row[0] != OWNER:
        connection.execute(
            sql.SQL("ALTER DATABASE {} OWNER TO {}").format(
                sql.Identifier(DATABASE), sql.Identifier(OWNER)
            )
        )


def _parse(url: str) -> dict[str, str]:
    """The URL's parts; libpq's own message would quote the URL, and with it the password."""
    remedy = "SUPERUSER_URL is no PostgreSQL URL. Use postgresql://user:password@host:port/"
    if not url.startswith(("postgresql://", "postgres://")):
        raise StackError(remedy)
    try:
        return {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except psycopg.ProgrammingError:
        raise StackError(remedy) from None


def _login(
    connection: psycopg.Connection, role: str, environment: Mapping[str, str], variable: str
) -> tuple[str, bool]:
    """Make the role; its password as far as it is known, and whether an unknown one was kept."""
    if connection.info.server_version < OLDEST_VERSION:
        raise StackError(
            "TaskHub needs PostgreSQL 15 or newer; "
            f"this is version {connection.info.server_version // 10000}."
        )
    password = environment.get(variable, "")
    if not password and _role_exists(connection, role):
        _role(connection, role, None)
        return "", True
    password = password or secrets.token_urlsafe(24)
    _role(connection, role, password)
    return password, False


def _role_exists(connection: psycopg.Connection, role: str) -> bool:
    found = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role])
    return found.rowcount > 0


def _role(connection: psycopg.Connection, role: str, password: str | None) -> None:
    """Create or correct one role. Only the owner creates databases (the suite's)."""
    verb = "ALTER" if _role_exists(connection, role) else "CREATE"
    creates = "CREATEDB" if role == OWNER else "NOCREATEDB"
    statement = sql.SQL("{} ROLE {} LOGIN {} {}").format(
        sql.SQL(verb), sql.Identifier(role), sql.SQL(creates), sql.SQL(NOTHING_MORE)
    )
    if password is not None:
        statement += sql.SQL(" PASSWORD {}").format(sql.Literal(password))
    connection.execute(statement)


def _create_database(connection: psycopg.Connection) -> None:
    """UTF-8 whatever the server's default is, sorted by code point where the server knows how."""
    create = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' {}")
    names = (sql.Identifier(DATABASE), sql.Identifier(OWNER))
    locale = "LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"
    if connection.info.server_version >= BUILTIN_LOCALES:
        locale = "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LC_COLLATE 'C' LC_CTYPE 'C'"
    try:
        connection.execute(create.format(*names, sql.SQL(locale)))
    except (psycopg.errors.WrongObjectType, psycopg.errors.InvalidParameterValue):
        # A system without C.UTF-8 (or one that spells it differently): the server's own locale.
        connection.execute(create.format(*names, sql.SQL("")))
