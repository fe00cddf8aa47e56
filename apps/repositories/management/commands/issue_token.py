"""`manage.py issue_token USER --scope read|write|admin [--repository NAME]… [--days N]`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts.choices import TokenScope
from apps.accounts.models import User
from apps.accounts.services import IssuedToken
from apps.core.context import Source, acting
from apps.core.errors import DomainError
from apps.repositories.models import Repository
from apps.repositories.services import issue_repository_token


class Command(BaseCommand):
    """Prints a new API token, once: only its digest is stored."""

    help = "Issue an API token for a user and print it once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="The user's name.")
        parser.add_argument("--scope", required=True, choices=TokenScope.values)
        parser.add_argument(
            "--repository",
            action="append",
            default=[],
            metavar="NAME",
            help="Bind the token to this repository; may be repeated. Default: all of the user's.",
        )
        parser.add_argument("--days", type=int, metavar="N", help="Expire after N days.")
        parser.add_argument("--name", default="issued on the command line", help="What it is for.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            issued = self._issue(options)
        except UnicodeEncodeError:
            raise CommandError("An argument holds bytes that are not UTF-8.") from None
        except DomainError as error:
            raise CommandError(str(error)) from error
        if self.stdout.isatty():
            self.stderr.write("The token, shown only now:")
        self.stdout.write(issued.secret)

    def _issue(self, options: dict[str, Any]) -> IssuedToken:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']!r}.")
        names = options["repository"]
        repositories = list(Repository.objects.filter(name__in=names))
        unknown = sorted(set(names) - {repository.name for repository in repositories})
        if unknown:
            raise CommandError(f"There is no repository {unknown[0]!r}.")
        with acting(source=Source.COMMAND, name="issue_token"):
            return issue_repository_token(
                user=user,
                scope=TokenScope(options["scope"]),
                name=options["name"],
                repositories=repositories,
                days=options["days"],
            )
