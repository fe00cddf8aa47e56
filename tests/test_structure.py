"""The shape of the code: imports run one way, files stay short, nothing names a machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FILE = 400


def tracked_files() -> list[Path]:
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        pass  # no git, or no checkout of it: everything but what is made here
    else:
        return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]
    return [
        path
        for path in ROOT.rglob("*")
        if path.is_file() and not {".venv", ".taskhub", "__pycache__"} & set(path.parts)
    ]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [str(command), "--config", str(folder / "pyproject.toml"), "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copy_of_the_code(tmp_path: Path) -> Path:
    for path in tracked_files():
        relative = path.relative_to(ROOT)
        if relative.parts[0] in {"apps", "taskhub", "pyproject.toml"} and path.suffix in {
            ".py",
            ".toml",
        }:
            target = tmp_path / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(path.read_text())
    return tmp_path


VIOLATIONS = {
    "an app above": ("apps/repositories/services.py", "import apps.tasks.models"),
    "a floor above in the app": ("apps/tasks/querysets.py", "import apps.tasks.services"),
    "HTTP in a service": ("apps/tasks/services.py", "import rest_framework"),
    "the console in a model": ("apps/prds/models.py", "import unfold"),
}


def test_the_import_contracts_hold(copy_of_the_code: Path) -> None:
    kept = lint_imports(copy_of_the_code)
    assert kept.returncode == 0, kept.stdout


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_violation_breaks_them(copy_of_the_code: Path, name: str) -> None:
    path, line = VIOLATIONS[name]
    file = copy_of_the_code / path
    file.write_text(f"{file.read_text()}\n{line}\n")
    broken = lint_imports(copy_of_the_code)
    assert broken.returncode != 0
    importer = path.removesuffix(".py").replace("/", ".")
    assert f"{importer} -> {line.removeprefix('import ')}" in broken.stdout


def test_no_python_file_is_longer_than_400_lines() -> None:
    too_long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked_files()
        if path.suffix == ".py" and (lines := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert too_long == {}


WRITES = re.compile(  # a view that calls its own base writes nothing by that
    r"(?<!super\(\))\.(save|create|delete|bulk_create|bulk_update|get_or_create|update_or_create)\("
)


def test_views_and_admins_write_through_services_only() -> None:
    edges = [*(ROOT / "apps").glob("*/api/*.py"), *(ROOT / "apps").glob("*/admin*/**/*.py")]
    edges += (ROOT / "apps").glob("*/admin.py")
    own = [path for path in edges if path.relative_to(ROOT).parts[1] != "core"]
    assert len(own) > 15
    assert {str(path): found for path in own if (found := WRITES.findall(path.read_text()))} == {}
