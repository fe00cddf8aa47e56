"""The three-way merge of single values: what the document changed, unless people changed it too."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
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

    Ticks in the text are not compared: criteria and status have them, each on its own.
    """
    if same_words(theirs, base) or same_words(mine, theirs):
        return None
    if same_words(mine, base):
        return Change(field, base, mine, theirs, theirs, "take", place=place)
    change = Change(field, base, mine, theirs, theirs, "conflict", BOTH_CHANGED, place)
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


def merge_criteria(
    base: Criteria, mine: Criteria, theirs: Criteria, place: Place | None = None
) -> Change | None:
    """Criterion by criterion, each known by its text.

    A criterion that is met here or says more than the document's is never removed or unticked
    unasked, and neither is one that was reworded on both sides: then the whole list is a conflict.
    """
    field = "acceptance_criteria"
    if same(theirs, base) or _agree(mine, theirs):
        return None
    old, new, own = _by_text(base), _by_text(theirs), _by_text(mine)
    gone = [text for text in old if text not in new]
    reason = ""
    if any(text not in own for text in gone) and (own.keys() - old.keys()):
        reason = "Criteria were reworded in the document and here."
    for text in gone:
        if text in own and _is_touched(own[text], old[text]):
            reason = "A criterion that was worked on is no longer in the document."
    for text in old.keys() & new.keys() & own.keys():
        unticked = _met(old[text]) and not _met(new[text]) and _met(own[text])
        if unticked and _remarks(own[text]):
            reason = "The document unticks a criterion that has evidence."
    if reason:
        return Change(
            field, base, mine, theirs, _keep_remarks(theirs, own, old), "conflict", reason, place
        )
    result = _merged(old, new, own, mine)
    if same(result, mine):
        return None
    return Change(field, base, mine, theirs, result, "take", place=place)


def _merged(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    own: Mapping[str, Any],
    mine: Criteria,
) -> Criteria:
    """People's list in its order, without what the document dropped, with what it added.

    What was added follows what it follows in the document.
    """
    kept: Criteria = []
    for criterion in mine:
        text = criterion["text"]
        if text in old and text not in new:
            continue
        if text in old and _met(old[text]) != _met(new[text]):
            criterion = {**criterion, "met": new[text]["met"]}
        elif text not in old and text in new and _met(new[text]):
            criterion = {**criterion, "met": True}
        kept.append(criterion)
    present = {criterion["text"] for criterion in kept}
    added: dict[str | None, Criteria] = defaultdict(list)
    before: str | None = None
    for text, criterion in new.items():
        if text in present:
            before = text
        elif text not in old and text not in own:
            added[before].append(dict(criterion))
    result = added.pop(None, [])
    for criterion in kept:
        result.append(criterion)
        result += added.pop(criterion["text"], [])
    return result


def _keep_remarks(theirs: Criteria, own: Mapping[str, Any], old: Mapping[str, Any]) -> Criteria:
    """The document's list with what was said here of the same criteria."""
    kept: Criteria = []
    for criterion in theirs:
        text = criterion["text"]
        mine = own.get(text, {})
        met = _met(criterion) or (_met(mine) and not _met(old.get(text, {})))
        kept.append({**_remarks(mine), **criterion, "met": met})
    return kept


def _agree(mine: Criteria, theirs: Criteria) -> bool:
    return [(c["text"], _met(c)) for c in mine] == [(c["text"], _met(c)) for c in theirs]


def _by_text(criteria: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The first of each text."""
    found: dict[str, Any] = {}
    for criterion in criteria:
        found.setdefault(criterion["text"], criterion)
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
