"""`manage.py load_demo`: sample data, once."""

from typing import Any

from django.core.management.base import BaseCommand

from apps.core.context import Source, acting
from apps.planning.demo import REPOSITORY, load_demo


class Command(BaseCommand):
    """Idempotent: leaves an existing demo repository as it is."""

    help = "Load the demo repository, unless it is there."

    def handle(self, *args: Any, **options: Any) -> None:
        with acting(source=Source.COMMAND, name="load_demo"):
            loaded = load_demo()
        self.stdout.write(f"Loaded {REPOSITORY}." if loaded else f"{REPOSITORY} is there already.")
