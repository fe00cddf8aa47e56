"""Notes on what looks like a task and was not taken for one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from .ids import find_ids, split_heading
from .items import Item
from .labels import Statement
from .markdown import Block, Outline
from .model import MAX_TITLE, Note

_HTML_HEADING = re.compile(r"^ {0,3}#{1,6}[ \t]+(\S.{0,200})", re.MULTILINE)
_CODE_OR_COMMENT = re.compile(r"<(?:!|\?|script\b|style\b|pre\b|textarea\b)", re.IGNORECASE)
_WHOLE = "the document"


def note_other_sections(outline: Outline, left: Sequence[Item]) -> Iterator[Note]:
    """One note for each section whose entries are shown again by the tasks."""
    counts: dict[int, list[Item]] = {}
    for item in left:
        top: int | None = item.node
        while top is not None and top >= 0 and outline.nodes[top].parent is not None:
            parent = outline.nodes[top].parent
            if parent is None or outline.nodes[parent].level == 1:
                break
            top = parent
        counts.setdefault(-1 if top is None else top, []).append(item)
    for number, items in counts.items():
        name = outline.nodes[number].title if number >= 0 else _WHOLE
        yield Note(
            "not_taken",
            f"{len(items)} entry(ies) of \u201c{name[:80]}\u201d were not made tasks, because the "
            "document states its tasks elsewhere.",
            min(item.first_line for item in items),
        )


def note_loose_boxes(
    statements: Mapping[int, Sequence[Statement]], owned: set[int]
) -> Iterator[Note]:
    """One note for each section whose checkboxes belong to no task."""
    for number, found in statements.items():
        boxes = [statement for statement in found if statement.box]
        if boxes and number not in owned:
            yield Note(
                "checkbox_outside_task",
                f"{len(boxes)} checkbox(es) from here on stand beneath no task.",
                boxes[0].line,
            )


def note_hidden_headings(outline: Outline, ids: Mapping[int, tuple[str, str]]) -> Iterator[Note]:
    """Headings that would be tasks if they were written a little differently."""
    known = {key for key, _ in ids.values()}
    for number, node in enumerate(outline.nodes):
        if number not in ids:
            for key in find_ids(node.title[:MAX_TITLE]):
                if key not in known and split_heading(key + ": x") and f"({key})" in node.title:
                    yield Note(
                        "id_inside_heading",
                        f"This heading mentions {key} but does not begin with it, so that is not "
                        "its id.",
                        node.first_line,
                    )
    for block in _all_blocks(outline):
        if block.kind == "heading" and split_heading(block.text[:MAX_TITLE]):
            yield Note(
                "nested_heading",
                "This heading lies inside a list or a quote, so it is no task.",
                block.line,
            )
        elif block.kind == "html" and not _CODE_OR_COMMENT.match(block.text):
            for match in _HTML_HEADING.finditer(block.text):
                yield Note(
                    "heading_in_html",
                    "This line looks like a heading but belongs to the HTML above it: put a blank "
                    "line before it.",
                    block.line + block.text[: match.start()].count("\n"),
                )


def _all_blocks(outline: Outline) -> Iterator[Block]:
    yield from outline.preamble
    for node in outline.nodes:
        yield from node.blocks
