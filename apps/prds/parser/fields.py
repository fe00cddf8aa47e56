"""The fields of one task out of its statements: criteria, estimate, priority, owner, tags, files.

A field that is stated twice with different values, or cannot be read for certain, stays empty and
leaves a note. Every field that is filled has its `Source`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from .estimates import EstimateError, read_effort
from .labels import STATED, Statement, Topic
from .model import (
    MAX_ASSIGNEE,
    MAX_TAGS,
    Confidence,
    Criterion,
    Estimate,
    Excerpt,
    Note,
    Options,
    Points,
    Priority,
    Source,
)
from .priorities import priority_word, read_priority
from .sections import is_detail

Value = TypeVar("Value")

_NOBODY = frozenset({"", "tbd", "tba", "none", "na", "unassigned", "nobody", "open"})
_SEVERAL = re.compile(r",|;|/|&|\s(?:and|or)\s", re.IGNORECASE)
_TAG_BORDER = re.compile(r"[,;]|\s+(?=#)")
_CODE = re.compile(r"`([^`\s]{1,500})`")
_PATH = re.compile(
    r"[\w.@*{}\[\]~-]*(?:/[\w.@*{}\[\]~-]*)+|[\w-][\w.-]{0,100}\.[A-Za-z][A-Za-z0-9]{0,9}"
)
_MAX_LIST = 1_000
# How sure a rule is; what is not listed is stated in words.
_CONFIDENCE: dict[str, Confidence] = {
    "checkbox": "structural",
    "mark": "structural",
    "bullet": "structural",
    "section_priority": "structural",
}


@dataclass(slots=True)
class Fields:
    """What the statements of one task say."""

    criteria: list[Criterion] = field(default_factory=list)
    requirements: list[Excerpt] = field(default_factory=list)
    tests: list[Excerpt] = field(default_factory=list)
    files: list[Excerpt] = field(default_factory=list)
    estimate: Estimate | None = None
    points: Points | None = None
    priority: Priority | None = None
    priority_text: str | None = None
    assignee: str | None = None
    tags: tuple[str, ...] = ()
    sources: list[Source] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def confidence_of(rule: str) -> Confidence:
    return _CONFIDENCE.get(rule, "explicit")


def read_fields(
    key: str, statements: Iterable[Statement], options: Options, *, bullets: bool = False
) -> Fields:
    """Fill the fields of the task `key`; `bullets` makes plain list items its requirements."""
    collector = _Collector(key, options, bullets)
    for statement in statements:
        collector.add(statement)
    return collector.result()


@dataclass(slots=True)
class _Collector:
    key: str
    options: Options
    bullets: bool
    fields: Fields = field(default_factory=Fields)
    estimates: list[tuple[Estimate, Statement]] = field(default_factory=list)
    points: list[tuple[Points, Statement]] = field(default_factory=list)
    priorities: list[tuple[Priority, Statement]] = field(default_factory=list)
    assignees: list[tuple[str, Statement]] = field(default_factory=list)
    tags: dict[str, Statement] = field(default_factory=dict)
    lists: dict[str, list[Statement]] = field(default_factory=dict)
    prose_criteria: int | None = None

    def add(self, statement: Statement) -> None:
        if statement.odd_box:
            self._note(
                "odd_checkbox",
                "this looks like a checkbox but is none; write `[ ]` or `[x]`.",
                statement.line,
            )
        match statement.topic:
            case Topic.CRITERIA:
                self._criterion(statement)
            case Topic.ESTIMATE:
                self._effort(statement)
            case Topic.PRIORITY:
                self._priority(statement)
            case Topic.ASSIGNEE:
                self._assignee(statement)
            case Topic.TAGS:
                for tag in _TAG_BORDER.split(statement.text):
                    tag = tag.strip().strip("`*_#").strip()
                    if tag:
                        self.tags.setdefault(tag, statement)
            case Topic.FILES:
                self._files(statement)
            case Topic.REQUIREMENTS:
                self._excerpt("requirements", self.fields.requirements, statement)
            case Topic.TESTS:
                self._excerpt("tests", self.fields.tests, statement)
            case None if self.bullets and statement.bullet and not _is_remark(statement.text):
                self._append("requirements", self.fields.requirements, statement, "bullet")

    def _criterion(self, statement: Statement) -> None:
        text, line = statement.text, statement.line
        if statement.odd_box:
            return
        if statement.box is None and not statement.item and not statement.labelled:
            self.prose_criteria = self.prose_criteria or line
        elif text:
            last = max(line, statement.last_line)
            rule = statement.rule
            self.fields.criteria.append(
                Criterion(text, statement.box == "x", line, last, rule, confidence_of(rule))
            )
        else:
            self._note("empty_criterion", "this criterion has no text.", line)

    def _effort(self, statement: Statement) -> None:
        try:
            effort = read_effort(statement.text, statement.line, self.options)
        except EstimateError as error:
            self._note(error.code, f"{error}", statement.line)
            return
        if isinstance(effort, Points):
            self.points.append((effort, statement))
        else:
            self.estimates.append((effort, statement))

    def _priority(self, statement: Statement) -> None:
        level = read_priority(statement.text)
        if level:
            self.priorities.append((level, statement))
        else:
            known = f"{_short(statement.text)} is none of the known priorities."
            self._note("priority_unreadable", known, statement.line)

    def _assignee(self, statement: Statement) -> None:
        name = statement.text.strip().strip("`*_").removeprefix("@").strip()
        if priority_word(name) in _NOBODY and name.isascii():
            return
        if _SEVERAL.search(name) or len(name) > MAX_ASSIGNEE:
            self._note(
                "assignee_unclear", f"{_short(name)} does not name one person.", statement.line
            )
        else:
            self.assignees.append((name, statement))

    def _files(self, statement: Statement) -> None:
        paths = [code for code in _CODE.findall(statement.text) if _PATH.fullmatch(code)]
        if not paths and (statement.bullet or statement.labelled):
            words = re.split(r"[\s,;]+", statement.text[:2_000].strip())
            known = [word for word in words if _PATH.fullmatch(word)]
            paths = known if statement.labelled else known[:1]
        for path in paths:
            if len(self.fields.files) < _MAX_LIST:
                self.fields.files.append(Excerpt(path, statement.line))
                self.lists.setdefault("files", []).append(statement)

    def _excerpt(self, name: str, target: list[Excerpt], statement: Statement) -> None:
        if statement.item or statement.labelled:
            self._append(name, target, statement, statement.rule)

    def _append(self, name: str, target: list[Excerpt], statement: Statement, rule: str) -> None:
        if statement.text and len(target) < _MAX_LIST:
            target.append(Excerpt(statement.text, statement.line))
            self.lists.setdefault(name, []).append(statement)
            if len(self.lists[name]) == 1:
                self._source(name, statement, rule)

    # -- the whole -------------------------------------------------------------------------------

    def result(self) -> Fields:
        fields = self.fields
        if self.prose_criteria and not fields.criteria:
            self._note(
                "criteria_not_a_list",
                "its acceptance criteria are no list, so none was read.",
                self.prose_criteria,
            )
        ranges = [((e.low_minutes, e.high_minutes), s) for e, s in self.estimates]
        if self._agreed("estimate", ranges) is not None:
            fields.estimate = self.estimates[0][0]
        if self._agreed("points", [((p.low, p.high), s) for p, s in self.points]) is not None:
            fields.points = self.points[0][0]
        fields.priority = self._agreed("priority", self.priorities)
        if fields.priority:
            fields.priority_text = self.priorities[0][1].text.strip()[:100]
        fields.assignee = self._agreed("assignee", self.assignees)
        self._take_tags()
        if fields.criteria:
            first, last = fields.criteria[0], fields.criteria[-1]
            fields.sources.append(
                Source("criteria", first.line, last.last_line, first.rule, first.confidence)
            )
        if fields.files:
            self._source("files", self.lists["files"][0], self.lists["files"][0].rule)
        # A list of bullets ends with the last of them.
        fields.sources[:] = [self._until_last(source) for source in fields.sources]
        return fields

    def _until_last(self, source: Source) -> Source:
        found = self.lists.get(source.field)
        last = max(found[-1].line, found[-1].last_line) if found else source.last_line
        return Source(source.field, source.first_line, last, source.rule, source.confidence)

    def _take_tags(self) -> None:
        tags = list(self.tags)
        self.fields.tags = tuple(tags[:MAX_TAGS])
        if tags:
            first = self.tags[tags[0]]
            self._source("tags", first, first.rule)
        if len(tags) > MAX_TAGS:
            left = ", ".join(tags[MAX_TAGS : MAX_TAGS + 5])
            self._note(
                "too_many_tags",
                f"a task has at most {MAX_TAGS} tags; left out from: {_short(left)}.",
                self.tags[tags[MAX_TAGS]].line,
            )

    def _agreed(self, name: str, found: list[tuple[Value, Statement]]) -> Value | None:
        """The one value that every statement gives; several values are nobody's to choose from."""
        if not found:
            return None
        value, first = found[0]
        for other, statement in found[1:]:
            if other != value:
                self._note(
                    f"{name}_conflict",
                    f"its {name} is stated on line {first.line} and differently here; "
                    "none was taken.",
                    statement.line,
                )
                return None
        self._source(name, first, first.rule)
        return value

    def _source(self, name: str, statement: Statement, rule: str) -> None:
        line = statement.line
        last = max(line, statement.last_line)
        self.fields.sources.append(Source(name, line, last, rule, confidence_of(rule)))

    def _note(self, code: str, message: str, line: int | None) -> None:
        self.fields.notes.append(Note(code, f"{self.key}: {message}", line))


def _is_remark(text: str) -> bool:
    """A bullet that explains or states a dependency, and so asks for nothing."""
    label, colon, _ = text[:80].partition(":")
    return STATED.match(text) is not None or (bool(colon) and is_detail(label))


def _short(text: str) -> str:
    return f"\u201c{text[:77]}\u2026\u201d" if len(text) > 80 else f"\u201c{text}\u201d"
