"""The reads of suggestions themselves go by their indexes, among many of other repositories."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from apps.planning.models import Suggestion
from apps.planning.suggesting.records import decided_since, last_decided, still_open
from apps.repositories.models import Repository
from tests.factories import RepositoryFactory, SuggestionFactory

ROWS = 5_000
NOW = timezone.now()
READS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "open": (lambda key: still_open(key, NOW)[:500], "suggestions_open"),
    "decided": (lambda key: last_decided(key)[:1000], "suggestions_decided"),
    "declined": (
        lambda key: decided_since(key, NOW - timedelta(days=30))[:500],
        "suggestions_decided",
    ),
    "expiring": (
        lambda key: Suggestion.objects.filter(state="open", expires_at__lte=NOW).order_by(
            "expires_at"
        )[:1000],
        "suggestions_expiring",
    ),
}


def fill(repository: Repository) -> None:
    states: list[dict[str, Any]] = [{}] * 4 + [{"state": "expired", "decided_at": NOW}] * 4
    states += [{"state": state, "decided_at": NOW} for state in ("accepted", "rejected")]
    others = [RepositoryFactory() for _ in range(9)]
    rows = [
        SuggestionFactory.build(
            repository=repository if number % 100 == 0 else others[number % 9],
            **states[number // 100 % len(states)],
        )
        for number in range(ROWS)
    ]
    Suggestion.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE suggestions")


@pytest.mark.django_db
def test_each_read_uses_its_index(repository: Repository) -> None:
    fill(repository)
    for name, (read, index) in READS.items():
        plan = json.dumps(json.loads(read(repository.pk).explain(format="json")))
        assert f'"{index}"' in plan, (name, plan)
        assert "Seq Scan" not in plan, name


@pytest.mark.django_db
def test_without_its_index_that_is_noticed(repository: Repository) -> None:
    fill(repository)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX suggestions_open")
    read, index = READS["open"]
    assert f'"{index}"' not in read(repository.pk).explain(format="json")
