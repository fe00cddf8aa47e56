"""Adding scope never lowers a score: lines are really put in, and really counted again."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.prds.complexity import (
    FACTORS,
    Inputs,
    count_document,
    count_item,
    score_document,
    score_item,
    score_proposals,
)
from apps.prds.parser import TaskProposal, parse_document
from apps.prds.parser.document import normalise_newlines
from tests.examples import examples
from tests.prds.parser.helpers import SAMPLES
from tests.prds.parser.test_properties import DOCUMENTS
from tests.prds.parser.test_samples import NAMES

PAGE = (Path(__file__).parents[3] / "docs" / "complexity.md").read_text(encoding="utf-8")
TEXTS = {name: (SAMPLES / name).read_text(encoding="utf-8") for name in NAMES}
WORDS = st.lists(
    st.sampled_from(
        ["gate", "atomic", "migrate", "TBD", "7", "a", "third-party", "password", "\u82b1", "??"]
    ),
    min_size=1,
    max_size=8,
).map(" ".join)
ITEMS = st.sampled_from(["- {}", "1. {}", "- [ ] {}", "* {}", "- [x] {}"])
LABELS = st.sampled_from(
    ["**Acceptance criteria:**", "**Files:**", "**Tests:**", "**Scope:**", "**Dependencies:**"]
)
BULLETS = st.lists(st.builds(str.format, ITEMS, WORDS), min_size=1, max_size=6).map("\n".join)
LISTS = st.builds("{}\n\n{}".format, LABELS, BULLETS)
PARTS = st.one_of(
    WORDS, BULLETS, LISTS, st.just("Depends on: T-1"), st.just("Depends on: GH-012-07")
)
TASKS = st.builds(
    "{} {}: {}\n\n{}".format,
    st.sampled_from(["#", "##", "###"]),
    st.sampled_from(["NEW-1", "NEW-2", "Task 77", "Story 3", "ZZ-9.1"]),
    WORDS,
    st.lists(PARTS, max_size=4).map("\n\n".join),
)
VIEWS = st.builds(
    "# {}\n\n{}".format, st.sampled_from(["Tasks", "Roadmap", "User stories", "Scope"]), BULLETS
)
# Lines that give those around them another meaning, to a reader or to the parser.
TURNS = st.sampled_from(
    ["", "## Out of scope", "# Risks", "### Tests", "## Requirements", "### Acceptance criteria",
     "## Dependencies", "### Files to change", "```", "```gherkin", "~~~", "| a | b |", "|---|---|",
     "| Task | Depends on |", "---", "===", "> quoted", "<!--", "-->", "Done when:", "Files:",
     "**Tests:**", "Depends on:", "Depends on: none", "Given a bed", "When we dig",
     "Then it is dug",
     "Tests: by hand", "TASKS", "- Done when:", "  - deep", "\tTBD", "It must be dug", "\u2028"]
)  # fmt: skip
ADDED = st.lists(
    st.one_of(TURNS, PARTS, TASKS, VIEWS, st.text(max_size=20)), min_size=1, max_size=4
)
SLOW = settings(
    max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def put_in(text: str, data: st.DataObject) -> str:
    """The text with lines, or whole sections, before its lines, between them or after them."""
    lines = normalise_newlines(text).split("\n")
    for added in data.draw(ADDED):
        lines.insert(data.draw(st.integers(0, len(lines))), added)
    return "\n".join(lines)


def assert_no_less(before: Inputs, after: Inputs) -> None:
    for factor in FACTORS:
        assert after.found(factor.name) >= before.found(factor.name), factor.name
    assert set(before.risks) <= set(after.risks)


@SLOW
@given(st.one_of(st.sampled_from(list(TEXTS.values())), DOCUMENTS), st.data())
def test_a_document_with_lines_or_sections_put_anywhere(before: str, data: st.DataObject) -> None:
    after = put_in(before, data)
    assert_no_less(count_document(before), count_document(after))
    assert score_document(after).score >= score_document(before).score


@SLOW
@given(st.one_of(st.sampled_from(list(TEXTS.values())), DOCUMENTS), st.data())
def test_details_of_a_task_with_lines_or_sections_put_anywhere(
    before: str, data: st.DataObject
) -> None:
    after = put_in(before, data)
    assert_no_less(count_item(title="Dig", details=before), count_item(title="Dig", details=after))
    small, large = (score_item(title="Dig", details=details) for details in (before, after))
    assert large.score >= small.score


@SLOW
@given(st.one_of(st.sampled_from(list(TEXTS.values())), DOCUMENTS), WORDS, st.data())
def test_a_line_that_is_continued(before: str, words: str, data: st.DataObject) -> None:
    lines = normalise_newlines(before).split("\n")
    place = data.draw(st.integers(0, len(lines) - 1))
    lines[place] += f" {words}"
    assert_no_less(count_document(before), count_document("\n".join(lines)))


@SLOW
@given(DOCUMENTS, DOCUMENTS)
def test_a_document_counts_as_its_parts(one: str, two: str) -> None:
    """Nothing of what stands in one part has a say in the other; a file is one in both."""
    first, second, whole = map(count_document, (one, two, f"{one}\n{two}"))
    for name in ("words", "requirements", "criteria", "tests", "dependencies", "uncertainties"):
        assert whole.found(name) == first.found(name) + second.found(name)
    assert set(whole.risks) == {*first.risks, *second.risks}
    assert max(first.files, second.files) <= whole.files <= first.files + second.files


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "addition",
    [
        "",
        "## ZZ-77: Dig\n\n- [ ] dug",
        "### Tests\n\n- by hand",
        "## Requirements\n\n- deep",
        "## Out of scope",
        "```",
        "- [ ] Must return 200",
        "|---|",
        "Done when:",
    ],
)
def test_every_place_of_every_sample(name: str, addition: str) -> None:
    lines = TEXTS[name].split("\n")
    before = count_document(TEXTS[name])
    for place in range(len(lines) + 1):
        text = "\n".join([*lines[:place], addition, *lines[place:]])
        assert_no_less(before, count_document(text))


@pytest.mark.parametrize("name", ["greenhouse-controller.md", "phases.md"])
@SLOW
@given(data=st.data())
def test_a_task_that_grows(name: str, data: st.DataObject) -> None:
    """Whatever is added beneath a task, parsed again: it gets no simpler, and nor do the others."""
    before = parse_document(TEXTS[name])
    chosen = data.draw(st.sampled_from([t for t in before.tasks if t.rule == "heading_id"]))
    keys = [task.key for task in before.tasks]
    edge = st.builds("Depends on: {}".format, st.sampled_from(keys))  # may close a cycle
    parts = data.draw(st.lists(st.one_of(PARTS, edge), min_size=1, max_size=4))
    lines = TEXTS[name].split("\n")
    lines[chosen.last_line : chosen.last_line] = ["", "\n\n".join(parts), ""]
    after = parse_document("\n".join(lines))
    old, new = score_proposals(before), score_proposals(after)
    assert new[chosen.key].score >= old[chosen.key].score
    assert {key: new[key].score >= score.score for key, score in old.items()} == dict.fromkeys(
        old, True
    )


@SLOW
@given(
    st.sampled_from([task for name in NAMES for task in parse_document(TEXTS[name]).tasks]),
    st.lists(PARTS, max_size=4),
    st.lists(WORDS, max_size=5),
    st.integers(0, 20),
)
def test_a_task_that_is_edited(
    task: TaskProposal, details: list[str], criteria: list[str], dependencies: int
) -> None:
    stated = [criterion.text for criterion in task.criteria]
    small = score_item(
        title=task.title,
        details=task.details,
        criteria=stated,
        dependencies=len(task.depends_on),
    )
    large = score_item(
        title=task.title,
        details="\n\n".join([task.details, *details]),
        criteria=[*stated, *criteria],
        dependencies=len(task.depends_on) + dependencies,
    )
    assert large.score >= small.score


def test_a_dependency_on_a_cycle_still_counts() -> None:
    tasks = "## T-1: Dig\n\nDepends on T-2\n\n## T-2: Sow\n"
    apart, around = parse_document(tasks), parse_document(f"{tasks}\nDepends on T-1\n")
    assert around.tasks[0].depends_on == ()
    assert [(e.task_key, e.depends_on_key, e.line) for e in around.cyclic] == [
        ("T-1", "T-2", 3),
        ("T-2", "T-1", 7),
    ]
    assert score_proposals(around)["T-1"] == score_proposals(apart)["T-1"]
    assert score_proposals(around)["T-2"].score > score_proposals(apart)["T-2"].score


def test_what_waits_for_a_task_does_not_count() -> None:
    """Incoming edges count, outgoing ones do not."""
    scores = score_proposals(parse_document("## T-1: Dig\n\n## T-2: Sow\n\nDepends on T-1\n"))
    found = {
        key: next(f.found for f in score.factors if f.name == "dependencies")
        for key, score in scores.items()
    }
    assert found == {"T-1": 0, "T-2": 1}


@pytest.mark.parametrize("name", NAMES)
def test_line_ends_change_nothing(name: str) -> None:
    assert score_document(TEXTS[name].replace("\n", "\r\n")) == score_document(TEXTS[name])


@pytest.mark.parametrize("name", NAMES)
def test_the_figures_of_the_documentation(name: str) -> None:
    found = score_document(TEXTS[name])
    assert f"| `{name}` | {found.score:.3f} | {found.level} |" in PAGE


def test_the_table_of_the_documentation() -> None:
    for factor in FACTORS:
        row = f"| {factor.name} | {factor.weight} | {factor.k_item} | {factor.k_document} | "
        assert row in PAGE
