"""Fills a migrated database with ready tasks; prints a token for its repositories as JSON."""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "taskhub.settings.development")


def main() -> None:
    import django

    django.setup()
    from apps.accounts.choices import TokenScope
    from apps.accounts.models import User
    from apps.repositories.services import create_repository, issue_repository_token
    from apps.tasks.models import Task

    tasks, *names = sys.argv[1:]
    user = User.objects.create(username="fleet")
    for name in names:
        repository = create_repository(actor=user, name=name)
        Task.objects.bulk_create(
            Task(repository=repository, content=f"task {number}") for number in range(int(tasks))
        )
    issued = issue_repository_token(user=user, scope=TokenScope.WRITE, name="rig")
    print(json.dumps({"token": issued.secret}))  # noqa: T201


if __name__ == "__main__":
    main()
