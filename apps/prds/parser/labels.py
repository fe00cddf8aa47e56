"""Which field a piece of text speaks of: by its section's title or by a label of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

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


_LABELS: dict[str, Topic] = {
    label: topic
    for topic, labels in {
        Topic.CRITERIA: "acceptance criteria|acceptance criterion|acceptance tests|criteria|"
        "definition of done|done when|success criteria|dod|ac",
        Topic.ESTIMATE: "estimate|estimates|estimation|estimated|estimated time|estimated effort|"
        "estimated duration|estimated hours|estimated minutes|estimated days|estimated work|"
        "time estimate|effort estimate|effort|duration|original estimate",
        Topic.PRIORITY: "priority|prio|moscow|importance",
        Topic.ASSIGNEE: "owner|assignee|assigned to|responsible|dri",
        Topic.TAGS: "tags|tag|labels|label",
        Topic.DEPENDS_ON: "dependencies|dependency|depends on|depends|blocked by|prerequisites|"
        "prerequisite|requires|waits for",
        Topic.BLOCKS: "blocks|unblocks|required by|needed by",
        Topic.PARALLEL: "parallel|in parallel|can run in parallel|parallel work|runs in parallel|"
        "can be done in parallel|parallelizable|parallelisable|parallel with",
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
_LABELLED = re.compile(r"([^:\uff1a]{1,60})[:\uff1a](?:[*_\s]|(?=\S)|$)(.*)", re.DOTALL)
_CHECKBOX = re.compile(r"\[([ xX])\](?:\s+|$)")
_ODD_CHECKBOX = re.compile(r"\[(?:|-|~|\s{2,4}|\s?[xX\u2713\u2714]\s?|\s?[xX]\s?)\](?:\s|$)")
_EMPHASISED = re.compile(r"(\*\*|__|\*|_)(.{1,60})\1:?")
_CONTINUES = re.compile(r"(?:[,(+&\u2192>]|\band|\bor|\bon|\bby)$", re.IGNORECASE)
_CONTINUED = re.compile(r"[a-z),;\u2192]|->|=>")
_SEPARATOR = re.compile(r"\s[|\u00b7\u2022]\s")


@dataclass(frozen=True, slots=True)
class Statement:
    """One logical line of text and what it is about; `topic` is None for plain prose.

    `box` is " " or "x" for a checkbox. `item` says that the text is an outermost list item of its
    topic, `labelled` that the topic comes from a label on the line itself.
    """

    topic: Topic | None
    text: str
    line: int
    box: str | None = None
    item: bool = False
    labelled: bool = False
    odd_box: bool = False
    block: Block | None = None


def normalise_label(text: str) -> str:
    return re.sub(r"[^a-z ]", "", " ".join(text.lower().replace("-", " ").split())).strip()


def topic_of_title(title: str) -> tuple[Topic, str] | None:
    """(topic, value) of a section's title; the value is what follows a colon."""
    label, _, value = title.partition(":")
    name = normalise_label(label[:100])
    topic = _LABELS.get(name)
    if topic is None and len(title) <= 100:
        topic = next((topic for words, topic in _IN_TITLES if words in name), None)
    return (topic, value.strip()) if topic else None


def topic_of_label(text: str) -> Topic | None:
    return _LABELS.get(normalise_label(text[:100]))


def read_statements(blocks: Sequence[Block], topic: Topic | None) -> Iterator[Statement]:
    """Statements of the blocks of one section, whose title gives `topic`.

    A label that stands alone ("**Acceptance criteria:**") governs the list right beneath it.
    """
    label: Topic | None = None
    label_depth = 0
    governed: int | None = None  # the list that the label governs, once it has begun
    for index, block in enumerate(blocks):
        if label is not None:
            here = block.lists[label_depth] if block.depth > label_depth else None
            governed = governed or here
            if here is None or here != governed:
                label = None
        current, outer = (label, label_depth + 1) if label else (topic, 1)
        if block.kind == "row":
            yield Statement(current, block.text, block.line, block=block)
            continue
        if block.kind != "paragraph":
            continue
        box = _CHECKBOX.match(block.text) if block.opens_item else None
        if box:
            yield _criterion(block, block.text[box.end() :], box)
        elif block.quoted:
            continue
        elif current is Topic.CRITERIA:
            yield Statement(
                current,
                " ".join(block.text.split("\n")),
                block.line,
                item=block.opens_item and block.depth == outer and not _has_boxes(blocks, index),
                odd_box=_ODD_CHECKBOX.match(block.text) is not None,
            )
        else:
            odd = block.opens_item and _ODD_CHECKBOX.match(block.text) is not None
            for line, text in _logical_lines(block):
                alone = _label_alone(text)
                if alone:
                    label, label_depth, governed = alone, block.depth, None
                    continue
                for part in _parts(text):
                    found = _labelled(part)
                    if found and found[0] is not current:
                        yield Statement(found[0], found[1], line, labelled=True)
                    else:
                        text = found[1] if found else part
                        item = block.opens_item and block.depth == outer
                        yield Statement(current, text, line, item=item, odd_box=odd)
                odd = False


def _criterion(block: Block, rest: str, box: re.Match[str]) -> Statement:
    text = rest.strip()
    line = block.line + block.text[: box.end()].count("\n")
    mark = "x" if box[1] in "xX" else " "
    return Statement(Topic.CRITERIA, " ".join(text.split("\n")), line, box=mark)


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


def _labelled(text: str) -> tuple[Topic, str] | None:
    match = _LABELLED.match(text)
    topic = _LABELS.get(normalise_label(match[1])) if match else None
    if match is None or topic is None:
        return None
    return topic, match[2].strip().strip("*_").strip()


def _label_alone(text: str) -> Topic | None:
    """A whole line that is a label: with a colon behind it, or emphasised."""
    if len(text) > 70:
        return None
    emphasised = _EMPHASISED.fullmatch(text)
    if emphasised or text.rstrip("*_ ").endswith((":", "\uff1a")):
        return _LABELS.get(normalise_label(text))
    return None


def _parts(text: str) -> list[str]:
    """`**Priority:** high | **Effort:** 3 h` is several statements, if it begins with a label."""
    parts = [part.strip() for part in _SEPARATOR.split(text)]
    return parts if len(parts) > 1 and all(map(_labelled, parts)) else [text]


def _logical_lines(block: Block) -> Iterator[tuple[int, str]]:
    """Lines of a paragraph; one that plainly goes on is joined with the next."""
    parts: list[str] = []
    first = block.line
    open_brackets = 0
    for number, line in enumerate(block.text.split("\n"), start=block.line):
        goes_on = parts and (
            open_brackets > 0 or _CONTINUES.search(parts[-1]) or _CONTINUED.match(line)
        )
        if parts and (not goes_on or _labelled(line)):
            yield first, " ".join(parts)
            parts, open_brackets = [], 0
        if not parts:
            first = number
        parts.append(line)
        open_brackets += line.count("(") - line.count(")")
    yield first, " ".join(parts)
