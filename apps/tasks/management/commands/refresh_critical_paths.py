"""`manage.py refresh_critical_paths [--repository NAME]`."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from apps.core.context import Source, acting
from apps.repositories.models import Repository
from apps.tasks.critical_paths import refresh_critical_path, repositories_to_refresh


class Command(BaseCommand):
    """What the job does every five minutes, at once. Exit code 1 and one line when it cannot."""

    help = (
        "Compute the stored critical paths anew: of one repository, or of all that are not archived"
        " and whose work may have changed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--repository", metavar="NAME", help="Of this one, whether it has changed or not."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["repository"]
        try:
            chosen = repositories_to_refresh() if name is None else [self._repository(name)]
            with acting(source=Source.COMMAND, name="refresh_critical_paths"):
                for repository in chosen:
                    path = refresh_critical_path(repository)
                    self.stdout.write(
                        f"{repository.name}: {path.task_count:,} tasks, {path.minutes:,} minutes."
                    )
        except DatabaseError as error:
            reason = str(error).strip().split("\n", 1)[0]
            raise CommandError(f"The database refused: {reason}") from error
        if not chosen:
            self.stdout.write("Nothing has changed.")

    def _repository(self, name: str) -> Repository:
        try:
            repository: Repository | None = Repository.objects.filter(name=name).first()
        except (UnicodeEncodeError, ValueError, DatabaseError):
            repository = None  # no name of anything
        if repository is None:
            raise CommandError(f"There is no repository {json.dumps(name)}.")
        return repository
