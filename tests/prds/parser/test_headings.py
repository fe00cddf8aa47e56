"""Which headings are tasks, and what belongs to them."""

from __future__ import annotations

import pytest

from apps.prds.parser import MAX_TASKS, DocumentError, parse_document
from apps.prds.parser.ids import find_ids
from tests.prds.parser.helpers import codes


@pytest.mark.parametrize(
    ("heading", "key", "title"),
    [
        ("## ST-008-01: Title", "ST-008-01", "Title"),
        ("## MT-006 Title", "MT-006", "Title"),
        ("#### FEAT-12 \u2013 Title", "FEAT-12", "Title"),
        ("## ABC-1.2 - Title", "ABC-1.2", "Title"),
        ("## NFR-SEC-1a. Title", "NFR-SEC-1a", "Title"),
        ("## [ST-1] Title", "ST-1", "Title"),
        ("## **ST-1**: `GET` a *thing*", "ST-1", "GET a thing"),
        ("## 3. Task ST-1: Title", "ST-1", "Title"),
        ("## Sub-task ST-1: Title", "ST-1", "Title"),
        ("## ST\u2011001: Title", "ST-001", "Title"),
        ("ST-1: Title\n---", "ST-1", "Title"),
        (
            "## ST-1: \u041f\u043e\u043b\u0438\u0432 \U0001f331",
            "ST-1",
            "\u041f\u043e\u043b\u0438\u0432 \U0001f331",
        ),
        ("## UTF-8: Title", "UTF-8", "Title"),
        ("# ST-1 alone", "ST-1", "alone"),
    ],
)
def test_a_heading_with_an_id_is_a_task(heading: str, key: str, title: str) -> None:
    (task,) = parse_document(f"{heading}\n\nBody.\n").tasks
    assert (task.external_key, task.title, task.details) == (key, title, "Body.")


@pytest.mark.parametrize(
    "text",
    [
        "## Overview",
        "## st-1 lower case",
        "## Step-1 of many",
        "## UTF-8 everywhere",
        "## ST-1x9 Title",
        "## About ST-1",
        "```\n## ST-1: in code\n```",
        "    ## ST-1: in indented code",
        "<!--\n## ST-1: in a comment\n-->",
        "> ## ST-1: in a quote",
        "- ## ST-1: in a list",
        "ST-1: a paragraph",
        "\\## ST-1: escaped",
        "##ST-1: no space",
    ],
)
def test_other_text_is_no_task(text: str) -> None:
    document = parse_document(f"# Plan\n\n{text}\n\nBody.\n")
    assert document.tasks == ()
    assert "no_tasks" in codes(document)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("## UTF-8 everywhere", "ignored_id"),
        ("> ## ST-1: quoted", "nested_heading"),
        ("- ## ST-1: listed", "nested_heading"),
        ("<div>\n## ST-1: swallowed", "heading_in_html"),
        ("## Login (ST-1)", "id_inside_heading"),
        ("- [ ] loose\n\n## ST-1: a", "checkbox_outside_task"),
        ("## ST-1", "missing_title"),
        ("## ST-1: a\n\n## ST-1: b", "duplicate_id"),
        ("## ST-1: " + "word " * 300, "title_cut"),
        ("## ST-1: a\n\n" + "\u00e4" * 50_001, "details_cut"),
    ],
)
def test_what_is_not_taken_leaves_a_note(text: str, code: str) -> None:
    assert code in codes(parse_document(f"# Plan\n\n{text}\n"))


def test_a_long_title_ends_at_a_word() -> None:
    (task,) = parse_document("## ST-1: " + "word " * 300).tasks
    assert task.title.endswith("word\u2026")
    assert 990 < len(task.title) <= 1000


def test_long_details_fit_the_column() -> None:
    (task,) = parse_document("## ST-1: a\n\n" + "\u00e4" * 60_000).tasks
    assert len(task.details.encode()) <= 100_000


def test_details_are_verbatim_without_outer_lines() -> None:
    text = "# Plan\n\n## ST-1: a\n\n\n  Two  spaces.\n\n### Deeper\n\n- x\n\n---\n\n## ST-2: b\n"
    first, second = parse_document(text).tasks
    assert first.details == "  Two  spaces.\n\n### Deeper\n\n- x"
    assert (first.first_line, first.last_line) == (3, 10)
    assert (second.first_line, second.last_line, second.details) == (14, 14, "")


def test_a_first_heading_is_the_title_only_with_tasks_beneath_it() -> None:
    document = parse_document("# MT-1 Plan\n\n- [ ] loose\n\n## ST-1: a\n")
    assert [task.external_key for task in document.tasks] == ["ST-1"]
    assert document.title == "MT-1 Plan"
    assert document.sections[0].external_id == "MT-1"


def test_too_many_tasks_are_refused() -> None:
    text = "".join(f"## ST-{number}: a\n" for number in range(MAX_TASKS + 1))
    with pytest.raises(DocumentError, match="more than 5,000") as caught:
        parse_document(text)
    assert caught.value.code == "too_many_tasks"


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("ST-1, ST-1 and FEAT-12.", ["ST-1", "FEAT-12"]),
        ("ABC-1.2. XST-3x", ["ABC-1.2", "XST-3x"]),
        ("a/ST-1 see.ST-2 xST-3 ST-4-x ST-", []),
        ("(ST-1) [ST-2] `ST-3` **ST-4**", ["ST-1", "ST-2", "ST-3", "ST-4"]),
    ],
)
def test_ids_in_a_text(text: str, ids: list[str]) -> None:
    assert find_ids(text) == ids
