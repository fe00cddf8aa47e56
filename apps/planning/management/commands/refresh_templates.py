"""`manage.py refresh_templates`: compute how templates are used and with what success, now."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.core.context import Source, acting
from apps.planning.services.instantiating import refresh_outcomes


class Command(BaseCommand):
    """What the worker does four times an hour."""

    help = "Compute popularity, success rate and times of all templates from their instances."

    def handle(self, *args: Any, **options: Any) -> None:
        with acting(source=Source.COMMAND, name="refresh_templates"):
            changed = refresh_outcomes()
        self.stdout.write(f"{changed} template{'' if changed == 1 else 's'} changed.")
