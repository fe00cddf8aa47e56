"""A document as HTML: harmless whatever it says, with an anchor for each line, in linear time."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apps.prds.rendering import Rendered, render_document, render_source

TAGS = {
    *("h3", "h4", "h5", "h6", "p", "blockquote", "ul", "ol", "li", "hr", "br", "pre", "code"),
    *("table", "thead", "tbody", "tr", "th", "td", "em", "strong", "s", "a", "span", "div"),
}
ATTRIBUTES = {
    *("id", "data-line", "class", "start", "href", "rel", "role", "aria-label", "tabindex")
}
VOID = {"hr", "br"}
INLINE = {"a", "em", "strong", "s", "span", "code", "br"}
ROOT = Path(__file__).parent
DOCUMENTS = sorted(ROOT.glob("samples/**/*.md")) + sorted(ROOT.glob("samples/**/*.txt"))


class Reading(HTMLParser):
    """What a browser would take from the HTML: elements, text; and that they are well nested."""

    def __init__(self, rendered: Rendered) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, Any]]] = []
        self.text = ""
        self.stack: list[str] = []
        self.feed(rendered.html)
        self.close()
        assert self.stack == []
        ids = [a["id"] for _, a in self.elements if "id" in a]
        assert ids == [f"line-{line}" for line in rendered.lines]
        assert list(rendered.lines) == sorted(set(rendered.lines))

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        assert tag in TAGS, tag
        given = dict(attrs)
        assert given.keys() <= ATTRIBUTES, given
        assert len(given) == len(attrs)
        href = given.get("href", "https://")
        assert href.lower().startswith(("http://", "https://", "mailto:", "#line-", "/prd/")), href
        self.elements.append((tag, given))
        self.text += "" if tag in INLINE else "\n"
        if tag not in VOID:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    handle_decl = handle_pi = unknown_decl = handle_comment

    def all(self, tag: str) -> list[dict[str, Any]]:
        return [attributes for name, attributes in self.elements if name == tag]


def read(text: str, links: Any = None) -> Reading:
    return Reading(render_document(text, links))


PIECES = st.sampled_from(
    [
        *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '<a href="javascript:x">'),
        *("[a](javascript:alert(1))", "[a](JaVaScRiPt:x)", "[a](data:text/html,x)", "<b x='"),
        *("[a](https://e.org/'\"><script>)", "<javascript:alert(1)>", "<https://e.org/\"'>", "-->"),
        *("![a](javascript:x)", '![a"><script>](//e.org/"x)', "[a](vbscript:x)", "[a](/x)", "<!--"),
        *("[a](&#106;avascript:x)", "[a](\\x01javascript:x)", "&lt;script&gt;", "&quot;", "&#0;"),
        *(
            "# ",
            "- ",
            "- [ ] ",
            "- [x] ",
            "1. ",
            "> ",
            "| a | b |",
            "|--|:-:|",
            "```",
            "    ",
            "\t",
        ),
        *(
            "\n",
            "\n\n",
            "\r\n",
            "\r",
            "***",
            "---",
            "**",
            "*",
            "~~",
            "`",
            "word",
            "#word",
            "\\",
            "\0",
        ),
        *(
            '[b](#word "t")',
            "[c]: javascript:x",
            "[c]",
            "[^1]",
            "<div onclick=x>",
            "</div>",
            "\u2028",
        ),
    ]
)
HOSTILE = st.lists(PIECES, max_size=40).map("".join) | st.text(max_size=200)


@given(HOSTILE)
@example("[a](javascript:alert(1))<script>alert(1)</script>")
@example("---\na: </pre><script>\n---\n")
@example("```</code><script>\n</pre>\n```")
def test_nothing_of_a_text_becomes_markup_of_its_own(text: str) -> None:
    links = {1: [("/prd/1?a&b", '"><script>')], 3: [("/prd/2", "T-2")] * 2, 10**6: [("/prd/3", "")]}
    page = read(text, links)
    assert [a["href"] for a in page.all("a") if "th-backlink" in a.get("class", "")] == [
        *("/prd/1?a&b", "/prd/2", "/prd/2", "/prd/3")
    ]
    Reading(render_source(text, links))


@given(HOSTILE)
def test_every_line_leads_to_a_block_at_or_before_it(text: str) -> None:
    rendered = render_document(text)
    for line in range(1, 12):
        anchor = rendered.anchor(line)
        assert anchor in {f"line-{known}" for known in rendered.lines} or not rendered.lines
        if rendered.lines and line >= rendered.lines[0]:
            assert int(anchor.removeprefix("line-")) <= line


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_what_a_document_says_is_shown(path: Path) -> None:
    text = path.read_text("utf-8")
    page = read(text)
    shown = set(page.text.split())
    words = {word for word in text.split() if word.isalpha()}
    assert words
    assert words <= shown


def test_blocks_know_their_lines() -> None:
    page = read(
        "# One\n\ntext\ngoes on\n\n- a\n- b\n\n| x | y |\n|---|---|\n| 1 | 2 |\n\n```\nc\n```\n"
    )
    placed = [(tag, int(a["data-line"])) for tag, a in page.elements if "data-line" in a]
    assert placed == [
        *(("h3", 1), ("p", 3), ("ul", 6), ("li", 6), ("li", 7), ("table", 9), ("thead", 9)),
        *(("tr", 9), ("tbody", 11), ("tr", 11), ("pre", 13)),
    ]


def test_a_line_within_a_block_leads_to_the_block() -> None:
    rendered = render_document("# One\n\ntext\ngoes on\n\nmore\n")
    assert [rendered.anchor(line) for line in (1, 2, 3, 4, 5, 6, 99)] == [
        *("line-1", "line-1", "line-3", "line-3", "line-3", "line-6", "line-6")
    ]
    assert render_document("").anchor(1) == ""
    assert render_document("\n\nfrom the third\n").anchor(1) == "line-3"


def test_links_back_stand_in_the_block_of_their_line() -> None:
    links = {n: [(f"/prd/{n}", f"T-{n}")] for n in (1, 2, 4, 6, 7, 11)}
    html = render_document("# One\n\ntext\ngoes on\n\n- a\n- b\n\n```\nx\n```\n", links).html
    blocks = [part for part in html.split("<") if part.startswith(("h3", "p ", "li", "pre", "a "))]
    order = [part.split(">")[-1].strip() or part.split()[0] for part in blocks]
    assert order == [
        "One",
        "T-1",
        "text\ngoes on",
        "T-2",
        "T-4",
        "a",
        "T-6",
        "b",
        "T-7",
        "pre",
        "T-11",
    ]


def test_links_lead_out_only_where_they_may() -> None:
    page = read(
        "# Seed list\n\n[w](https://e.org/?a=1&b) [m](mailto:a@e.org) [h](#seed-list)"
        " [r](docs/x.md) [n](#nowhere) <https://auto.org> [j](javascript:x) ![Pot](https://e.org/pot.png)"
    )
    assert [(a["href"], a.get("rel")) for a in page.all("a")] == [
        ("https://e.org/?a=1&b", "nofollow noopener noreferrer"),
        ("mailto:a@e.org", "nofollow noopener noreferrer"),
        ("#line-1", None),
        ("https://auto.org", "nofollow noopener noreferrer"),
    ]
    for shown in (
        "r (docs/x.md)",
        "n (#nowhere)",
        "[j](javascript:x)",
        "Pot (https://e.org/pot.png)",
    ):
        assert shown in page.text


def test_html_of_the_document_is_shown_as_text() -> None:
    page = read("a <b>bold</b> <!-- why -->\n\n<div onclick='x'>\n# no heading\n</div>\n")
    assert "a <b>bold</b> <!-- why -->" in page.text
    assert "<div onclick='x'>\n# no heading\n</div>" in page.text


def test_checkboxes_have_a_name() -> None:
    page = read(
        "- [ ] open\n- [X] met\n  - [x] below\n- [y] none\n- [ ](https://e.org)\n\n[ ] text\n"
    )
    assert [a["aria-label"] for a in page.all("span") if a.get("role")] == [
        "not done",
        "done",
        "done",
    ]
    assert "[y] none" in page.text
    assert "[ ] text" in page.text


def test_what_is_nested_too_deeply_is_shown_as_it_is_written() -> None:
    for text in (">" * 5_000 + " a\n", "\n".join("  " * n + f"- a{n}" for n in range(60))):
        rendered = render_document(text)
        assert not rendered.formatted
        assert Reading(rendered).text.split() == text.split()
        assert rendered.anchor(1) == "line-1"
    assert render_document("\n".join("  " * n + f"- a{n}" for n in range(15))).formatted


def test_too_much_markup_is_shown_as_it_is_written() -> None:
    page = read("**a** " * 200 + "\n\n" + "**b** " * 2_000)
    assert len(page.all("strong")) == 200
    assert page.text.count("**b**") == 2_000


def test_line_ends_make_no_difference() -> None:
    text = "# One\n\n- a\n- b\n\nc\n"
    for end in ("\r\n", "\r"):
        assert render_document(text.replace("\n", end)) == render_document(text)
        assert render_source(text.replace("\n", end)) == render_source(text)


TWO_MB = 2 * 1024 * 1024
LONG = {
    "paragraphs": "word *em* `code` [a](https://e.org) \n\n",
    "brackets": "[" * 900 + "\n\n",
    "images": "![" * 450 + "\n\n",
    "comments": "<!-- " * 300 + "\n\n",
    "lists": "- [ ] a\n",
    "quotes": "> a\nb\n",
    "fences": "```\n- [ ] a\n```\n",
    "rows": "| *x* | `y` |\n|--|--|\n",
}


@pytest.mark.parametrize("length", [TWO_MB // 20, pytest.param(TWO_MB, marks=pytest.mark.thorough)])
@pytest.mark.parametrize("name", LONG)
def test_long_documents_are_a_matter_of_seconds(name: str, length: int) -> None:
    text = LONG[name] * min(length // len(LONG[name]), 50_000 // LONG[name].count("\n"))
    rendered = render_document(text)
    assert rendered.formatted
    assert len(rendered.html) < 40 * len(text)


@pytest.mark.parametrize(
    "text", ["[" * TWO_MB, "`" * TWO_MB, "a**b" * (TWO_MB // 4), "\\" * TWO_MB]
)
def test_one_long_line_is_no_trap(text: str) -> None:
    assert len(render_document(text).html) < 2 * TWO_MB
