"""Each kind of finding, in a document of a few lines."""

from __future__ import annotations

import pytest

from apps.prds.lint import Finding, lint_text

MET = "\n\n- [ ] It is done within 3 days\n"  # a criterion that nothing can be said against


def found(text: str, code: str) -> list[Finding]:
    return [finding for finding in lint_text(text) if finding.code == code]


def only(text: str, code: str) -> Finding:
    """The one finding of a text."""
    (finding,) = lint_text(text)
    assert finding.code == code
    return finding


def test_a_document_without_fault() -> None:
    assert lint_text(f"# Plan\n\nTotal effort: 3 h\n\n## T-1: Dig\n\nEstimate: 3 h{MET}") == ()


def test_a_cycle_is_spelled_out() -> None:
    text = (
        f"## A-1: Dig\n\nDepends on A-2{MET}\n## A-2: Sow\n\nDepends on A-3{MET}\n"
        f"## A-3: Eat\n\nDepends on A-1{MET}"
    )
    finding = only(text, "dependency_cycle")
    assert finding.message == (
        "These tasks wait for each other: A-1 \u2192 A-2 \u2192 A-3 \u2192 A-1 (lines 3, 9, 15); "
        "no dependency between them was taken."
    )
    assert (finding.severity, finding.first_line, finding.key) == ("error", 3, "A-1")


def test_edges_that_contradict_each_other() -> None:
    text = (
        f"## A-1: Dig{MET}\n## A-2: Sow{MET}\n## Dependencies\n- A-1 \u2192 A-2\n"
        "- A-2 can run in parallel with A-1\n"
    )
    finding = only(text, "parallel_contradiction")
    assert (finding.severity, finding.first_line, finding.key) == ("error", 11, None)
    assert "A-2 depends on A-1 (line 10)" in finding.message


@pytest.mark.parametrize(
    ("total", "first", "second", "message"),
    [
        ("5 h", "2 h", "2 h", "does not agree with its 2 tasks, which come to 4 h"),
        ("3 h", "2 h", "2 h", "does not agree with its 2 tasks, which come to 4 h"),
        ("5 h", "1-2 h", "90 min",
         "does not agree with its 2 tasks, which come to 2 h 30 min to 3 h 30 min"),
        ("22 d", "9 d", "10 d", "does not agree with its 2 tasks, which come to 152 h"),
        ("3 h", "4 h", "soon", "does not agree with its 2 tasks, which come to at least 4 h"),
        ("4 h", "2 h", "2 h", None),
        ("3-5 h", "2 h", "2 h", None),
        ("4 h", "1-2 h", "2-3 h", None),
        ("300 h", "150 h", "150 h", None),
    ],
)  # fmt: skip
def test_a_total_that_does_not_add_up(
    total: str, first: str, second: str, message: str | None
) -> None:
    text = f"# Plan\n\nTotal effort: {total}\n"
    for number, effort in enumerate((first, second), start=1):
        text += f"\n## T-{number}: Dig\n\nEstimate: {effort}{MET}"
    findings = found(text, "total_mismatch")
    if message is None:
        assert findings == []
        assert found(text, "total_unchecked") == []
        return
    (finding,) = findings
    assert finding.message == f"The total \u201c{total}\u201d {message}."
    assert (finding.severity, finding.first_line, finding.key) == ("error", 3, None)


def test_a_total_of_tasks_without_estimate_cannot_be_checked() -> None:
    text = f"# Plan\n\nTotal effort: 5 h\n\n## T-1: Dig\n\nEstimate: 1 h{MET}\n## T-2: Sow{MET}"
    finding = only(text, "total_unchecked")
    assert finding.message == (
        "The total \u201c5 h\u201d cannot be checked: 1 of its 2 tasks state no effort."
    )
    assert (finding.severity, finding.first_line) == ("info", 3)


def test_a_total_stands_for_the_tasks_of_its_section() -> None:
    """And the whole document's for all of them."""
    text = (
        "# Plan\n\nTotal effort: 9 h\n\n## Roadmap\n\n### Phase 1: Beds\n\nTotal effort: 4 h\n\n"
        "- Dig (1 h)\n- Rake (2 h)\n\n### Phase 2: Barn\n\nTotal effort: 6 h\n\n- Build (6 h)\n"
    )
    (finding,) = found(text, "total_mismatch")
    assert finding.first_line == 9
    assert finding.message.endswith("its 2 tasks, which come to 3 h.")


@pytest.mark.parametrize(
    ("own", "wrong"),
    [("3 h", True), ("4 h", False), ("5 h", False)],
)
def test_a_task_is_no_smaller_than_its_parts(own: str, wrong: bool) -> None:
    text = f"# Tasks\n\n- Dig ({own})\n  - Rake (2 h)\n  - Weed (2 h)\n"
    findings = found(text, "group_total_mismatch")
    assert [(f.first_line, f.key, f.severity) for f in findings] == (
        [(3, "#dig", "error")] if wrong else []
    )


@pytest.mark.parametrize(("own", "wrong"), [("3 h", True), ("4 h", False), ("5 h", True)])
def test_a_group_is_its_parts(own: str, wrong: bool) -> None:
    text = (
        f"# Plan\n\n## E-1: Beds\n\nEstimate: {own}\n\n### E-1.1: Rake\n\nEstimate: 2 h{MET}\n"
        f"### E-1.2: Weed\n\nEstimate: 2 h{MET}"
    )
    findings = found(text, "group_total_mismatch")
    assert [f.message for f in findings] == (
        [f"E-1: its estimate \u201c{own}\u201d does not agree with its 2 tasks, which come to 4 h."]
        if wrong
        else []
    )


def test_parts_are_not_added_to_the_task_that_they_are_parts_of() -> None:
    text = "# Tasks\n\nTotal effort: 5 h\n\n- Dig (5 h)\n  - Rake (2 h)\n  - Weed (2 h)\n"
    assert found(text, "total_mismatch") == []


def test_a_dependency_on_nobody() -> None:
    finding = only(f"## T-1: Dig\n\nDepends on T-7{MET}", "unknown_reference")
    assert (finding.severity, finding.first_line, finding.key) == ("error", 3, "T-1")


def test_an_id_of_the_series_that_nothing_has() -> None:
    text = f"## T-1: Dig\n\nSee T-2, T-9 and W-9; then T-9.{MET}\n## T-2: Sow{MET}"
    finding = only(text, "unknown_id")
    assert finding.message == (
        "T-9 is mentioned (2 times), but nothing in the document has this id."
    )
    assert (finding.severity, finding.first_line, finding.key) == ("warning", 3, "T-1")


def test_an_id_that_an_entry_has_is_known() -> None:
    text = (
        f"## T-1: Dig\n\nNot T-8, as T-9 says.{MET}\n## Out of scope\n\n- T-8: Fly\n- **T-9** Run\n"
    )
    assert lint_text(text) == ()


def test_one_id_for_two_headings() -> None:
    finding = only(f"## T-1: Dig{MET}\n## T-1: Sow\n\nSoon.\n", "duplicate_id")
    assert (finding.severity, finding.first_line) == ("error", 5)


def test_one_id_for_two_entries() -> None:
    text = "# Tasks\n\n- T-1: Dig\n- T-1: Sow\n"
    (finding,) = found(text, "duplicate_entry_id")
    assert finding.message == ("Another task has the id T-1 already, so this entry is without one.")
    assert (finding.severity, finding.first_line) == ("error", 4)


def test_a_criterion_that_nothing_can_be_measured_by() -> None:
    text = "## T-1: Dig\n\n- [ ] It works\n  properly\n- [ ] It is deep\n"
    first, second = lint_text(text)
    assert (first.code, first.severity, first.key) == ("unmeasurable_criterion", "warning", "T-1")
    assert (first.first_line, first.last_line) == (3, 4)
    assert first.message == (
        "\u201cIt works properly\u201d names nothing that can be measured or observed; "
        "everybody reads \u201cproperly\u201d differently."
    )
    assert second.message.endswith("measured or observed.")


def test_tasks_without_criteria() -> None:
    text = f"## T-1: Dig{MET}\n## T-2: Sow\n\nSoon.\n"
    finding = only(text, "no_criteria")
    assert finding.message == "T-2 has no acceptance criteria."
    assert (finding.severity, finding.first_line, finding.key) == ("warning", 5, "T-2")


def test_a_document_without_any_criterion_has_one_finding() -> None:
    finding = only("## T-1: Dig\n\nDeep.\n\n## T-2: Sow\n\nSoon.\n", "no_criteria")
    assert finding.message == "None of the 2 open tasks has acceptance criteria."
    assert (finding.first_line, finding.last_line, finding.key) == (1, 7, None)


@pytest.mark.parametrize(
    "text",
    [
        "# Tasks\n\n- Dig\n  - Rake\n  - Done when:\n    - it takes 3 hours\n",  # around it
        "# Tasks\n\n## Dig\n\n### Sub-tasks\n\n1. Rake\n   - [ ] 3 stones are left\n",  # beneath it
        "# Plan\n\n- [x] T001 Dig\n- [ ] T002 Sow\n  - Done when:\n    - 3 rows are sown\n",  # done
    ],
)
def test_tasks_that_need_no_criteria_of_their_own(text: str) -> None:
    assert found(text, "no_criteria") == []


@pytest.mark.parametrize(
    "body", ["", "\n\n", "---\n", "<!-- later -->\n", "<!--\nlater\n-->\n\n***\n"]
)
def test_an_empty_section(body: str) -> None:
    text = f"## T-1: Dig{MET}\n## Notes\n{body}\n## Remarks\n\nNone.\n"
    finding = only(text, "empty_section")
    assert finding.message == "The section \u201cNotes\u201d is empty."
    assert (finding.severity, finding.first_line) == ("warning", 5)
    assert finding.last_line == text.split("\n").index("## Remarks")


@pytest.mark.parametrize(
    "body", ["Text", "```\n```", "| a |\n|---|", "### Beneath\n\nText", "<!-- open", "- item"]
)
def test_a_section_that_is_not_empty(body: str) -> None:
    assert lint_text(f"## T-1: Dig{MET}\n## Notes\n{body}\n") == ()


def test_an_underlined_heading_is_no_text() -> None:
    finding = only(f"## T-1: Dig{MET}\nNotes\n=====\n", "empty_section")
    assert (finding.first_line, finding.last_line) == (5, 7)


def test_a_heading_of_a_task_may_say_all() -> None:
    text = f"## T-1: Dig{MET}\n## T-2: Sow\n"
    assert [finding.code for finding in lint_text(text)] == ["no_criteria"]


def test_what_nobody_has_decided() -> None:
    finding = only(f"## T-1: Dig\n\nThe depth is TBD.{MET}", "undecided")
    assert finding.message == "\u201cTBD\u201d: this is not decided or not known."
    assert (finding.severity, finding.first_line, finding.key) == ("info", 3, "T-1")


def test_a_finding_has_the_innermost_task() -> None:
    text = "# Tasks\n\n- Dig\n  - Rake, TBD\n\n  TBD\n\nTBD\n"
    assert [(f.first_line, f.key) for f in found(text, "undecided")] == [
        (4, "#rake-tbd"),
        (6, "#dig"),
        (8, None),
    ]
