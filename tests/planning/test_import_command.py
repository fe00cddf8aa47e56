"""`manage.py import_prd`: what it prints, and the one line with which it refuses."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import User
from apps.prds.models import PRD
from apps.prds.parser import MAX_DOCUMENT_BYTES
from apps.repositories.models import Repository, RepositoryMember
from apps.tasks.models import Task, TaskDependency
from tests.contracts import nothing_written
from tests.factories import MemberFactory, UserFactory

from .documents import PLAN

Run = Callable[..., str]
pytestmark = pytest.mark.usefixtures("as_app")


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    """The document as a file."""
    path = tmp_path / "bridge.md"
    path.write_text(PLAN, encoding="utf-8")
    return path


@pytest.fixture
def run(repository: Repository) -> Run:
    """Runs the command for the operator, a contributor; returns what it printed."""
    operator = UserFactory(username="operator")
    MemberFactory(repository=repository, user=operator)

    def call(path: Path | str, *options: str, repository: str = repository.name) -> str:
        out = StringIO()
        call_command("import_prd", str(path), "--repository", repository, *options, stdout=out)
        return out.getvalue()

    return call


def refusal(run: Run, path: Path | str, *options: str, **named: Any) -> str:
    """The one line with which the command refuses; nothing is written."""
    with nothing_written(), pytest.raises(CommandError) as error:
        run(path, *options, **named)
    line = str(error.value)
    assert error.value.returncode == 1
    assert "\n" not in line
    assert line.isprintable()
    return line


def test_prints_what_it_made(run: Run, plan: Path) -> None:
    lines = run(plan).splitlines()
    assert lines[0] == "Imported bridge.md into acme/rocket: BR-9 Bridge over the brook"
    assert lines[1:4] == [
        "  BR-9-01  Measure the brook  (2 criteria, 120 min, lines 7-16)",
        "  BR-9-02  Build the bridge  (1 criteria, 180 min, lines 18-25)",
        "  BR-9-03  Open it  (0 criteria, no estimate, lines 27-29)",
    ]
    assert lines[4] == "3 tasks, 3 criteria, 300 minutes, 2 dependencies"
    assert lines[5] == "1 open questions:"
    assert "line 29" in lines[6]
    assert "BR-9-77" in lines[6]
    assert (Task.objects.count(), TaskDependency.objects.count()) == (3, 2)
    assert PRD.objects.get().content == PLAN


def test_a_dry_run_says_the_same_and_writes_nothing(run: Run, plan: Path) -> None:
    with nothing_written():
        tried = run(plan, "--dry-run")
        assert run(plan, "--dry-run") == tried
    assert tried.startswith("Would import ")
    assert run(plan).split(" ", 1)[1] == tried.removeprefix("Would import ")


def test_history_names_the_user_and_the_command(run: Run, plan: Path) -> None:
    run(plan)
    task: Any = Task.objects.first()
    context = task.events.get().pgh_context
    assert (context["source"], context["name"]) == ("command", "import_prd")
    assert context["actor_name"] == "operator"
    assert context["request_id"]


def test_creates_the_repository_when_asked(run: Run, plan: Path) -> None:
    with nothing_written():
        run(plan, "--create-repository", "--dry-run", repository="acme/bridge")
    run(plan, "--create-repository", repository="acme/bridge")
    member = RepositoryMember.objects.get(repository__name="acme/bridge")
    assert (member.user.username, member.role) == ("operator", "maintainer")
    assert PRD.objects.get().repository.name == "acme/bridge"


def test_an_existing_repository_is_not_created_again(run: Run, plan: Path) -> None:
    run(plan, "--create-repository")
    assert PRD.objects.get().repository.name == "acme/rocket"


def test_another_user_may_import(run: Run, plan: Path, owner: User) -> None:
    run(plan, "--user", "owner")
    task: Any = Task.objects.first()
    assert task.events.get().pgh_context["actor_name"] == "owner"


def test_an_unknown_repository_comes_with_a_hint(run: Run, plan: Path) -> None:
    line = refusal(run, plan, repository="no/such")
    assert line == "There is no repository 'no/such'. Add --create-repository to create it."


@pytest.mark.parametrize("name", ["a b", "grün", "a\n", "x" * 256])
def test_an_invalid_repository_name(run: Run, plan: Path, name: str) -> None:
    line = refusal(run, plan, "--create-repository", repository=name)
    assert "1 to 255 of the characters" in line


def test_an_unknown_or_inactive_user(run: Run, plan: Path) -> None:
    UserFactory(username="gone", is_active=False)
    assert "There is no user 'nobody'" in refusal(run, plan, "--user", "nobody")
    assert "gone is not active" in refusal(run, plan, "--user", "gone")


def test_a_user_who_may_not(run: Run, plan: Path, viewer: User, outsider: User) -> None:
    for name in ("viewer", "outsider"):
        assert "You need the role contributor" in refusal(run, plan, "--user", name)


def test_an_archived_repository(run: Run, plan: Path, repository: Repository) -> None:
    repository.archived_at = "2026-01-01T00:00:00Z"  # type: ignore[assignment]
    repository.save(update_fields=["archived_at"])
    assert "is archived" in refusal(run, plan)


def test_the_same_file_again(run: Run, plan: Path) -> None:
    run(plan)
    assert "has a PRD 'bridge.md' already" in refusal(run, plan)
    renamed = plan.rename(plan.with_name("other.md"))
    assert "BR-9-01, BR-9-02, BR-9-03" in refusal(run, renamed)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b" \n\t\r\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (PLAN.encode("utf-16"), "UTF-16"),
        (PLAN.encode("utf-16-le"), "UTF-16"),
        (PLAN.encode("utf-16-be"), "UTF-16"),
        (PLAN.encode("utf-32"), "UTF-16 or UTF-32"),
        (b"# T\xfctle\n" * 20, "Line 1 holds bytes that are not UTF-8"),
        (PLAN.encode() + b"\xc3", "not UTF-8"),
        (PLAN.encode() + b"\0", "Line 30 holds a NUL character"),
        (bytes(range(256)) * 20, "binary file"),
        (b"\x7fELF" + bytes(range(1, 200)), "a program"),
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF"),
        (b"PK\x03\x04" + b"x" * 100, "a ZIP archive"),
        (b"x" * (MAX_DOCUMENT_BYTES + 1), "the limit is 2,097,152"),
        (b"x" * (MAX_DOCUMENT_BYTES * 2), "the limit is 2,097,152"),
        (b"x\n" * 60_000, "60,001 lines"),
    ],
    ids=[
        "empty",
        "blank",
        "mark only",
        "UTF-16",
        "UTF-16 LE",
        "UTF-16 BE",
        "UTF-32",
        "Latin-1",
        "cut",
        "NUL",
        "binary",
        "program",
        "PDF",
        "ZIP",
        "2 MiB and 1",
        "4 MiB",
        "lines",
    ],
)
def test_a_file_that_is_no_document(run: Run, tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "x.md"
    path.write_bytes(content)
    line = refusal(run, path)
    assert line.startswith(f"{path}: ")
    assert message in line


def test_no_size_is_named_that_is_not_the_files(run: Run, tmp_path: Path) -> None:
    """The command reads one byte more than is allowed, and no further."""
    path = tmp_path / "x.md"
    path.write_bytes(b"x" * 3_000_000)
    assert "2,097,153" not in refusal(run, path)


def test_the_largest_document(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_bytes(b"x" * MAX_DOCUMENT_BYTES)
    assert "0 tasks" in run(path)


@pytest.mark.parametrize("name", ["missing.md", ".", "missing/x.md", "x" * 300, "a\0b"])
def test_a_path_that_is_no_file(run: Run, tmp_path: Path, name: str) -> None:
    with nothing_written(), pytest.raises(CommandError, match="cannot be read") as error:
        run(tmp_path / name)
    assert "\n" not in str(error.value)


def test_a_filename_that_cannot_be_shown(run: Run, plan: Path) -> None:
    renamed = plan.rename(plan.with_name("a\nb.md"))
    with nothing_written(), pytest.raises(CommandError, match="255 printable characters"):
        run(renamed)
