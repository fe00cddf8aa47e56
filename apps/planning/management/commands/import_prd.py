"""`manage.py import_prd FILE --repository NAME [--dry-run]`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, transaction

from apps.accounts.models import User
from apps.core.context import Source, acting, name_actor
from apps.core.errors import DomainError
from apps.planning.import_prd import ImportedPRD, import_prd
from apps.prds.parser import MAX_DOCUMENT_BYTES, DocumentError, decode_document
from apps.repositories.models import Repository
from apps.repositories.services import create_repository
from apps.tasks.models import Task

SHOWN_NOTES = 50


class Command(BaseCommand):
    """Imports one document, all or nothing. Exit code 1 and one line when it cannot."""

    help = "Import a PRD: keep the document and make tasks of what has an id in it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="A Markdown file in UTF-8, up to 2 MiB.")
        parser.add_argument("--repository", required=True, metavar="NAME")
        parser.add_argument(
            "--create-repository",
            action="store_true",
            help="Create the repository if there is none of this name.",
        )
        parser.add_argument(
            "--user", default="operator", metavar="NAME", help="Who imports (default: operator)."
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Show what would be made; write nothing."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        try:
            with acting(source=Source.COMMAND, name="import_prd"), transaction.atomic():
                # Described before a dry run is rolled back: afterwards there is nothing to look up.
                report = self._describe(self._import(path, options), dry_run=options["dry_run"])
                if options["dry_run"]:
                    transaction.set_rollback(True)
        except UnicodeEncodeError:
            raise CommandError("An argument holds bytes that are not UTF-8.") from None
        except DocumentError as error:
            raise CommandError(f"{path}: {error}") from error
        except DomainError as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            reason = str(error).strip().split("\n", 1)[0]
            raise CommandError(f"The database refused, nothing was written: {reason}") from error
        self.stdout.write(report)

    def _import(self, path: Path, options: dict[str, Any]) -> ImportedPRD:
        content = decode_document(self._read(path))
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']!r}. Name one with --user.")
        if not user.is_active:
            raise CommandError(f"The user {user.username} is not active. Name one with --user.")
        name_actor(user)
        return import_prd(
            actor=user,
            repository=self._repository(user, options),
            filename=path.name,
            content=content,
        )

    def _read(self, path: Path) -> bytes:
        try:
            with path.open("rb") as file:
                # One byte more than allowed is enough to refuse; the rest may be gigabytes.
                data = file.read(MAX_DOCUMENT_BYTES + 1)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise CommandError(f"{path} cannot be read: {reason}.") from error
        if len(data) > MAX_DOCUMENT_BYTES:
            raise CommandError(
                f"{path}: The document is too large, the limit is {MAX_DOCUMENT_BYTES:,} bytes: "
                "split it into several documents."
            )
        return data

    def _repository(self, user: User, options: dict[str, Any]) -> Repository:
        name = options["repository"]
        repository: Repository | None = Repository.objects.filter(name=name).first()
        if repository is None and options["create_repository"]:
            return create_repository(actor=user, name=name)
        if repository is None:
            raise CommandError(
                f"There is no repository {name!r}. Add --create-repository to create it."
            )
        return repository

    def _describe(self, imported: ImportedPRD, *, dry_run: bool) -> str:
        prd = imported.prd
        did = "Would import" if dry_run else "Imported"
        lines = [f"{did} {prd.filename} into {prd.repository.name}: {prd.title}"]
        lines += [_task_line(task) for task in imported.tasks]
        lines.append(
            f"{len(imported.tasks)} tasks, "
            f"{sum(len(task.acceptance_criteria) for task in imported.tasks)} criteria, "
            f"{sum(task.estimated_minutes or 0 for task in imported.tasks)} minutes, "
            f"{imported.dependency_count} dependencies"
        )
        if imported.notes:
            lines.append(f"{len(imported.notes)} open questions:")
        for note in imported.notes[:SHOWN_NOTES]:
            place = f"line {note['line']}: " if note["line"] else ""
            lines.append(f"  {place}{note['message']}")
        if len(imported.notes) > SHOWN_NOTES:
            lines.append(f"  … and {len(imported.notes) - SHOWN_NOTES} more.")
        return "\n".join(lines)


def _task_line(task: Task) -> str:
    minutes = task.estimated_minutes
    effort = "no estimate" if minutes is None else f"{minutes} min"
    place = f"lines {task.source_first_line}-{task.source_last_line}"
    criteria = f"{len(task.acceptance_criteria)} criteria"
    return f"  {task.external_key.key}  {task.content}  ({criteria}, {effort}, {place})"
