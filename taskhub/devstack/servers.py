"""The servers that the environment does not name: started, made ready, described as URLs."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass

from taskhub.devstack import logins
from taskhub.devstack.errors import StackError
from taskhub.devstack.folder import ServerFolder
from taskhub.devstack.interrupts import Interrupts
from taskhub.devstack.postgres import (
    SUPERUSER,
    await_predecessor,
    create_cluster,
    find_cluster,
    start_postgres,
    wait_for_postgres,
)
from taskhub.devstack.processes import Child
from taskhub.devstack.report import say
from taskhub.devstack.valkey import start_valkey, valkey_url, wait_for_valkey
from taskhub.env import Environment

DATABASE_NAMES = ("DATABASE_URL", "DATABASE_OWNER_URL")
Stage = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class GivenServers:
    """What the environment already names (a `NAME_FILE` counts as `NAME`)."""

    database: Mapping[str, str]
    cache: Mapping[str, str]


def given_servers(values: Mapping[str, str]) -> GivenServers:
    """The URLs in the environment; one database URL without the other is a mistake."""
    environment = Environment(values)
    named = [name for name in DATABASE_NAMES if values.get(name) or values.get(f"{name}_FILE")]
    if len(named) == 1:
        missing = next(name for name in DATABASE_NAMES if name not in named)
        raise StackError(
            f"{named[0]} is set but {missing} is not. Set both to use your own PostgreSQL, "
            "or neither to have one started."
        )
    database = {name: environment.secret(name) for name in named}
    for name in named:
        environment.postgres(name)
    cache = {}
    if values.get("CACHE_URL") or values.get("CACHE_URL_FILE"):
        cache["CACHE_URL"] = environment.secret("CACHE_URL")
    refuse_first_problem(environment)
    return GivenServers(database, cache)


def refuse_first_problem(environment: Environment) -> None:
    """Raise `StackError` with the first thing that is wrong in the environment."""
    for problem in environment.problems:
        raise StackError(f"{problem.name} {problem.message}. {problem.hint}")


def start_missing_servers(
    given: GivenServers,
    folder: ServerFolder,
    children: list[Child],
    interrupts: Interrupts,
    *,
    durable: bool,
    stage: Stage = lambda name: contextlib.nullcontext(),
) -> dict[str, str]:
    """Start what `given` lacks and return all three URLs.

    Each server is in `children` from the moment that it exists, so that whoever called can stop
    it whatever happens next.
    """
    cache = dict(given.cache)
    if not given.cache:
        with stage("Valkey"):
            valkey = start_valkey(folder)
            children.append(valkey)
            wait_for_valkey(folder, valkey, interrupts)
        cache = {"CACHE_URL": valkey_url(folder)}
    if given.database:
        return {**given.database, **cache}

    cluster = find_cluster(folder, durable=durable)
    if cluster.user.remark and durable:
        say(f"  ({cluster.user.remark})")
    fresh = not (cluster.data / "PG_VERSION").exists()
    with stage("PostgreSQL 18" + (", new cluster" if fresh else "")):
        await_predecessor(cluster, interrupts)
        create_cluster(cluster, interrupts)
        postgres = start_postgres(cluster)
        children.insert(0, postgres)  # stopped last
        wait_for_postgres(cluster, postgres, interrupts)
        logins.create_trusted_logins(cluster.url(SUPERUSER, "postgres"))
    return {
        "DATABASE_URL": cluster.url(logins.APPLICATION),
        "DATABASE_OWNER_URL": cluster.url(logins.OWNER),
        **cache,
    }
