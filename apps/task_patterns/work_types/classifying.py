"""The rules of `wt-1`, in their order: the first that fires decides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .reading import forms, plain, prefix, title, words
from .words import NOUNS, PHRASES, PREFIXES, STRONG_VERBS, TAGS, WEAK_VERBS, WorkType

WORK_TYPES_VERSION = "wt-1"
"""Changes whenever the same task could become another kind of work."""

_OBJECT = 4  # so many words behind a weak verb are looked at for what it is done to
_FORMS_IN_SECTION = 12


@dataclass(frozen=True, slots=True)
class Classified:
    """A kind of work, and the rule that decided: its name, a colon, the word that it found."""

    work_type: WorkType
    rule: str


def classify(content: str, tags: Iterable[str] = (), section: str = "") -> Classified:
    """The kind of work of a task with this content, these tags and this section.

    Every input has an answer, the same one always; nothing is raised.
    """
    text = title(plain(content))
    for name, work_type, word in _findings(text, tags, section):
        return Classified(work_type, f"{name}:{word}")
    return Classified(WorkType.OTHER, "none:")


def _findings(text: str, tags: Iterable[str], section: str) -> Iterator[tuple[str, WorkType, str]]:
    """What each rule finds, in the order of the rules."""
    before = prefix(text)
    if before in PREFIXES:
        yield "prefix", PREFIXES[before], before
    said = words(text)[: _OBJECT + 1]
    if not said:
        said = [""]
    yield from _found("phrase", PHRASES, _pairs(said[:2]))
    yield from _found("verb", STRONG_VERBS, said[:1])
    yield from _found("object", NOUNS, said)
    yield from _found("tag", TAGS, sorted("-".join(words(plain(tag))) for tag in tags))
    in_section = words(plain(section))[:_FORMS_IN_SECTION]
    yield from _found("section", STRONG_VERBS | NOUNS, in_section)
    yield from _found("weak_verb", WEAK_VERBS, said[:1])


def _pairs(said: Sequence[str]) -> Iterator[str]:
    if len(said) == 2:
        yield from (f"{form} {said[1]}" for form in forms(said[0]))


def _found(
    name: str, table: Mapping[str, WorkType], candidates: Iterable[str]
) -> Iterator[tuple[str, WorkType, str]]:
    for word in candidates:
        for form in forms(word):
            if form in table:
                yield name, table[form], form
