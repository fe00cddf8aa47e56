"""What differs between two texts, line by line. Pure, and bounded on any input.

Lines end at LF, CR LF or a lone CR, as everywhere in TaskHub; they are compared without their ends.
What both texts begin and end with is set aside. Between lines that each text has exactly once
(patience) the shortest change is sought, as long as that costs little; a stretch beyond it is
shown as removed and added whole, and the result says so.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal, get_args

# A stretch of m lines against n costs m * n bits of memory for its while.
STRETCH_COST = 100_000_000
ALL_COST = 400_000_000
CONTEXT = 3
MOST_LINES = 5_000

Kind = Literal["same", "removed", "added"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Span = tuple[int, int, int, int]  # of both texts: from, to (excluded), from, to
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line, with its numbers in the texts that have it."""

    kind: Kind
    old_line: int | None
    new_line: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Hunk:
    """Neighbouring changes with the lines around them."""

    lines: tuple[DiffLine, ...]


@dataclass(frozen=True, slots=True)
class LineDiff:
    """The changes that make the new text of the old one.

    `added` and `removed` count all lines, also where `truncated` says that `hunks` end early.
    `coarse`: some stretch was too long to look for the shortest change. `line_ends_changed`: lines
    that are the same end differently (LF, CR LF, CR, or nothing at the end of the text).
    """

    added: int
    removed: int
    hunks: tuple[Hunk, ...]
    coarse: bool
    truncated: bool
    line_ends_changed: bool


def diff_lines(
    old: str, new: str, *, context: int = CONTEXT, most_lines: int = MOST_LINES
) -> LineDiff:
    """Compare two texts; `hunks` have at most `most_lines` lines, `context` around a change."""
    a, b = _split(old), _split(new)
    budget = _Budget()
    changes = list(_changes([line for line, _ in a], [line for line, _ in b], budget))
    hunks, truncated = _hunks(a, b, changes, context, most_lines)
    return LineDiff(
        added=sum(b_end - b_start for _, _, b_start, b_end in changes),
        removed=sum(a_end - a_start for a_start, a_end, _, _ in changes),
        hunks=hunks,
        coarse=budget.exceeded,
        truncated=truncated,
        line_ends_changed=_line_ends_changed(a, b, changes),
    )


def _split(text: str) -> list[tuple[str, str]]:
    """The lines of `text`, each with its end."""
    found = (match[0] for match in _LINE.finditer(text))
    return [((line := whole.rstrip("\r\n")), whole[len(line) :]) for whole in found]


class _Budget:
    """What the search for shortest changes may still cost."""

    def __init__(self) -> None:
        self.left = ALL_COST
        self.exceeded = False

    def allows(self, cost: int) -> bool:
        if cost > min(self.left, STRETCH_COST):
            self.exceeded = True
            return False
        self.left -= cost
        return True


def _changes(a: Sequence[str], b: Sequence[str], budget: _Budget) -> Iterator[Span]:
    """The stretches that differ, in their order; each side may be empty, never both."""
    whole = _trim(a, b, (0, len(a), 0, len(b)))
    for span in _between(_anchors(a, b, whole), whole):
        for change in _shortest(a, b, _trim(a, b, span), budget):
            if change[0] < change[1] or change[2] < change[3]:
                yield change


def _trim(a: Sequence[str], b: Sequence[str], span: Span) -> Span:
    """`span` without what its two sides begin and end with alike."""
    a_start, a_end, b_start, b_end = span
    while a_start < a_end and b_start < b_end and a[a_start] == b[b_start]:
        a_start, b_start = a_start + 1, b_start + 1
    while a_start < a_end and b_start < b_end and a[a_end - 1] == b[b_end - 1]:
        a_end, b_end = a_end - 1, b_end - 1
    return a_start, a_end, b_start, b_end


def _anchors(a: Sequence[str], b: Sequence[str], span: Span) -> list[tuple[int, int]]:
    """Places of lines that both sides have once: the longest run of them in the order of both."""
    a_start, a_end, b_start, b_end = span
    in_a, in_b = Counter(a[a_start:a_end]), Counter(b[b_start:b_end])
    places = {b[j]: j for j in range(b_start, b_end) if in_b[b[j]] == 1}
    pairs = [(i, places[a[i]]) for i in range(a_start, a_end) if in_a[a[i]] == 1 and a[i] in places]
    ends: list[int] = []  # the least end in b of a run of each length
    tops: list[int] = []  # which pair that is
    before: list[int] = []
    for number, (_, j) in enumerate(pairs):
        length = bisect_left(ends, j)
        before.append(tops[length - 1] if length else -1)
        ends[length : length + 1] = [j]
        tops[length : length + 1] = [number]
    run: list[tuple[int, int]] = []
    number = tops[-1] if tops else -1
    while number >= 0:
        run.append(pairs[number])
        number = before[number]
    return run[::-1]


def _between(anchors: Sequence[tuple[int, int]], span: Span) -> Iterator[Span]:
    a_start, a_end, b_start, b_end = span
    for i, j in anchors:
        yield a_start, i, b_start, j
        a_start, b_start = i + 1, j + 1
    yield a_start, a_end, b_start, b_end


def _shortest(a: Sequence[str], b: Sequence[str], span: Span, budget: _Budget) -> list[Span]:
    """The least changes within `span`; all of it as one where looking for them costs too much."""
    a_start, a_end, b_start, b_end = span
    width, height = a_end - a_start, b_end - b_start
    if not width or not height or not budget.allows(width * height):
        return [span]
    where = dict.fromkeys(b[b_start:b_end], 0)  # for each line, the bits of its places in a
    for bit in range(width):
        line = a[a_start + bit]
        if line in where:
            where[line] |= 1 << bit
    # A bit of a row is clear where the longest common run grows: bit-parallel, a row of b a step.
    full = row = (1 << width) - 1
    rows: list[int] = []
    for j in range(b_start, b_end):
        met = row & where[b[j]]
        row = (row + met | row - met) & full
        rows.append(row)
    changes: list[Span] = []
    i, j = width, height
    last_i, last_j = i, j
    while i and j:
        bit = 1 << i - 1
        if rows[j - 1] & bit:
            i -= 1
        elif j > 1 and not rows[j - 2] & bit:
            j -= 1
        else:
            changes.append((a_start + i, a_start + last_i, b_start + j, b_start + last_j))
            i, j = i - 1, j - 1
            last_i, last_j = i, j
    changes.append((a_start, a_start + last_i, b_start, b_start + last_j))
    return changes[::-1]


def _hunks(
    a: Sequence[tuple[str, str]],
    b: Sequence[tuple[str, str]],
    changes: Sequence[Span],
    context: int,
    most_lines: int,
) -> tuple[tuple[Hunk, ...], bool]:
    hunks: list[Hunk] = []
    left = most_lines
    for group in _grouped(changes, context):
        lines = list(islice(_lines(a, b, group, context), left + 1))
        if len(lines) > left:
            return (*hunks, *([Hunk(tuple(lines[:left]))] if left else ())), True
        hunks.append(Hunk(tuple(lines)))
        left -= len(lines)
    return tuple(hunks), False


def _grouped(changes: Sequence[Span], context: int) -> Iterator[list[Span]]:
    """Changes so near to each other that the lines around them would touch."""
    group: list[Span] = []
    for change in changes:
        if group and change[0] - group[-1][1] > 2 * context:
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def _lines(
    a: Sequence[tuple[str, str]], b: Sequence[tuple[str, str]], group: list[Span], context: int
) -> Iterator[DiffLine]:
    first = max(0, group[0][0] - context)
    offset = group[0][2] - group[0][0]  # equal lines have it between their numbers
    for a_start, a_end, b_start, b_end in group:
        yield from _same(a, first, a_start, offset)
        for i in range(a_start, a_end):
            yield DiffLine("removed", i + 1, None, a[i][0])
        for j in range(b_start, b_end):
            yield DiffLine("added", None, j + 1, b[j][0])
        first, offset = a_end, b_end - a_end
    yield from _same(a, first, min(len(a), first + context), offset)


def _same(a: Sequence[tuple[str, str]], first: int, end: int, offset: int) -> Iterator[DiffLine]:
    for i in range(first, end):
        yield DiffLine("same", i + 1, i + 1 + offset, a[i][0])


def _line_ends_changed(
    a: Sequence[tuple[str, str]], b: Sequence[tuple[str, str]], changes: Sequence[Span]
) -> bool:
    i = j = 0
    for a_start, a_end, _, b_end in [*changes, (len(a), len(a), len(b), len(b))]:
        if any(a[i + n][1] != b[j + n][1] for n in range(a_start - i)):
            return True
        i, j = a_end, b_end
    return False
