"""Database and API agree on every schema's declared share, whatever the schema and the value."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from apps.core.jsonschema import Schema

from .agreement import database_verdicts
from .strategies import definitions, values

pytestmark = pytest.mark.django_db

PATIENT = settings(
    deadline=None,
    max_examples=200,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
    ],
)


@PATIENT
@given(data=st.data())
def test_both_give_the_same_verdict(data: Any) -> None:
    definition = data.draw(definitions)
    schema = Schema(definition)
    share = schema.database_share()
    tried = data.draw(st.lists(values(definition), min_size=1, max_size=8))
    verdicts = database_verdicts(schema, tried)
    for value, verdict in zip(tried, verdicts, strict=True):
        event(f"valid: {verdict}")
        assert verdict == share.is_valid(value), (definition, value, share.errors(value))
        # The database is never stricter than the API.
        assert verdict or not schema.is_valid(value), (definition, value)
