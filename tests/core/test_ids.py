"""UUIDv7 in Python and in SQL: the same bits, the same times, always in order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Thread
from uuid import UUID, uuid1, uuid4

import pytest
import time_machine
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from apps.core.errors import InvalidInputError
from apps.core.ids import (
    check_new_id,
    is_uuid7,
    uuid7,
    uuid7_floor,
    uuid7_time,
    uuid7_time_or_max,
)

MOMENTS = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def test_ids_are_uuids_of_version_7_made_now() -> None:
    value = uuid7()
    assert is_uuid7(value)
    assert abs(uuid7_time(value) - datetime.now(UTC)) < timedelta(seconds=5)
    assert not any(map(is_uuid7, (uuid1(), uuid4(), UUID(int=0))))


def test_ids_increase_within_a_process_whatever_its_threads() -> None:
    made: list[list[UUID]] = []

    def make() -> None:
        made.append([uuid7() for _ in range(2_000)])

    threads = [Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for series in made:
        assert all(earlier < later for earlier, later in pairwise(series))
    assert len({value for series in made for value in series}) == 8_000


def test_ids_follow_a_clock_that_was_set_back() -> None:
    with time_machine.travel(datetime.now(UTC) + timedelta(days=300), tick=False):
        ahead = [uuid7() for _ in range(3)]
    assert ahead == sorted(ahead)
    assert abs(uuid7_time(uuid7()) - datetime.now(UTC)) < timedelta(seconds=5)


@given(MOMENTS)
def test_the_floor_is_below_every_id_of_its_millisecond(moment: datetime) -> None:
    floor = uuid7_floor(moment)
    assert timedelta(0) <= moment - uuid7_time(floor) < timedelta(milliseconds=1)
    assert floor.int & ((1 << 80) - 1) == 0


@given(st.datetimes(max_value=datetime(1970, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_the_floor_of_a_moment_before_all_ids_is_the_smallest_value(moment: datetime) -> None:
    assert uuid7_floor(moment).int == 0


@pytest.mark.django_db
def test_python_and_sql_read_the_same_time() -> None:
    values = [uuid7() for _ in range(200)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT uuid7_time(v) FROM unnest(%s::uuid[]) AS v", [values])
        assert [moment for (moment,) in cursor.fetchall()] == [uuid7_time(v) for v in values]
        cursor.execute("SELECT is_uuid7(v) FROM unnest(%s::uuid[]) AS v", [[uuid4(), uuid7()]])
        assert cursor.fetchall() == [(False,), (True,)]


@pytest.mark.django_db
def test_the_databases_ids_are_in_the_order_of_the_calls() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT uuid7() FROM generate_series(1, 3000)")
        values = [value for (value,) in cursor.fetchall()]
    assert all(is_uuid7(value) for value in values)
    prefixes = [value.int >> 66 for value in values]  # time and microseconds; the rest is random
    assert prefixes == sorted(prefixes)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (uuid4(), "version 4"),
        (UUID(int=0), "version"),
        (UUID(int=(2**48 - 1) << 80 | 0x7 << 76 | 0b10 << 62), "60 seconds in the future"),
        (UUID(int=1 << 80 | 0x7 << 76 | 0b10 << 62), "before the oldest partition"),
    ],
    ids=["v4", "nil", "year 10889", "1970"],
)
def test_unusable_ids_are_refused_with_their_reason(value: UUID, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words) as caught:
        check_new_id(value, oldest=datetime(2020, 1, 1, tzinfo=UTC))
    assert caught.value.code == "invalid_id"
    assert uuid7_time_or_max(value).tzinfo is not None
