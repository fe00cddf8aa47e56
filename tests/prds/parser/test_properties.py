"""What holds for every text, hostile ones included."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.prds.parser import DocumentError, ParsedDocument, decode_document, parse_document
from apps.prds.parser.document import normalise_newlines
from tests.prds.parser.helpers import edges
from tests.prds.parser.hostile import HOSTILE_TEXTS

IDS = st.sampled_from(["T-1", "T-2", "T-3", "T-4", "AB-1.2", "X-9", "all other tasks", "words"])
PIECES = st.one_of(
    st.builds("{} {}: title".format, st.sampled_from(["#", "##", "###", "####"]), IDS),
    st.sampled_from(
        [
            "# Plan", "## Dependencies", "### Acceptance Criteria", "### Parallel work",
            "### Estimated Time", "- [ ] open", "  - [x] met", "1. [X] met too", "> - [ ] quoted",
            "```", "<!--", "-->", "---", "- item", "    code", "", "", "4 hours",
            "**Estimate:** 2-3 h", "Priority: high", "**Acceptance Criteria:**", "Owner: ada",
            "| Task | Depends on |", "|---|---|", "| T-1 | T-2 |", "title\n=====", "- [ ]\n  next",
        ]
    ),
    st.builds(
        "{}{} {} {}, {}".format,
        st.sampled_from(["", "- ", "2. "]),
        IDS,
        st.sampled_from(["->", "\u2192", "depends on", "blocks", "can run in parallel with"]),
        IDS,
        IDS,
    ),
    st.text(max_size=30),
)  # fmt: skip
DOCUMENTS = st.builds(
    lambda pieces, end: end.join(pieces),
    st.lists(PIECES, max_size=30),
    st.sampled_from(["\n", "\r\n", "\n\n"]),
)


def read(text: str) -> ParsedDocument | None:
    try:
        return parse_document(text)
    except DocumentError:
        return None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DOCUMENTS)
def test_every_reading_holds_together(text: str) -> None:
    document = read(text)
    if document is None:
        return
    assert parse_document(text) == document
    lines = normalise_newlines(text.removeprefix("\ufeff")).split("\n")
    keys = [task.external_key for task in document.tasks]
    assert len(set(keys)) == len(keys)
    for section in document.sections:
        assert 1 <= section.first_line <= section.last_line <= len(lines)
    for before, after in zip(document.sections, document.sections[1:], strict=False):
        apart = before.last_line < after.first_line
        inside = before.level < after.level and after.last_line <= before.last_line
        assert apart or inside
    for before, after in zip(document.tasks, document.tasks[1:], strict=False):
        assert before.last_line < after.first_line
    for task in document.tasks:
        assert 1 <= task.first_line <= task.last_line <= len(lines)
        assert 1 <= len(task.title) <= 1000
        assert task.details in "\n".join(lines[task.first_line : task.last_line])
        assert task.estimated_minutes is None or 0 <= task.estimated_minutes <= 10_080
        for criterion in task.criteria:
            assert task.first_line < criterion.line <= task.last_line
            # A label's text may begin on the line after it.
            begin = "\n".join(lines[criterion.line - 1 : criterion.line + 1])
            assert all(word in begin for word in criterion.text.split()[:1])
    for note in document.notes:
        assert note.line is None or 1 <= note.line <= len(lines)
    check_graph(document)


def check_graph(document: ParsedDocument) -> None:
    graph = edges(document)
    keys = {task.external_key for task in document.tasks}
    assert {key for edge in graph for key in edge} <= keys
    while graph:  # take away what nothing waits for; a cycle would remain
        waited_for = {target for _, target in graph}
        rest = {edge for edge in graph if edge[0] in waited_for}
        assert rest != graph
        graph = rest


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    try:
        text = decode_document(data)
    except DocumentError:
        return
    read(text)


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(), max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    read(text)


@pytest.mark.parametrize("name", HOSTILE_TEXTS)
def test_hostile_text_is_read_or_refused(name: str) -> None:
    """What it costs is measured by `benchmarks/parse_prd.py`."""
    read(HOSTILE_TEXTS[name])
