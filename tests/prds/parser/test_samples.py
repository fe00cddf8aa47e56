"""Whole documents in many styles, with the whole of what comes out of each.

`*.expected.txt` beside a sample holds every field, line and note (see `rendering`); the tests below
hold what was counted by hand in two of them.
"""

from __future__ import annotations

import pytest

from apps.prds.parser import PARSER_VERSION, parse_document
from tests.prds.parser.helpers import SAMPLES, codes, edges, lines_of, parse_sample
from tests.prds.parser.rendering import render

NAMES = sorted(
    path.name
    for path in SAMPLES.iterdir()
    if path.suffix in {".md", ".txt"} and not path.name.endswith(".expected.txt")
)


def test_there_are_samples_of_many_styles() -> None:
    assert len(NAMES) >= 11


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_gives_all_that_is_expected(name: str) -> None:
    expected = SAMPLES / f"{name.rpartition('.')[0]}.expected.txt"
    assert render(parse_sample(name)) == expected.read_text(encoding="utf-8")


def test_the_greenhouse_has_its_seven_tasks() -> None:
    document = parse_sample("greenhouse-controller.md")
    assert document.version == PARSER_VERSION
    assert document.title is not None
    assert document.title.startswith("GH-012 Greenhouse controller")
    rows = [
        (task.external_key, len(task.criteria), task.estimated_minutes, task.priority)
        for task in document.tasks
    ]
    assert rows == [
        ("GH-012-01", 4, 240, "high"),
        ("GH-012-02", 3, 180, "high"),
        ("GH-012-03", 3, 720, None),
        ("GH-012-04", 2, 90, "medium"),
        ("GH-012-05", 2, 240, None),
        ("GH-012-06", 1, None, "low"),
        ("GH-012-07", 1, 150, None),
    ]
    assert sum(criterion.met for task in document.tasks for criterion in task.criteria) == 3
    first, second = document.tasks[:2]
    assert (first.title, first.assignee, first.tags) == (
        "Sensor bus and clock",
        "marta",
        ("firmware", "bus"),
    )
    assert (first.first_line, first.last_line) == (8, 25)
    assert first.section_path == (document.title, "GH-012-01: Sensor bus and clock")
    assert second.estimate is not None
    assert (second.estimate.low_minutes, second.estimate.high_minutes) == (120, 240)


def test_the_greenhouse_has_the_dependencies_that_it_states() -> None:
    document = parse_sample("greenhouse-controller.md")
    all_others = {(f"GH-012-0{number}", "GH-012-01") for number in range(2, 8)}
    assert edges(document) == all_others | {
        ("GH-012-04", "GH-012-02"),
        ("GH-012-04", "GH-012-03"),
        ("GH-012-05", "GH-012-02"),
        ("GH-012-05", "GH-012-03"),
    }


def test_the_greenhouse_reports_the_rest_with_its_lines() -> None:
    document = parse_sample("greenhouse-controller.md")
    assert [(note.line, note.code) for note in document.notes] == [
        (21, "prose_dependency"),
        (22, "prose_dependency"),
        (60, "prose_dependency"),
        (102, "estimate_unreadable"),
        (121, "prose_dependency"),
        (122, "unknown_reference"),
        (123, "self_dependency"),
        (124, "unclear_dependency"),
        (128, "parallel_contradiction"),
        (131, "checkbox_outside_task"),
    ]


def test_phases_are_groups_unless_they_have_criteria_of_their_own() -> None:
    document = parse_sample("phases.md")
    assert document.title == "Orchard robot"
    assert [(task.external_key, task.rule) for task in document.tasks] == [
        ("EPIC-1", "heading_id_group"),
        ("OR-1.1", "heading_id"),
        ("OR-1.2", "heading_id"),
        ("EPIC-2", "heading_id_group"),
        ("OR-2.1", "heading_id"),
        ("EPIC-3", "heading_id"),
    ]
    assert [task.external_key for task in document.tasks if task.group] == ["EPIC-2"]
    assert [task.parent_key for task in document.tasks] == [
        None, "EPIC-1", "EPIC-1", None, "EPIC-2", None,
    ]  # fmt: skip
    assert document.tasks[0].details == "- [ ] The robot stays on the path"
    assert edges(document) == {("OR-1.2", "OR-1.1")}
    assert codes(document) == {"group", "duplicate_id", "prose_dependency"}
    assert lines_of(document, "duplicate_id") == [25]


def test_line_ends_and_a_mark_change_nothing() -> None:
    text = (SAMPLES / "greenhouse-controller.md").read_text(encoding="utf-8")
    plain = parse_document(text)
    for other in ("\r\n", "\r"):
        assert parse_document("\ufeff" + text.replace("\n", other)) == plain
