"""`manage.py ensure_operator`: the first account that can enter the console."""

from __future__ import annotations

import os
import secrets
from typing import Any

from django.core.management.base import BaseCommand

from apps.accounts.models import User
from apps.core.context import Source, acting

DEFAULT_NAME = "operator"


class Command(BaseCommand):
    """Makes the account `operator` once; its generated password is printed and stored nowhere."""

    help = (
        "Create the account 'operator' unless a superuser exists. Its password is "
        "TASKHUB_ADMIN_PASSWORD, or generated and printed once."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.filter(is_superuser=True).exists():
            self.stdout.write("An operator account exists; its password is not shown again.")
            return
        given = os.environ.get("TASKHUB_ADMIN_PASSWORD", "")
        password = given or secrets.token_urlsafe(12)
        with acting(source=Source.COMMAND, name="ensure_operator"):
            User.objects.create_superuser(username=DEFAULT_NAME, password=password)
        shown = "as set in TASKHUB_ADMIN_PASSWORD" if given else f"{password}  (shown only now)"
        self.stdout.write(f"Operator account: {DEFAULT_NAME}, password: {shown}")
