"""Periods: local midnights, days of other lengths than 24 hours, and what is refused."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.analytics.periods import EARLIEST, MOST_BUCKETS, BucketSize, make_period, zone_names
from apps.core.errors import DomainError, ErrorCode

from .plain import unit_of

NOW = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


def period(size: str | None = "day", **given: Any) -> Any:
    return make_period(size=BucketSize(size) if size else None, now=given.pop("now", NOW), **given)


def hours(since: str, until: str, tz: str) -> list[float]:
    return [(b.end - b.start) / HOUR for b in period(since=since, until=until, tz=tz).buckets]


@pytest.mark.parametrize(
    ("tz", "since", "until", "expected"),
    [
        ("Europe/Berlin", "2026-03-28", "2026-03-31", [24, 23, 24]),
        ("Europe/Berlin", "2026-10-24", "2026-10-27", [24, 25, 24]),
        ("America/New_York", "2026-03-07", "2026-03-10", [24, 23, 24]),
        ("America/New_York", "2026-10-31", "2026-11-03", [24, 25, 24]),
        ("Australia/Lord_Howe", "2026-04-04", "2026-04-07", [24, 24.5, 24]),
        ("Asia/Kolkata", "2026-03-28", "2026-03-31", [24, 24, 24]),
        # Clocks that skip midnight: the day begins at one.
        ("America/Sao_Paulo", "2017-10-14", "2017-10-17", [24, 23, 24]),
        # Clocks that go back from midnight to eleven: that hour comes twice, the day begins once.
        ("America/Sao_Paulo", "2018-02-16", "2018-02-19", [24, 25, 24]),
        ("Australia/Lord_Howe", "2026-10-03", "2026-10-06", [24, 23.5, 24]),
        # Clocks on which midnight comes twice: the day begins with the first.
        ("America/Havana", "2026-10-31", "2026-11-03", [24, 25, 24]),
        # A day that never was: 30 December 2011.
        ("Pacific/Apia", "2011-12-29", "2012-01-01", [24, 24]),
    ],
)
def test_days_last_from_midnight_to_midnight(
    tz: str, since: str, until: str, expected: list[float]
) -> None:
    assert hours(since, until, tz) == expected


@given(
    tz=st.sampled_from(sorted(zone_names())),
    size=st.sampled_from(list(BucketSize)),
    seconds=st.integers(40_000_000, 3_800_000_000),  # of 1971 to 2090
    span=st.integers(1, 200 * 24 * 60),
)
def test_buckets_cover_the_period_and_are_local_units(
    tz: str, size: BucketSize, seconds: int, span: int
) -> None:
    since = datetime.fromtimestamp(seconds, UTC)
    until = since + timedelta(minutes=span)
    found = make_period(since=since.isoformat(), until=until.isoformat(), tz=tz, size=size, now=NOW)
    zone, buckets = ZoneInfo(tz), found.buckets
    assert (buckets[0].start, buckets[-1].end) == (found.since, found.until)
    assert (found.since, found.until) == (since, until)
    assert all(one.end == two.start for one, two in pairwise(buckets))
    names = [unit_of(bucket.start, zone, size) for bucket in buckets]
    assert names == sorted(set(names))
    for name, bucket in zip(names, buckets, strict=True):
        assert bucket.start < bucket.end
        last = bucket.end - timedelta(microseconds=1)
        # Where clocks are set back over midnight, the end of a day is shown again the next day.
        assert unit_of(last, zone, size) >= name
        if zone.utcoffset(bucket.start.astimezone(zone)) == zone.utcoffset(last.astimezone(zone)):
            assert unit_of(last, zone, size) == name


def test_weeks_begin_on_monday_and_months_on_the_first() -> None:
    weeks = period("week", since="2026-11-04", until="2026-11-24", tz="Europe/Berlin")
    starts = [weeks.local(bucket.start).date().isoformat() for bucket in weeks.buckets]
    assert starts == ["2026-11-04", "2026-11-09", "2026-11-16", "2026-11-23"]
    assert [bucket.complete for bucket in weeks.buckets] == [False, True, True, False]
    months = period("month", since="2025-12-15", until="2026-03-01")
    starts = [months.local(bucket.start).date().isoformat() for bucket in months.buckets]
    assert starts == ["2025-12-15", "2026-01-01", "2026-02-01"]
    assert [bucket.complete for bucket in months.buckets] == [False, True, True]


def test_without_bounds_it_is_thirty_days_with_today() -> None:
    found = period(tz="Asia/Tokyo")  # where it is the next day already
    assert found.local(found.until).isoformat() == "2026-11-25T00:00:00+09:00"
    assert found.local(found.since).isoformat() == "2026-10-26T00:00:00+09:00"
    assert len(found.buckets) == 30
    assert [bucket.complete for bucket in found.buckets] == [True] * 29 + [False]
    assert period(until="2026-03-01").since == datetime(2026, 1, 30, tzinfo=UTC)
    assert period(since="2026-11-20").until == datetime(2026, 11, 24, tzinfo=UTC)
    assert period(until="1970-01-20").since == EARLIEST


def test_instants_count_to_the_millisecond() -> None:
    found = period(since="2026-05-01T10:00:00.1239Z", until="2026-05-01T12:00:00+00:30")
    assert found.since == datetime(2026, 5, 1, 10, 0, 0, 123_000, tzinfo=UTC)
    assert found.until == datetime(2026, 5, 1, 11, 30, tzinfo=UTC)
    assert [bucket.complete for bucket in found.buckets] == [False]


def test_a_whole_is_one_bucket() -> None:
    found = period(None, since="1990-01-01", until="2026-01-01")
    assert len(found.buckets) == 1


@pytest.mark.parametrize(
    ("given", "parameter", "code", "words"),
    [
        (
            {"since": "2026-05-02", "until": "2026-05-01"},
            "since",
            "since_not_before_until",
            "before",
        ),
        (
            {"since": "2026-05-01", "until": "2026-05-01"},
            "since",
            "since_not_before_until",
            "before",
        ),
        ({"since": "2026-12-24"}, "since", "since_not_before_until", "2026-11-24"),
        ({"until": "1970-01-02"}, "until", "since_not_before_until", "before"),
        ({"since": "1970-01-01"}, "since", "out_of_range", "1970-01-02"),
        ({"since": "0001-01-01T00:00:00+14:00"}, "since", "out_of_range", "1970-01-02"),
        ({"since": "0001-01-01", "tz": "Asia/Tokyo"}, "since", "out_of_range", "1970-01-02"),
        ({"until": "9999-12-31T23:59:59-12:00"}, "until", "out_of_range", "2999-12-31"),
        ({"until": "9999-12-31", "tz": "America/New_York"}, "until", "out_of_range", "2999-12-31"),
        ({"since": "2020-01-01", "until": "2026-01-01"}, "bucket", "too_many_buckets", "400"),
        ({"since": "2026-02-30"}, "since", "invalid", "a date"),
        ({"since": "2026-05-01T10:00:00"}, "since", "invalid", "offset"),
        ({"since": "yesterday"}, "since", "invalid", "a date"),
        ({"since": "\u0662026-05-01"}, "since", "invalid", "a date"),
        ({"since": "\u0662026-05-01T10:00:00Z"}, "since", "invalid", "a date"),
        ({"until": "2026-05-01\0"}, "until", "nul_character", "NUL"),
        ({"tz": "Europe/Atlantis"}, "tz", "unknown_time_zone", "Europe/Atlantis"),
        ({"tz": "europe/berlin"}, "tz", "unknown_time_zone", "europe/berlin"),
        ({"tz": "../../etc/passwd"}, "tz", "unknown_time_zone", "IANA"),
        ({"tz": "+02:00"}, "tz", "unknown_time_zone", "IANA"),
        ({"tz": "UTC\0"}, "tz", "nul_character", "NUL"),
    ],
)
def test_what_cannot_be_is_named(
    given: dict[str, Any], parameter: str, code: str, words: str
) -> None:
    with pytest.raises(DomainError) as raised:
        period(**given)
    assert raised.value.code is ErrorCode.INVALID_PARAMETER
    [error] = raised.value.errors
    assert (error.pointer, error.code) == (parameter, code)
    assert words in error.detail


@pytest.fixture
def machine_with_its_own_time(tmp_path: Path) -> Iterator[None]:
    """A machine that keeps these files beside its zones, as some do."""
    with resources.files("tzdata").joinpath("zoneinfo/Asia/Tokyo").open("rb") as zone:
        found = zone.read()
    for name in ("localtime", "posixrules", "Factory", "Tokyo"):
        (tmp_path / name).write_bytes(found)
    zoneinfo.reset_tzpath(to=[str(tmp_path)])
    zone_names.cache_clear()
    yield
    zoneinfo.reset_tzpath()
    zone_names.cache_clear()


@pytest.mark.usefixtures("machine_with_its_own_time")
def test_a_zone_means_the_same_on_every_machine() -> None:
    assert period(tz="Tokyo").zone.key == "Tokyo"
    for name in ("localtime", "posixrules", "Factory"):
        with pytest.raises(DomainError, match="is not a time zone"):
            period(tz=name)


def test_the_most_buckets_are_allowed() -> None:
    until = (date(2025, 1, 1) + timedelta(days=MOST_BUCKETS)).isoformat()
    assert len(period(since="2025-01-01", until=until).buckets) == MOST_BUCKETS
    with pytest.raises(DomainError):
        period(since="2024-12-31", until=until)
