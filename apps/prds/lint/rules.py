"""The checks that are the lint's own; each yields (code, message, first line, last line, key)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from apps.prds.complexity.lexicon import UNCERTAIN
from apps.prds.parser import ParsedDocument, TaskProposal
from apps.prds.parser.document import normalise_newlines
from apps.prds.parser.ids import ID, normalise_id, split_item

from .measurable import measurable_term, vague_word
from .places import Places
from .totals import StatedSum, stated_sums, sums_of_parts

Raw = tuple[str, str, int, int, str | None]

_SERIES = re.compile(r"[-.][0-9]{1,6}[a-z]?$")
_BEGINNING = re.compile(r"[\s>#|*+\[\]xX(-]*(?:[0-9]{1,4}[.)]\s*)?[*_\[(`]*")
_NO_TEXT = re.compile(r"[\s=*_-]*")
_SHOWN = 80


@dataclass(slots=True)
class Checker:
    """Looks at one document with its text."""

    text: str
    document: ParsedDocument
    places: Places
    lines: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.lines = normalise_newlines(self.text.removeprefix("\ufeff")).split("\n")

    def run(self) -> Iterator[Raw]:
        yield from self.totals()
        yield from self.entry_ids()
        yield from self.unknown_ids()
        yield from self.measurable()
        yield from self.criteria()
        yield from self.empty_sections()
        yield from self.undecided()

    def totals(self) -> Iterator[Raw]:
        for found in stated_sums(self.document):
            line, what = found.stated.line, f"The total \u201c{_cut(found.stated.text)}\u201d"
            if found.found.disagrees_with(found.stated):
                yield "total_mismatch", f"{what} {_against(found)}.", line, line, None
            elif found.found.unknown:
                message = (
                    f"{what} cannot be checked: {found.found.unknown} of its {found.tasks} tasks "
                    "state no effort."
                )
                yield "total_unchecked", message, line, line, None
        for whole, found in sums_of_parts(self.document):
            if found.found.disagrees_with(found.stated):
                line, text = found.stated.line, _cut(found.stated.text)
                message = f"{_name(whole)}: its estimate \u201c{text}\u201d {_against(found)}."
                yield "group_total_mismatch", message, line, line, whole.key

    def entry_ids(self) -> Iterator[Raw]:
        """The parser takes an id for the first entry that has it, and leaves it in later titles."""
        for task in self.document.tasks:
            found = None if task.external_key else split_item(task.title)
            if found:
                message = (
                    f"Another task has the id {found[0]} already, so this entry is without one."
                )
                yield "duplicate_entry_id", message, task.first_line, task.first_line, task.key

    def unknown_ids(self) -> Iterator[Raw]:
        """Ids that continue a series of the document's own tasks, where nothing has such an id."""
        known = {task.external_key for task in self.document.tasks if task.external_key}
        series = {_SERIES.sub("", key) for key in known}
        known |= {section.external_id for section in self.document.sections if section.external_id}
        reported = {
            note.message.split(" ", 1)[0]
            for note in self.document.notes
            if note.code in {"unknown_reference", "reference_to_group"}
        }
        mentions: dict[str, list[int]] = {}
        for number, line in enumerate(self.lines, start=1):
            begins = _BEGINNING.match(line)
            for match in ID.finditer(line):
                key = normalise_id(match[0])
                if begins and match.start() == begins.end():  # an entry that has the id
                    known.add(key)
                elif _SERIES.sub("", key) in series:
                    mentions.setdefault(key, []).append(number)
        for key, numbers in mentions.items():
            if key not in known and key not in reported:
                more = f" ({len(numbers)} times)" if len(numbers) > 1 else ""
                message = f"{key} is mentioned{more}, but nothing in the document has this id."
                yield "unknown_id", message, numbers[0], numbers[0], self.places.key_at(numbers[0])

    def measurable(self) -> Iterator[Raw]:
        for task in self.document.tasks:
            for criterion in task.criteria:
                if measurable_term(criterion.text) is None:
                    vague = vague_word(criterion.text)
                    why = f"; everybody reads \u201c{vague}\u201d differently" if vague else ""
                    message = (
                        f"\u201c{_cut(criterion.text)}\u201d names nothing that can be measured "
                        f"or observed{why}."
                    )
                    last = max(criterion.line, criterion.last_line)
                    yield "unmeasurable_criterion", message, criterion.line, last, task.key

    def criteria(self) -> Iterator[Raw]:
        """Open tasks of which neither they nor what is around them say when they are done."""
        tasks = self.document.tasks
        covered: set[str] = set()
        for task in tasks:  # from above
            if task.criteria or task.parent_key in covered:
                covered.add(task.key)
        parts: dict[str, list[str]] = {}
        for task in reversed(tasks):  # from beneath
            if task.key in parts and all(key in covered for key in parts[task.key]):
                covered.add(task.key)
            if task.parent_key:
                parts.setdefault(task.parent_key, []).append(task.key)
        without = [t for t in tasks if not (t.group or t.done or t.key in covered)]
        if without and not covered:
            first, last = without[0].first_line, without[-1].last_line
            message = f"None of the {len(without)} open tasks has acceptance criteria."
            yield "no_criteria", message, first, max(first, last), None
            return
        for task in without:
            message = f"{_name(task)} has no acceptance criteria."
            yield "no_criteria", message, task.first_line, task.first_line, task.key

    def empty_sections(self) -> Iterator[Raw]:
        """A heading with nothing beneath it; of a task, its title may say all."""
        titles = {task.first_line for task in self.document.tasks}
        sections = self.document.sections
        for place, section in enumerate(sections):
            after = sections[place + 1] if place + 1 < len(sections) else None
            if (after and after.first_line <= section.last_line) or section.first_line in titles:
                continue
            body = "\n".join(self.lines[section.first_line : section.last_line])
            if _NO_TEXT.fullmatch(_without_comments(body)):
                message = f"The section \u201c{_cut(section.title)}\u201d is empty."
                yield "empty_section", message, section.first_line, section.last_line, None

    def undecided(self) -> Iterator[Raw]:
        for number, line in enumerate(self.lines, start=1):
            found = UNCERTAIN.search(line)
            if found:
                message = f"\u201c{found[0]}\u201d: this is not decided or not known."
                yield "undecided", message, number, number, self.places.key_at(number)


def _against(found: StatedSum) -> str:
    total = found.found
    span = (
        _hours(total.low)
        if total.low == total.high
        else f"{_hours(total.low)} to {_hours(total.high)}"
    )
    known = "at least " if total.unknown else ""
    return f"does not agree with its {found.tasks} tasks, which come to {known}{span}"


def _without_comments(text: str) -> str:
    """No pattern: it would look for each end anew where ends are missing."""
    parts: list[str] = []
    start = 0
    while (begin := text.find("<!--", start)) >= 0 and (end := text.find("-->", begin)) >= 0:
        parts.append(text[start:begin])
        start = end + 3
    return "".join(parts) + text[start:]


def _name(task: TaskProposal) -> str:
    return task.external_key or f"\u201c{_cut(task.title)}\u201d"


def _hours(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    return f"{hours:,} h" + (f" {rest} min" if rest else "")


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "\u2026"
