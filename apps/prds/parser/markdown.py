"""CommonMark to an outline: headings with their lines, and the text blocks beneath each.

Only headings at the top level of the document make sections; one inside a quote, a list item,
a comment or code does not. Inline markup stays as written, for titles it is taken off. Lines that
hold nothing but a tag that HTML does not know (`<PRD>`) separate, as prompts use them.
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


BlockKind = Literal["paragraph", "row", "heading", "html", "gherkin"]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, a table row, Gherkin, or a heading or HTML that is not part of the outline."""

    kind: BlockKind
    text: str
    line: int
    last_line: int
    depth: int  # how many list items enclose it
    opens_item: bool  # it is the first text of its list item
    quoted: bool
    lists: tuple[int, ...]  # the numbers of the lists around it, the outermost first
    item: int = -1  # the innermost list item around it, as a place in `Outline.items`
    cells: tuple[str, ...] = ()
    header: tuple[str, ...] = ()


@dataclass(slots=True)
class ListItem:
    """One item of a list; `ordinal` is its number where the list has numbers."""

    parent: int  # the item around it, or -1
    list_number: int
    ordinal: int | None
    first_line: int
    last_line: int


@dataclass(slots=True)
class Node:
    """One heading of the outline. Its blocks end at the next heading of any level."""

    title: str
    level: int
    first_line: int
    body_line: int
    source: str = ""  # the title with its markup
    last_line: int = 0
    parent: int | None = None
    path: tuple[str, ...] = ()
    blocks: list[Block] = field(default_factory=list)


@dataclass(slots=True)
class Outline:
    lines: list[str]
    preamble: list[Block]
    nodes: list[Node]
    items: list[ListItem]
    breaks: frozenset[int]  # lines of thematic breaks at the top level
    front_matter: str = ""
    plain: bool = False  # no heading with # marks: perhaps the text is no Markdown


def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING})
    reader.enable("table").use(front_matter_plugin)
    # Link definitions change nothing here and cost the most on hostile input.
    reader.disable("reference")
    reader.core.ruler.enableOnly(["normalize", "block"])
    return reader


_READER = _reader()
_WRAPPER = re.compile(r"^ {0,3}</?([A-Za-z][\w.-]{0,40})>[ \t]*$", re.MULTILINE)
_HTML_TEXT = (
    "a abbr address article aside audio b base blockquote body br button canvas caption "
    "center cite code col colgroup data dd del details dfn dialog dir div dl dt em fieldset "
    "figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html i "
    "iframe img input ins kbd label legend li link main map mark menu menuitem meta nav "
    "noframes noscript object ol optgroup option p param picture pre q s samp script search "
    "section select small source span strong style sub summary sup svg table tbody td "
    "template textarea tfoot th thead time title tr track u ul var video wbr"
)
_HTML = frozenset(_HTML_TEXT.split())
# Markers at the beginning of a line open a level each. People write one or two.
_MARKERS = re.compile(r"^(?:[ \t]*(?:[-+*>]|[0-9]{1,9}[.)])(?=[ \t>]|$))+", re.MULTILINE)
_MARKER = re.compile(r"[-+*>.)]")
MAX_MARKERS = 100_000
MARGIN_LABEL = re.compile(r"\*\*[^*]{1,60}(?::\*\*|\*\*:)")
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


class Titles:
    """Takes the markup off titles, as long as the document does not ask for too much of it."""

    def __init__(self) -> None:
        self._markup = 0

    def clean(self, source: str) -> str:
        source = " ".join(source.split())
        marks = len(_MARKUP.findall(source))
        self._markup += marks
        if not marks or marks > _MAX_MARKUP or len(source) > MAX_TITLE:
            return source
        return plain_text(source) if self._markup <= _MAX_MARKUP_OF_ALL else source


def read_blocks(text: str) -> tuple[list[Token], bool]:
    """The block tokens of a text whose only line end is LF, and whether it may be no Markdown.

    Raises `DocumentError` (`too_deep`) for nesting that no person writes.
    """
    if count_markers(text) > MAX_MARKERS:
        raise DocumentError(
            "too_deep",
            f"The document opens more than {MAX_MARKERS:,} list items and quotes: "
            "split it into several documents.",
        )
    readable = _WRAPPER.sub(lambda tag: tag[0] if tag[1].lower() in _HTML else "", text)
    tokens = _READER.parse(readable)
    plain = not any(token.type == "heading_open" and token.markup[0] == "#" for token in tokens)
    if plain and any(token.type == "code_block" for token in tokens):
        tokens = _READER.parse(_without_indents(readable))
    _check_depth(tokens)
    return tokens, plain


def read_outline(text: str) -> Outline:
    """Read a text whose only line end is LF."""
    tokens, plain = read_blocks(text)
    breaks = frozenset(token.map[0] + 1 for token in tokens if token.type == "hr" and token.map)
    outline = Outline(text.split("\n"), [], [], [], breaks, plain=plain)
    _Builder(outline).run(tokens)
    link_sections(outline)
    return outline


def count_markers(text: str) -> int:
    """How many list items and quotes the lines of `text` open at most."""
    return sum(len(_MARKER.findall(match[0])) for match in _MARKERS.finditer(text))


def _without_indents(text: str) -> str:
    """Move indented passages to the margin: text that is no Markdown indents for the eye.

    What is indented beneath a list belongs to the list and stays.
    """
    result: list[str] = []
    in_list = False
    for passage in re.split(r"(\n(?:[ \t]*\n)+)", text):
        lines = passage.split("\n")
        depth = min(
            (len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0
        )
        if depth and not in_list:
            lines = [line[depth:] for line in lines]
        if passage.strip():
            in_list = any(_MARKERS.match(line) for line in lines) and (in_list or not depth)
        result.append("\n".join(lines))
    return "".join(result)


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
        self.titles = Titles()
        self.items: list[int] = []
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
                self._open_item(token)
            elif kind == "list_item_close":
                self.depth -= 1
                self.items.pop()
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
                first, end = token.map or [0, 1]
                self._add("html", token.content, first, end)
            elif kind == "fence" and token.info.strip().lower() in {"gherkin", "cucumber"}:
                first, end = token.map or [0, 1]  # without its fences
                self._add("gherkin", token.content.rstrip("\n"), first + 1, end - 1)
            elif kind == "front_matter":
                self.outline.front_matter = token.content

    def _open_item(self, token: Token) -> None:
        first, end = token.map or [0, 1]
        number = len(self.outline.items)
        parent = self.items[-1] if self.items else -1
        ordinal = int(token.info) if token.info else None
        self.outline.items.append(ListItem(parent, self.lists[-1], ordinal, first + 1, end))
        self.items.append(number)
        self.depth += 1
        self.fresh = True

    def _text(self, token: Token) -> None:
        if self.cells is not None:
            self.cells.append(token.content.strip())
            return
        opener = self.opener
        if opener is None or opener.map is None:  # pragma: no cover - the reader always opens one
            return
        first, end = opener.map
        if opener.type == "heading_open" and opener.level == 0:
            self._heading(opener, token)
        elif opener.type == "heading_open":
            self._add("heading", token.content, first, end)
        else:
            self._paragraph(token.content.split("\n"), first)

    def _paragraph(self, lines: list[str], first: int) -> None:
        """A label at the margin ends the list above it, though CommonMark would let it go on."""
        cut = len(lines)
        if self.depth:
            raw = self.outline.lines
            after = range(1, len(lines))
            cut = next((n for n in after if MARGIN_LABEL.match(raw[first + n])), cut)
        self._add("paragraph", "\n".join(lines[:cut]), first, first + cut)
        if cut == len(lines):
            return
        for number in self.items:
            self.outline.items[number].last_line = first + cut
        inside = self.depth, self.lists, self.items
        self.depth, self.lists, self.items = 0, (), []
        self._add("paragraph", "\n".join(lines[cut:]), first + cut, first + len(lines))
        self.depth, self.lists, self.items = inside

    def _row(self) -> None:
        cells = tuple(self.cells or ())
        self.cells = None
        if not self.header:
            self.header = cells
        elif self.opener is not None:
            first, end = self.opener.map or [0, 1]
            self._add("row", " | ".join(cells), first, end, cells)

    def _heading(self, opener: Token, inline: Token) -> None:
        first, end = opener.map or [0, 1]
        self.outline.nodes.append(
            Node(
                self.titles.clean(inline.content),
                int(opener.tag[1:]),
                first + 1,
                end + 1,
                " ".join(inline.content.split()),
            )
        )

    def _add(
        self,
        kind: BlockKind,
        text: str,
        first: int,
        end: int,
        cells: tuple[str, ...] = (),
    ) -> None:
        block = Block(
            kind=kind,
            text="\n".join(line.strip() for line in text.split("\n")),
            line=first + 1,
            last_line=max(end, first + 1),
            depth=self.depth,
            opens_item=self.fresh and kind == "paragraph",
            quoted=self.quotes > 0,
            lists=self.lists,
            item=self.items[-1] if self.items else -1,
            cells=cells,
            header=self.header if kind == "row" else (),
        )
        self.fresh = False
        nodes = self.outline.nodes
        (nodes[-1].blocks if nodes else self.outline.preamble).append(block)


def link_sections(outline: Outline) -> None:
    """Fill in parents, paths and ends: a section ends before the next heading of its level."""
    open_nodes: list[int] = []
    nodes = outline.nodes
    for number, node in enumerate(nodes):
        while open_nodes and nodes[open_nodes[-1]].level >= node.level:
            nodes[open_nodes.pop()].last_line = node.first_line - 1
        node.parent = open_nodes[-1] if open_nodes else None
        above = nodes[node.parent].path if node.parent is not None else ()
        node.path = (*above, node.title)
        node.last_line = len(outline.lines)
        open_nodes.append(number)
