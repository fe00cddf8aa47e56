"""`manage.py run_worker`: runs the application's jobs with the application's login."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.dbops.workers import APPLICATION_QUEUES, run_jobs


class Command(BaseCommand):
    """Runs until SIGTERM or Ctrl-C; a running job is finished first (20 s at most)."""

    help = "Run background jobs."

    def handle(self, *args: Any, **options: Any) -> None:
        run_jobs(APPLICATION_QUEUES, name="worker")
