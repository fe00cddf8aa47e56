"""The two servers under a supervisor: how they run, and what a next start finds."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.devstack.support import (
    clean_environment,
    eventually,
    processes_of,
    servers_only,
    short_folder,
    started,
)

pytestmark = pytest.mark.processes


# Making a cluster takes longer than most of these tests: those that need no new one share it.
@pytest.fixture(scope="module")
def kept() -> Iterator[Path]:
    """A short folder for the tests of this module."""
    with short_folder() as folder:
        yield folder


as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root changes users")


@contextlib.contextmanager
def servers(
    place: Path, **environment: str
) -> Iterator[tuple[subprocess.Popen[bytes], dict[str, str]]]:
    """A running supervisor on `place`/d and the URLs that it printed."""
    log = place / "log"
    command = servers_only(place / "d")
    with started(command, clean_environment(**environment), log=log) as process:
        assert eventually(lambda: b"CACHE_URL" in log.read_bytes()), log.read_text()
        yield process, json.loads(log.read_text().splitlines()[-1])


def one(url: str, query: str) -> object:
    """The single value of a query."""
    with psycopg.connect(url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def test_killed_supervisor_leaves_nothing_and_the_next_start_keeps_the_data(kept: Path) -> None:
    with servers(kept) as (process, urls):
        with psycopg.connect(urls["DATABASE_OWNER_URL"]) as owner:
            owner.execute("CREATE TABLE saved AS SELECT 42 AS answer")
        # A session that does nothing must not hold PostgreSQL back.
        idle = psycopg.connect(urls["DATABASE_URL"])
        process.kill()
        process.wait()
    # Straight away, while the old PostgreSQL may still be shutting down.
    with servers(kept) as (process, urls):
        assert one(urls["DATABASE_OWNER_URL"], "SELECT answer FROM saved") == 42
        process.kill()
        process.wait()
    assert eventually(lambda: not processes_of(kept / "d"), 20), processes_of(kept / "d")
    idle.close()


def test_recovers_from_a_postmaster_that_was_killed_too(kept: Path) -> None:
    with servers(kept) as (process, _):
        postmaster = int((kept / "d/postgres/postmaster.pid").read_text().split()[0])
        process.kill()
        os.kill(postmaster, signal.SIGKILL)
        process.wait()
    assert eventually(lambda: not processes_of(kept / "d"), 20)
    # As after a restart of a container: the number now belongs to somebody else.
    pid_file = kept / "d/postgres/postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    with servers(kept) as (_, urls):
        assert one(urls["DATABASE_URL"], "SELECT 1") == 1


def test_half_made_cluster_is_made_anew(place: Path) -> None:
    unfinished = place / "d" / "postgres.new"
    unfinished.mkdir(parents=True)
    (place / "d").chmod(0o700)
    (place / "d" / "lock").touch()
    (unfinished / "PG_VERSION").write_text("18\n")
    with servers(place) as (_, urls):
        assert one(urls["DATABASE_URL"], "SELECT 1") == 1
    assert not unfinished.exists()


def test_a_stop_ends_what_was_started_and_nothing_else(kept: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"], cwd=kept)
    try:
        with servers(kept) as (process, _):
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
        assert list(processes_of(kept)) == [stranger.pid]
    finally:
        stranger.kill()
        stranger.wait()
    assert not (kept / "d/postgres/postmaster.pid").exists(), "an orderly shutdown removes it"


def test_a_server_that_dies_is_named_with_the_end_of_its_log(kept: Path) -> None:
    with servers(kept) as (process, _):
        (valkey,) = (pid for pid, words in processes_of(kept).items() if "valkey-server" in words)
        os.kill(valkey, signal.SIGKILL)
        assert process.wait(20) == 1
    assert "Valkey ended unexpectedly (SIGKILL). The end of" in (kept / "log").read_text()
    assert not processes_of(kept)


def test_roles_sockets_and_modes(kept: Path) -> None:
    before = kept.stat().st_mode
    with servers(kept) as (_, urls):
        owner = urls["DATABASE_OWNER_URL"]
        with psycopg.connect(owner) as connection:
            roles = connection.execute(
                "SELECT rolname, rolcanlogin, rolcreatedb, rolsuper, rolcreaterole, rolbypassrls "
                "FROM pg_roles WHERE rolname LIKE 'taskhub%' ORDER BY rolname"
            ).fetchall()
            extension = connection.execute("SHOW listen_addresses").fetchone()
        assert roles == [
            ("taskhub_app", True, False, False, False, False),
            ("taskhub_owner", True, True, False, False, False),
        ]
        assert extension == ("",)
        assert one(owner, "SELECT pg_get_userbyid(datdba) FROM pg_database "
                   "WHERE datname = 'taskhub'") == "taskhub_owner"  # fmt: skip
        with (
            psycopg.connect(urls["DATABASE_URL"]) as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute("CREATE TABLE t ()")
        assert one(owner, "SELECT lower('ÄÖ') || ('Z' < 'a')") == "äötrue"
        assert (kept / "d").stat().st_mode & 0o777 == 0o700
    assert kept.stat().st_mode == before


@as_root
def test_root_without_user_namespaces_becomes_nobody(kept: Path) -> None:
    """Also below a folder that is closed to everybody else, whose mode stays as it is."""
    refusing = kept / "bin"
    refusing.mkdir()
    (refusing / "unshare").write_text("#!/bin/sh\nexit 1\n")
    (refusing / "unshare").chmod(0o755)
    with servers(kept):
        pass  # a cluster that belongs to root
    with servers(kept, PATH=f"{refusing}:{os.environ['PATH']}") as (process, urls):
        assert one(urls["DATABASE_URL"], "SELECT 1") == 1
        assert "user namespaces are refused here" in (kept / "log").read_text()
        assert (kept / "d/postgres").stat().st_uid != 0
        assert kept.stat().st_mode & 0o777 == 0o700
        process.kill()
        process.wait()
    assert eventually(lambda: not processes_of(kept / "d"), 20), processes_of(kept / "d")
    with servers(kept) as (_, urls):
        assert one(urls["DATABASE_URL"], "SELECT 1") == 1
        # Root's again, unless this machine refuses namespaces, too.
        refused = "user namespaces are refused here" in (kept / "log").read_text()
        assert ((kept / "d/postgres").stat().st_uid != 0) == refused


@as_root
def test_ordinary_user(place: Path) -> None:
    """Not root, no namespace: the servers run as whoever starts them."""
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    environment = clean_environment(
        HOME=str(place), PYTHONDONTWRITEBYTECODE="1", PYTHONPATH=sysconfig.get_path("purelib")
    )
    # The suite's own interpreter may lie in root's home; then the system's serves as well.
    for python in (sys.executable, "/usr/bin/python3"):
        trial = [*user, "sh", "-c", '"$0" -c "import psycopg"', python]
        if subprocess.run(trial, env=environment, capture_output=True).returncode == 0:
            break
    else:
        pytest.skip("other users cannot read this checkout or its Python")
    os.chown(place, 65534, 65534)
    log = place / "log"
    command = [*user, python, *servers_only(place / "d")[1:]]
    with started(command, environment, log=log):
        assert eventually(lambda: b"CACHE_URL" in log.read_bytes()), log.read_text()
        assert (place / "d/postgres").stat().st_uid == 65534
    assert not processes_of(place)
