"""What holds for every text, hostile ones included."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from apps.prds.parser import (
    DOCUMENT_SCHEMA,
    DocumentError,
    ParsedDocument,
    TaskProposal,
    as_data,
    decode_document,
    parse_document,
)
from apps.prds.parser.document import normalise_newlines
from tests.prds.parser.helpers import edges
from tests.prds.parser.hostile import HOSTILE_TEXTS

SCHEMA = Draft202012Validator(DOCUMENT_SCHEMA)
FIELDS = (
    "title", "details", "criteria", "requirements", "tests", "files", "estimate", "points",
    "priority", "assignee", "tags", "depends_on",
)  # fmt: skip
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
            "## Tasks", "## Roadmap", "### Phase 1: start", "## Requirements", "## Must have",
            "- Build it (3h) [P1] @ada #web !!", "  - [ ] part", "  - nested", "1. First",
            "2. Second (depends on 1)", "Given a", "When b", "Then c", "- **Then** d", "- T012 do",
            "TASKS", "Task 3: Third", "Tasks:", "| ID | Task | Hours | Owner |", "|--|--|--|--|",
            "| 1 | Dig | 3 | ada |", "<PRD>", "---\ntitle: x\ntags: [a, b]\n---",
            "**First** - words",
            "Files:", "- `a/b.py` new", "5 points", "Depends on first",
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


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DOCUMENTS)
def test_every_reading_holds_together(text: str) -> None:
    document = read(text)
    if document is None:
        return
    assert parse_document(text) == document
    check_document(text, document)


def check_document(text: str, document: ParsedDocument) -> None:
    """Everything that the parser promises of a reading."""
    SCHEMA.validate(json.loads(json.dumps(as_data(document))))
    lines = normalise_newlines(text.removeprefix("\ufeff")).split("\n")
    for section in document.sections:
        assert 1 <= section.first_line <= section.last_line <= len(lines)
    for before, after in pairwise(document.sections):
        apart = before.last_line < after.first_line
        inside = before.level < after.level and after.last_line <= before.last_line
        assert apart or inside
    check_keys(document)
    for task in document.tasks:
        check_task(task, lines)
    for note in document.notes:
        assert note.line is None or 1 <= note.line <= len(lines)
    check_graph(document)


def check_keys(document: ParsedDocument) -> None:
    """Keys are unique, ids are their tasks' keys, parents stand before their children."""
    keys = [task.key for task in document.tasks]
    assert len(set(keys)) == len(keys)
    seen: set[str | None] = {None}
    for task in document.tasks:
        assert task.external_key in {None, task.key}
        assert task.parent_key in seen
        seen.add(task.key)


def check_task(task: TaskProposal, lines: list[str]) -> None:
    assert 1 <= task.first_line <= task.last_line <= len(lines)
    own = "\n".join(lines[task.first_line - 1 : task.last_line]).split()
    if task.rule != "table_row":  # its details are its cells
        assert is_subsequence(task.details.split(), own)
    for criterion in task.criteria:
        assert 1 <= criterion.line <= criterion.last_line <= len(lines)
        # A label's text may begin on the line after it.
        begin = "\n".join(lines[criterion.line - 1 : criterion.last_line + 1])
        assert all(word in begin for word in criterion.text.split()[:1])
    for excerpt in (*task.requirements, *task.tests, *task.files):
        assert 1 <= excerpt.line <= len(lines)
    if task.estimate:
        assert task.estimate.low_minutes <= task.estimate.high_minutes
    named = [source.field for source in task.sources]
    assert len(set(named)) == len(named)
    for source in task.sources:
        assert 1 <= source.first_line <= source.last_line <= len(lines)
        assert source.field == "parent" or getattr(task, source.field)
    filled = {name for name in FIELDS if getattr(task, name)}
    assert filled <= {*named, "priority_text"}


def is_subsequence(words: list[str], text: list[str]) -> bool:
    rest = iter(text)
    return all(any(word in other for other in rest) for word in words)


def check_graph(document: ParsedDocument) -> None:
    graph = edges(document)
    keys = {task.key for task in document.tasks if not task.group}
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
