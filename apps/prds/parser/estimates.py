"""Efforts as people write them: `3 hours`, `2-4h`, `1.5 d`, `2h 30m`, `half a day`.

A day is 8 hours and a week is 5 days. Only what has one meaning is read.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from .model import MAX_MINUTES, Estimate

_UNITS = {
    "m": 1, "min": 1, "mins": 1, "minute": 1, "minutes": 1,
    "h": 60, "hr": 60, "hrs": 60, "hour": 60, "hours": 60,
    "d": 480, "day": 480, "days": 480,
    "w": 2400, "wk": 2400, "wks": 2400, "week": 2400, "weeks": 2400,
}  # fmt: skip
_NUMBER = r"[0-9]{1,7}(?:[.,][0-9]{1,2})?"
_UNIT = r"[a-z]{1,7}"
_AMOUNT = re.compile(rf"({_NUMBER})\s*({_UNIT})")
_AMOUNTS = re.compile(rf"(?:{_NUMBER}\s*{_UNIT}(?:\s*(?:,|and|&)?\s*)){{1,3}}")
_RANGE = re.compile(rf"({_NUMBER})\s*({_UNIT})?\s*(?:-|to|\.\.)\s*({_NUMBER})\s*({_UNIT})")
_ABOUT = re.compile(r"^(?:~|\u2248|approximately|approx\.?|about|around|circa|ca\.?|roughly)\s*")
_PERSON = re.compile(r"\b(?:person|man|working|work|engineer|dev|developer)[\s-]?(?=day|hour|week)")
_WORDS = {
    "half an hour": "30 min", "half a day": "4 h", "half day": "4 h", "\u00bd day": "4 h",
    "\u00bd hour": "30 min", "an hour": "1 h", "one hour": "1 h", "a day": "1 d",
    "one day": "1 d", "a week": "1 w", "one week": "1 w",
}  # fmt: skip


class EstimateError(ValueError):
    """The text is no effort that a task can hold."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def read_estimate(text: str, line: int) -> Estimate:
    """Read one effort; a range keeps both ends. Raises `EstimateError` with the note's code."""
    source = text.strip()
    if not source or len(source) > 200:
        raise _unreadable(source)
    value = re.sub(r"\([^()]*\)", " ", source.lower().replace("`", "").replace("*", ""))
    value = re.sub(r"[\u2010-\u2015\u2212]", "-", " ".join(value.split())).rstrip(". ")
    value = _PERSON.sub("", _ABOUT.sub("", value))
    value = _WORDS.get(value, value)
    if re.match(r"-\s*[0-9]", value):
        raise EstimateError("estimate_negative", f"the estimate \u201c{source}\u201d is negative.")
    low, high = _read_span(value, source)
    if high > MAX_MINUTES:
        raise EstimateError(
            "estimate_out_of_range",
            f"the estimate \u201c{source}\u201d is more than {MAX_MINUTES:,} minutes; "
            "none was taken.",
        )
    return Estimate(low, high, line, source)


def _read_span(value: str, source: str) -> tuple[int, int]:
    span = _RANGE.fullmatch(value)
    if span:
        unit = span[4]
        low = _minutes(span[1], span[2] or unit, source)
        high = _minutes(span[3], unit, source)
        if low > high:
            raise _unreadable(source)
        return low, high
    if _AMOUNTS.fullmatch(value):
        parts = _AMOUNT.findall(value)
        sizes = [_UNITS.get(unit, 0) for _, unit in parts]
        if sizes != sorted(set(sizes), reverse=True):  # 2h 30m, never 30m 2h or 2h 3h
            raise _unreadable(source)
        total = sum(_minutes(number, unit, source) for number, unit in parts)
        return total, total
    raise _unreadable(source)


def _minutes(number: str, unit: str, source: str) -> int:
    if unit not in _UNITS:
        raise _unreadable(source)
    exact = Decimal(number.replace(",", ".")) * _UNITS[unit]
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _unreadable(source: str) -> EstimateError:
    shown = source if len(source) <= 80 else source[:79] + "\u2026"
    return EstimateError(
        "estimate_unreadable", f"\u201c{shown}\u201d is not an amount of time that can be read."
    )
