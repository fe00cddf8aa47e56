"""Headings in text that is no Markdown: capitals, a colon at the end, numbers, ids.

Only a text without a single `#` heading is read so; its lists and labels are read as everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from .ids import split_heading
from .labels import topic_of_title
from .markdown import Block, Node, Outline, link_sections
from .sections import Kind, kind_of_title, numbered_task

_MAX_HEADING = 120
_CAPITALS = re.compile(r"[^a-z]*[A-Z]{2}[^a-z]*")
_NUMBER = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3}){1,4})\.?\s+\S")
_SENTENCE_END = re.compile(r"[.!?;,]$")
# Levels beneath the section that the text stands in already.
_TITLE, _SECTION, _GROUP, _TASK = 1, 2, 3, 6


def promote_headings(outline: Outline) -> None:
    """Make sections of the lines that stand for headings; does nothing in Markdown."""
    if not outline.plain:
        return
    titled = bool(outline.nodes)
    old, blocks = outline.nodes, outline.preamble
    outline.preamble, outline.nodes = [], []
    _add(outline, blocks, 0, title=not titled)
    for node in old:
        blocks, node.blocks = node.blocks, []
        outline.nodes.append(node)
        _add(outline, blocks, node.level, title=False)
    link_sections(outline)


def _add(outline: Outline, blocks: list[Block], base: int, *, title: bool) -> None:
    aside = False
    for place, block in enumerate(blocks):
        follows = blocks[place + 1] if place + 1 < len(blocks) else None
        for part, level in _parts(outline, block, follows, title=title and place == 0):
            if level:
                name = re.sub(r"\s*[:\uff1a]$", "", part.text)
                if level == _SECTION:
                    aside = kind_of_title(name) is Kind.NO_WORK
                elif aside:  # a task does not lie in "Open questions", it comes after them
                    level = _SECTION
                outline.nodes.append(Node(name, base + level, part.line, part.line + 1))
            elif outline.nodes:
                outline.nodes[-1].blocks.append(part)
            else:
                outline.preamble.append(part)


def _parts(
    outline: Outline, block: Block, follows: Block | None, *, title: bool
) -> Iterator[tuple[Block, int]]:
    """The block in parts, each with the level of the heading that it stands for, or 0."""
    if block.kind != "paragraph" or block.quoted:
        yield block, 0
        return
    lines = block.text.split("\n")
    if block.depth:
        level = _item_level(outline, block, lines, follows)
        yield block, level
        return
    rest: list[str] = []
    start = block.line
    for number, line in enumerate(lines):
        alone = len(lines) == 1
        level = _level(line, first=number == 0, alone=alone, title=title)
        if not level:
            start = start if rest else block.line + number
            rest.append(line)
            continue
        if rest:
            yield _part(block, rest, start), 0
            rest = []
        yield _part(block, [line], block.line + number), level
    if rest:
        yield _part(block, rest, start), 0


def _part(block: Block, lines: list[str], first: int) -> Block:
    return replace(block, text="\n".join(lines), line=first, last_line=first + len(lines) - 1)


def _level(line: str, *, first: bool, alone: bool, title: bool) -> int:
    """Inside a paragraph only an id or a number makes a heading, because prose has neither."""
    if not line or len(line) > _MAX_HEADING:
        return 0
    found = split_heading(line)
    if found and found[2] and (found[1] or alone):
        after = line[line.upper().find(found[0].upper()) + len(found[0]) :].lstrip("*_)] ")
        if after[:1] in {":", "|", "\u2013", "\u2014", "-"}:
            return _TASK
    if numbered_task(line) and re.match(r".{4,30}?[0-9]\s*[:.)\u2013\u2014-]", line):
        return _TASK if not re.match(r"(?i)phase|milestone|epic|sprint", line) else _GROUP
    if not first or topic_of_title(line.rstrip(":")):
        return 0
    if line.endswith((":", "\uff1a")):
        return _SECTION if kind_of_title(line) else 0
    if _SENTENCE_END.search(line):
        return 0
    if title and alone:
        return _TITLE
    if alone and (kind_of_title(line) or _CAPITALS.fullmatch(line)):
        return _SECTION
    number = _NUMBER.match(line)
    return min(_SECTION + number[1].count("."), _TASK) if number and alone else 0


def _item_level(outline: Outline, block: Block, lines: list[str], follows: Block | None) -> int:
    """`2. TASKS` is an item for Markdown; for the author it is a heading."""
    item = outline.items[block.item]
    stands_alone = follows is None or follows.depth == 0 or follows.lists[0] != block.lists[0]
    if (
        not block.opens_item
        or block.depth != 1
        or item.ordinal is None
        or len(lines) > 1
        or len(lines[0]) > _MAX_HEADING
        or not stands_alone
    ):
        return 0
    named = kind_of_title(lines[0]) is not None or _CAPITALS.fullmatch(lines[0])
    return _SECTION if named else 0
