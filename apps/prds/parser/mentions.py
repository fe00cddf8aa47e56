"""Which statements speak of dependencies, and of which task they speak."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from .clauses import ARROW, VERB
from .ids import find_ids
from .labels import STATED, Statement, Topic
from .markdown import Outline
from .naming import Names
from .references import Mention

_BOLD = re.compile(r"(\*\*|__)(.{2,120}?)\1")
_END_OF_NAME = re.compile(r"\s+[\u2013\u2014-]\s+|:\s|\s*\(|\.$")
_BRACKET = re.compile(r"\(([^()]{1,300})\)")


@dataclass(slots=True)
class Subjects:
    """The list items of a section about dependencies that begin with a task's name.

    "3. **Search** (depends on 1)" speaks of the task "Search", and so does what is nested in it.
    """

    outline: Outline
    names: Names
    _of_item: dict[int, tuple[str, str] | None] = field(default_factory=dict)

    def prepare(self, statements: Sequence[Statement]) -> None:
        """Learn which items name a task, before their numbers are needed."""
        for statement in statements:
            if self._may_name(statement):
                found = self.names.find(_name(statement.text))
                self._of_item[statement.list_item] = found
                item = self.outline.items[statement.list_item]
                if found and item.ordinal is not None:
                    how = "words" if found[1] == "words" else "number"
                    self.names.number(item.list_number, item.ordinal, found[0], how)

    def read(self, statement: Statement, section: int, *, sees_all: bool) -> Iterator[Mention]:
        """What a statement says, with the task that its list item names."""
        number, found = statement.list_item, None
        while number >= 0 and found is None:
            found = self._of_item.get(number)
            around, number = number, self.outline.items[number].parent
        if found is None:
            yield Mention(statement, None, section, sees_all, self.list_of(statement))
            return
        list_number = self.outline.items[around].list_number
        key, how = found
        if around != statement.list_item:
            yield Mention(statement, key, section, sees_all, list_number, how, remark=True)
            return
        for bracket in _BRACKET.finditer(statement.text):
            if STATED.match(bracket[1].strip()):
                part = replace(statement, topic=Topic.DEPENDS_ON, text=bracket[1].strip())
                yield Mention(part, key, section, sees_all, list_number, how)

    def list_of(self, statement: Statement) -> int:
        item = statement.list_item
        return self.outline.items[item].list_number if item >= 0 else -1

    def _may_name(self, statement: Statement) -> bool:
        if not statement.bullet or statement.list_item < 0 or len(statement.text) > 500:
            return False
        name = _name(statement.text)
        return not (find_ids(statement.text) or VERB.search(name) or ARROW.search(statement.text))


def _name(text: str) -> str:
    bold = _BOLD.match(text)
    if bold:
        return bold[2].rstrip(": ")
    end = _END_OF_NAME.search(text)
    return text[: end.start()] if end else text
