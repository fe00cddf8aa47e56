"""`manage.py mine_patterns [--repository NAME] [--since DATE] [--dry-run] [--format json]`."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from django.utils.dateparse import parse_date, parse_datetime

from apps.core.context import Source, acting
from apps.core.errors import DomainError
from apps.core.models import EARLIEST, LATEST
from apps.planning.mining import MinedPattern
from apps.planning.mining.result import canonical
from apps.planning.services.mining_runs import Mined, mine_patterns
from apps.repositories.models import Repository


class Command(BaseCommand):
    """Looks for patterns in finished work. Exit code 1 and one line when it cannot."""

    help = "Mine patterns of work from finished tasks, of one repository or over all of them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repository", metavar="NAME", help="Only the work of this one.")
        parser.add_argument(
            "--since",
            metavar="DATE",
            help="Only what was closed since then: 2026-05-01, or with a time and its offset.",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="Show what would be found; write nothing."
        )
        parser.add_argument(
            "--format",
            choices=("text", "json"),
            default="text",
            help="json: the whole result in its canonical form, the same bytes for the same work.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name, since = options["repository"], options["since"]
        repository = self._repository(name)
        moment = self._moment(since) if since is not None else None
        try:
            with acting(source=Source.COMMAND, name="mine_patterns"):
                mined = mine_patterns(
                    repository=repository, since=moment, dry_run=options["dry_run"]
                )
        except DomainError as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            reason = str(error).strip().split("\n", 1)[0]
            raise CommandError(f"The database refused, nothing was written: {reason}") from error
        if options["format"] == "json":
            # The canonical bytes: a pipe has no say in their encoding.
            self._write_bytes(canonical(mined.result.as_json()))
        else:
            self.stdout.write(_describe(mined, name or "all repositories", since))

    def _write_bytes(self, data: bytes) -> None:
        raw = getattr(self.stdout._out, "buffer", None)
        if raw is None:
            self.stdout.write(data.decode(), ending="")
        else:
            self.stdout.flush()
            raw.write(data)

    def _repository(self, name: str | None) -> Repository | None:
        if name is None:
            return None
        try:
            repository: Repository | None = Repository.objects.filter(name=name).first()
        except (UnicodeEncodeError, ValueError, DatabaseError):
            repository = None  # no name of anything
        if repository is None:
            raise CommandError(f"There is no repository {json.dumps(name)}.")
        return repository

    def _moment(self, text: str) -> datetime:
        """The moment that a date begins (in UTC), or a time with an offset."""
        wrong = f"{json.dumps(text)} is no date such as 2026-05-01 or 2026-05-01T08:00:00Z."
        try:
            day: date | None = parse_date(text)
            moment = datetime.combine(day, time(), UTC) if day else parse_datetime(text)
        except ValueError:
            raise CommandError(wrong) from None
        if moment is None or moment.tzinfo is None:
            raise CommandError(wrong)
        if not EARLIEST <= moment <= LATEST:
            raise CommandError(f"{json.dumps(text)} lies outside of the years 2 to 9998.")
        return moment


def _describe(mined: Mined, scope: str, since: str | None) -> str:
    result, counts = mined.result, mined.result.counts
    period = f" since {since}" if since else ""
    if counts["tasks"] == 0:
        lines = [f"There are no finished tasks in {scope}{period}: nothing to mine."]
    else:
        lines = [
            f"{counts['tasks']:,} finished tasks in {scope}{period}: {counts['streams']:,} streams "
            f"({counts['in_bulk']:,} tasks closed in bulk and {counts['alone']:,} alone left out).",
            f"{counts['closed']:,} sequences in at least {counts['least_support']:,} streams, "
            f"{counts['significant']:,} of them more often than their order would be by accident, "
            f"{counts['kept']:,} of these not because of others.",
        ]
    lines += [_line(each) for each in sorted(result.patterns, key=lambda each: -each.lift)]
    if mined.kept is None:
        lines.append("Dry run: nothing was written.")
    else:
        kept = mined.kept
        lines.append(
            f"Patterns: {kept.added} new, {kept.changed} changed, {kept.unchanged} unchanged, "
            f"{kept.retired} retired. Run {mined.run.pk if mined.run else ''}."
        )
    lines.append(f"Input {result.input_hash[:12]}, result {result.result_hash[:12]}.")
    return "\n".join(lines)


def _line(each: MinedPattern) -> str:
    return (
        f"  {' > '.join(each.steps)}: {each.support} streams, lift {each.lift:.1f}, "
        f"corrected p {each.q_value:.3f}, success {each.success_rate:.0%} "
        f"({each.success_low:.0%} to {each.success_high:.0%})"
    )
