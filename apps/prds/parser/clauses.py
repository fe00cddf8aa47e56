"""One line of text about dependencies, read as a clause: who, which relation, whom.

Nothing here knows which ids exist; `references` resolves them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from .ids import ID, normalise_id


class Relation(Enum):
    NEEDS = "needs"  # the left waits for the right
    NEEDED_BY = "needed by"  # the right waits for the left
    PARALLEL = "parallel"


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a clause: the ids, whether it says "all others", and words without an id."""

    ids: tuple[str, ...]
    all_others: bool
    prose: tuple[str, ...]
    whole: str = ""  # all words of the side, as a title may hold a comma or an "and"

    @property
    def empty(self) -> bool:
        return not (self.ids or self.all_others or self.prose)


@dataclass(frozen=True, slots=True)
class Clause:
    left: Side
    relation: Relation
    right: Side
    rule: str
    doubt: str | None = None  # why it cannot be taken at its word


ARROW = re.compile(
    r"(?P<both><[-=]+>|[\u2194\u21d4])"
    r"|(?P<right>[-=]{1,3}>|[\u2192\u21d2\u279c\u2794\u27f6\u27f9])"
    r"|(?P<left><-{1,3}|[\u2190\u21d0\u27f5])"
)
_NEEDS = (
    r"depends?\s+(?:up)?on|depend(?:ing|ent)\s+(?:up)?on|(?:is\s+|are\s+)?blocked\s+by|requires?|needs?|waits?\s+for|"
    r"buil(?:ds?|t)\s+(?:up)?on(?:\s+top\s+of)?|(?:(?:comes?|starts?|begins?)\s+)?after"
)
_NEEDED_BY = (
    r"(?:is\s+|are\s+)?(?:required|needed)\s+(?:by|for)|(?:is|are)\s+(?:a\s+)?prerequisites?\s+(?:for|of)|"
    r"blocks?|unblocks?|enables?|precedes?|(?:(?:comes?|goes?)\s+)?before"
)
VERB = re.compile(rf"\b(?:(?P<by>{_NEEDED_BY})|(?P<needs>{_NEEDS}))\b\s*:?", re.IGNORECASE)
STRICT_VERB = re.compile(r"\b(?:depends?\s+(?:up)?on|blocked\s+by|blocks)\b", re.IGNORECASE)
_PARALLEL = re.compile(
    r"\b(?:can|may|could)?\s*(?:be\s+)?(?:run|runs|done|start|started|proceed|built|developed|happen|worked\s+on)?\s*"
    r"(?:in\s+parallel|concurrently|simultaneously)\b(?:\s+(?:with|to))?\s*:?",
    re.IGNORECASE,
)
_ALL_OTHERS = re.compile(
    r"(?:all|every|each)\s+(?:(?:of\s+)?the\s+)?(?:others?|remaining|rest)(?:\s+of\s+the)?"
    r"(?:\s+(?:sub[-\s]?)?(?:tasks?|items?|tickets?|stories))?"
    r"|(?:(?:all|any)\s+)?(?:the\s+)?others|everything\s+else|the\s+rest",
    re.IGNORECASE,
)
_DOUBTS = re.compile(
    r"\b(?:not|never|no\s+longer|or|either|unless|except|excluding|apart\s+from|but|if|when|"
    r"optional|optionally|maybe|possibly|might|partly|partially|ideally)\b|n['\u2019]t\b",
    re.IGNORECASE,
)
_SPAN = re.compile(
    r"\s*(?:\u2013|\u2014|-|\.{2,3}|\u2026|\bto\b|\bthrough\b|\bthru\b|\bup\s+to\b|\buntil\b)\s*"
)
_SPLIT = re.compile(r"[,;+&/]|\band\b", re.IGNORECASE)
_NO_IDS = (
    "|none|nothing|na|no dependencies|no|both|task|tasks|this task|this|it|sub task|this sub task|"
    "subtask|this subtask|id|ids|also|on|is|are|must|should"
)
_NOTHING = frozenset(_NO_IDS.split("|"))
_SENTENCE = re.compile(r"(?<=[.!])\s+(?=[A-Z\[(*`])")


def sentences(text: str) -> list[str]:
    """Sentences with single spaces, which keeps every pattern below linear."""
    return [part for part in _SENTENCE.split(" ".join(text.split())) if part]


def read_clauses(text: str, default: str | None) -> Iterator[Clause]:
    """The clauses of one sentence.

    `default` names the rule for a text without a relation of its own (a list of ids in a task's
    "Dependencies" section): its ids are then the right side. Without it such a text yields nothing.
    """
    bare, inside = _without_brackets(text)
    masked = _mask(bare)
    parallel = _PARALLEL.search(masked)
    if parallel and not ARROW.search(masked):
        yield Clause(
            read_side(bare[: parallel.start()], inside),
            Relation.PARALLEL,
            read_side(bare[parallel.end() :], inside),
            "parallel",
            _doubt(bare),
        )
        return
    arrows = list(ARROW.finditer(masked))
    if arrows:
        yield from _chain(bare, inside, arrows)
        return
    verbs = list(VERB.finditer(masked))
    doubt = _doubt(bare)
    if len(verbs) > 1:
        doubt = "it states several relations at once"
    if verbs:
        verb = verbs[0]
        yield Clause(
            read_side(bare[: verb.start()], inside),
            Relation.NEEDED_BY if verb["by"] else Relation.NEEDS,
            read_side(bare[verb.end() :], inside),
            "needed_by" if verb["by"] else "depends_on",
            doubt,
        )
    elif default:
        nobody = Side((), False, ())
        yield Clause(nobody, Relation.NEEDS, read_side(bare, inside), default, doubt)


def _chain(bare: str, inside: dict[int, str], arrows: list[re.Match[str]]) -> Iterator[Clause]:
    """`A → B → C` is two clauses; every side but the outer ones serves twice."""
    doubt = _doubt(bare)
    if VERB.search(_mask(bare)):
        doubt = "it has an arrow and a verb"
    borders = [0, *(arrow.end() for arrow in arrows)]
    ends = [*(arrow.start() for arrow in arrows), len(bare)]
    sides = [read_side(bare[start:end], inside) for start, end in zip(borders, ends, strict=True)]
    for arrow, left, right in zip(arrows, sides, sides[1:], strict=False):
        if arrow["left"]:
            left, right = right, left
        why = "its arrow points both ways" if arrow["both"] else doubt
        yield Clause(left, Relation.NEEDED_BY, right, "arrow", why)


def read_side(text: str, inside: dict[int, str]) -> Side:
    """Split one side at commas and "and"; brackets stand in the text as `\\x02n\\x03`."""
    ids: list[str] = []
    prose: list[str] = []
    all_others = False
    for part in _SPLIT.split(text):
        outer = [normalise_id(match[0]) for match in ID.finditer(part)]
        if outer:
            ids += outer
            continue
        words = _HOLES.sub("", part).strip(" \t:.*_`[]\u2013\u2014-")
        held = [
            normalise_id(match[0])
            for hole in _HOLES.finditer(part)
            for match in ID.finditer(inside[int(hole[1])])
        ]
        if held:
            ids += held
        elif _ALL_OTHERS.fullmatch(words):
            all_others = True
        elif (
            re.sub(r"[^a-z0-9 ]", "", words.lower().replace("-", " ")[:60]).strip() not in _NOTHING
        ):
            prose.append(words)
    whole = " ".join(_HOLES.sub("", text).split()).strip(" \t:.*_`[]\u2013\u2014-")
    return Side(tuple(dict.fromkeys(ids)), all_others, tuple(prose), whole)


_HOLES = re.compile("\x02([0-9]{1,7})\x03")


def _without_brackets(text: str) -> tuple[str, dict[int, str]]:
    """Take what is in round brackets out: it explains an id, or holds it."""
    text = text.replace("\x02", " ").replace("\x03", " ")
    outside: list[str] = []
    inside: dict[int, str] = {}
    depth, start, last = 0, 0, 0
    for match in re.finditer(r"[()]", text):
        if match[0] == "(":
            if depth == 0:
                outside.append(text[last : match.start()])
                start = match.end()
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                inside[len(inside)] = text[start : match.start()]
                outside.append(f" \x02{len(inside) - 1}\x03 ")
                last = match.end()
    outside.append(text[last if depth == 0 else start - 1 :])
    return "".join(outside), inside


def _mask(text: str) -> str:
    """The same text with its ids blotted out: `OR-1` is no "or"."""
    return ID.sub(lambda match: "#" * len(match[0]), text)


def _doubt(bare: str) -> str | None:
    word = _DOUBTS.search(_mask(bare))
    if word:
        return f"it says \u201c{word[0]}\u201d"
    end: int | None = None
    for match in ID.finditer(bare):
        if end is not None and _SPAN.fullmatch(bare, end, match.start()):
            return "it names a span of ids"
        end = match.end()
    return None
