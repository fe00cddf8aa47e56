"""Database and API agree on every schema's declared share, whatever the schema and the value."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from apps.core.jsonschema import Schema, schema_constraint
from apps.core.jsonschema.database import MOST_COMPARED
from tests.examples import examples

from .agreement import condition_sql, database_verdicts
from .strategies import definitions, fitting, leaves, perhaps_nullable, values

pytestmark = pytest.mark.django_db

PATIENT = settings(
    deadline=None,
    max_examples=examples(200),
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
    verdicts = database_verdicts(schema, tried, often_empty=data.draw(st.booleans()))
    for value, verdict in zip(tried, verdicts, strict=True):
        event(f"valid: {verdict}")
        assert verdict == share.is_valid(value), (definition, value, share.errors(value))
        # The database is never stricter than the API.
        assert verdict or not schema.is_valid(value), (definition, value)


# Made-up schemas are rarely such: a short list of distinct scalars, which a path compares.
few_distinct = st.builds(
    lambda items, most, more: {
        "type": "array",
        "items": items,
        "maxItems": most,
        "uniqueItems": True,
        **more,
    },
    perhaps_nullable(leaves.filter(lambda d: "type" in d)),
    st.integers(0, MOST_COMPARED + 1),
    st.fixed_dictionaries({}, optional={"nullable": st.just(True)}),
)


@PATIENT
@given(data=st.data())
def test_both_find_the_same_items_twice(data: Any) -> None:
    definition = data.draw(few_distinct)
    schema = Schema(definition)
    fits = fitting(definition["items"])
    # Lists of few different values, so that one is there again, at any two places.
    pool = data.draw(st.lists(fits, min_size=1, max_size=definition["maxItems"] + 1))
    lists = st.permutations(pool) | st.lists(st.sampled_from(pool), max_size=len(pool))
    tried = data.draw(st.lists(lists | values(definition), min_size=1, max_size=8))
    verdicts = database_verdicts(schema, tried, often_empty=data.draw(st.booleans()))
    share = schema.database_share()
    for value, verdict in zip(tried, verdicts, strict=True):
        event(f"valid: {verdict}")
        assert verdict == share.is_valid(value), (definition, value, share.errors(value))


SQL = {
    "the type alone": (
        {
            "type": "object",
            "x-database": False,
            "properties": {"a": {"type": "boolean"}},
            "additionalProperties": False,
        },
        "(jsonb_typeof(\"value\") IN ('object'))",
    ),
    "null too": (
        {"type": "boolean", "nullable": True},
        "(jsonb_typeof(\"value\") IN ('boolean', 'null'))",
    ),
}


@pytest.mark.parametrize(("definition", "sql"), SQL.values(), ids=SQL)
def test_of_a_type_alone_no_path_is_made(definition: dict[str, Any], sql: str) -> None:
    constraint = schema_constraint("t", "value", Schema(definition), often_empty=True)
    assert condition_sql(constraint) == sql


@pytest.mark.parametrize(
    ("definition", "empty"),
    [
        ({"type": "array"}, "[]"),
        ({"type": "object"}, "{}"),
        ({"type": "array", "minItems": 1}, None),
        ({"type": "array", "minItems": 1, "x-api-only": ["minItems"]}, "[]"),
        ({"type": "object", "properties": {"a": {}}, "required": ["a"]}, None),
        ({"type": "string"}, None),
        ({}, None),
    ],
)
def test_empty_values_are_asked_for_first_where_they_are_legal(
    definition: dict[str, Any], empty: str | None
) -> None:
    sql = condition_sql(schema_constraint("t", "value", Schema(definition), often_empty=True))
    assert ("::jsonb) OR " in sql) == (empty is not None), sql
    assert empty is None or sql.startswith(f"((\"value\" = '{empty}'::jsonb) OR "), sql
