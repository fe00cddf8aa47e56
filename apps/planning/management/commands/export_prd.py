"""`manage.py export_prd ID [--output FILE]`."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.planning.export_prd import export_prd
from apps.prds.models import PRD


class Command(BaseCommand):
    """Writes one document. Exit code 1 and one line when it cannot."""

    help = "Export a PRD: its text with live checkboxes and the status of its tasks."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", help="The PRD's id.")
        parser.add_argument(
            "--output", type=Path, metavar="FILE", help="Write it here; default: standard output."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        content = export_prd(self._find(options["id"])).content
        path: Path | None = options["output"]
        if path is None:
            self.stdout.write(content, ending="")
            return
        try:
            path.write_bytes(content.encode())
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise CommandError(f"{path} cannot be written: {reason}.") from error

    def _find(self, text: str) -> PRD:
        try:
            prd: PRD | None = PRD.objects.filter(pk=UUID(text)).first()
        except ValueError:
            raise CommandError(f"{text!r} is no id of a PRD.") from None
        if prd is None:
            raise CommandError(f"There is no PRD with the id {text}.")
        return prd
