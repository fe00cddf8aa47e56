"""JSON out."""

from __future__ import annotations

import enum
import json
import uuid
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from django.utils.functional import lazystr
from rest_framework.exceptions import ErrorDetail

from apps.core.api.renderers import OrjsonRenderer, encode_json


class Colour(enum.StrEnum):
    RED = "red"


KEY = uuid.UUID("0198f3a0-1111-7222-8333-444455556666")
EAST = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (datetime(2026, 5, 1, 8, 0, 0, 123456, UTC), "2026-05-01T08:00:00.123456Z"),
        (datetime(2026, 5, 1, 8, 0, tzinfo=EAST), "2026-05-01T08:00:00+02:00"),
        (date(2026, 5, 1), "2026-05-01"),
        (KEY, str(KEY)),
        (Decimal("0.35"), 0.35),
        (Colour.RED, "red"),
        (timedelta(minutes=90), "P0DT01H30M00S"),
        (lazystr("later"), "later"),
        (ErrorDetail("text", "code"), "text"),
        ({3}, [3]),
        ((1, "ü"), [1, "ü"]),
        (float("nan"), None),
    ],
)
def test_values_have_one_json_form(value: Any, expected: Any) -> None:
    assert json.loads(encode_json({"value": value})) == {"value": expected}


def test_what_has_no_json_form_is_an_error() -> None:
    with pytest.raises(TypeError):
        encode_json(object())


def test_no_data_is_an_empty_body() -> None:
    assert OrjsonRenderer().render(None) == b""
    assert OrjsonRenderer.charset is None
