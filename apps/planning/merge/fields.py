"""The three-way merge of single values: what the document changed, unless people changed it too."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from merge3 import Merge3

from apps.prds.parser.model import MAX_DETAILS_BYTES

from .model import Change, Place

_BOX = re.compile(r"^([ \t>]*(?:[-*+]|\d{1,9}[.)])[ \t]+)\[[xX]\]", re.MULTILINE)

MOST_TAGS = 10
# Of longer texts the comparison line by line could take seconds.
MOST_LINES = 2_000
BOTH_CHANGED = "Changed in the document and here."
BOTH_KEPT = "Changed in different lines of the document and here: both are kept."


def merge_value(
    field: str, base: Any, mine: Any, theirs: Any, place: Place | None = None
) -> Change | None:
    """What to do about one value, or None where the task stays as it is.

    The document has not changed it: mine stands. Only the document has: theirs. Both have, and
    differ: a conflict.
    """
    if same(theirs, base) or same(mine, theirs):
        return None
    if same(mine, base):
        return Change(field, base, mine, theirs, theirs, "take", place=place)
    return Change(field, base, mine, theirs, theirs, "conflict", BOTH_CHANGED, place)


def merge_set(
    field: str,
    base: Collection[str],
    mine: Collection[str],
    theirs: Collection[str],
    place: Place | None = None,
) -> Change | None:
    """The document's additions and removals, made to what is there; people's own ones stand."""
    old, own, new = set(base), set(mine), set(theirs)
    added = [each for each in theirs if each not in old and each not in own]
    removed = (old - new) & own
    if not added and not removed:
        return None
    result = [each for each in mine if each not in removed] + added
    return Change(field, list(base), list(mine), list(theirs), result, "take", place=place)


def merge_tags(
    base: list[str], mine: list[str], theirs: list[str], place: Place | None = None
) -> Change | None:
    """As `merge_set`; a conflict where the result would be more tags than a task can have."""
    change = merge_set("tags", base, mine, theirs, place)
    if change is None or len(change.result) <= MOST_TAGS:
        return change
    reason = f"Together they would be more than {MOST_TAGS} tags."
    return Change("tags", base, mine, theirs, theirs, "conflict", reason, place)


def merge_text(
    field: str, base: str, mine: str, theirs: str, place: Place | None = None
) -> Change | None:
    """As `merge_value`, but line by line: what was changed in different lines goes together.

    Ticks alone are no change of the text, since criteria and status have them, each on its own;
    people's stay where the document leaves their lines alone.
    """
    if same_words(theirs, base) or same_words(mine, theirs):
        return None
    taken = Change(field, base, mine, theirs, theirs, "take", place=place)
    if same(mine, base):
        return taken
    both = Change(field, base, mine, theirs, theirs, "conflict", BOTH_CHANGED, place)
    change = taken if same_words(mine, base) else both
    old, own, new = (text.splitlines(keepends=True) for text in (base, mine, theirs))
    if max(len(old), len(own), len(new)) > MOST_LINES:
        return change
    result: list[str] = []
    for group in Merge3(old, own, new).merge_groups():
        if group[0] == "conflict":
            return change
        result += group[1]
    merged = "".join(result)
    if len(merged.encode()) > MAX_DETAILS_BYTES:
        return change
    return Change(field, base, mine, theirs, merged, "take", BOTH_KEPT, place)


Criteria = list[dict[str, Any]]
Name = tuple[str, int]
"""A criterion's text, and how many of the same text stand before it."""
Named = dict[Name, dict[str, Any]]


def merge_criteria(
    base: Criteria, mine: Criteria, theirs: Criteria, place: Place | None = None
) -> Change | None:
    """Criterion by criterion, each known by its text; of two with one text the first is the first.

    A criterion that is met here or says more than the document's is never removed or unticked
    unasked, and neither is one that was reworded or removed on both sides while either side wrote
    new ones: then the whole list is a conflict.
    """
    field = "acceptance_criteria"
    if same(theirs, base) or _agree(mine, theirs):
        return None
    old, new, own = _by_name(base), _by_name(theirs), _by_name(mine)
    gone = [name for name in old if name not in new]
    reason = ""
    written = (own.keys() | new.keys()) - old.keys()
    if written and any(name not in own for name in gone):
        reason = "Criteria were reworded or removed in the document and here."
    removed = {text for text, number in old if (text, number) not in own}
    if any(name[0] in removed for name in new if name not in old and name not in own):
        reason = "The document says once more what was removed here."
    for name in gone:
        if name in own and _is_touched(own[name], old[name]):
            reason = "A criterion that was worked on is no longer in the document."
    for name in old.keys() & new.keys() & own.keys():
        unticked = _met(old[name]) and not _met(new[name]) and _met(own[name])
        if unticked and _remarks(own[name]):
            reason = "The document unticks a criterion that has evidence."
    if reason:
        result = _keep_remarks(new, own, old)
        return Change(field, base, mine, theirs, result, "conflict", reason, place)
    result = _merged(old, new, own)
    if same(result, mine):
        return None
    return Change(field, base, mine, theirs, result, "take", place=place)


def _merged(old: Named, new: Named, own: Named) -> Criteria:
    """People's list in its order, without what the document dropped, with what it added.

    What was added follows what it follows in the document.
    """
    kept: dict[Name, dict[str, Any]] = {}
    for name, criterion in own.items():
        if name in old and name not in new:
            continue
        if name in old and _met(old[name]) != _met(new[name]):
            criterion = {**criterion, "met": _met(new[name])}
        elif name not in old and name in new and _met(new[name]):
            criterion = {**criterion, "met": True}
        kept[name] = criterion
    added: dict[Name | None, Criteria] = defaultdict(list)
    before: Name | None = None
    for name, criterion in new.items():
        if name in kept:
            before = name
        elif name not in old and name not in own:
            added[before].append(dict(criterion))
    result = added.pop(None, [])
    for name, criterion in kept.items():
        result.append(criterion)
        result += added.pop(name, [])
    return result


def _keep_remarks(new: Named, own: Named, old: Named) -> Criteria:
    """The document's list with what was said here of the same criteria."""
    kept: Criteria = []
    for name, criterion in new.items():
        mine = own.get(name, {})
        met = _met(criterion) or (_met(mine) and not _met(old.get(name, {})))
        kept.append({**_remarks(mine), **criterion, "met": met})
    return kept


def _agree(mine: Criteria, theirs: Criteria) -> bool:
    return [(c["text"], _met(c)) for c in mine] == [(c["text"], _met(c)) for c in theirs]


def _by_name(criteria: Criteria) -> Named:
    seen: Counter[str] = Counter()
    found = {}
    for criterion in criteria:
        text = criterion["text"]
        found[text, seen[text]] = criterion
        seen[text] += 1
    return found


def _is_touched(mine: Mapping[str, Any], base: Mapping[str, Any]) -> bool:
    return _met(mine) != _met(base) or bool(_remarks(mine))


def _remarks(criterion: Mapping[str, Any]) -> dict[str, Any]:
    """What people have said of a criterion beside whether it is met: evidence, a note."""
    return {
        name: value
        for name, value in criterion.items()
        if name not in ("text", "met") and value not in (None, "", [], {})
    }


def _met(criterion: Mapping[str, Any]) -> bool:
    return bool(criterion.get("met", False))


def same_words(one: str, other: str) -> bool:
    """Equal but for the ticks of checkboxes."""
    return one == other or _BOX.sub(r"\1[ ]", one) == _BOX.sub(r"\1[ ]", other)


def same(one: Any, other: Any) -> bool:
    """Equal as JSON, where 1 and true differ."""
    return type(one) is type(other) and bool(one == other)
