"""Periods of time, cut at the local midnights of a time zone.

A period is half-open: an event at `since` belongs to it, one at `until` does not. Its buckets are
local days, weeks from Monday or months. The borders are computed here, once, and handed to the
database as instants: no statement knows of time zones, and a day of 23 or 25 hours is one bucket
like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo, available_timezones

from django.utils.dateparse import parse_datetime

from apps.core.api.parameters import check_text, invalid_parameter
from apps.core.ids import uuid7_floor

MOST_BUCKETS: Final = 400
DEFAULT_DAYS: Final = 30
DEFAULT_ZONE: Final = "UTC"
# Files beside those of the zones: the machine's own time, the rules of old names, no zone chosen.
NO_ZONES: Final = frozenset({"localtime", "posixrules", "Factory"})
# No id is older than 1970; the other end leaves room for arithmetic.
EARLIEST: Final = datetime(1970, 1, 2, tzinfo=UTC)
LATEST: Final = datetime(2999, 12, 31, tzinfo=UTC)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class BucketSize(StrEnum):
    """How a period is cut."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Bucket:
    """A part of a period, half-open."""

    start: datetime
    end: datetime
    # A whole day, week or month that is over. The first and the last may be cut by the period.
    complete: bool


@dataclass(frozen=True, slots=True)
class Period:
    """From `since` to just before `until`, to the millisecond. All moments are in UTC: two of one
    zone Python would compare by what clocks show."""

    since: datetime
    until: datetime
    zone: ZoneInfo
    size: BucketSize | None
    buckets: tuple[Bucket, ...]
    as_of: datetime

    @property
    def tz(self) -> str:
        """The zone's name."""
        return self.zone.key

    def local(self, moment: datetime) -> datetime:
        """`moment` by the clocks of the zone."""
        return moment.astimezone(self.zone)

    @property
    def starts(self) -> list[datetime]:
        """Where each bucket starts: `width_bucket` of an instant among them is its number."""
        return [bucket.start for bucket in self.buckets]

    @property
    def start_keys(self) -> list[UUID]:
        """The same for UUIDv7 keys."""
        return [uuid7_floor(start) for start in self.starts]

    @property
    def borders(self) -> list[UUID]:
        """All borders as UUIDv7 keys, from `since` to `until`."""
        return [*self.start_keys, uuid7_floor(self.until)]


def make_period(
    *,
    since: str | None = None,
    until: str | None = None,
    tz: str | None = None,
    size: BucketSize | None = None,
    now: datetime,
) -> Period:
    """The period that these texts name. Raises `DomainError`, which names the wrong one.

    Without `until` it ends with the local day of `now`, without `since` it begins at the local
    midnight thirty days before the day of its end. Without a `size` all of it is one bucket.
    """
    zone = _zone(tz or DEFAULT_ZONE)
    end = _bound("until", until, zone) if until else _midnight(_day(now, zone, 1), zone)
    default = max(EARLIEST, _midnight(_day(end, zone, -DEFAULT_DAYS), zone))
    begin = _bound("since", since, zone) if since else default
    if begin >= end:
        invalid_parameter(
            "since" if since else "until",
            "since_not_before_until",
            f"since ({begin.astimezone(zone).isoformat()}) must lie before until"
            f" ({end.astimezone(zone).isoformat()}): the period ends just before until.",
        )
    return Period(begin, end, zone, size, tuple(_buckets(begin, end, zone, size, now)), now)


@cache
def zone_names() -> frozenset[str]:
    """The names of time zones that are known: those of the IANA database, which mean the same on
    every machine."""
    return frozenset(available_timezones()) - NO_ZONES


def _zone(name: str) -> ZoneInfo:
    check_text("tz", name, max_length=100)
    if name not in zone_names():
        invalid_parameter(
            "tz",
            "unknown_time_zone",
            f"tz: {name!r} is not a time zone. Use a name of the IANA database, for instance"
            " Europe/Berlin.",
        )
    return ZoneInfo(name)


def _bound(name: str, text: str, zone: ZoneInfo) -> datetime:
    """A date means its local midnight; an instant has an offset and counts to the millisecond."""
    check_text(name, text)
    try:
        if _DATE.fullmatch(text):
            moment = _midnight(date.fromisoformat(text), zone)
        else:
            found = parse_datetime(text) if text.isascii() else None
            if found is None or found.tzinfo is None:
                raise ValueError(text)
            moment = found.astimezone(UTC)
    except OverflowError:
        moment = datetime.min.replace(tzinfo=UTC)
    except ValueError:
        # An unescaped + of an offset arrives as a space.
        invalid_parameter(
            name,
            "invalid",
            f"{name} is a date (2026-05-01) or a date and time with an offset"
            " (2026-05-01T08:00:00Z; escape a + as %2B).",
        )
    if not EARLIEST <= moment <= LATEST:
        invalid_parameter(
            name,
            "out_of_range",
            f"{name} must lie between {EARLIEST.date()} and {LATEST.date()}.",
        )
    return moment - timedelta(microseconds=moment.microsecond % 1000)


def _day(moment: datetime, zone: ZoneInfo, later: int) -> date:
    return moment.astimezone(zone).date() + timedelta(days=later)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day: where clocks skip midnight the end of the gap, of a
    midnight that comes twice the first one."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _buckets(
    since: datetime, until: datetime, zone: ZoneInfo, size: BucketSize | None, now: datetime
) -> Iterator[Bucket]:
    if size is None:
        yield Bucket(since, until, until <= now)
        return
    day = _first_day(_day(since, zone, 0), size)
    start, number = _midnight(day, zone), 0
    while start < until:
        day = _next_day(day, size)
        end = _midnight(day, zone)
        if start == end or end <= since:
            start = end  # a day that a zone has left out, or the one before the first
            continue
        number += 1
        if number > MOST_BUCKETS:
            invalid_parameter(
                "bucket",
                "too_many_buckets",
                f"The period has more than {MOST_BUCKETS} buckets of a {size.value}:"
                " take a shorter period or a larger bucket.",
            )
        whole = since <= start and end <= until
        yield Bucket(max(start, since), min(end, until), whole and end <= now)
        start = end


def _first_day(day: date, size: BucketSize) -> date:
    if size is BucketSize.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if size is BucketSize.MONTH else day


def _next_day(day: date, size: BucketSize) -> date:
    if size is BucketSize.MONTH:
        return (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return day + timedelta(days=7 if size is BucketSize.WEEK else 1)
