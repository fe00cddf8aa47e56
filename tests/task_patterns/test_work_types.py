"""Which kind of work a task is: the rules of wt-1, by example and for whatever text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.task_patterns.work_types import WORK_TYPES_VERSION, WorkType, classify
from apps.task_patterns.work_types.words import NOUNS, PREFIXES, TAGS

DOCS = Path(__file__).resolve().parents[2] / "docs" / "patterns.md"

EXAMPLES = [
    ("Design the login form", (), "", WorkType.DESIGN, "verb:design"),
    ("Sketching of the new page", (), "", WorkType.DESIGN, "verb:sketch"),
    ("Research vector stores", (), "", WorkType.RESEARCH, "verb:research"),
    ("Find out why the queue stalls", (), "", WorkType.RESEARCH, "phrase:find out"),
    ("Implement token rotation", (), "", WorkType.IMPLEMENT, "verb:implement"),
    ("Building the importer", (), "", WorkType.IMPLEMENT, "verb:build"),
    ("feat(api): cursor pages", (), "", WorkType.IMPLEMENT, "prefix:feat"),
    ("Add an index", (), "", WorkType.IMPLEMENT, "weak_verb:add"),
    ("Add tests for the importer", (), "", WorkType.TEST, "object:test"),
    ("Tested the backup", (), "", WorkType.TEST, "verb:test"),
    ("Fixes the crash on save", (), "", WorkType.FIX, "verb:fix"),
    ("Crash when two people save", (), "", WorkType.FIX, "object:crash"),
    ("Add a button", ("Bug",), "", WorkType.FIX, "tag:bug"),
    ("Refactoring the parser", (), "", WorkType.REFACTOR, "verb:refactor"),
    ("Write the README", (), "", WorkType.DOCUMENT, "object:readme"),
    ("Describe the limits", (), "", WorkType.DOCUMENT, "verb:describe"),
    ("Reviewed the merge request", (), "", WorkType.REVIEW, "verb:review"),
    ("Roll out to the pilot group", (), "", WorkType.DEPLOY, "phrase:roll out"),
    ("Deploying to staging", (), "", WorkType.DEPLOY, "verb:deploy"),
    ("Set up the pipeline", (), "", WorkType.CONFIGURE, "phrase:set up"),
    ("ST-008-03: Migrating the users", (), "", WorkType.MIGRATE, "verb:migrate"),
    ("Speeding up the list", (), "", WorkType.OPTIMISE, "phrase:speed up"),
    ("Optimize the search", (), "", WorkType.OPTIMISE, "verb:optimize"),
    ("Harden the login", (), "", WorkType.SECURE, "verb:harden"),
    ("Planned the sprint", (), "", WorkType.PLAN, "verb:plan"),
    ("- [ ] 3.2 Clean up the old exports", (), "", WorkType.CLEAN_UP, "phrase:clean up"),
    ("The new page", (), "4. Testing", WorkType.TEST, "section:test"),
    ("Update the page", (), "Security review", WorkType.REVIEW, "section:review"),
    ("Grapefruit", (), "", WorkType.OTHER, "none:"),
    ("", (), "", WorkType.OTHER, "none:"),
    ("\N{GRINNING FACE} \N{ZERO WIDTH SPACE}", ("\N{GRINNING FACE}",), "\x00", WorkType.OTHER,
     "none:"),
    ("Проверить резервную копию", (), "", WorkType.OTHER, "none:"),
]  # fmt: skip
# Whatever a browser or a phone makes of letters.
ALIKE = ["fix the door", "Fix the door", "FIX THE DOOR", "\uff26\uff49\uff58 the door", "  fix\tit"]


@pytest.mark.parametrize(("content", "tags", "section", "work_type", "rule"), EXAMPLES)
def test_examples(
    content: str, tags: tuple[str, ...], section: str, work_type: WorkType, rule: str
) -> None:
    found = classify(content, tags, section)
    assert (found.work_type, found.rule) == (work_type, rule)


@pytest.mark.parametrize("content", ALIKE)
def test_case_width_and_spaces_do_not_matter(content: str) -> None:
    assert classify(content).work_type is WorkType.FIX


def test_every_kind_of_work_has_an_example() -> None:
    assert {example[3] for example in EXAMPLES} == set(WorkType)


@given(st.text(), st.lists(st.text(), max_size=10), st.text())
def test_every_text_has_one_answer(content: str, tags: list[str], section: str) -> None:
    found = classify(content, tags, section)
    assert found.work_type in WorkType
    assert found == classify(content, list(reversed(tags)), section)
    assert (found.rule == "none:") == (found.work_type is WorkType.OTHER)


@given(st.sampled_from(sorted(PREFIXES)), st.text())
def test_a_prefix_decides_whatever_follows(prefix: str, rest: str) -> None:
    assert classify(f"{prefix}: {rest}").work_type is PREFIXES[prefix]


@given(st.sampled_from(sorted(set(TAGS) - set(NOUNS))))
def test_a_tag_decides_where_the_content_says_nothing(tag: str) -> None:
    assert classify("Grapefruit", [tag.upper()]).work_type is TAGS[tag]


def test_a_long_text_is_read_to_its_thousandth_character() -> None:
    assert classify(" " * 999 + "fix").work_type is WorkType.OTHER
    assert classify(" " * 990 + "fix it").work_type is WorkType.FIX


def test_the_page_names_the_version_and_every_kind_of_work() -> None:
    page = DOCS.read_text()
    assert f"`{WORK_TYPES_VERSION}`" in page
    rows = set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))
    assert rows >= {kind.value for kind in WorkType}
