"""What a text asks for: a sum over its lines, each counted for what it says by itself.

No line gives another one a meaning: there are no sections, lists, tables or fences here. So a text
that gains lines, wherever they are put, never counts for less.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from apps.prds.parser.clauses import ARROW, STRICT_VERB
from apps.prds.parser.document import normalise_newlines
from apps.prds.parser.ids import ID, split_heading
from apps.prds.parser.labels import Topic, labelled
from apps.prds.parser.sections import numbered_task

from .lexicon import OBLIGES, TESTS, find_files, has_words

_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*)")
_ITEM = re.compile(r"[ \t]*(?:[-*+\u2022]|[0-9]{1,4}[.)])[ \t]+(.*)")
_BOX = re.compile(r"\[[ xX]\](?:\s+|$)")
_STEP = re.compile(r"[*_\s]*(given|when|then)\b", re.IGNORECASE)
_THEN = re.compile(r"\bthen\b", re.IGNORECASE)
_LABEL_ENDS = 40  # by here a task of plain text has its colon
_NONE = frozenset({"none", "nothing", "no", "n/a", "na", "no dependencies"})


@dataclass(slots=True)
class Tally:
    """How many lines of a text ask for what, and how many files they name, each file once."""

    requirements: int = 0
    criteria: int = 0
    files: int = 0
    tests: int = 0
    dependencies: int = 0


def tally(text: str) -> Tally:
    """Count a text, in time that grows with its length."""
    found = Tally()
    files: set[str] = set()
    for line in normalise_newlines(text).split("\n"):
        if has_words(line):
            _count(line, found)
            files |= find_files(line)
    found.files = len(files)
    return found


def _count(line: str, found: Tally) -> None:
    """Add what one line asks for.

    What it counts for is decided by how it begins, or by words anywhere in it: a line that is
    continued counts for no less.
    """
    item = _ITEM.match(line)
    text = item[1] if item else line.strip()
    box = _BOX.match(text) if item else None
    text = text[box.end() :] if box else text
    listed = has_words(text) and (item is not None or text.startswith("|"))
    topic, value = labelled(text) or (None, "")
    topic = topic if _names_something(value) else None
    if box:
        found.criteria += listed
    else:
        found.criteria += topic is Topic.CRITERIA or _is_outcome(text)
        found.requirements += listed or OBLIGES.search(text) is not None or _begins_task(line)
    found.tests += topic is Topic.TESTS or (listed and TESTS.search(text) is not None)
    found.dependencies += topic in {Topic.DEPENDS_ON, Topic.BLOCKS} or _depends(text)


def _is_outcome(text: str) -> bool:
    """Whether a line has the "then" of a Given/When/Then, of which an example has one."""
    step = _STEP.match(text)
    return step is not None and _THEN.search(text, step.start(1)) is not None


def _begins_task(line: str) -> bool:
    """A heading such as `## T-1 Dig` or `## Task 1`; in plain text a colon must tell it."""
    heading = _HEADING.match(line)
    title = heading[1] if heading else line.strip()
    if not heading and ":" not in title[:_LABEL_ENDS]:
        return False
    found = split_heading(title)
    return (found is not None and found[2]) or numbered_task(title) is not None


def _depends(text: str) -> bool:
    """Whether a verb says what the line waits for or blocks, or an arrow joins two ids."""
    for cell in text.split("|"):  # behind the verb a table has the title of its next column
        verb = STRICT_VERB.search(cell)
        if verb and _names_something(cell[verb.end() :]):
            return True
    arrows = [arrow.start() for arrow in ARROW.finditer(text)]
    ids = [match.start() for match in ID.finditer(text)] if arrows else []
    return bool(ids) and any(ids[0] < arrow < ids[-1] for arrow in arrows)


def _names_something(value: str) -> bool:
    value = value.strip(" \t:*_.`\u2013\u2014-")
    return value.lower() not in _NONE and has_words(value)
