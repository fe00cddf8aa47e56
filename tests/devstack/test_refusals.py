"""What cannot work is refused before anything is started: one line, exit code 2."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.devstack.support import (
    clean_environment,
    devstack,
    eventually,
    free_port,
    processes_of,
    servers_only,
    started,
)

pytestmark = pytest.mark.processes


def refusal(*arguments: str, **environment: str) -> str:
    """The one line on standard error of a command that must be refused."""
    result = devstack(*arguments, **environment)
    lines = result.stderr.splitlines()
    assert (result.returncode, result.stdout, len(lines)) == (2, "", 1), result
    return lines[0]


def test_busy_port(place: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        line = refusal("run", TASKHUB_DATA=str(place / "d"), TASKHUB_PORT=port)
    assert f"Port {port} is in use" in line
    assert "TASKHUB_PORT" in line
    assert not processes_of(place)


def test_second_instance_on_the_same_folder(place: Path) -> None:
    data = place / "d"
    log = place / "log"
    with started(servers_only(data), clean_environment(), log=log) as first:
        assert eventually(lambda: b"CACHE_URL" in log.read_bytes()), log.read_text()
        line = refusal("run", TASKHUB_DATA=str(data), TASKHUB_PORT=str(free_port()))
        assert f"already runs on {data} (process {first.pid})" in line
        assert first.poll() is None


def test_folder_that_cannot_be_written(place: Path) -> None:
    (place / "file").write_text("")
    line = refusal("run", TASKHUB_DATA=str(place / "file" / "d"))
    assert "cannot be written: Not a directory" in line
    assert "TASKHUB_DATA" in line


def test_folder_that_is_a_file(place: Path) -> None:
    (place / "file").write_text("")
    assert "is not a folder" in refusal("run", TASKHUB_DATA=str(place / "file"))


def test_folder_with_other_things_keeps_them_and_its_mode(place: Path) -> None:
    data = place / "d"
    data.mkdir(mode=0o755)
    (data / "thesis.txt").write_text("mine")
    assert "holds other things" in refusal("run", TASKHUB_DATA=str(data))
    assert data.stat().st_mode & 0o777 == 0o755
    assert [path.name for path in data.iterdir()] == ["thesis.txt"]


def test_path_too_long_for_sockets(place: Path) -> None:
    line = refusal("run", TASKHUB_DATA=str(place / ("x" * 100)))
    assert "bytes too long for Unix sockets" in line
    assert "TASKHUB_DATA" in line
    assert not list(place.iterdir())


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "80 "])
def test_invalid_port(place: Path, port: str) -> None:
    line = refusal("run", TASKHUB_DATA=str(place / "d"), TASKHUB_PORT=port)
    assert "a whole number from 1 to 65535" in line
    assert not list(place.iterdir())


@pytest.mark.parametrize("name", ["DATABASE_URL", "DATABASE_OWNER_URL"])
@pytest.mark.parametrize("command", [["run"], ["exec", "--", "true"]])
def test_one_database_url_without_the_other(place: Path, command: list[str], name: str) -> None:
    environment = {"TASKHUB_DATA": str(place / "d"), name: "postgresql://u:secret@h/d"}
    line = refusal(*command, **environment)
    assert line.startswith(f"taskhub: {name} is set but ")
    assert "secret" not in line
    assert not list(place.iterdir())


def test_database_url_that_is_none(place: Path) -> None:
    line = refusal(
        "run",
        TASKHUB_DATA=str(place / "d"),
        DATABASE_URL="mysql://u:secret@h/d",
        DATABASE_OWNER_URL="postgresql://u@h/d",
    )
    assert "DATABASE_URL is no PostgreSQL URL" in line
    assert "secret" not in line


def test_exec_without_a_command() -> None:
    assert "exec needs a command" in refusal("exec", "--")
