"""UUIDv7 ids (RFC 9562): the first 48 bits are milliseconds since 1970, so ids sort by creation.

Tables are partitioned by these ids, hence the helpers for time bounds and for telling a valid id
from one that no partition will ever take.
"""

from __future__ import annotations

import os
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta

from .errors import ErrorCode, InvalidInputError

RANDOM_BITS = 62
TICKS_A_SECOND = 1000 << 12
FUTURE_TOLERANCE = timedelta(seconds=60)

_lock = threading.Lock()
_last_tick = 0


def uuid7() -> uuid.UUID:
    """A new UUIDv7; strictly increasing within this process.

    The 12 bits after the version are the fraction of the millisecond (RFC 9562, method 3), bumped
    when the clock stands still or steps back a little. When it steps back by more than a second,
    ids follow it and the order is lost once: the database refuses ids from the future.
    """
    global _last_tick  # noqa: PLW0603  (the process's clock)
    milliseconds, remainder = divmod(time.time_ns(), 1_000_000)
    tick = (milliseconds << 12) | ((remainder << 12) // 1_000_000)
    with _lock:
        if tick <= _last_tick < tick + TICKS_A_SECOND:
            tick = _last_tick + 1
        _last_tick = tick
    random = int.from_bytes(os.urandom(8), "big") & ((1 << RANDOM_BITS) - 1)
    return uuid.UUID(
        int=((tick >> 12) << 80) | (0x7 << 76) | ((tick & 0xFFF) << 64) | (0b10 << 62) | random
    )


def uuid7_floor(moment: datetime) -> uuid.UUID:
    """The smallest value that sorts before every UUIDv7 made at `moment` (aware) or later.

    It is a bound for ranges, not a valid id: its version bits are zero. No id is from before 1970,
    so of such a moment it is the smallest value there is.
    """
    return uuid.UUID(int=max(0, _milliseconds(moment)) << 80)


def uuid7_time(value: uuid.UUID) -> datetime:
    """When `value` was made, to the millisecond, in UTC."""
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=value.int >> 80)


def is_uuid7(value: uuid.UUID) -> bool:
    """Whether version and variant say UUIDv7."""
    return value.version == 7 and value.variant == uuid.RFC_4122


def check_new_id(value: uuid.UUID, *, pointer: str = "/id", oldest: datetime | None = None) -> None:
    """Raise `InvalidInputError` (`invalid_id`) unless a row may be created under `value`.

    `oldest` is the lower bound of the oldest partition, if the table has partitions.
    """
    if not is_uuid7(value):
        version = value.version or "unknown"
        detail = f"The id is a UUID of version {version}; TaskHub's ids are UUIDs of version 7."
        raise InvalidInputError(pointer, detail, code=ErrorCode.INVALID_ID)
    made = uuid7_time_or_max(value)
    if made > datetime.now(UTC) + FUTURE_TOLERANCE:
        detail = (
            f"The id's time, {_text(made)}, lies more than 60 seconds in the future. "
            "Check the client's clock."
        )
        raise InvalidInputError(pointer, detail, code=ErrorCode.INVALID_ID)
    if oldest is not None and made < oldest:
        detail = f"The id's time, {_text(made)}, lies before the oldest partition, {_text(oldest)}."
        raise InvalidInputError(pointer, detail, code=ErrorCode.INVALID_ID)


def uuid7_time_or_max(value: uuid.UUID) -> datetime:
    """As `uuid7_time`; `datetime.max` for the 48-bit times that a datetime cannot hold."""
    try:
        return uuid7_time(value)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


def _milliseconds(moment: datetime) -> int:
    return (moment - datetime.fromtimestamp(0, UTC)) // timedelta(milliseconds=1)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
