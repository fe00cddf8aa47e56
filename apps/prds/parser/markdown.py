"""CommonMark to an outline: headings with their lines, and the text blocks beneath each.

Only headings at the top level of the document make sections; one inside a quote, a list item,
a comment or code does not. Inline markup stays as written, for titles it is taken off.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from .model import MAX_TITLE, DocumentError

# A list level takes two. The reader stops at this depth and would skip the rest of the document,
# which `_check_depth` turns into a refusal.
_MAX_NESTING = 16


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a table row, or a heading or HTML that is not part of the outline."""

    kind: Literal["paragraph", "row", "heading", "html"]
    text: str
    line: int
    depth: int  # how many list items enclose it
    opens_item: bool  # it is the first text of its list item
    quoted: bool
    lists: tuple[int, ...]  # the numbers of the lists around it, the outermost first
    cells: tuple[str, ...] = ()
    header: tuple[str, ...] = ()


@dataclass(slots=True)
class Node:
    """One heading of the outline. Its blocks end at the next heading of any level."""

    title: str
    level: int
    first_line: int
    last_line: int
    parent: int | None
    path: tuple[str, ...]
    body_line: int
    blocks: list[Block] = field(default_factory=list)


@dataclass(slots=True)
class Outline:
    lines: list[str]
    preamble: list[Block]
    nodes: list[Node]
    breaks: frozenset[int]  # lines of thematic breaks at the top level


def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING})
    reader.enable("table").use(front_matter_plugin)
    # Link definitions change nothing here and cost the most on hostile input.
    reader.disable("reference")
    reader.core.ruler.enableOnly(["normalize", "block"])
    return reader


_READER = _reader()
# Markers at the beginning of a line open a level each. People write one or two.
_MARKERS = re.compile(r"^(?:[ \t]*(?:[-+*>]|[0-9]{1,9}[.)])(?=[ \t>]|$))+", re.MULTILINE)
_MARKER = re.compile(r"[-+*>.)]")
_MAX_MARKERS = 100_000
_INLINE = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING})
_MARKUP = re.compile(r"[*_`\[\]<&\\!]")
# Beyond these a title keeps its markup: on hostile input taking it off would cost seconds.
_MAX_MARKUP = 30
_MAX_MARKUP_OF_ALL = 50_000


def plain_text(source: str) -> str:
    """A title without its markup."""
    parts = [
        " " if child.type in {"softbreak", "hardbreak"} else child.content
        for token in _INLINE.parseInline(source)
        for child in token.children or ()
        if child.type != "html_inline"
    ]
    return " ".join("".join(parts).split())


def read_outline(text: str) -> Outline:
    """Read a text whose only line end is LF."""
    if sum(len(_MARKER.findall(match[0])) for match in _MARKERS.finditer(text)) > _MAX_MARKERS:
        raise DocumentError(
            "too_deep",
            f"The document opens more than {_MAX_MARKERS:,} list items and quotes: "
            "split it into several documents.",
        )
    tokens = _READER.parse(text)
    _check_depth(tokens)
    lines = text.split("\n")
    outline = Outline(
        lines,
        [],
        [],
        frozenset(token.map[0] + 1 for token in tokens if token.type == "hr" and token.map),
    )
    _Builder(outline).run(tokens)
    _close_sections(outline)
    return outline


def _check_depth(tokens: list[Token]) -> None:
    for token in tokens:
        if (
            token.level + 1 >= _MAX_NESTING
            and token.map
            and token.type in {"list_item_open", "blockquote_open"}
        ):
            line = token.map[0] + 1
            raise DocumentError(
                "too_deep",
                f"Line {line} lies too deep in lists or quotes: nest fewer than "
                f"{_MAX_NESTING // 2} levels.",
                line,
            )


class _Builder:
    """Walks the flat token stream once, keeping only where it is."""

    def __init__(self, outline: Outline) -> None:
        self.outline = outline
        self.depth = 0
        self.quotes = 0
        self.fresh = False
        self.opener: Token | None = None
        self.cells: list[str] | None = None
        self.header: tuple[str, ...] = ()
        self.stack: list[int] = []
        self.markup = 0
        self.lists: tuple[int, ...] = ()
        self.list_count = 0

    def run(self, tokens: list[Token]) -> None:
        for token in tokens:
            kind = token.type
            if kind == "inline":
                self._text(token)
            elif kind in {"bullet_list_open", "ordered_list_open"}:
                self.list_count += 1
                self.lists = (*self.lists, self.list_count)
            elif kind in {"bullet_list_close", "ordered_list_close"}:
                self.lists = self.lists[:-1]
            elif kind == "list_item_open":
                self.depth += 1
                self.fresh = True
            elif kind == "list_item_close":
                self.depth -= 1
            elif kind in {"blockquote_open", "blockquote_close"}:
                self.quotes += token.nesting
            elif kind in {"heading_open", "paragraph_open"}:
                self.opener = token
            elif kind == "table_open":
                self.header = ()
            elif kind == "tr_open":
                self.opener, self.cells = token, []
            elif kind == "tr_close":
                self._row()
            elif kind == "html_block":
                self._add("html", token.content, token)

    def _text(self, token: Token) -> None:
        if self.cells is not None:
            self.cells.append(token.content.strip())
            return
        opener = self.opener
        if opener is None or opener.map is None:  # pragma: no cover - the reader always opens one
            return
        if opener.type == "heading_open" and opener.level == 0:
            self._heading(opener, token)
        else:
            self._add(
                "heading" if opener.type == "heading_open" else "paragraph", token.content, opener
            )

    def _row(self) -> None:
        cells = tuple(self.cells or ())
        self.cells = None
        if not self.header:
            self.header = cells
        elif self.opener is not None:
            self._add("row", " | ".join(cells), self.opener, cells)

    def _heading(self, opener: Token, inline: Token) -> None:
        nodes, level = self.outline.nodes, int(opener.tag[1:])
        while self.stack and nodes[self.stack[-1]].level >= level:
            self.stack.pop()
        parent = self.stack[-1] if self.stack else None
        title = self._title(inline.content)
        first, end = opener.map or [0, 1]
        nodes.append(
            Node(
                title=title,
                level=level,
                first_line=first + 1,
                last_line=len(self.outline.lines),
                parent=parent,
                path=((*nodes[parent].path, title) if parent is not None else (title,)),
                body_line=end + 1,
            )
        )
        self.stack.append(len(nodes) - 1)

    def _title(self, source: str) -> str:
        source = " ".join(source.split())
        marks = len(_MARKUP.findall(source))
        self.markup += marks
        if not marks or marks > _MAX_MARKUP or len(source) > MAX_TITLE:
            return source
        return plain_text(source) if self.markup <= _MAX_MARKUP_OF_ALL else source

    def _add(
        self,
        kind: Literal["paragraph", "row", "heading", "html"],
        text: str,
        opener: Token,
        cells: tuple[str, ...] = (),
    ) -> None:
        first = (opener.map or [0])[0]
        block = Block(
            kind=kind,
            text="\n".join(line.strip() for line in text.split("\n")),
            line=first + 1,
            depth=self.depth,
            opens_item=self.fresh and kind == "paragraph",
            quoted=self.quotes > 0,
            lists=self.lists,
            cells=cells,
            header=self.header if kind == "row" else (),
        )
        self.fresh = False
        nodes = self.outline.nodes
        (nodes[-1].blocks if nodes else self.outline.preamble).append(block)


def _close_sections(outline: Outline) -> None:
    """A section ends on the line before the next heading of its level or a higher one."""
    open_nodes: list[Node] = []
    for node in outline.nodes:
        while open_nodes and open_nodes[-1].level >= node.level:
            open_nodes.pop().last_line = node.first_line - 1
        open_nodes.append(node)
