"""What a text asks for, counted line by line.

Lines, not tasks: which of several views of the work makes the tasks may change when another view is
added, what a line says does not. So a text that is longer by a bullet, a criterion or a whole task
never counts for less, whatever the parser then makes of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from apps.prds.parser.clauses import STRICT_VERB
from apps.prds.parser.document import normalise_newlines
from apps.prds.parser.ids import split_heading
from apps.prds.parser.labels import (
    Topic,
    is_dependency_topic,
    is_label_line,
    labelled,
    topic_of_label,
    topic_of_title,
)
from apps.prds.parser.sections import Kind, kind_of_title, numbered_task, without_numbering

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)")
_ITEM = re.compile(r"([ \t]*)(?:[-*+\u2022]|[0-9]{1,4}[.)])[ \t]+(.*)")
_BOX = re.compile(r"\[[ xX]\](?:\s|$)")
_ROW = re.compile(r"\s*\|(.*)\|\s*$")
_RULE = re.compile(r"[\s|:=_*-]*$")
_FENCE = re.compile(r"\s*(`{3,}|~{3,})\s*(\w*)")
_STEP = re.compile(r"[*_\s]*(given|when|then|and|but)\b[*_:,]*\s", re.IGNORECASE)
_THEN = re.compile(r"\bthen\b", re.IGNORECASE)
_LONGEST_NAME = 70  # of a heading in capitals
_NONE = frozenset({"", "none", "nothing", "n/a", "na", "no dependencies"})
_LONGEST = 5_000  # of a line, for the patterns; nobody writes a longer statement
_COUNTED = {
    Topic.CRITERIA: "criteria",
    Topic.TESTS: "tests",
    Topic.FILES: "files",
    Topic.REQUIREMENTS: "requirements",
}


@dataclass(slots=True)
class Tally:
    """How many lines of a text ask for what. A dependency is a line that states one."""

    requirements: int = 0
    criteria: int = 0
    files: int = 0
    tests: int = 0
    dependencies: int = 0


@dataclass(slots=True)
class _Label:
    """A line that says what the list beneath it holds.

    What begins at `indent` or before it, once the list has begun, is no part of the list.
    """

    topic: Topic | Kind | None
    indent: int
    begun: bool = False


@dataclass(slots=True)
class _Counter:
    tally: Tally = field(default_factory=Tally)
    sections: list[tuple[int, Topic | Kind | None]] = field(default_factory=list)
    label: _Label | None = None
    header: list[Topic | None] | None = None
    fence: str = ""
    gherkin: bool = False
    in_example: bool = False  # a step has begun one

    def read(self, line: str) -> None:
        fence = _FENCE.match(line)
        if fence and (not self.fence or line.strip().startswith(self.fence)):
            self.fence = "" if self.fence else fence[1]
            self.gherkin = fence[2].lower() in {"gherkin", "cucumber"}
            return
        if self.fence:
            if self.gherkin and self._ends_example(line):
                self._add("criteria")
            return
        heading = _HEADING.match(line)
        row = _ROW.match(line) if not heading else None
        item = _ITEM.match(line) if not row else None
        if not row:
            self.header = None
        if heading:
            self._heading(len(heading[1]), heading[2].rstrip(" \t#"))
        elif row:
            self._row([cell.strip() for cell in row[1].split("|")])
        elif item:
            self._item(len(item[1].expandtabs(4)), item[2].strip())
        elif not _RULE.match(line) and not line.lstrip().startswith(">"):
            self._text(len(line) - len(line.lstrip()), line.strip())

    @property
    def topic(self) -> Topic | Kind | None:
        section = self.sections[-1][1] if self.sections else None
        if self.label and section is not Kind.NO_WORK:
            return self.label.topic
        return section

    def _heading(self, level: int, title: str) -> None:
        self.label, self.in_example = None, False
        while self.sections and self.sections[-1][0] >= level:
            self.sections.pop()
        above = self.sections[-1][1] if self.sections else None
        names_task = _names_task(title)
        topic = None if names_task else _topic(without_numbering(title)[1])
        if topic is None and not names_task:
            topic = above  # "Backend" beneath "Acceptance criteria" or "Out of scope"
        if names_task and above is not Kind.NO_WORK:
            self.tally.requirements += 1
        self.sections.append((level, topic))

    def _item(self, indent: int, text: str) -> None:
        if self.label and self.label.begun and indent <= self.label.indent:
            self.label = None
        if is_label_line(text) and not _BOX.match(text):
            topic = _topic(text.strip("*_ "))
            if topic is not None:
                self.label = _Label(topic, indent, begun=True)
                return
        if self.label:
            self.label.begun = True
        self._count(text, box=_BOX.match(text) is not None)

    def _text(self, indent: int, text: str) -> None:
        if self.label and self.label.begun and indent <= self.label.indent + 1:
            self.label = None
        if is_label_line(text) or (len(text) <= _LONGEST_NAME and text.isupper()):
            self.label = _Label(_topic(text.strip("*_ ")), indent - 1)
            return
        found = labelled(text)
        if found:
            self._stated(*found)
        elif self._ends_example(text):
            self._add("criteria")
        elif _on_dependencies(self.topic) or STRICT_VERB.search(text[:_LONGEST]):
            self._depends(text)
        elif ":" in text[:40] and _names_task(text):  # a heading of plain text
            self.label = None
            self._add("requirements")

    def _count(self, text: str, *, box: bool) -> None:
        """A list item, for what its section says or its own words show."""
        found = None if box else labelled(text)
        topic = self.topic
        self.in_example = self.in_example and _STEP.match(text) is not None
        if found:
            self._stated(*found)
        elif _on_dependencies(topic):
            self._depends(text)
        elif self._ends_example(text) or box:
            self._add("criteria")
        elif self.in_example:
            return  # its outcome is counted
        elif isinstance(topic, Topic):
            self._add(_COUNTED.get(topic, "requirements"))
        else:
            self._add("requirements")
        if not found and not _on_dependencies(topic) and STRICT_VERB.search(text[:_LONGEST]):
            self._add("dependencies")

    def _row(self, cells: list[str]) -> None:
        if all(_RULE.match(cell) for cell in cells):
            return
        if self.header is None:
            self.header = [topic_of_label(cell) for cell in cells]
            return
        topic = self.topic
        if _on_dependencies(topic):
            self._add("dependencies")
            return
        self._add(
            _COUNTED.get(topic, "requirements") if isinstance(topic, Topic) else "requirements"
        )
        for column, cell in zip(self.header, cells, strict=False):
            if column is Topic.DEPENDS_ON and not _RULE.match(cell):
                self._depends(cell)

    def _stated(self, topic: Topic, value: str) -> None:
        """`Label: value` on one line."""
        if is_dependency_topic(topic):
            self._depends(value)
        elif topic is Topic.FILES:
            for part in re.split(r"[,;\s]+", value[:_LONGEST]):
                if part.strip("`"):
                    self._add("files")
        elif topic in _COUNTED and value:
            self._add(_COUNTED[topic])

    def _ends_example(self, text: str) -> bool:
        """Whether a line is the outcome of a Given/When/Then, which stands for all of its lines."""
        step = _STEP.match(text[:_LONGEST] + " ")
        word = step[1].lower() if step else ""
        if word in {"given", "when"}:
            self.in_example = True
            return _THEN.search(text[:_LONGEST]) is not None
        return word == "then" and self.in_example

    def _depends(self, text: str) -> None:
        if text.strip(" *_.`\u2013\u2014-").lower() not in _NONE:
            self._add("dependencies")

    def _add(self, name: str) -> None:
        if self.topic is not Kind.NO_WORK:
            setattr(self.tally, name, getattr(self.tally, name) + 1)


def tally(text: str) -> Tally:
    """Count a text, in time that grows with its length."""
    counter = _Counter()
    for line in normalise_newlines(text).split("\n"):
        counter.read(line)
    return counter.tally


def _on_dependencies(topic: Topic | Kind | None) -> bool:
    return isinstance(topic, Topic) and is_dependency_topic(topic)


def _topic(title: str) -> Topic | Kind | None:
    """What a title or label says of the lines beneath it."""
    found = topic_of_title(title)
    if found:
        return found[0]
    return Kind.NO_WORK if kind_of_title(title) is Kind.NO_WORK else None


def _names_task(title: str) -> bool:
    found = split_heading(title)
    return (found is not None and found[2]) or numbered_task(title) is not None
