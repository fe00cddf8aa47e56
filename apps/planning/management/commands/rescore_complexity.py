"""`manage.py rescore_complexity [--all]`."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from apps.core.context import Source, acting
from apps.planning.services.rescoring import rescore_complexity
from apps.prds.complexity import COMPLEXITY_VERSION


class Command(BaseCommand):
    """Scores what has no score of this formula. Stopped, it goes on where it was."""

    help = "Bring the complexity of PRDs and tasks to the formula of now; old scores are kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--all",
            action="store_true",
            help="Look also at what has a score of this formula, in case its text was changed by "
            "something else than TaskHub.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        looked_at: Counter[str] = Counter()
        rescored: Counter[str] = Counter()
        reason = f"Complexity by {COMPLEXITY_VERSION}"
        try:
            with acting(source=Source.COMMAND, name="rescore_complexity", reason=reason):
                for batch in rescore_complexity(everything=options["all"]):
                    looked_at[batch.kind] += batch.looked_at
                    rescored[batch.kind] += batch.rescored
        except DatabaseError as error:
            line = str(error).strip().split("\n", 1)[0]
            raise CommandError(
                f"The database refused; what was done so far stays: {line}"
            ) from error
        for kind in ("PRDs", "tasks"):
            self.stdout.write(
                f"{kind}: {looked_at[kind]:,} looked at, {rescored[kind]:,} rescored by "
                f"{COMPLEXITY_VERSION}."
            )
