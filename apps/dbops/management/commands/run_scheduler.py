"""`manage.py run_scheduler`: runs the owner's maintenance jobs, on time."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.dbops.workers import SCHEDULER_QUEUES, run_jobs


class Command(BaseCommand):
    """Runs until SIGTERM or Ctrl-C. The one process that serves with the owner's login."""

    help = "Run the maintenance jobs (needs DATABASE_OWNER_URL)."

    def handle(self, *args: Any, **options: Any) -> None:
        run_jobs(SCHEDULER_QUEUES, name="scheduler")
