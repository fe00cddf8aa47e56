"""Settings from the environment: typed, from files, and every mistake named with its remedy."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from taskhub.env import Environment, read_environment, running_stack

ROOT = Path(__file__).resolve().parents[2]
URL = "postgresql://app:secret@db.example:5433/taskhub"


@pytest.mark.parametrize("raw", ["abc", "-1", "0", "101", "1.5", "٣", " 5"])
def test_a_number_outside_of_its_bounds_is_named(raw: str) -> None:
    env = Environment({"DATABASE_POOL_MAX": raw})
    assert env.integer("DATABASE_POOL_MAX", 10, minimum=1, maximum=100) == 10
    [problem] = env.problems
    assert problem.name == "DATABASE_POOL_MAX"
    assert "1 to 100" in problem.hint


def test_a_missing_value_is_named_once() -> None:
    env = Environment({})
    assert env.secret("SECRET_KEY") == ""
    assert env.secret("SECRET_KEY") == ""
    [problem] = env.problems
    assert problem.missing
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY is not set"):
        env.refuse_problems()


def test_a_secret_comes_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("from the file\n")
    env = Environment({"SECRET_KEY_FILE": str(file)})
    assert env.secret("SECRET_KEY") == "from the file"
    assert env.problems == []


def test_a_secret_that_is_given_twice_is_named(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("from the file\n")
    env = Environment({"SECRET_KEY_FILE": str(file), "SECRET_KEY": "from the value"})
    env.secret("SECRET_KEY")
    assert [problem.hint for problem in env.problems] == ["Unset one of them."]


def test_other_values_than_the_allowed_ones_are_named() -> None:
    env = Environment({"TASKHUB_DATABASE_ROLE": "zzz"})
    env.choice("TASKHUB_DATABASE_ROLE", "application", ("application", "owner"))
    assert [problem.name for problem in env.problems] == ["TASKHUB_DATABASE_ROLE"]


@pytest.mark.parametrize(
    ("url", "problems"),
    [
        ("redis://h:6379/0", 0),
        ("unix:///run/valkey.sock?db=0", 0),
        ("foo://x", 1),
        ("redis://h:99999/0", 1),
        ("redis://[zz", 1),
        ("redis://h:x", 1),
    ],
)
def test_a_url_has_a_known_scheme_and_a_port(url: str, problems: int) -> None:
    env = Environment({"CACHE_URL": url})
    env.url("CACHE_URL", ("redis", "unix"))
    assert len(env.problems) == problems


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe"])
def test_an_unusable_secret_file_is_named(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_bytes(content)
    env = Environment({"SECRET_KEY_FILE": str(file)})
    env.secret("SECRET_KEY")
    assert [problem.name for problem in env.problems] == ["SECRET_KEY_FILE"]


def test_a_database_url_is_taken_apart() -> None:
    assert Environment({"DATABASE_URL": URL}).postgres("DATABASE_URL") == {
        "host": "db.example",
        "port": "5433",
        "user": "app",
        "password": "secret",
        "dbname": "taskhub",
    }


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://app:s3cr3t@db:nonsense:/x",
        "s3cr3t",
        "postgresql://h",
        "postgresql://h:99999/x",
    ],
)
def test_a_wrong_database_url_is_named_without_its_password(url: str) -> None:
    env = Environment({"DATABASE_URL": url})
    env.postgres("DATABASE_URL")
    [problem] = env.problems
    assert "s3cr3t" not in problem.message + problem.hint


def test_a_stack_is_found_only_while_it_runs(tmp_path: Path) -> None:
    stack = {"pid": os.getpid(), "environment": {"CACHE_URL": "unix:///x"}}
    assert running_stack(tmp_path) == {}
    (tmp_path / "stack.json").write_text(json.dumps(stack))
    assert running_stack(tmp_path) == {"CACHE_URL": "unix:///x"}
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    (tmp_path / "stack.json").write_text(json.dumps({**stack, "pid": gone.pid}))
    assert running_stack(tmp_path) == {}
    (tmp_path / "stack.json").write_text("{")
    assert running_stack(tmp_path) == {}


def test_what_is_given_wins_over_the_stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lent = {
        "DATABASE_URL": "postgresql:///stack",
        "DATABASE_OWNER_URL": "postgresql:///stack",
        "SECRET_KEY_FILE": "/stack/key",
        "CACHE_URL": "unix:///stack",
    }
    stack = {"pid": os.getpid(), "environment": lent}
    (tmp_path / "stack.json").write_text(json.dumps(stack))
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL", "CACHE_URL", "SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TASKHUB_DATA", str(tmp_path))
    assert read_environment(find_stack=True).values["CACHE_URL"] == "unix:///stack"
    assert "CACHE_URL" not in read_environment(find_stack=False).values
    monkeypatch.setenv("DATABASE_URL", "postgresql:///mine")
    monkeypatch.setenv("SECRET_KEY", "mine")
    values = read_environment(find_stack=True).values
    assert values["DATABASE_URL"] == "postgresql:///mine"
    assert "DATABASE_OWNER_URL" not in values  # half a pair from each would serve two databases
    assert "SECRET_KEY_FILE" not in values


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
    )


@pytest.mark.processes
@pytest.mark.parametrize("settings", ["production", "development"])
def test_check_numbers_every_wrong_setting(settings: str, tmp_path: Path) -> None:
    done = manage(
        "check",
        DJANGO_SETTINGS_MODULE=f"taskhub.settings.{settings}",
        DATABASE_URL="nonsense",
        DATABASE_POOL_MAX="many",
        DATABASE_POOL_MIN="20",
        TASKHUB_DATA=str(tmp_path),
    )
    assert done.returncode != 0
    for expected in (
        "(taskhub.E001) SECRET_KEY is not set",
        "(taskhub.E001) CACHE_URL is not set",
        "(taskhub.E002) DATABASE_URL is no PostgreSQL URL",
        "(taskhub.E002) DATABASE_POOL_MAX is 'many'",
        "HINT: Set DATABASE_POOL_MAX to a whole number",
        "HINT: Set DATABASE_POOL_MIN to a whole number from 0 to 10",
    ):
        assert expected in done.stderr
    assert ("make run" in done.stderr) == (settings == "development")
    assert "Traceback" not in done.stderr


@pytest.mark.processes
def test_a_server_refuses_to_start_on_a_wrong_setting() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import taskhub.wsgi"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "taskhub.settings.production",
            "SECRET_KEY": "x" * 50,
            "DATABASE_URL": URL,
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "CACHE_URL is not set" in done.stderr
