"""Which field a piece of text speaks of: by its section's title or by a label of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from .gherkin import merge_examples
from .markdown import Block


class Topic(StrEnum):
    CRITERIA = "criteria"
    ESTIMATE = "estimate"
    PRIORITY = "priority"
    ASSIGNEE = "assignee"
    TAGS = "tags"
    DEPENDS_ON = "depends on"
    BLOCKS = "blocks"
    PARALLEL = "parallel"
    REQUIREMENTS = "requirements"
    TESTS = "tests"
    FILES = "files"
    TOTAL = "total"


_LABELS: dict[str, Topic] = {
    label: topic
    for topic, labels in {
        Topic.CRITERIA: "acceptance criteria|acceptance criterion|acceptance tests|criteria|"
        "definition of done|done when|success criteria|dod|ac|acs|acceptance|"
        "conditions of satisfaction|"
        "exit criteria|acceptance scenarios",
        Topic.ESTIMATE: "estimate|estimates|estimation|estimated|estimated time|estimated effort|"
        "estimated duration|estimated hours|estimated minutes|estimated days|estimated work|"
        "time estimate|effort estimate|effort|duration|original estimate|story points|points|"
        "story point estimate|size|estimated size|est",
        Topic.TOTAL: "total estimated time|total estimate|total effort|total estimated effort|"
        "total time|overall estimate|overall effort|estimated total|total hours|total",
        Topic.PRIORITY: "priority|prio|moscow|importance|urgency",
        Topic.ASSIGNEE: "owner|assignee|assigned to|responsible|dri|assigned|owned by",
        Topic.TAGS: "tags|tag|labels|label|components|component|keywords",
        Topic.DEPENDS_ON: "dependencies|dependency|depends on|depends|blocked by|prerequisites|"
        "prerequisite|requires|waits for|waiting for|needs|preconditions|deps",
        Topic.BLOCKS: "blocks|unblocks|required by|needed by",
        Topic.PARALLEL: "parallel|in parallel|can run in parallel|parallel work|runs in parallel|"
        "can be done in parallel|parallelizable|parallelisable|parallel with",
        Topic.REQUIREMENTS: "requirements|technical requirements|functional requirements|scope|"
        "in scope|deliverables|non functional requirements|what to build|implementation details|"
        "implementation notes",
        Topic.TESTS: "testing requirements|testing|tests|test plan|test cases|test strategy|"
        "test scenarios|verification|how to test|testing strategy|test requirements",
        Topic.FILES: "files|files to create|files to modify|files to createmodify|affected files|"
        "files changed|files to change|files touched|modified files|relevant files|"
        "files to create or modify|files to create and modify|files to edit",
    }.items()
    for label in labels.split("|")
}
# In a title these words decide wherever they stand ("Sub-task Dependencies").
_IN_TITLES = (
    ("acceptance criteri", Topic.CRITERIA),
    ("definition of done", Topic.CRITERIA),
    ("parallel", Topic.PARALLEL),
    ("dependencies", Topic.DEPENDS_ON),
    ("dependency graph", Topic.DEPENDS_ON),
    ("dependency chain", Topic.DEPENDS_ON),
    ("dependency order", Topic.DEPENDS_ON),
    ("prerequisites", Topic.DEPENDS_ON),
)
_MAX_LABEL = 70
_LABELLED = re.compile(r"([^:\uff1a]{1,60})[:\uff1a](?:[*_\s]|(?=\S)|$)(.*)", re.DOTALL)
_CHECKBOX = re.compile(r"\[([ xX])\](?:\s+|$)")
_ODD_CHECKBOX = re.compile(r"\[(?:|-|~|\s{2,4}|\s?[xX\u2713\u2714]\s?|\s?[xX]\s?)\](?:\s|$)")
_EMPHASISED = re.compile(r"(\*\*|__|\*|_)(.{1,60})\1:?")
_CONTINUES = re.compile(r"(?:[,(+&\u2192>]|\band|\bor|\bon|\bby)$", re.IGNORECASE)
_CONTINUED = re.compile(r"[a-z),;\u2192]|->|=>")
_UNIT = re.compile(r"\b(hours?|hrs?|h|days?|d|weeks?|points|pts|sp|minutes|min)\b", re.IGNORECASE)
BARE_NUMBER = re.compile(r"[0-9][0-9.,\s\u2010-\u2015-]{0,12}")
_SEPARATOR = re.compile(r"\s[|\u00b7\u2022]\s")

# A list item that begins so is a remark on the item around it.
STATED = re.compile(
    r"(?:depends?\s+(?:up)?on|depend(?:ing|ent)\s+(?:up)?on|blocked\s+by|blocks|requires|needs|waits?\s+for|"
    r"after)\b(?!-)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One logical line of text and what it is about; `topic` is None for plain prose.

    `box` is " " or "x" for a checkbox. `item` says that the text is an outermost list item of its
    topic, `bullet` that it begins a list item, `labelled` that the topic comes from a label on the
    line itself. `rule` names what gave the topic.
    """

    topic: Topic | None
    text: str
    line: int
    box: str | None = None
    item: bool = False
    labelled: bool = False
    odd_box: bool = False
    block: Block | None = None
    bullet: bool = False
    rule: str = "section"
    last_line: int = 0
    list_item: int = -1


def normalise_label(text: str) -> str:
    return re.sub(r"[^a-z ]", "", " ".join(text.lower().replace("-", " ").split())).strip()


def topic_of_title(title: str) -> tuple[Topic, str] | None:
    """(topic, value) of a section's title; the value is what follows a colon."""
    label, _, value = title.partition(":")
    name = normalise_label(label[:100])
    topic = _LABELS.get(name)
    if topic is None and len(title) <= 100:
        topic = next((topic for words, topic in _IN_TITLES if words in name), None)
    return (topic, with_unit(topic, label, value.strip())) if topic else None


def is_dependency_topic(topic: Topic | None) -> bool:
    return topic in {Topic.DEPENDS_ON, Topic.BLOCKS, Topic.PARALLEL}


def topic_of_label(text: str) -> Topic | None:
    return _LABELS.get(normalise_label(text[:100]))


def read_statements(blocks: Sequence[Block], topic: Topic | None) -> Iterator[Statement]:
    """Statements of the blocks of one section, whose title gives `topic`.

    A label that stands alone ("**Acceptance criteria:**") governs the list right beneath it.
    """
    label: Topic | None = None
    label_depth = 0
    governed: int | None = None  # the list that the label governs, once it has begun
    blocks = merge_examples(blocks)
    for index, block in enumerate(blocks):
        if label is not None:
            here = block.lists[label_depth] if block.depth > label_depth else None
            governed = governed or here
            if here is None or here != governed:
                label = None
        current, outer = (label, label_depth + 1) if label else (topic, 1)
        rule = "label" if label else "section"
        if block.kind == "row":
            yield Statement(current, block.text, block.line, block=block)
            continue
        box = _CHECKBOX.match(block.text) if block.opens_item else None
        if block.kind == "gherkin":
            yield _criterion(block, block.text[box.end() if box else 0 :], box, "given_when_then")
        elif block.kind != "paragraph":
            continue
        elif box:
            stated = rule if current is Topic.CRITERIA else "checkbox"
            yield _criterion(block, block.text[box.end() :], box, stated)
        elif block.quoted:
            continue
        elif current is Topic.CRITERIA:
            yield Statement(
                current,
                " ".join(block.text.split("\n")),
                block.line,
                item=block.opens_item and block.depth == outer and not _has_boxes(blocks, index),
                odd_box=_ODD_CHECKBOX.match(block.text) is not None,
                rule=rule,
                last_line=block.last_line,
            )
        else:
            odd = block.opens_item and _ODD_CHECKBOX.match(block.text) is not None
            bullet = block.opens_item
            for line, text in logical_lines(block):
                alone = label_alone(text)
                if alone:
                    label, label_depth, governed = alone, block.depth, None
                    continue
                for part in _parts(text):
                    found = labelled(part)
                    if found and found[0] is not current:
                        yield Statement(
                            found[0],
                            found[1],
                            line,
                            labelled=True,
                            rule="label",
                            list_item=block.item,
                        )
                    else:
                        yield Statement(
                            current,
                            found[1] if found else part,
                            line,
                            item=block.opens_item and block.depth == outer,
                            odd_box=odd,
                            bullet=bullet,
                            rule=rule,
                            list_item=block.item,
                        )
                odd = bullet = False


def _criterion(block: Block, rest: str, box: re.Match[str] | None, rule: str) -> Statement:
    text = rest.strip()
    line = block.line + (block.text[: box.end()].count("\n") if box else 0)
    mark = ("x" if box[1] in "xX" else " ") if box else None
    return Statement(
        Topic.CRITERIA,
        " ".join(text.split("\n")),
        line,
        box=mark,
        item=True,
        rule=rule,
        last_line=block.last_line,
    )


def checkbox(text: str) -> tuple[str | None, str]:
    """(mark, rest) of the text of a list item; the mark is " ", "x" or None."""
    box = _CHECKBOX.match(text)
    return (("x" if box[1] in "xX" else " "), text[box.end() :]) if box else (None, text)


def _has_boxes(blocks: Sequence[Block], index: int) -> bool:
    """Whether the list item that begins at `index` only groups checkboxes beneath it."""
    depth = blocks[index].depth
    for position in range(index + 1, len(blocks)):  # no slice: it would copy
        block = blocks[position]
        if block.depth < depth or (block.depth == depth and block.opens_item):
            return False
        if block.depth > depth and block.opens_item and _CHECKBOX.match(block.text):
            return True
    return False


def labelled(text: str) -> tuple[Topic, str] | None:
    match = _LABELLED.match(text)
    topic = _LABELS.get(normalise_label(match[1])) if match else None
    if match is None or topic is None:
        return None
    return topic, with_unit(topic, match[1], match[2].strip().strip("*_").strip())


def with_unit(topic: Topic, label: str, value: str) -> str:
    """ "Story points: 5" says of its number what it is."""
    unit = _UNIT.search(label) if topic is Topic.ESTIMATE else None
    return f"{value} {unit[1]}" if unit and BARE_NUMBER.fullmatch(value) else value


def is_label_line(text: str) -> bool:
    """A whole line that is a label: with a colon behind it, or emphasised."""
    if len(text) > _MAX_LABEL:
        return False
    emphasised = _EMPHASISED.fullmatch(text) is not None
    return emphasised or text.rstrip("*_ ").endswith((":", "\uff1a"))


def label_alone(text: str) -> Topic | None:
    """The topic of a line that is nothing but a label."""
    return _LABELS.get(normalise_label(text)) if is_label_line(text) else None


def _parts(text: str) -> list[str]:
    """`**Priority:** high | **Effort:** 3 h` is several statements, if it begins with a label."""
    parts = [part.strip() for part in _SEPARATOR.split(text)]
    return parts if len(parts) > 1 and all(map(labelled, parts)) else [text]


def logical_lines(block: Block) -> Iterator[tuple[int, str]]:
    """Lines of a paragraph; one that plainly goes on is joined with the next."""
    parts: list[str] = []
    first = block.line
    open_brackets = 0
    for number, line in enumerate(block.text.split("\n"), start=block.line):
        goes_on = parts and (
            open_brackets > 0 or _CONTINUES.search(parts[-1]) or _CONTINUED.match(line)
        )
        if parts and (not goes_on or labelled(line)):
            yield first, " ".join(parts)
            parts, open_brackets = [], 0
        if not parts:
            first = number
        parts.append(line)
        open_brackets += line.count("(") - line.count(")")
    yield first, " ".join(parts)
