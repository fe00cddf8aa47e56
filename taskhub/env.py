"""Typed access to the environment: each value is checked, each mistake kept with its remedy.

A problem never raises here, so that `manage.py check` can show all of them at once, numbered
(`apps.core.checks`); `refuse_problems` stops a server that would start with any of them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

ROOT = Path(__file__).resolve().parent.parent
LAST_PORT = 65535
DATABASE_URLS = {"DATABASE_URL", "DATABASE_OWNER_URL"}


@dataclass(frozen=True, slots=True)
class EnvironmentProblem:
    """One wrong or missing setting: its name, what is wrong and what to do."""

    name: str
    message: str
    hint: str
    missing: bool = False


@dataclass(slots=True)
class Environment:
    """Reads settings from a mapping and remembers what was wrong with them."""

    values: Mapping[str, str]
    remedy: str = ""  # added to the hint of every missing value
    problems: list[EnvironmentProblem] = field(default_factory=list)

    def text(self, name: str, default: str | None = None, *, hint: str = "") -> str:
        """The value of `name`, or `default`; without a default an absent value is a problem."""
        value = self.values.get(name, "")
        if value:
            return value
        if default is None:
            self._missing(name, hint or f"Set {name} in the environment.")
            return ""
        return default

    def integer(self, name: str, default: int, *, minimum: int, maximum: int) -> int:
        """The whole number in `name`; outside of the bounds is a problem and gives `default`."""
        raw = self.values.get(name, "")
        if not raw:
            return default
        if not raw.isascii() or not raw.isdigit() or not minimum <= int(raw) <= maximum:
            rule = f"a whole number from {minimum} to {maximum}"
            self._wrong(name, f"is {raw!r}, not {rule}", f"Set {name} to {rule}.")
            return default
        return int(raw)

    def names(self, name: str, default: tuple[str, ...]) -> list[str]:
        """The comma-separated list in `name`, without empty entries."""
        raw = self.values.get(name)
        if raw is None:
            return list(default)
        return [part.strip() for part in raw.split(",") if part.strip()]

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        """One of `allowed`; another value is a problem and gives `default`."""
        value = self.values.get(name) or default
        if value not in allowed:
            rule = " or ".join(allowed)
            self._wrong(name, f"is {value!r}, not {rule}", f"Set {name} to {rule}.")
            return default
        return value

    def secret(self, name: str, default: str | None = None) -> str:
        """A secret from `NAME_FILE` (it stays out of process listings) or from `NAME`, not both."""
        path = self.values.get(f"{name}_FILE", "")
        if path and self.values.get(name):
            self._wrong(name, f"is set, and so is {name}_FILE", "Unset one of them.")
        if not path:
            return self.text(name, default, hint=f"Set {name} or {name}_FILE (a file's path).")
        try:
            value = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "is not UTF-8 text"
            self._wrong(f"{name}_FILE", f"cannot be read: {reason}", "Name a readable file.")
            return default or ""
        if not value:
            self._wrong(f"{name}_FILE", "names an empty file", "Write the secret into it.")
        return value

    def postgres(self, name: str) -> dict[str, Any]:
        """Connection parameters from the libpq URL in `name`, as libpq names them."""
        url = self.secret(name)
        if not url:
            return {}
        try:
            parameters = conninfo_to_dict(url)
        except ProgrammingError as error:
            # libpq's message may quote the URL, and with it the password: keep to the first words.
            reason = str(error).split(":", 1)[0].split('"', 1)[0].strip()
            self._wrong(
                name, f"is no PostgreSQL URL ({reason})", "Use postgresql://user@host/database."
            )
            return {}
        if not parameters.get("dbname"):
            self._wrong(name, "names no database", "End the URL with /database.")
        port = str(parameters.get("port", "5432"))
        if not port.isdecimal() or not 1 <= int(port) <= LAST_PORT:
            self._wrong(name, "has no valid port", "Use postgresql://user@host:5432/database.")
        return parameters

    def url(self, name: str, schemes: tuple[str, ...]) -> str:
        """The URL in `name`, which has one of `schemes`."""
        value = self.secret(name)
        if not value:
            return value
        rule = " or ".join(f"{scheme}://" for scheme in schemes)
        try:
            parts = urlsplit(value)
            port = parts.port  # raises on one that no server can have
        except ValueError:
            self._wrong(name, "is no URL, or has no valid port", f"Begin it with {rule}.")
            return value
        if parts.scheme not in schemes or port == 0:
            self._wrong(name, "has another scheme or port than it may", f"Begin it with {rule}.")
        return value

    def _missing(self, name: str, hint: str) -> None:
        hint = f"{hint} {self.remedy}".strip()
        self._report(EnvironmentProblem(name, "is not set", hint, missing=True))

    def _wrong(self, name: str, message: str, hint: str) -> None:
        self._report(EnvironmentProblem(name, message, hint))

    def _report(self, problem: EnvironmentProblem) -> None:
        if problem not in self.problems:  # a setting may be read twice
            self.problems.append(problem)

    def refuse_problems(self) -> None:
        """Raise `ImproperlyConfigured` that lists every problem; return when there is none."""
        if self.problems:
            from django.core.exceptions import ImproperlyConfigured

            lines = [f"{p.name} {p.message}. {p.hint}" for p in self.problems]
            raise ImproperlyConfigured("\n".join(lines))


def running_stack(data_folder: Path) -> dict[str, str]:
    """The addresses and secrets of the development stack on `data_folder`, if one runs."""
    try:
        stack = json.loads((data_folder / "stack.json").read_text(encoding="utf-8"))
        os.kill(int(stack["pid"]), 0)
    except (OSError, ValueError, KeyError):
        return {}
    return {str(name): str(value) for name, value in stack["environment"].items()}


def read_environment(*, find_stack: bool) -> Environment:
    """The process's environment; with `find_stack` on top of the running development stack's."""
    values = dict(os.environ)
    remedy = ""
    if find_stack:
        remedy = "Or start the development stack with `make run`: commands find it by themselves."
        folder = Path(values.get("TASKHUB_DATA") or ROOT / ".taskhub")
        stack = running_stack(folder)
        given = {name.removesuffix("_FILE") for name, value in values.items() if value}
        # Half a pair from here and half from there would migrate one server and serve another.
        if given & DATABASE_URLS:
            given |= DATABASE_URLS
        lent = {name: v for name, v in stack.items() if name.removesuffix("_FILE") not in given}
        values = {**values, **lent}
    return Environment(values, remedy)
