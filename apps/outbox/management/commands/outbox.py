"""`manage.py outbox status|replay`: what waits, and new attempts for what was given up."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from apps.outbox.services import measure, replay


class Command(BaseCommand):
    """Operators' view of the outbox, from the command line."""

    help = "Show what waits in the outbox; give dead letters new attempts."

    def add_arguments(self, parser: CommandParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verbs.add_parser("status", help="entries by kind: pending, dead, lag")
        again = verbs.add_parser("replay", help="give dead letters new attempts")
        again.add_argument("--kind", help="only those of this kind")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["verb"] == "replay":
            self.stdout.write(f"{replay(kind=options['kind'])} dead letters are tried again.")
            return
        backlogs = measure()
        for each in backlogs:
            self.stdout.write(
                f"{each.kind}: {each.pending} pending, {each.dead} dead, lag {each.lag:.1f} s"
            )
        if not backlogs:
            self.stdout.write("The outbox is empty.")
