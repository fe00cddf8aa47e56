#!/usr/bin/env python
"""TaskHub's command line: chooses settings and database login, then hands over to Django."""

import os
import sys

# Commands that change the schema or write history by design connect as the owner; everything else
# runs with the application's login, which owns nothing.
OWNER_COMMANDS = frozenset(
    {
        "createcachetable",
        "flush",
        "load_demo",
        "maintain_partitions",
        "makemigrations",
        "migrate",
        "pgtrigger",
        "run_scheduler",
        "seed",
        "showmigrations",
        "sqlmigrate",
        "test",
    }
)


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskhub.settings.development")
    if len(sys.argv) > 1 and sys.argv[1] in OWNER_COMMANDS:
        os.environ.setdefault("TASKHUB_DATABASE_ROLE", "owner")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
