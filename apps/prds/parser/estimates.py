"""Efforts as people write them: `3 hours`, `2-4h`, `1.5 d`, `2h 30m`, `half a day`, `5 points`.

A day is 8 hours and a week is 5 days, unless the options say otherwise. Only what has one meaning
is read: `up to 4 h` has no lower end, `4 h each` no total.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

from .model import DEFAULT_OPTIONS, MAX_MINUTES, Estimate, Options, Points

_UNITS = {
    unit: name
    for name, units in {
        "m": "m|min|mins|minute|minutes",
        "h": "h|hr|hrs|hour|hours|std",
        "d": "d|day|days|pd|md|pt",
        "w": "w|wk|wks|week|weeks|pw",
    }.items()
    for unit in units.split("|")
}
_NUMBER = r"[0-9]{1,7}(?:[.,][0-9]{1,2})?"
_UNIT = r"[a-z]{1,7}"
_AMOUNT = re.compile(rf"({_NUMBER})\s*({_UNIT})")
_AMOUNTS = re.compile(rf"(?:{_NUMBER}\s*{_UNIT}(?:\s*(?:,|and|&)?\s*)){{1,3}}")
_RANGE = re.compile(
    rf"({_NUMBER})\s*({_UNIT})?\s*(?:-|to|\.\.\.?|\u2026)\s*({_NUMBER})\s*({_UNIT})"
)
_BETWEEN = re.compile(r"^(?:between\s+(.{1,40}?)\s+and\s+|from\s+(.{1,40}?)\s+to\s+)")
_CLOCK = re.compile(r"([0-9]{1,3}):([0-5][0-9])\s*(?:h|hrs?|hours?)")
_ISO = re.compile(
    r"p(?:([0-9]{1,3})w)?(?:([0-9]{1,3})d)?(?:t(?:([0-9]{1,4})h)?(?:([0-9]{1,5})m)?)?"
)
_POINTS = re.compile(
    rf"({_NUMBER})(?:\s*(?:-|to)\s*({_NUMBER}))?\s*(?:story\s*points?|points?|pts?\.?|sps?)"
)
_ABOUT = re.compile(r"^(?:~|\u2248|approximately|approx\.?|about|around|circa|ca\.?|roughly)\s*")
_PERSON = re.compile(
    r"\b(?:person|man|working|work|business|engineer|engineering|dev|developer|ideal)[\s-]?"
    r"(?=day|hour|week)"
)
_NUMBERS_TEXT = "one two three four five six seven eight nine ten eleven twelve"
_NUMBERS = _NUMBERS_TEXT.split()
_SPELLED = re.compile(rf"\b({'|'.join(_NUMBERS)})\b(?!\s+and\s+a\s+half)")
_FRACTIONS = str.maketrans({"\u00bd": ".5", "\u00bc": ".25", "\u00be": ".75"})
_WORDS = {
    "half an hour": "30 min", "half a day": "0.5 d", "half day": "0.5 d", "an hour": "1 h",
    "a day": "1 d", "a week": "1 w", "half a week": "0.5 w", "an hour and a half": "90 min",
    "a day and a half": "1.5 d",
}  # fmt: skip


class EstimateError(ValueError):
    """The text is no effort that a task can hold."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def read_effort(text: str, line: int, options: Options = DEFAULT_OPTIONS) -> Estimate | Points:
    """Read a time or a number of story points. Raises `EstimateError` with the note's code."""
    points = _POINTS.fullmatch(_clean(text)) if len(text) <= 200 else None
    if points is None:
        return read_estimate(text, line, options)
    low, high = (float(part.replace(",", ".")) for part in (points[1], points[2] or points[1]))
    if low > high or high > 1_000:
        raise _unreadable(text.strip())
    return Points(low, high, line, text.strip())


def read_estimate(
    text: str, line: int, options: Options = DEFAULT_OPTIONS, limit: int = MAX_MINUTES
) -> Estimate:
    """Read one effort; a range keeps both ends. Raises `EstimateError` with the note's code."""
    source = text.strip()
    if not source or len(source) > 200:
        raise _unreadable(source)
    value = _clean(source)
    if re.match(r"-\s*[0-9]", value):
        raise EstimateError("estimate_negative", f"the estimate \u201c{source}\u201d is negative.")
    low, high = _Reader(source, options).span(value)
    if high > limit:
        raise EstimateError(
            "estimate_out_of_range",
            f"the estimate \u201c{source}\u201d is more than {limit:,} minutes; none was taken.",
        )
    return Estimate(low, high, line, source)


def _clean(source: str) -> str:
    value = re.sub(r"\([^()]*\)", " ", source.lower().replace("`", "").replace("*", ""))
    value = re.sub(r"(?<![0-9])(?=[\u00bc-\u00be])", "0", value).translate(_FRACTIONS)
    value = re.sub(r"[\u2010-\u2015\u2212]", "-", " ".join(value.split())).rstrip(". ")
    value = _PERSON.sub("", _ABOUT.sub("", value))
    value = _SPELLED.sub(lambda word: str(_NUMBERS.index(word[1]) + 1), value)
    value = _BETWEEN.sub(lambda span: f"{span[1] or span[2]} - ", value)
    return _WORDS.get(value, value)


class _Reader:
    """The length of a day and a week, and the words for a complaint."""

    def __init__(self, source: str, options: Options) -> None:
        self.source = source
        day = Decimal(str(options.hours_per_day)) * 60
        week = Decimal(str(options.days_per_week)) * day
        self.sizes = {"m": Decimal(1), "h": Decimal(60), "d": day, "w": week}

    def span(self, value: str) -> tuple[int, int]:
        span = _RANGE.fullmatch(value)
        if span:
            low = self._minutes(span[1], span[2] or span[4])
            high = self._minutes(span[3], span[4])
            if low > high:
                raise _unreadable(self.source)
            return low, high
        clock, iso = _CLOCK.fullmatch(value), _ISO.fullmatch(value)
        if clock:
            total = int(clock[1]) * 60 + int(clock[2])
        elif iso and any(iso.groups()):
            parts = zip(iso.groups(), "wdhm", strict=True)
            total = sum(self._minutes(number, unit) for number, unit in parts if number)
        elif _AMOUNTS.fullmatch(value):
            total = self._sum(_AMOUNT.findall(value))
        else:
            raise _unreadable(self.source)
        return total, total

    def _sum(self, parts: list[tuple[str, str]]) -> int:
        sizes = [self.sizes.get(_UNITS.get(unit, ""), Decimal(0)) for _, unit in parts]
        if sizes != sorted(set(sizes), reverse=True):  # 2h 30m, never 30m 2h or 2h 3h
            raise _unreadable(self.source)
        return sum(self._minutes(number, unit) for number, unit in parts)

    def _minutes(self, number: str, unit: str) -> int:
        if unit not in _UNITS:
            raise _unreadable(self.source)
        exact = Decimal(number.replace(",", ".")) * self.sizes[_UNITS[unit]]
        return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _unreadable(source: str) -> EstimateError:
    shown = source if len(source) <= 80 else source[:79] + "\u2026"
    return EstimateError(
        "estimate_unreadable", f"\u201c{shown}\u201d is not an effort that can be read."
    )
