"""`manage.py lint_prd`, called and as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from apps.prds.parser import MAX_DOCUMENT_BYTES

CLEAN = "## T-1: Dig\n\n- [ ] It is 3 m deep\n"
WARNED = "## T-1: Dig\n\n- [ ] It is deep\n"
WRONG = "## T-1: Dig\n\nDepends on T-7\n\n- [ ] It is 3 m deep\n"


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    return tmp_path / "plan.md"


def lint(*arguments: str) -> tuple[int, str]:
    """(exit code, what was written)."""
    out = StringIO()
    try:
        call_command("lint_prd", *arguments, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def test_nothing_to_mend(plan: Path) -> None:
    plan.write_text(CLEAN)
    assert lint(str(plan)) == (0, f"{plan}: nothing to mend.\n")


def test_an_error(plan: Path) -> None:
    plan.write_text(WRONG)
    code, output = lint(str(plan))
    assert code == 1
    assert output == (
        f"{plan}:3: error: T-7 is no task of this document. [unknown_reference]\n"
        "    Correct the id, or say in words which other document has this task.\n"
        "error: 1, warning: 0, info: 0\n"
    )


def test_warnings_count_only_when_asked_to(plan: Path) -> None:
    plan.write_text(WARNED)
    code, output = lint(str(plan))
    assert code == 0
    assert output.endswith("error: 0, warning: 1, info: 0\n")
    assert lint(str(plan), "--strict") == (1, output)


def test_json(plan: Path) -> None:
    plan.write_text(WRONG)
    code, output = lint(str(plan), "--format", "json")
    assert code == 1
    assert json.loads(output) == {
        "file": str(plan),
        "parser_version": "prd-2",
        "counts": {"error": 1, "warning": 0, "info": 0},
        "findings": [
            {
                "code": "unknown_reference",
                "severity": "error",
                "message": "T-7 is no task of this document.",
                "first_line": 3,
                "last_line": 3,
                "remedy": "Correct the id, or say in words which other document has this task.",
                "key": "T-1",
            }
        ],
    }


def test_json_of_a_clean_document(plan: Path) -> None:
    plan.write_text(CLEAN)
    code, output = lint(str(plan), "--format", "json")
    assert (code, json.loads(output)["findings"]) == (0, [])


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(WRONG.encode())))
    code, output = lint("-")
    assert code == 1
    assert output.startswith("-:3: error: ")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The document is empty"),
        (b"# A\n\xff\n", "Line 2 holds bytes that are not UTF-8"),
        (b"# A\n\nWe dig beds\0\n", "Line 3 holds a NUL character"),
        (CLEAN.encode("utf-16"), "is encoded as UTF-16"),
        (b"%PDF-1.7", "is a PDF"),
        (b"x" * (MAX_DOCUMENT_BYTES + 1), "the limit is 2,097,152"),
        (b"\n" * 60_000 + b"x", "the limit is 50,000"),
    ],
)
def test_what_is_no_document(plan: Path, content: bytes, message: str) -> None:
    plan.write_bytes(content)
    with pytest.raises(CommandError, match=message) as refused:
        lint(str(plan))
    assert refused.value.returncode == 2
    assert str(refused.value).startswith(f"{plan}: ")


@pytest.mark.parametrize("name", ["missing.md", ".", "a\0b"])
def test_what_cannot_be_opened(tmp_path: Path, name: str) -> None:
    with pytest.raises(CommandError, match="cannot be read: ") as refused:
        lint(f"{tmp_path}/{name}")
    assert refused.value.returncode == 2


def run(*arguments: str | bytes, stdin: bytes = b"") -> tuple[int, str, str]:
    """A process that is told of no database."""
    hidden = ("DATABASE_URL", "DATABASE_OWNER_URL", "CACHE_URL")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    process = subprocess.run(
        [sys.executable, "manage.py", "lint_prd", *arguments],
        cwd=settings.BASE_DIR,
        env={**environment, "DJANGO_SETTINGS_MODULE": "taskhub.settings.development"},
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return process.returncode, process.stdout.decode(), process.stderr.decode()


@pytest.mark.processes
def test_exit_codes_of_the_process(tmp_path: Path) -> None:
    assert run("-", stdin=CLEAN.encode()) == (0, "-: nothing to mend.\n", "")
    code, output, errors = run("-", "--format", "json", stdin=WRONG.encode())
    assert (code, json.loads(output)["counts"]["error"], errors) == (1, 1, "")
    code, output, errors = run(str(tmp_path / "missing.md"))
    assert (code, output) == (2, "")
    assert errors == (
        f"CommandError: {tmp_path}/missing.md cannot be read: No such file or directory.\n"
    )


@pytest.mark.processes
def test_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    odd = os.fsencode(tmp_path) + b"/\xff.md"
    Path(os.fsdecode(odd)).write_text(CLEAN)
    assert run(odd) == (0, f"{tmp_path}/\ufffd.md: nothing to mend.\n", "")


@pytest.mark.processes
def test_usage() -> None:
    code, output, errors = run()
    assert (code, output) == (2, "")
    assert "required: file" in errors
