"""Query parameters are known, given once and sane; filters say what they take."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db.models import Q, TextChoices
from django.http import QueryDict
from rest_framework.test import APIClient

from apps.core.api.filters import (
    BooleanFilter,
    ChoiceFilter,
    CreationTimeFilter,
    DateTimeFilter,
    Filter,
    TextFilter,
    UUIDFilter,
    apply_filters,
)
from apps.core.api.parameters import check_parameters
from apps.core.errors import DomainError
from apps.core.ids import uuid7_floor
from apps.repositories.models import Repository

from .conftest import THINGS


class Colour(TextChoices):
    RED = "red", "Red"
    BLUE = "blue", "Blue"


KEY = "0198f3a0-1111-7222-8333-444455556666"


@pytest.mark.parametrize(
    ("declared", "text", "condition"),
    [
        (TextFilter(), "x y", Q(p__exact="x y")),
        (TextFilter(field="repository__name"), "x", Q(repository__name__exact="x")),
        (TextFilter(lookup="startswith"), "x", Q(p__startswith="x")),
        (ChoiceFilter(choices=Colour), "red", Q(p="red")),
        (ChoiceFilter(choices=("1", "2"), multiple=True), "2,1,2", Q(p__in=["2", "1"])),
        (UUIDFilter(), KEY.upper(), Q(p__exact=UUID(KEY))),
        (BooleanFilter(lookup="isnull"), "true", Q(p__isnull=True)),
        (BooleanFilter(), "false", Q(p__exact=False)),
        (
            DateTimeFilter(),
            "2026-05-01T10:00:00+02:00",
            Q(p__gte=datetime(2026, 5, 1, 8, tzinfo=UTC)),
        ),
        (
            CreationTimeFilter(lookup="lt"),
            "2026-05-01T08:00:00.0001Z",
            Q(id__lt=uuid7_floor(datetime(2026, 5, 1, 8, 0, 0, 1000, UTC))),
        ),
        (CreationTimeFilter(), "0001-01-02T00:00:00Z", Q(id__gte=UUID(int=0))),
        (
            CreationTimeFilter(),
            "9999-12-31T00:00:00Z",
            Q(id__gte=uuid7_floor(datetime(9999, 12, 31, tzinfo=UTC))),
        ),
    ],
)
def test_a_value_becomes_a_condition(declared: Filter, text: str, condition: Q) -> None:
    assert declared.condition("p", declared.parse("p", text)) == condition


@pytest.mark.parametrize(
    ("declared", "text", "names"),
    [
        (TextFilter(max_length=3), "long", "3"),
        (TextFilter(pattern="[a-z]+"), "a1", "[a-z]+"),
        (TextFilter(pattern="[a-z]+"), "a\n", "[a-z]+"),
        (TextFilter(), "a\0", "NUL"),
        (ChoiceFilter(choices=Colour), "green", "red, blue"),
        (ChoiceFilter(choices=Colour), "red,blue", "red, blue"),
        (ChoiceFilter(choices=Colour, multiple=True), "red,", "red, blue"),
        (UUIDFilter(), KEY.replace("-", ""), "UUID"),
        (UUIDFilter(), "x", "UUID"),
        (BooleanFilter(), "1", "true or false"),
        (DateTimeFilter(), "2026-05-01", "offset"),
        (DateTimeFilter(), "2026-05-01T08:00:00", "offset"),
        (DateTimeFilter(), "2026-05-01T08:00:00 02:00", "%2B"),
        (DateTimeFilter(), "2026-13-01T08:00:00Z", "offset"),
        (DateTimeFilter(), "0001-01-01T00:00:00+14:00", "offset"),
    ],
)
def test_another_value_is_refused_with_the_rule(declared: Filter, text: str, names: str) -> None:
    with pytest.raises(DomainError) as caught:
        declared.parse("p", text)
    assert caught.value.code == "invalid_parameter"
    assert names in caught.value.detail
    assert [error.pointer for error in caught.value.errors] == ["p"]


@pytest.mark.parametrize(
    ("query", "code", "parameter"),
    [
        ("color=red", "unknown_parameter", "color"),
        ("limit=1&x=1&y=2", "unknown_parameter", "x"),
        ("a=1&a=1", "invalid_parameter", "a"),
        ("a=", "invalid_parameter", "a"),
        ("a", "invalid_parameter", "a"),
        ("a=%20", "invalid_parameter", "a"),
        ("a=x%00", "invalid_parameter", "a"),
        ("a=" + "x" * 5000, "invalid_parameter", "a"),
        ("=1", "unknown_parameter", "(empty)"),
        ("/a=1", "unknown_parameter", "a"),
        ("%00=1", "unknown_parameter", "\0"),
    ],
)
def test_parameters_are_known_given_once_and_sane(query: str, code: str, parameter: str) -> None:
    with pytest.raises(DomainError) as caught:
        check_parameters(QueryDict(query), ["a", "limit"])
    assert caught.value.code == code
    assert caught.value.errors[0].pointer == parameter
    if code == "unknown_parameter":
        assert "Known: a, limit." in caught.value.detail


def test_a_required_filter_must_be_given() -> None:
    with pytest.raises(DomainError) as caught:
        apply_filters(Repository.objects.all(), {"a": TextFilter(required=True)}, {})
    assert (caught.value.code, caught.value.errors[0].code) == ("invalid_parameter", "required")


def test_filters_narrow_the_list(things: APIClient) -> None:
    old = datetime(2026, 5, 1, 8, tzinfo=UTC)
    Repository.objects.create(name="a", description="x")
    Repository.objects.create(name="b", description="x", archived_at=old)

    def names(**parameters: Any) -> list[str]:
        response = things.get(THINGS, {"order": "oldest", **parameters})
        return [row["name"] for row in response.json()["results"]]

    soon = (datetime.now(UTC) + timedelta(seconds=5)).isoformat()
    assert names(description="x") == ["a", "b"]
    assert names(description="x", live="true") == ["a"]
    assert names(live="false") == ["b"]
    assert names(name="c") == []
    assert names(created_before=soon) == ["a", "b"]
    assert names(created_after=soon) == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""),
        ("head", ""),
        ("post", ""),
        ("get", f"/{KEY}"),
        ("head", f"/{KEY}"),
        ("patch", f"/{KEY}"),
        ("delete", f"/{KEY}"),
    ],
)
def test_unknown_parameters_are_refused_everywhere(
    things: APIClient, method: str, path: str
) -> None:
    response = getattr(things, method)(f"{THINGS}{path}?count=exact")
    assert response.status_code == 400


def test_filters_belong_to_the_list_alone(things: APIClient) -> None:
    row = Repository.objects.create(name="a")
    response = things.get(f"{THINGS}/{row.pk}?live=true")
    assert (response.status_code, response.json()["code"]) == (400, "unknown_parameter")


def test_filters_describe_themselves() -> None:
    multiple = ChoiceFilter(choices=Colour, multiple=True, description="colours", required=True)
    assert multiple.parameter("colour") == {
        "in": "query",
        "name": "colour",
        "description": "colours",
        "required": True,
        "explode": False,
        "schema": {
            "type": "array",
            "items": {"type": "string", "enum": ["red", "blue"]},
            "minItems": 1,
        },
    }
    pattern = TextFilter(pattern="a|b").schema()["pattern"]
    assert pattern == "^(?:a|b)$"
