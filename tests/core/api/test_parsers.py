"""What the parser refuses, with the place; and that it never changes what it takes."""

from __future__ import annotations

import io
import json
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apps.core.api.parsers import MAX_DEPTH, StrictJSONParser, parse_json
from apps.core.errors import DomainError, ErrorCode

DEEP = b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1)


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [
        (b'{"a": tru}', 1, 7),
        (b'{"a": 1,\n "b": }', 2, 7),
        (b'{"a": NaN}', 1, 7),
        (b'{"a": Infinity}', 1, 7),
        (b'{"a": 1e999}', 1, 7),
        (b"{'a': 1}", 1, 2),
        (b'{"a": 1} x', 1, 10),
        (b'"\xff"', 1, 1),
        (b"\xef\xbb\xbf{}", 1, 1),
        ("{}".encode("utf-16"), 1, 1),
        (b'"\\ud800"', 1, 2),
        (b'"a\x00b"', 1, 3),
        (b"", 1, 1),
        (b"[" * 2000 + b"]" * 2000, 1, None),
    ],
)
def test_malformed_json_names_line_and_column(data: bytes, line: int, column: int | None) -> None:
    with pytest.raises(DomainError) as caught:
        parse_json(data)
    assert caught.value.code is ErrorCode.MALFORMED_JSON
    assert caught.value.extra["line"] == line
    assert column is None or caught.value.extra["column"] == column
    assert f"line {line}" in caught.value.detail


@pytest.mark.parametrize(
    ("data", "pointer", "code"),
    [
        (b'{"a": ["x", "b\\u0000"]}', "/a/1", "nul_character"),
        (b'{"a": {"k\\u0000": 1}}', "/a", "nul_character"),
        (b'"\\u0000"', "", "nul_character"),
        (b'{"n": 9223372036854775808}', "/n", "integer_out_of_range"),
        (b'{"n": [1, -9223372036854775809]}', "/n/1", "integer_out_of_range"),
        (b'{"n": 18446744073709551616}', "/n", "integer_out_of_range"),
        (b"123456789012345678901234567890", "", "integer_out_of_range"),
        (b'{"a": 1, "a": 1}', "/a", "duplicate_key"),
        (b'{"x": [{"a/b": 1, "c": ":", "a/b": 2}]}', "/x/0/a~1b", "duplicate_key"),
        (b'{"a": {"b": 1, "b": 2}, "a": 5}', "/a", "duplicate_key"),
        (b'{"a": 1, "\\u0061": 2}', "/a", "duplicate_key"),
        # An escaped colon must not make up for the one that the repeated key hides.
        (b'{"a": "x", "a": "\\u003a"}', "/a", "duplicate_key"),
        (b'{"a": ":", "a": "\\u003A\\u003a"}', "/a", "duplicate_key"),
        (DEEP, "/0" * MAX_DEPTH, "too_deep"),
        (b'{"a":' * 70 + b"1" + b"}" * 70, "/a" * MAX_DEPTH, "too_deep"),
    ],
)
def test_ambiguous_json_is_refused_with_a_pointer(data: bytes, pointer: str, code: str) -> None:
    with pytest.raises(DomainError) as caught:
        parse_json(data)
    assert caught.value.code is ErrorCode.INVALID_REQUEST
    (entry,) = caught.value.errors
    assert (entry.pointer, entry.code) == (pointer, code)


@pytest.mark.parametrize(
    "data",
    [
        b'{"a": "\\\\u0000"}',
        b'{"a\\u003a": "\\u003A:", "\\u003a\\u003a": 1}',
        b'{"a": "x:y", "b": ":\\":", "c": {"d:": 1}}',
        b'{"a": 9223372036854775807, "b": -9223372036854775808}',
        b'{"a": 1e30, "b": 12345678901234567890.5, "c": "12345678901234567890"}',
        DEEP[1:-1],
        b"[" + b"{}," * 500 + b"{}]",
        b'"\\ud83d\\ude00"',
        b" [1]\n",
        b"null",
    ],
)
def test_what_only_looks_suspicious_is_taken(data: bytes) -> None:
    assert parse_json(data) == json.loads(data)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda children: (
        st.lists(children, max_size=4)
        | st.dictionaries(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
            children,
            max_size=4,
        )
    ),
    max_leaves=30,
)


@given(VALUES, st.booleans())
def test_every_storable_value_comes_through_unchanged(value: Any, escaped: bool) -> None:
    assert parse_json(json.dumps(value, ensure_ascii=escaped).encode()) == value


@given(st.binary(max_size=60))
@example(b'{"\\"":1,"\\"":2}')
@example(b'{"a":"\\\\","a":1}')
def test_any_bytes_are_parsed_or_refused_and_never_crash(data: bytes) -> None:
    try:
        value = parse_json(data)
    except DomainError:
        return
    assert value == orjson.loads(data)


@given(st.lists(st.tuples(st.sampled_from(["a", "b", ":", '"', "\\"]), st.integers(0, 9))))
def test_a_repeated_key_is_always_found(pairs: list[tuple[str, int]]) -> None:
    members = ", ".join(f"{json.dumps(key)}: {value}" for key, value in pairs)
    body = f"{{{members}}}".encode()
    if len({key for key, _ in pairs}) == len(pairs):
        assert parse_json(body) == dict(pairs)
        return
    with pytest.raises(DomainError) as caught:
        parse_json(body)
    assert caught.value.errors[0].code == "duplicate_key"


class Meta:
    def __init__(self, length: int | None) -> None:
        self.META = {} if length is None else {"CONTENT_LENGTH": str(length)}


@pytest.mark.parametrize(("size", "declared"), [(101, 101), (101, None), (0, 101)])
def test_a_body_over_the_limit_is_a_413(size: int, declared: int | None, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    with pytest.raises(DomainError) as caught:
        StrictJSONParser().parse(io.BytesIO(b" " * size), "", {"request": Meta(declared)})
    assert caught.value.code is ErrorCode.PAYLOAD_TOO_LARGE


def test_a_body_of_just_the_limit_is_read(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    body = b'"' + b"x" * 98 + b'"'
    parsed = StrictJSONParser().parse(io.BytesIO(body), "", {"request": Meta(100)})
    assert parsed == "x" * 98


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "utf8", '"utf-8"'])
def test_utf8_may_be_named(charset: str) -> None:
    media_type = f"application/json; charset={charset}"
    assert StrictJSONParser().parse(io.BytesIO(b"[]"), media_type) == []


def test_another_charset_is_a_415() -> None:
    with pytest.raises(DomainError) as caught:
        StrictJSONParser().parse(io.BytesIO(b"[]"), "application/json; charset=utf-16")
    assert caught.value.code is ErrorCode.UNSUPPORTED_MEDIA_TYPE
