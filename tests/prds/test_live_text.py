"""A document with the state of its tasks: right boxes, status lines that leave no trace."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from apps.prds.live_text import MARKER, LiveTask, strip_status_lines, write_live_text
from apps.prds.parser import DocumentError, ParsedDocument, parse_document

SAMPLES = sorted(
    path
    for path in (Path(__file__).parent / "samples").rglob("*")
    if path.suffix in {".md", ".txt"}
)
STATUS = "in progress · 1 of 2 criteria met · anna_b"
SHOWN = rf"> **Status:** in progress · 1 of 2 criteria met · anna\_b {MARKER}"

LINES = st.sampled_from(
    [
        *(
            "# Plan",
            "## A-1 Dig",
            "## A-2 Water",
            "### A-3 Sow",
            "A-4 Rake",
            "====",
            "----",
            "## Notes",
        ),
        *("- [ ] A-5 mow", "- [x] A-6 prune", "  - [ ] A-7 below", "1. A-8 first", "2. A-9 second"),
        *(
            "- [ ] it is level",
            "- [X] it holds",
            "* it holds",
            "  - [x] deeper",
            "- a",
            "-",
            "1.",
            "> - [ ] q",
        ),
        *(
            "Acceptance criteria:",
            "**Acceptance criteria**:",
            "Done when:",
            "Depends on: A-1",
            "Estimate: 2 h",
        ),
        *(
            "",
            "",
            "",
            "text",
            "  text",
            "    code",
            "\t- [ ] tab",
            "```",
            "~~~",
            "```gherkin",
            "Given a",
            "> quote",
        ),
        *(
            "| Id | Task |",
            "|---|---|",
            "| A-10 | Hoe |",
            "<PRD>",
            "<div>",
            "<!-- why",
            "-->",
            "---",
            "ü 🌱 \u2028x",
        ),
        *(
            "## Tasks",
            "- Do this",
            "- Do that",
            "Owner: anna",
            MARKER,
            f"> **Status:** old {MARKER}",
            "[ ] loose",
        ),
    ]
)
TEXTS = st.tuples(
    st.lists(LINES, max_size=25), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans()
).map(lambda made: made[1].join(made[0]) + (made[1] if made[2] else ""))


def without_status_lines(text: str) -> str:
    """To the end: in a nonsensical text a status line may have ended what made another one code."""
    while (stripped := strip_status_lines(text)) != text:
        text = stripped
    return text


def parse(text: str) -> ParsedDocument:
    try:
        return parse_document(text)
    except DocumentError:
        assume(False)
        raise


def states(document: ParsedDocument, chance: random.Random) -> dict[str, LiveTask]:
    """Something for every task, so that every box and heading is reached."""
    return {
        task.key: LiveTask(
            STATUS,
            chance.random() < 0.5,
            [(criterion.text, chance.random() < 0.5) for criterion in task.criteria],
        )
        for task in document.tasks
    }


def as_stated(document: ParsedDocument) -> dict[str, LiveTask]:
    return {
        task.key: LiveTask(STATUS, task.done, [(c.text, c.met) for c in task.criteria])
        for task in document.tasks
    }


def unticked(text: str) -> str:
    return re.sub(r"\[[ xX]\]", "[ ]", text)


def tasks_of(document: ParsedDocument) -> list[Any]:
    return [
        (
            *(task.key, task.external_key, task.parent_key, task.group, task.title, task.tags),
            *(task.priority, task.assignee, task.estimate and task.estimate.minutes),
            [criterion.text for criterion in task.criteria],
            [edge.depends_on_key for edge in task.depends_on],
        )
        for task in document.tasks
    ]


@given(TEXTS, st.randoms(use_true_random=False))
@example("# A-1 Dig", random.Random(1))
@example("# A-1 Dig\r\ntext\r\n", random.Random(1))
def test_an_export_without_its_status_lines_is_the_text_up_to_ticks(
    text: str, chance: random.Random
) -> None:
    text = without_status_lines(text)
    document = parse(text)
    exported = write_live_text(text, document, states(document, chance))
    assert unticked(strip_status_lines(exported)) == unticked(text)
    assert write_live_text(text, document, {}) == text


@given(TEXTS)
def test_an_export_of_what_the_text_says_is_the_text(text: str) -> None:
    text = without_status_lines(text)
    document = parse(text)
    exported = write_live_text(text, document, as_stated(document))
    assert strip_status_lines(exported) == text


@given(TEXTS, st.randoms(use_true_random=False))
@example("## A-1 Dig\n\t- [ ] code\ntext", random.Random(1))
@example("# Plan\n-\n[ ] loose\n- [X] it holds", random.Random(1))
def test_an_export_has_the_tasks_of_its_text(text: str, chance: random.Random) -> None:
    text = without_status_lines(text)
    document = parse(text)
    exported = write_live_text(text, document, states(document, chance))
    assert tasks_of(parse_document(exported)) == tasks_of(document)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_the_parser_finds_the_same_tasks_in_an_export(path: Path, end: str) -> None:
    text = path.read_bytes().decode().replace("\r\n", "\n").replace("\n", end)
    document = parse_document(text)
    exported = write_live_text(text, document, states(document, random.Random(4)))
    assert tasks_of(parse_document(exported)) == tasks_of(document)
    back = parse_document(strip_status_lines(exported))
    assert tasks_of(back) == tasks_of(document)
    same = write_live_text(text, document, as_stated(document))
    assert strip_status_lines(same) == text
    assert parse_document(strip_status_lines(same)) == document


def export(text: str, **tasks: LiveTask) -> str:
    """By the ids of tasks, with `_` for the hyphen."""
    named = {key.replace("_", "-"): task for key, task in tasks.items()}
    return write_live_text(text, parse_document(text), named)


def test_boxes_follow_the_task_and_its_criteria() -> None:
    text = (
        "# Plan\n\n## A-1 Dig\n\nAcceptance criteria:\n\n- [ ] it is  level\n- [X] it holds\n"
        "- [x] nobody knows it\n  - [ ] it is **deep**\n\n"
        "## Tasks\n\n- [ ] A-2 Water\n- [x] A-3 Sow\n"
    )
    exported = export(
        text,
        A_1=LiveTask("done", True, [("it holds", False), ("it is level", True), ("other", True)]),
        A_2=LiveTask("done", True),
        A_3=LiveTask("open", False),
    )
    boxes = re.findall(r"\[[ xX]\] .*", exported)
    assert boxes == [
        *("[x] it is  level", "[ ] it holds", "[x] nobody knows it", "[ ] it is **deep**"),
        *("[x] A-2 Water", "[ ] A-3 Sow"),
    ]


def test_equal_criteria_are_taken_in_their_order() -> None:
    text = "## A-1 Dig\n\nAcceptance criteria:\n\n- [x] again\n- [x] again\n- [x] again\n"
    exported = export(text, A_1=LiveTask("", False, [("again", False), ("again", True)]))
    assert re.findall(r"\[.\]", exported) == ["[ ]", "[x]", "[x]"]


def test_status_lines_stand_beneath_headings_and_entries() -> None:
    live = LiveTask(STATUS, False)
    exported = export(
        "## A-1 Dig\n\ntext\n\nA-2 Water\n=====\ntext\n\n"
        "## Tasks\n\n1. A-3 Sow\n   and press\n   - soon\n2. A-4 Mow\n",
        **dict.fromkeys(("A_1", "A_2", "A_3", "A_4"), live),
    )
    assert exported == (
        f"## A-1 Dig\n{SHOWN}\n\ntext\n\nA-2 Water\n=====\n{SHOWN}\n{MARKER}\ntext\n\n## Tasks\n\n"
        f"1. A-3 Sow\n   and press\n   {SHOWN}\n   - soon\n2. A-4 Mow\n   {SHOWN}\n"
    )


def test_line_ends_stay_as_they_are() -> None:
    live = LiveTask("open", False)
    note = f"> **Status:** open {MARKER}"
    assert export("## A-1 Dig\r\n\r\ntext\n", A_1=live) == f"## A-1 Dig\r\n{note}\r\n\r\ntext\n"
    assert export("text\r\n\r\n## A-1 Dig", A_1=live) == f"text\r\n\r\n## A-1 Dig\r\n{note}"
    assert export("## A-1 Dig", A_1=live) == f"## A-1 Dig\n{note}"


def test_code_is_never_touched() -> None:
    text = (
        "## A-1 Dig\n\n- [ ] it holds\n\n```\n- [ ] it holds\n## A-1 Dig\n"
        f"> **Status:** old {MARKER}\n```\n\n    - [ ] it holds\n"
    )
    exported = export(text, A_1=LiveTask("open", True, [("it holds", True)] * 3))
    assert exported.split("```")[1:] == text.split("```")[1:]
    assert "- [x] it holds\n\n```" in exported
    assert strip_status_lines(exported) == text.replace("[ ]", "[x]", 1)


@pytest.mark.parametrize(
    "status",
    ["a\nb", "--> <b>x</b>", "*a* `b` [c](d) | ~e~ # f & g", MARKER, "a\u2028b\r\nc", "\\"],
)
def test_what_people_are_called_stays_one_harmless_line(status: str) -> None:
    exported = export("## A-1 Dig\n\ntext\n", A_1=LiveTask(status, False))
    assert exported.count("\n") == 4
    assert exported.count(MARKER) == 1
    assert strip_status_lines(exported) == "## A-1 Dig\n\ntext\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "text",
        f"a {MARKER}\n",
        f"> **Status** x {MARKER}\n",
        f"```\n{MARKER}\n```\n",
        "\r\r\n\n",
    ],
)
def test_what_an_export_did_not_write_stays(text: str) -> None:
    assert strip_status_lines(text) == text


def test_a_status_line_that_people_moved_is_still_removed() -> None:
    moved = f"text\n\n  > **Status:** done · 2 of 2 criteria met {MARKER}  \n{MARKER}\nmore\n"
    assert strip_status_lines(moved) == "text\n\nmore\n"


@pytest.mark.parametrize(
    "line",
    [
        *("## A-{n} Dig", "- [ ] A-{n} Dig", "- [ ] it holds", "A-{n} Dig\n---", "> - [ ] A-{n}"),
        *("```", "| A-{n} | Dig |", "## A-{n} Dig\n```\n" + MARKER + "\n```", "1. A-{n} Dig\ntext"),
    ],
)
def test_long_documents_take_linear_time(line: str) -> None:
    """A quadratic step would take hours over these lines."""
    text = "# Plan\n\n## Tasks\n\n" + "\n".join(line.format(n=n) for n in range(1, 4_500)) + "\n"
    document = parse_document(text)
    exported = write_live_text(text, document, as_stated(document))
    assert strip_status_lines(exported) == text
