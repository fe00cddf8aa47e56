"""A document's text as HTML that is safe whatever the text is, with an anchor for each line.

Nothing of the text becomes markup but what this module writes: its HTML is shown as text, a link
leads to http, https, mailto or a place in the document, an image is its words and its address.
A block carries `data-line`, the number of its first line, and the first block of a line also
`id="line-N"`. Time and size grow linearly; what is nested too deeply, or has more markup than
people write, is shown as it is written.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from .parser.document import normalise_newlines
from .parser.markdown import MAX_MARKERS, count_markers

MAX_NESTING = 40
# More than people write, and what a hostile text may cost: some microseconds a mark.
MAX_MARKS = 1_000
MAX_MARKED_LENGTH = 20_000
MAX_MARKS_OF_ALL = 100_000

Links = Mapping[int, Sequence[tuple[str, str]]]
"""For a line, what points to it: addresses and labels."""

_MARK = re.compile(r"[*_`\[\]<&\\!~]")
_SCHEME = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)
_BOX = re.compile(r"\[([ xX])\](?=\s|\Z)")
_SLUG = re.compile(r"[^\w\- ]+")
_BLOCKS = {
    "paragraph_open": "p",
    "blockquote_open": "blockquote",
    "bullet_list_open": "ul",
    "ordered_list_open": "ol",
    "list_item_open": "li",
    "table_open": "table",
    "thead_open": "thead",
    "tbody_open": "tbody",
    "tr_open": "tr",
    "th_open": "th",
    "td_open": "td",
}
_TEXTS = {"fence", "code_block", "html_block", "front_matter"}
_SPANS = {"em_open": "em", "strong_open": "strong", "s_open": "s"}
_ALIGNED = re.compile(r"text-align:(center|right)")


def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"maxNesting": MAX_NESTING})
    reader.enable(["table", "strikethrough"]).use(front_matter_plugin)
    # As for the parser: link definitions cost the most on hostile input.
    reader.disable("reference")
    reader.core.ruler.enableOnly(["normalize", "block"])
    return reader


_READER = _reader()


@dataclass(frozen=True, slots=True)
class Rendered:
    """A document as HTML. `formatted` is False where it is shown as it is written."""

    html: str
    lines: tuple[int, ...]  # those that have an anchor
    formatted: bool

    def anchor(self, line: int) -> str:
        """The id of the block in which `line` stands; empty for an empty document."""
        place = bisect_right(self.lines, line)
        return f"line-{self.lines[max(place - 1, 0)]}" if self.lines else ""


def render_document(text: str, links: Links | None = None) -> Rendered:
    """`text` as HTML, with links back to what each line has become."""
    text = normalise_newlines(text)
    tokens = _READER.parse(text) if count_markers(text) <= MAX_MARKERS else None
    if tokens is None or any(token.level >= MAX_NESTING - 1 for token in tokens):
        return render_source(text, links)
    page = _Page(_Pending(links or {}), _headings(tokens))
    page.write(tokens)
    return Rendered("".join(page.parts), tuple(page.lines), formatted=True)


def render_source(text: str, links: Links | None = None) -> Rendered:
    """`text` as it is written, each line with its number and its anchor."""
    pending = _Pending(links or {})
    lines = normalise_newlines(text).removesuffix("\n").split("\n")
    parts = ['<div class="th-source">']
    for number, line in enumerate(lines, 1):
        back = pending.upto(number)
        parts.append(
            f'<div id="line-{number}" data-line="{number}"><code>{escape(line)}</code>{back}</div>'
        )
    parts.append("</div>")
    return Rendered("".join(parts), tuple(range(1, len(lines) + 1)), formatted=False)


def _headings(tokens: Sequence[Token]) -> dict[str, int]:
    """The lines of headings by the names under which links of a document know them."""
    found: dict[str, int] = {}
    for token, inline in pairwise(tokens):
        if token.type == "heading_open" and token.map:
            words = _SLUG.sub("", inline.content.lower()).strip()
            found.setdefault(words.replace(" ", "-"), token.map[0] + 1)
    return found


class _Pending:
    """The links that no block has shown yet, in the order of their lines."""

    def __init__(self, links: Links) -> None:
        self._links = [(line, link) for line in sorted(links) for link in links[line]]
        self._next = 0

    def upto(self, line: float) -> str:
        """The links to lines up to `line`, as HTML."""
        first = self._next
        while self._next < len(self._links) and self._links[self._next][0] <= line:
            self._next += 1
        shown = self._links[first : self._next]
        if not shown:
            return ""
        return (
            f'<span class="th-backlinks">{"".join(_back_link(*link) for _, link in shown)}</span>'
        )


def _back_link(url: str, label: str) -> str:
    return f' <a class="th-backlink" href="{escape(url)}">{escape(label)}</a>'


@dataclass(slots=True)
class _Page:
    """Walks the flat token stream once."""

    pending: _Pending
    headings: Mapping[str, int]
    parts: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    closers: list[str] = field(default_factory=list)
    marks: int = 0
    opens_item: bool = False

    def write(self, tokens: Sequence[Token]) -> None:
        """Render all blocks; links to lines beyond the last block stand at the end."""
        last = 0
        for token in tokens:
            last = token.map[1] if token.map else last
            if token.type == "inline":
                self.parts.append(self._inline(token))
                self.parts.append(self.pending.upto(last))
            elif token.nesting == 1:
                self._open(token)
            elif token.nesting == -1:
                self.parts.append(self.closers.pop())
            elif token.type == "hr":
                self.parts.append(f"<hr{self._place(token)}>")
            elif token.type in _TEXTS:
                self._text(token, last)
        rest = self.pending.upto(float("inf"))
        if rest:
            self.parts.append(f"<p>{rest}</p>")

    def _open(self, token: Token) -> None:
        self.opens_item = token.type == "list_item_open" or (
            self.opens_item and token.type == "paragraph_open"
        )
        if token.type == "heading_open":
            # Below the headings of the page that shows the document.
            tag = f"h{min(int(token.tag[1:]) + 2, 6)}"
            more = f' class="th-{token.tag}"'
        else:
            tag, more = _BLOCKS[token.type], ""
        if token.hidden:
            self.closers.append("")
            return
        if token.type == "ordered_list_open" and isinstance(start := token.attrGet("start"), int):
            more = f' start="{start}"'
        elif aligned := _ALIGNED.search(str(token.attrGet("style") or "")):
            more = f' class="th-{aligned[1]}"'
        self.parts.append(f"<{tag}{self._place(token)}{more}>")
        self.closers.append(f"</{tag}>\n")

    def _place(self, token: Token) -> str:
        if not token.map:
            return ""
        line = token.map[0] + 1
        named = ""
        if not self.lines or self.lines[-1] < line:
            self.lines.append(line)
            named = f' id="line-{line}"'
        return f'{named} data-line="{line}"'

    def _text(self, token: Token, last: int) -> None:
        shown = escape(token.content.removesuffix("\n"))
        kind = "html" if token.type == "html_block" else "code"
        # Scrolls sideways, so the keyboard must reach it.
        place = f'{self._place(token)} class="th-{kind}" tabindex="0"'
        self.parts.append(f"<pre{place}><code>{shown}</code></pre>\n")
        self.parts.append(self.pending.upto(last))

    # -- within a block ----
    def _inline(self, token: Token) -> str:
        content, box = token.content, ""
        if self.opens_item and (found := _BOX.match(content)):
            box, content = _checkbox(found[1] != " "), content[found.end() :]
        self.opens_item = False
        marks = len(_MARK.findall(content))
        too_long = marks and len(content) > MAX_MARKED_LENGTH
        if marks > MAX_MARKS or too_long or self.marks + marks > MAX_MARKS_OF_ALL:
            return box + escape(content)
        self.marks += marks
        children: list[Token] = []
        _READER.inline.parse(content, _READER, {}, children)
        return box + "".join(self._spans(children))

    def _spans(self, tokens: Sequence[Token]) -> Iterator[str]:
        closers: list[str] = []
        for token in tokens:
            kind = token.type
            if kind == "link_open":
                opening, closing = self._link(str(token.attrGet("href") or ""))
                closers.append(closing)
                yield opening
            elif token.nesting == 1:
                closers.append(f"</{_SPANS[kind]}>")
                yield f"<{_SPANS[kind]}>"
            elif token.nesting == -1:
                yield closers.pop()
            elif kind == "softbreak":
                yield "\n"
            elif kind == "hardbreak":
                yield "<br>\n"
            elif kind == "code_inline":
                yield f"<code>{escape(token.content)}</code>"
            elif kind == "image":
                yield _image(token)
            else:
                yield escape(token.content)

    def _link(self, href: str) -> tuple[str, str]:
        if _SCHEME.match(href):
            return f'<a href="{escape(href)}" rel="nofollow noopener noreferrer">', "</a>"
        if href.startswith("#") and (line := self.headings.get(href[1:].lower())):
            return f'<a href="#line-{line}">', "</a>"
        return "<span>", f'</span> <span class="th-address">({escape(href)})</span>'


def _checkbox(ticked: bool) -> str:
    sign, name = ("☑", "done") if ticked else ("☐", "not done")
    return f'<span class="th-box" role="img" aria-label="{name}">{sign}</span>'


def _image(token: Token) -> str:
    """Nothing is fetched: the words that stand for it, and where it lies."""
    words, address = escape(token.content), escape(str(token.attrGet("src") or ""))
    return f'<span class="th-image-text">{words} <span class="th-address">({address})</span></span>'
