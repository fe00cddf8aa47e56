"""Dependencies: what is read from which words, and what is only reported."""

from __future__ import annotations

import pytest

from apps.prds.parser import DocumentError, parse_document
from tests.prds.parser.helpers import codes, edges, lines_of, parse_tasks

SECTION = "## Dependencies\n\n"


@pytest.mark.parametrize(
    ("tail", "expected"),
    [
        ("- T-1 \u2192 T-2, T-3", {("T-2", "T-1"), ("T-3", "T-1")}),
        ("- T-1 -> T-2 -> T-3", {("T-2", "T-1"), ("T-3", "T-2")}),
        ("- T-1 => T-2", {("T-2", "T-1")}),
        ("- T-2 \u2190 T-1", {("T-2", "T-1")}),
        ("- T-1, T-2 --> T-3", {("T-3", "T-1"), ("T-3", "T-2")}),
        ("T-1 \u2192 T-2\nT-2 \u2192 T-3", {("T-2", "T-1"), ("T-3", "T-2")}),
        ("- T-1 (base) \u2192 All other sub-tasks", {("T-2", "T-1"), ("T-3", "T-1")}),
        ("- T-3 depends on all other tasks", {("T-3", "T-1"), ("T-3", "T-2")}),
        ("- Everything else depends on T-1", {("T-2", "T-1"), ("T-3", "T-1")}),
        ("- **T-3** depends on T-1 and T-2.", {("T-3", "T-1"), ("T-3", "T-2")}),
        ("- T-3 requires `T-1`; T-2", {("T-3", "T-1"), ("T-3", "T-2")}),
        ("- T-1 blocks T-2", {("T-2", "T-1")}),
        ("- T-1 is required by T-2", {("T-2", "T-1")}),
        ("- T-2 is blocked by T-1. T-3 depends on T-1.", {("T-2", "T-1"), ("T-3", "T-1")}),
        ("|Task|Depends on|\n|-|-|\n|T-2|T-1|\n|T-3|none|", {("T-2", "T-1")}),
        ("Arrows: A \u2192 B means A depends on B.\n\n- T-2 \u2192 T-1", {("T-2", "T-1")}),
        ("A \u2192 B: B needs A.\n\n- T-1 \u2192 T-2", {("T-2", "T-1")}),
        ("\u2192 means \u201cneeds\u201d\n\n- T-2 \u2192 T-1", {("T-2", "T-1")}),
    ],
)
def test_a_section_about_dependencies(tail: str, expected: set[tuple[str, str]]) -> None:
    document = parse_tasks(3, SECTION + tail)
    assert edges(document) == expected
    assert document.notes == ()


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("Depends on T-1, T-2", {"T-1", "T-2"}),
        ("Depends on: T-1,\nT-2", {"T-1", "T-2"}),
        ("**Dependencies**: T-1", {"T-1"}),
        ("- Blocked by T-1", {"T-1"}),
        ("This task depends on T-1.", {"T-1"}),
        ("### Dependencies\n- The base (T-1)\n- T-2", {"T-1", "T-2"}),
        ("### Dependencies\nNone", set()),
        ("**Dependencies:**\n- T-1\n- T-2", {"T-1", "T-2"}),
        ("Depends on all other tasks", {"T-1", "T-2"}),
    ],
)
def test_the_own_words_of_a_task(body: str, expected: set[str]) -> None:
    document = parse_tasks(2, f"## T-9: Last\n\n{body}")
    assert edges(document) == {("T-9", key) for key in expected}
    assert codes(document) == set()


def test_a_task_can_block_others() -> None:
    document = parse_tasks(1, "## T-2: Second\n\nBlocks: T-1")
    assert edges(document) == {("T-1", "T-2")}


@pytest.mark.parametrize(
    ("tail", "code"),
    [
        ("- the whole API \u2192 T-1", "unclear_dependency"),
        ("- T-1 depends on all API endpoints", "prose_dependency"),
        ("- T-1 \u2192 the console", "prose_dependency"),
        ("- T-1 depends on X-7", "unknown_reference"),
        ("- T-1 depends on T-1", "self_dependency"),
        ("- T-1 depends on T-2 or T-3", "unclear_dependency"),
        ("- T-1 does not depend on T-2", "unclear_dependency"),
        ("- T-3 depends on T-1 \u2013 T-2", "unclear_dependency"),
        ("- T-1 \u2192 all other tasks except T-2", "unclear_dependency"),
        ("- T-1 <-> T-2", "unclear_dependency"),
        ("- T-1: T-2", "unclear_dependency"),
        ("- T-1 depends on T-2 and blocks T-3", "unclear_dependency"),
        ("The arrows follow the water.\n\n- T-1 \u2192 T-2", "unclear_dependency"),
        ("|Task|Needs what|\n|-|-|\n|T-2|T-1|", "unclear_dependency"),
        ("- " + "T-1, " * 2_000 + "\u2192 T-2", "unclear_dependency"),
    ],
)
def test_nothing_is_guessed(tail: str, code: str) -> None:
    document = parse_tasks(3, SECTION + tail)
    assert edges(document) == set()
    assert codes(document) == {code}


@pytest.mark.parametrize(
    ("tail", "noted"),
    [
        ("## Notes\n\nT-2 depends on T-1.", None),
        ("## Critical path\n\nT-1 \u2192 T-2", "unclear_dependency"),
        ("## Notes\n\nSuccess depends on T-1.", "unclear_dependency"),
        ("## Notes\n\nSuccess depends on the weather \u2192 rain.", None),
        ("## Notes\n\nT-1 and T-2 integrate with X-3.", None),
        ("```\nT-2 depends on T-1\n```", None),
        ("> T-2 depends on T-1", None),
    ],
)
def test_outside_of_such_sections(tail: str, noted: str | None) -> None:
    document = parse_tasks(2, tail)
    assert edges(document) == ({("T-2", "T-1")} if tail.endswith("T-2 depends on T-1.") else set())
    assert codes(document) == ({noted} if noted else set())


def test_all_others_within_a_phase_is_not_certain() -> None:
    text = (
        "# Plan\n\n## Phase 1\n\n### T-1: a\n\n### T-2: b\n\n### Dependencies\n\n"
        "- T-1 \u2192 all other tasks\n\n## Phase 2\n\n### T-3: c\n"
    )
    document = parse_document(text)
    assert edges(document) == set()
    assert codes(document) == {"unclear_dependency"}


def test_a_group_or_the_document_is_no_task_to_wait_for() -> None:
    document = parse_document("# MT-1 Plan\n\n## T-1: a\n\nDepends on MT-1\n")
    assert codes(document) == {"reference_to_group"}


def test_a_cycle_is_spelled_out_and_none_of_its_edges_taken() -> None:
    tail = (
        "- T-1 \u2192 T-2\n- T-2 \u2192 T-3\n- T-3 \u2192 T-1\n- T-1 \u2192 T-4\n- T-4 \u2192 T-5"
    )
    document = parse_tasks(5, SECTION + tail)
    assert edges(document) == {("T-4", "T-1"), ("T-5", "T-4")}
    (note,) = document.notes
    assert note.code == "dependency_cycle"
    assert "T-1 \u2192 T-3 \u2192 T-2 \u2192 T-1" in note.message


def test_a_statement_made_twice_is_one_edge() -> None:
    document = parse_tasks(2, SECTION + "- T-1 \u2192 T-2\n- T-2 depends on T-1")
    assert edges(document) == {("T-2", "T-1")}
    assert lines_of(document, "duplicate_dependency") == [10]


def test_a_plain_statement_is_better_evidence_than_all_others() -> None:
    document = parse_tasks(2, SECTION + "- T-1 \u2192 all other tasks\n- T-2 depends on T-1")
    (edge,) = document.tasks[1].depends_on
    assert (edge.rule, edge.line, edge.text) == ("depends_on", 10, "T-2 depends on T-1")
    assert document.notes == ()


@pytest.mark.parametrize(
    ("tail", "contradicted"),
    [
        ("- T-2 can run in parallel with others", True),
        ("- T-1 and T-2 can be done in parallel", True),
        ("- T-2 can run in parallel with T-3", False),
        ("### Parallel work\n\n- T-1, T-2", True),
        ("### Parallel work\n\n- T-1\n- T-2", True),
        ("### Parallel work\n\n- T-2\n- T-3", False),
    ],
)
def test_parallel_work_that_contradicts_an_edge(tail: str, contradicted: bool) -> None:
    document = parse_tasks(3, SECTION + "- T-1 \u2192 T-2\n" + tail)
    assert edges(document) == {("T-2", "T-1")}
    assert codes(document) == ({"parallel_contradiction"} if contradicted else set())


def test_too_many_dependencies_are_refused() -> None:
    with pytest.raises(DocumentError) as caught:
        parse_tasks(3_000, SECTION + "- T-1 \u2192 all other tasks\n" * 20)
    assert caught.value.code == "too_many_dependencies"
