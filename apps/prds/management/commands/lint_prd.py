"""`manage.py lint_prd FILE [--format text|json] [--strict]`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.prds.lint import Finding, count_severities, lint_text
from apps.prds.parser import (
    MAX_DOCUMENT_BYTES,
    PARSER_VERSION,
    DocumentError,
    decode_document,
)

STANDARD_INPUT = "-"
FOUND, UNREADABLE = 1, 2


class Command(BaseCommand):
    """Lints one document. Exit code 0 without errors, 1 with some, 2 when it cannot be read."""

    help = "Say what is wrong with a PRD, with lines and remedies. Needs no database."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="A Markdown file in UTF-8, up to 2 MiB; - reads stdin.")
        parser.add_argument("--format", choices=["text", "json"], default="text")
        parser.add_argument(
            "--strict", action="store_true", help="Exit with 1 for warnings, too, not only errors."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        # A name can hold bytes that no output can.
        name = os.fsencode(options["file"]).decode("utf-8", errors="replace")
        try:
            findings = lint_text(decode_document(self._read(options["file"], name)))
        except DocumentError as error:
            raise CommandError(f"{name}: {error}", returncode=UNREADABLE) from error
        if options["format"] == "json":
            self.stdout.write(_as_json(name, findings))
        else:
            self.stdout.write("\n".join(_as_text(name, findings)))
        counts = count_severities(findings)
        if counts["error"] or (options["strict"] and counts["warning"]):
            sys.exit(FOUND)

    def _read(self, file: str, name: str) -> bytes:
        # One byte more than allowed is enough to be refused; the rest may be gigabytes.
        limit = MAX_DOCUMENT_BYTES + 1
        try:
            if file == STANDARD_INPUT:
                return sys.stdin.buffer.read(limit)
            with Path(file).open("rb") as document:
                return document.read(limit)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise CommandError(
                f"{name} cannot be read: {reason}.", returncode=UNREADABLE
            ) from error


def _as_text(name: str, findings: Sequence[Finding]) -> Iterator[str]:
    """As compilers write, so that editors can jump to the line."""
    for finding in findings:
        place = f"{name}:{finding.first_line}"
        yield f"{place}: {finding.severity}: {finding.message} [{finding.code}]"
        yield f"    {finding.remedy}"
    counts = count_severities(findings)
    if not findings:
        yield f"{name}: nothing to mend."
    else:
        yield ", ".join(f"{severity}: {count}" for severity, count in counts.items())


def _as_json(name: str, findings: Sequence[Finding]) -> str:
    data = {
        "file": name,
        "parser_version": PARSER_VERSION,
        "counts": count_severities(findings),
        "findings": [asdict(finding) for finding in findings],
    }
    return json.dumps(data, indent=2)
