"""Bodies are taken literally: nothing is converted, trimmed or ignored."""

from __future__ import annotations

import uuid
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import TextChoices
from hypothesis import given
from hypothesis import strategies as st
from rest_framework import serializers

from apps.core.api import fields
from apps.core.api.pointers import field_errors
from apps.core.api.serializers import StrictModelSerializer, StrictSerializer
from apps.repositories.models import Repository, RepositoryMember


class Colour(TextChoices):
    RED = "red", "Red"
    BLUE = "blue", "Blue"


KEY = "0198f3a0-1111-7222-8333-444455556666"


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        (fields.StrictCharField(), " padded\n", " padded\n"),
        (fields.StrictCharField(allow_blank=True), "", ""),
        (fields.StrictCharField(allow_null=True), None, None),
        (fields.StrictEmailField(), "a@example.org", "a@example.org"),
        (fields.StrictRegexField("^[a-z]+$"), "abc", "abc"),
        (fields.StrictIntegerField(min_value=0), 5, 5),
        (fields.StrictFloatField(), 5, 5.0),
        (fields.StrictFloatField(), 0.25, 0.25),
        (fields.StrictDecimalField(max_digits=5, decimal_places=2), 0.25, Decimal("0.25")),
        (fields.StrictBooleanField(), False, False),
        (fields.StrictUUIDField(), KEY, uuid.UUID(KEY)),
        (fields.StrictChoiceField(choices=Colour.choices), "red", "red"),
        (fields.StrictChoiceField(choices=[1, 2]), 2, 2),
    ],
)
def test_a_value_of_the_right_type_is_kept(
    field: serializers.Field, value: Any, expected: Any
) -> None:
    assert field.run_validation(value) == expected


WRONG = [
    (fields.StrictCharField(), [5, 5.5, True, [], {}, "", "  \n", "a\0b", None]),
    (fields.StrictEmailField(), [5, "x", ""]),
    (fields.StrictIntegerField(), ["5", 5.0, True, [], None, ""]),
    (fields.StrictFloatField(), ["0.5", True, None, [], ""]),
    (fields.StrictDecimalField(max_digits=5, decimal_places=2), ["0.5", True, 0.123, 12345]),
    (fields.StrictBooleanField(), [0, 1, "true", "", [], None]),
    (fields.StrictUUIDField(), [5, KEY.replace("-", ""), f"urn:uuid:{KEY}", f"{{{KEY}}}", "", []]),
    (fields.StrictDateField(), [20260501, "2026-5-1x", "2026-02-30", "", None]),
    (
        fields.StrictDateTimeField(),
        [
            1700000000,
            "2026-05-01",
            "2026-05-01T08:00:00",
            "2026-13-01T08:00:00Z",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-14:00",
            "",
            [],
        ],
    ),
    (fields.StrictChoiceField(choices=Colour.choices), ["green", "RED", 1, True, "", [], {}]),
    (fields.StrictChoiceField(choices=[0, 1]), ["1", True, False, 2]),
    (fields.StrictObjectField(), [[], "x", 1]),
]


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in WRONG for value in values]
)
def test_a_value_of_another_type_is_refused(field: serializers.Field, value: Any) -> None:
    with pytest.raises(serializers.ValidationError):
        field.run_validation(value)


@pytest.mark.parametrize("field", [field for field, _ in WRONG])
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda children: st.lists(children) | st.dictionaries(st.text(), children),
        max_leaves=4,
    )
)
def test_no_json_value_crashes_a_field(field: serializers.Field, value: Any) -> None:
    with suppress(serializers.ValidationError):
        field.run_validation(value)


def test_a_moment_is_kept_in_utc() -> None:
    moment = fields.StrictDateTimeField().run_validation("2026-05-01T10:00:00.5+02:00")
    assert moment.isoformat() == "2026-05-01T08:00:00.500000+00:00"


def test_a_wrong_choice_is_told_the_right_ones() -> None:
    with pytest.raises(serializers.ValidationError) as caught:
        fields.StrictChoiceField(choices=Colour.choices).run_validation("green")
    assert "red, blue" in str(caught.value.detail)


class Inner(StrictSerializer):
    name = fields.StrictCharField()


class Outer(StrictSerializer):
    accepted_fields = frozenset({"etag"})

    name = fields.StrictCharField()
    etag = fields.StrictCharField(read_only=True)
    made_by = fields.StrictCharField(read_only=True)
    inner = Inner(required=False)
    items = Inner(many=True, required=False)


def refusals(serializer: serializers.BaseSerializer) -> list[tuple[str, str]]:
    assert not serializer.is_valid()
    return [(error.pointer, error.code) for error in field_errors(serializer.errors)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"name": "n", "nmae": 1}, [("/nmae", "unknown_field")]),
        ({"nmae": 1}, [("/name", "required"), ("/nmae", "unknown_field")]),
        ({"name": "n", "made_by": "me"}, [("/made_by", "read_only")]),
        (
            {"name": "n", "inner": {"name": "n", "x/y": 1}},
            [("/inner/x~1y", "unknown_field")],
        ),
        (
            {"name": "n", "items": [{"name": "n"}, {"name": "", "x": 1}]},
            [("/items/1/name", "blank"), ("/items/1/x", "unknown_field")],
        ),
        ([], [("", "invalid")]),
        ("text", [("", "invalid")]),
    ],
)
def test_what_nobody_would_read_is_refused(body: Any, expected: list[tuple[str, str]]) -> None:
    assert refusals(Outer(data=body)) == expected


def test_a_field_listed_as_accepted_may_be_sent_back() -> None:
    serializer = Outer(data={"name": "n", "etag": "x"})
    assert serializer.is_valid()
    assert serializer.validated_data == {"name": "n"}


class MemberSerializer(StrictModelSerializer):
    repository = fields.StrictSlugRelatedField(slug_field="name", queryset=Repository.objects.all())

    class Meta:
        model = RepositoryMember
        fields = ("id", "version", "created_at", "repository", "user", "role")


def test_a_model_gets_the_strict_fields_and_no_look_ups_for_uniqueness() -> None:
    found = {name: type(field).__name__ for name, field in MemberSerializer().fields.items()}
    assert found == {
        "id": "StrictUUIDField",
        "version": "StrictIntegerField",
        "created_at": "StrictDateTimeField",
        "repository": "StrictSlugRelatedField",
        "user": "StrictPrimaryKeyRelatedField",
        "role": "StrictChoiceField",
    }
    assert MemberSerializer().validators == []
    assert MemberSerializer().fields["id"].read_only


def test_a_unique_field_is_left_to_the_database() -> None:
    class RepositorySerializer(StrictModelSerializer):
        class Meta:
            model = Repository
            fields = ("name",)

    names = {type(v).__name__ for v in RepositorySerializer().fields["name"].validators}
    assert "UniqueValidator" not in names
    assert "RegexValidator" in names


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "code"),
    [
        (5, "invalid"),
        (["a"], "invalid"),
        ({"name": "a"}, "invalid"),
        ("a\0", "null_characters_not_allowed"),
        ("b", "does_not_exist"),
        (None, "null"),
    ],
)
def test_a_related_record_is_named_by_text(name: Any, code: str) -> None:
    Repository.objects.create(name="a")
    serializer = MemberSerializer(data={"repository": name}, partial=True)
    assert refusals(serializer) == [("/repository", code)]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("key", "code"), [(5, "incorrect_type"), ("x", "incorrect_type"), (KEY, "does_not_exist")]
)
def test_a_related_record_is_named_by_id(key: Any, code: str) -> None:
    assert refusals(MemberSerializer(data={"user": key}, partial=True)) == [("/user", code)]
