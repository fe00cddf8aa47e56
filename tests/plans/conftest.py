"""200,000 made-up tasks, written once, for a suite of its own: `make test-plans`."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from apps.core.plans import Relations
from apps.planning.seed.request import SeedRequest, usual_repositories
from apps.planning.seed.writer import write

TASKS = 200_000


@pytest.fixture(scope="session")
def seeded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Relations:
    """The rows, vacuumed, with statistics; they go with the suite's database."""
    request = SeedRequest(
        tasks=TASKS,
        repositories=usual_repositories(TASKS),
        seed=1,
        until=datetime(2026, 11, 1, tzinfo=UTC),
    )
    with django_db_blocker.unblock():
        write(request, outbox=False, progress=lambda done: None)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        return Relations()
