"""What the database holds of a suggestion's JSON columns, and the schemas that say so."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from apps.core.jsonschema import load_schema
from apps.planning.choices import SuggestionSource
from apps.repositories.models import Repository
from apps.tasks.choices import TaskComplexity, TaskPriority
from tests.factories import SuggestionFactory

SHARE = {"source": "ready", "rank": 1, "weight": 1.0, "points": 0.016}
REASON = {"source": "ready", "text": "It is ready.", "values": {"rank": 1}}
STEP = {"instance_id": "0198f3a0-1111-7222-8333-444455556666", "key": "a", "position": 1}
BAD: list[tuple[str, Any, str]] = [
    ("sources", {}, ""),
    ("sources", [{**SHARE, "source": "oracle"}], "/0/source"),
    ("sources", [{**SHARE, "rank": 0}], "/0/rank"),
    ("sources", [{**SHARE, "weight": 3}], "/0/weight"),
    ("sources", [{**SHARE, "more": 1}], "/0/more"),
    ("sources", [SHARE] * 6, ""),
    ("reasons", [{**REASON, "text": ""}], "/0/text"),
    ("reasons", [{**REASON, "values": []}], "/0/values"),
    ("reasons", ["why"], "/0"),
    ("values", [], ""),
    ("values", {"status": "completed"}, "/status"),
    ("values", {"priority": "urgent"}, "/priority"),
    ("values", {"estimated_minutes": -1}, "/estimated_minutes"),
    ("values", {"tags": [""]}, "/tags/0"),
    ("values", {"acceptance_criteria": [{"text": "x"}]}, "/acceptance_criteria/0/met"),
    ("values", {"parent_task_id": 5}, "/parent_task_id"),
    ("values", {"step": {**STEP, "position": 0}}, "/step/position"),
]


@pytest.mark.parametrize(("column", "value", "place"), BAD)
def test_what_is_refused_and_where(
    repository: Repository, column: str, value: Any, place: str
) -> None:
    found = [
        error.pointer for error in load_schema("planning", f"suggestion_{column}").errors(value)
    ]
    assert found == [place]
    name = f"suggestions_{column}_schema"
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        SuggestionFactory(repository=repository, **{column: value})


def test_what_is_taken(repository: Repository) -> None:
    row = SuggestionFactory(
        repository=repository,
        sources=[SHARE],
        reasons=[REASON],
        values={"tags": ["a"], "step": STEP, "depends_on": [STEP["instance_id"]]},
    )
    row.refresh_from_db()
    assert (row.sources, row.reasons) == ([SHARE], [REASON])


def test_the_schemas_know_all_values_that_there_are() -> None:
    values = load_schema("planning", "suggestion_values").definition["properties"]
    share = load_schema("planning", "suggestion_sources").definition["items"]["properties"]
    assert values["priority"]["enum"] == TaskPriority.values
    assert values["complexity"]["enum"] == TaskComplexity.values
    assert share["source"]["enum"] == SuggestionSource.values
