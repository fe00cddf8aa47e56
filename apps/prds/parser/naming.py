"""Which task a few words name: its title, its number, or words that only its title has.

A number counts within the list that it stands in. Words name a task by inference only: at least
two of them, and no other title of its level may hold them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_ARTICLES_TEXT = "the a an this that these its our all any both also of to"
_ARTICLES = frozenset(_ARTICLES_TEXT.split())
_NUMBER = re.compile(
    r"(?P<word>sub[-\s]?task|task|step|item|story|user story|phase|milestone|epic|feature|sprint|"
    r"stage|"
    r"number|no\.?)?\s*#?(?P<number>[0-9]{1,4}(?:\.[0-9]{1,3}){0,4})",
    re.IGNORECASE,
)
_MAX_WORDS = 20
_MAX_HOLDERS = 50  # words that more titles have tell nothing apart


def words_of(text: str) -> list[str]:
    """The words that count: lower case, without articles and marks."""
    return [word for word in re.findall(r"\w+", text.lower()) if word not in _ARTICLES]


@dataclass(slots=True)
class Names:
    """The names of the tasks of one document; a name that two of them have is none."""

    exact: dict[str, str | None] = field(default_factory=dict)
    numbers: dict[tuple[int, str], tuple[str, str]] = field(default_factory=dict)
    _ids: set[str] = field(default_factory=set)
    _postings: dict[str, set[str]] = field(default_factory=dict)
    _levels: dict[str, int] = field(default_factory=dict)

    def add(self, key: str, titles: Iterable[str], level: int) -> None:
        """`level` is how deep the task lies; sub-tasks repeat the words of their task."""
        self._levels[key] = level
        for title in titles:
            found = words_of(title)
            name = " ".join(found)
            if name and title == key:
                self._ids.add(name)
            if name:
                self.exact[name] = key if self.exact.get(name, key) == key else None
        for title in titles:
            for word in set(words_of(title)):
                self._postings.setdefault(word, set()).add(key)

    def number(self, list_number: int, ordinal: int, key: str, how: str = "number") -> None:
        """Let `3` mean `key` within one list; as sure as its own text names `key`."""
        self.numbers.setdefault((list_number, str(ordinal)), (key, how))

    def find(self, text: str, list_number: int = -1) -> tuple[str, str] | None:
        """(key, how it was named) of the one task that the words name."""
        if len(text) > 300:
            return None
        text = text.strip(" .*_`:")
        numbered = _NUMBER.fullmatch(text)
        if numbered:
            return self._numbered(numbered, list_number)
        words = words_of(text)
        key = self.exact.get(" ".join(words))
        if key:
            return key, "id" if " ".join(words) in self._ids else "title"
        if not 2 <= len(set(words)) <= _MAX_WORDS:
            return None
        return self._by_words(set(words))

    def _numbered(self, match: re.Match[str], list_number: int) -> tuple[str, str] | None:
        word = (match["word"] or "").lower().replace("-", " ").split()
        number = " ".join(words_of(match["number"]))
        key = self.exact.get(f"{word[-1].removeprefix('sub')} {number}") if word else None
        if key is None and (list_number, match["number"]) in self.numbers:
            return self.numbers[list_number, match["number"]]
        key = key or self.exact.get(f"task {number}")
        return (key, "number") if key else None

    def _by_words(self, words: set[str]) -> tuple[str, str] | None:
        known = [self._postings.get(word) for word in words]
        if not all(known):
            return None
        sets = sorted((keys for keys in known if keys), key=len)
        if len(sets[0]) > _MAX_HOLDERS:
            return None
        common = set.intersection(*sets)
        top = min((self._levels[key] for key in common), default=0)
        found = [key for key in common if self._levels[key] == top]
        return (found[0], "words") if len(found) == 1 else None
