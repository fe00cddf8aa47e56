"""What the parser promises of every reading, and the lines that documents are made of."""

from __future__ import annotations

import json
from itertools import pairwise

from jsonschema import Draft202012Validator

from apps.prds.parser import DOCUMENT_SCHEMA, ParsedDocument, TaskProposal, as_data
from apps.prds.parser.document import normalise_newlines
from tests.prds.parser.helpers import edges

SCHEMA = Draft202012Validator(DOCUMENT_SCHEMA)
FIELDS = (
    "title", "details", "criteria", "requirements", "tests", "files", "estimate", "points",
    "priority", "assignee", "tags", "depends_on",
)  # fmt: skip
LINES = (
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
    "## T-1: One", "### T-2: Two", "#### T-3: Three", "- T-1 \u2192 T-2, T-3", "T-2 depends on T-1",
    "- T-3 can run in parallel with others", "T-3 blocks all other tasks",
)  # fmt: skip


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
