"""What a schema says of values: the place, the code, what it must be; and what no schema may be."""

from __future__ import annotations

from typing import Any

import pytest

from apps.core.jsonschema import LARGEST_NUMBER, Schema, SubsetError, definition_errors

CRITERIA = Schema(
    {
        "type": "array",
        "maxItems": 3,
        "items": {
            "type": "object",
            "properties": {
                "text": {"type": "string", "minLength": 1, "maxLength": 5, "x-not-blank": True},
                "met": {"type": "boolean", "default": False},
                "kind/of": {"type": "string", "enum": ["a", "b"]},
                "on": {"type": "string", "format": "date-time"},
            },
            "required": ["text", "met"],
            "additionalProperties": False,
        },
    }
)
RIGHT = {"text": "a", "met": True}


def told(schema: Schema, value: Any) -> list[tuple[str, str, str]]:
    return [(e.pointer, e.code, e.detail) for e in schema.errors(value)]


@pytest.mark.parametrize(
    ("value", "pointer", "code", "detail"),
    [
        ("x", "", "not_a_list", "must be a list"),
        (None, "", "null", "must be a list, not null"),
        ([RIGHT] * 4, "", "max_length", "must have at most 3 items"),
        ([RIGHT, 5], "/1", "not_an_object", "must be an object"),
        ([{"met": True}], "/0/text", "required", "is required"),
        ([{"text": 5, "met": True}], "/0/text", "invalid", "must be a string"),
        ([{"text": "", "met": True}], "/0/text", "blank", "must not be empty"),
        ([{"text": "\u00a0", "met": True}], "/0/text", "blank", "must not be blank"),
        ([{"text": "abcdef", "met": 1}], "/0/met", "invalid", "must be true or false"),
        ([{"text": "a", "met": None}], "/0/met", "null", "must be true or false, not null"),
        ([{**RIGHT, "kind/of": "c"}], "/0/kind~1of", "invalid_choice", 'must be one of: "a", "b"'),
        (
            [{**RIGHT, "tet": 1}],
            "/0/tet",
            "unknown_field",
            "`tet` is not known here; known are: text, met, kind/of, on",
        ),
    ],
)
def test_each_broken_rule_has_its_place(value: Any, pointer: str, code: str, detail: str) -> None:
    assert (pointer, code, detail) in told(CRITERIA, value)


@pytest.mark.parametrize(
    ("moment", "right"),
    [
        ("2026-05-01T08:00:00Z", True),
        ("2026-05-01t08:00:00.5+02:00", True),
        ("2026-05-01T08:00:00", False),
        ("2026-02-30T08:00:00Z", False),
        ("2026-05-01", False),
        ("\uff12026-05-01T08:00:00Z", False),
    ],
)
def test_moments(moment: str, right: bool) -> None:
    assert CRITERIA.is_valid([{**RIGHT, "on": moment}]) is right


ANY = Schema({"type": "object"})


@pytest.mark.parametrize(
    ("value", "pointer", "code"),
    [
        ({"a": {"b": ["\0"]}}, "/a/b/0", "nul_character"),
        ({"a": {"\0": 1}}, "/a", "nul_character"),
        ({"a": ["\ud800"]}, "/a/0", "lone_surrogate"),
        ({"\udc00": 1}, "", "lone_surrogate"),
        ({"a": [LARGEST_NUMBER + 1]}, "/a/0", "integer_out_of_range"),
        ({"a": -LARGEST_NUMBER - 1}, "/a", "integer_out_of_range"),
        ({"a": 1e300}, "/a", "integer_out_of_range"),
        ({"a": 10**5000}, "/a", "integer_out_of_range"),
        ({"a": float("nan")}, "/a", "not_finite"),
        ({"a": float("-inf")}, "/a", "not_finite"),
        ({"a": {1}}, "/a", "not_json"),
        ({"a": (1,)}, "/a", "not_json"),
        ({1: 1}, "", "not_json"),
    ],
)
def test_what_no_column_takes(value: Any, pointer: str, code: str) -> None:
    assert [(e.pointer, e.code) for e in ANY.errors(value)] == [(pointer, code)]


def test_the_largest_numbers_and_all_text_are_taken() -> None:
    assert ANY.is_valid(
        {"a": [LARGEST_NUMBER, -LARGEST_NUMBER, 5e-324, True, None], "": "🌱\uffff"}
    )


def test_one_and_true_and_one_point_nought_are_three_things() -> None:
    whole = Schema({"type": "integer"})
    assert whole.is_valid(1)
    assert not whole.is_valid(1.0)
    assert not whole.is_valid(True)
    assert not Schema({"type": "boolean"}).is_valid(1)
    assert not Schema({"type": "number"}).is_valid(True)
    assert Schema({"type": "number"}).is_valid(1.0)
    assert not Schema({"type": "integer", "enum": [1]}).is_valid(True)
    distinct = Schema({"type": "array", "uniqueItems": True})
    assert distinct.is_valid([1, True, "1", None, [1], [True]])
    assert not distinct.is_valid([1, 1.0])
    assert not distinct.is_valid([{"a": 1, "b": 2}, {"b": 2, "a": 1}])


def test_a_pattern_matches_the_whole_text() -> None:
    name = Schema({"type": "string", "pattern": "^[a-z]+$", "maxLength": 5})
    assert name.is_valid("abc")
    assert not name.is_valid("abc\n")
    assert [e.code for e in name.errors("a" * 6)] == ["max_length"]


def nested(levels: int) -> Any:
    value: Any = 0
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("schema", [ANY, CRITERIA, Schema({})], ids=["any", "criteria", "free"])
def test_no_value_is_too_deep_or_too_large_to_be_judged(schema: Schema) -> None:
    for value in (nested(100_000), {"a": nested(100_000)}, [[1]] * 200_000, [2**60] * 200_000):
        assert 1 <= len(schema.errors(value)) <= 20 or schema is not CRITERIA
    assert [e.code for e in Schema({}).errors(nested(100_000))] == ["too_deep"]
    unordered = Schema({"type": "array", "uniqueItems": True})
    assert unordered.is_valid([{"a": n} for n in range(100_000)])


def test_sixty_four_levels_are_taken() -> None:
    assert Schema({}).is_valid(nested(64))
    assert not Schema({}).is_valid(nested(65))


def test_defaults_are_filled_in_where_nothing_was_said() -> None:
    given = [{"text": "a"}, {"text": "b", "met": None}, 5]
    filled = CRITERIA.with_defaults(given)
    assert filled == [{"text": "a", "met": False}, {"text": "b", "met": None}, 5]
    assert given[0] == {"text": "a"}


def test_a_definition_stays_what_it_was() -> None:
    definition = {"type": "object", "properties": {"a": {"type": "string"}}}
    schema = Schema(definition)
    definition["properties"] = {"a": {"type": "integer"}}
    schema.definition["properties"]["a"]["type"] = "boolean"
    assert schema.is_valid({"a": "text"})


@pytest.mark.parametrize(
    ("definition", "pointer"),
    [
        (5, ""),
        ({"type": "null"}, "/type"),
        ({"type": ["string", "null"]}, "/type"),
        ({"$ref": "#/x"}, "/$ref"),
        ({"oneOf": [{}]}, "/oneOf"),
        ({"nullable": True}, "/nullable"),
        ({"minimum": 5}, "/minimum"),
        ({"type": "string", "minimum": 5}, "/minimum"),
        ({"type": "string", "maxLength": -1}, "/maxLength"),
        ({"type": "string", "maxLength": 1.5}, "/maxLength"),
        ({"type": "string", "minLength": 2, "maxLength": 1}, "/minLength"),
        ({"type": "number", "minimum": True}, "/minimum"),
        ({"type": "string", "format": "email"}, "/format"),
        ({"type": "string", "format": []}, "/format"),
        ({"type": "string", "enum": []}, "/enum"),
        ({"type": "string", "enum": ["a", 1]}, "/enum/1"),
        ({"type": "string", "enum": ["a", "a"]}, "/enum/1"),
        ({"type": "string", "enum": ["a"], "nullable": True}, "/enum"),
        ({"type": "object", "required": ["a"]}, "/required/0"),
        ({"type": "object", "properties": {"a": {"type": "x"}}}, "/properties/a/type"),
        ({"type": "object", "additionalProperties": {"type": "x"}}, "/additionalProperties/type"),
        ({"type": "array", "items": [{}]}, "/items"),
        ({"type": "string", "default": 5}, "/default"),
        ({"type": "array", "items": {"type": "boolean", "default": 1}}, "/items/default"),
        ({"type": "object", "properties": {"a\0": {}}}, "/properties"),
    ],
)
def test_what_leaves_the_subset_is_refused(definition: Any, pointer: str) -> None:
    with pytest.raises(SubsetError) as caught:
        Schema(definition)
    assert [e.pointer for e in caught.value.errors] == [pointer]


@pytest.mark.parametrize(
    "pattern",
    [
        *("a", "^a", "a$", "^(a+)+$", "^a|b$", r"^\d$", r"^\w+$", r"^[\d]$", "^a**$", "^a{2,1}$"),
        *(
            "^a{256}$",
            "^[a$",
            "^a*b*c*d*$",
            "^.$",
            "^[z-a]$",
            "^ü$",
            "^(?=a)$",
            r"^\1$",
            "^[[:alpha:]]$",
        ),
    ],
)
def test_patterns_that_readers_differ_on_or_that_run_away(pattern: str) -> None:
    definition = {"type": "string", "pattern": pattern, "maxLength": 20}
    assert [e.pointer for e in definition_errors(definition)] == ["/pattern"]


def test_a_pattern_stands_beside_a_length() -> None:
    assert definition_errors({"type": "string", "pattern": "^a$"})
    assert definition_errors({"type": "string", "pattern": "^a$", "maxLength": 256})


def test_a_definition_cannot_nest_without_end() -> None:
    definition: dict[str, Any] = {}
    for _ in range(30):
        definition = {"type": "array", "items": definition}
    assert [e.code for e in definition_errors(definition)] == ["invalid_schema"]
    for _ in range(100_000):
        definition = {"items": definition}
    assert [e.code for e in definition_errors(definition)] == ["too_deep"]
