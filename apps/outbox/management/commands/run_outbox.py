"""`manage.py run_outbox`: handles changes that wait in the outbox, with the application's login."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from apps.outbox.worker import run_worker


class Command(BaseCommand):
    """Runs until SIGTERM or Ctrl-C and finishes the batch in hand. Start as many as you like."""

    help = "Handle changes that wait in the outbox."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        run_worker(stop=stop)
