"""`manage.py maintain_partitions`: what migrate and the scheduler do, by hand."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.core.context import Source, acting
from apps.dbops.services import maintain


class Command(BaseCommand):
    """Idempotent; says what it made."""

    help = "Create missing partitions and set the application's rights."

    def handle(self, *args: Any, **options: Any) -> None:
        with acting(source=Source.COMMAND, name="maintain_partitions"):
            done = maintain()
        for name in done.partitions:
            self.stdout.write(f"created {name}")
        for finding in done.rights:
            self.stdout.write(f"set right: {finding.message}")
        self.stdout.write(
            f"{len(done.partitions)} partitions created, {len(done.rights)} rights set right."
        )
