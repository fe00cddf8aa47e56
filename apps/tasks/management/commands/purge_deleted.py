"""`manage.py purge_deleted`: the retention job, by hand and with another age."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.context import Source, acting
from apps.repositories.retention import LONGEST_DAYS, purge_expired


class Command(BaseCommand):
    """Says of each batch what it purged, or would purge."""

    help = "Delete for good what was deleted long enough ago."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--older-than",
            type=int,
            metavar="DAYS",
            help="deleted more than so many days ago, 1 or more (default: TASKHUB_RETENTION_DAYS)",
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would go")

    def handle(self, *args: Any, **options: Any) -> None:
        given = options["older_than"]
        days = settings.TASKHUB_RETENTION_DAYS if given is None else given
        if given is None and days == 0:
            self.stdout.write("TASKHUB_RETENTION_DAYS is 0: nothing expires. Give --older-than.")
            return
        if days < 1:
            raise CommandError("What was deleted less than a day ago is never purged.")
        if days > LONGEST_DAYS:
            raise CommandError(f"--older-than takes at most {LONGEST_DAYS:,} days.")
        dry_run = options["dry_run"]
        verb = "would purge" if dry_run else "purged"
        batches = rows = 0
        reason = f"deleted more than {days} days ago"
        with acting(source=Source.COMMAND, name="purge_deleted", reason=reason):
            for batch in purge_expired(days=days, dry_run=dry_run):
                when = f"deleted {batch.deleted_at:%Y-%m-%d %H:%M} UTC"
                if batch.left:
                    self.stdout.write(f"left {batch.id}, {when}: {batch.left}")
                    continue
                counts = ", ".join(f"{count:,} {table}" for table, count in batch.counts.items())
                self.stdout.write(f"{verb} {batch.id}, {when}: {counts}")
                batches += 1
                rows += sum(batch.counts.values())
        self.stdout.write(f"{verb} {rows:,} rows of {batches:,} deletions.")
