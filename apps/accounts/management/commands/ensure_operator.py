"""`manage.py ensure_operator`: the first account that can enter the console."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.accounts.models import User
from apps.core.context import Source, acting

DEFAULT_NAME = "operator"
PASSWORD = "TASKHUB_ADMIN_PASSWORD"  # noqa: S105  (the variable's name)


class Command(BaseCommand):
    """Makes the account `operator` once; its generated password is printed and stored nowhere."""

    help = (
        "Create the account 'operator' unless a superuser exists. Its password is "
        f"{PASSWORD} (or the content of {PASSWORD}_FILE), or generated and printed once."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.filter(is_superuser=True).exists():
            self.stdout.write("An operator account exists; its password is not shown again.")
            return
        if User.objects.filter(username=DEFAULT_NAME).exists():
            raise CommandError(
                f"The user {DEFAULT_NAME!r} exists and is no superuser. Make them one in the "
                "console, or add another with manage.py createsuperuser."
            )
        given = self._given_password()
        password = given or secrets.token_urlsafe(12)
        with acting(source=Source.COMMAND, name="ensure_operator"):
            User.objects.create_superuser(username=DEFAULT_NAME, password=password)
        shown = f"as set in {PASSWORD}" if given else f"{password}  (shown only now)"
        self.stdout.write(f"Operator account: {DEFAULT_NAME}, password: {shown}")

    def _given_password(self) -> str:
        """From the environment or a file; empty for none. A file that cannot be read is no none."""
        password: str = settings.ENVIRONMENT.secret(PASSWORD, "")
        for problem in settings.ENVIRONMENT.problems:
            if problem.name.startswith(PASSWORD):
                raise CommandError(f"{problem.name} {problem.message}. {problem.hint}")
        return password
