"""Errors become JSON pointers, however they are nested."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from apps.core.api.pointers import field_errors
from apps.core.pointers import escape, pointer


def resolve(document: Any, text: str) -> Any:
    """What `text` points at, as RFC 6901 section 4 says."""
    for token in text.split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        document = document[int(key)] if isinstance(document, list) else document[key]
    return document


@given(st.text())
def test_an_escaped_key_resolves_to_itself(key: str) -> None:
    assert resolve({key: "found"}, pointer(key)) == "found"


def test_a_pointer_joins_keys_and_indexes() -> None:
    assert pointer("tasks", 3, "a/b~c") == "/tasks/3/a~1b~0c"
    assert pointer() == ""
    assert escape("~1") == "~01"


class Step(serializers.Serializer):
    name = serializers.CharField(max_length=3)
    tags = serializers.ListField(child=serializers.CharField(max_length=2), required=False)
    counts = serializers.DictField(child=serializers.IntegerField(), required=False)


class Plan(serializers.Serializer):
    title = serializers.CharField()
    first = Step(required=False)
    steps = Step(many=True, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["title"] == "bad":
            raise ValidationError("The plan as a whole is bad.", code="bad_plan")
        return attrs


# DRF 3.20 will know the mapping only.
@pytest.mark.filterwarnings("ignore:The list-based error format")
@pytest.mark.parametrize("as_mapping", [True, False])
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, [("/title", "required")]),
        ([], [("", "invalid")]),
        ({"title": "bad"}, [("", "bad_plan")]),
        ({"title": "t", "first": {"name": "long"}}, [("/first/name", "max_length")]),
        ({"title": "t", "first": 5}, [("/first", "invalid")]),
        ({"title": "t", "steps": {}}, [("/steps", "not_a_list")]),
        (
            {"title": "t", "steps": [{"name": "ok"}, {"name": "long"}, {}]},
            [("/steps/1/name", "max_length"), ("/steps/2/name", "required")],
        ),
        (
            {"title": "t", "steps": [{"name": "ok", "tags": ["a", "bcd"]}]},
            [("/steps/0/tags/1", "max_length")],
        ),
        (
            {"title": "t", "first": {"name": "ok", "counts": {"a/b": "x", "~": "y"}}},
            [("/first/counts/a~1b", "invalid"), ("/first/counts/~0", "invalid")],
        ),
        ({"title": "t", "steps": [7]}, [("/steps/0", "invalid")]),
    ],
)
def test_nested_errors_point_at_their_value(
    body: Any, expected: list[tuple[str, str]], as_mapping: bool, settings: Any
) -> None:
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "LIST_SERIALIZER_ERRORS_AS_DICT": as_mapping,
    }
    serializer = Plan(data=body)
    with pytest.raises(ValidationError) as caught:
        serializer.is_valid(raise_exception=True)
    found = [(error.pointer, error.code) for error in field_errors(caught.value.detail)]
    assert found == expected


def test_messages_beside_nested_errors_belong_to_the_list_itself() -> None:
    detail = [ErrorDetail("too long", "max_length"), {"name": [ErrorDetail("no", "invalid")]}]
    found = [(error.pointer, error.detail) for error in field_errors(detail, "/steps")]
    assert found == [("/steps", "too long"), ("/steps/1/name", "no")]
