"""What stands within a title, and what words of a text name a task."""

from __future__ import annotations

import pytest

from apps.prds.parser import TaskProposal, parse_document
from tests.prds.parser.helpers import codes


def parse_list(*items: str) -> tuple[TaskProposal, ...]:
    return parse_document("# Plan\n\n## Tasks\n" + "\n".join(items) + "\n").tasks


@pytest.mark.parametrize(
    ("text", "title", "minutes", "priority", "assignee", "tags"),
    [
        ("Dig (3h)", "Dig", 180, None, None, ()),
        ("Dig [2-4 h]", "Dig", 180, None, None, ()),
        ("Dig \u2014 1.5 d", "Dig", 720, None, None, ()),
        ("Dig - half a day", "Dig", 240, None, None, ()),
        ("Dig (P1, 3h, @ada)", "Dig", 180, "high", "ada", ()),
        ("Dig [must]", "Dig", None, "high", None, ()),
        ("Dig !!", "Dig", None, "high", None, ()),
        ("Dig #soil #bed @ada", "Dig", None, None, "ada", ("bed", "soil")),
        ("@ada Dig", "Dig", None, None, "ada", ()),
        ("Dig. Estimate: 3h. Owner: ada", "Dig", 180, None, "ada", ()),
        ("Dig | Priority: low", "Dig", None, "low", None, ()),
        ("Dig (in mud)", "Dig (in mud)", None, None, None, ()),
        ("Dig (3h in mud)", "Dig (3h in mud)", None, None, None, ()),
        ("Dig [here](#bed)", "Dig here", None, None, None, ()),
        ("Dig for @ada and @bob", "Dig for @ada and @bob", None, None, None, ()),
        ("Import `@bed/soil`", "Import @bed/soil", None, None, None, ()),
        ("Dig bed #3", "Dig bed #3", None, None, None, ()),
        ("Dig!", "Dig!", None, None, None, ()),
    ],
)
def test_marks(
    text: str,
    title: str,
    minutes: int | None,
    priority: str | None,
    assignee: str | None,
    tags: tuple[str, ...],
) -> None:
    (task,) = parse_list(f"- {text}")
    found = (task.title, task.estimated_minutes, task.priority, task.assignee, task.tags)
    assert found == (title, minutes, priority, assignee, tags)
    assert {s.confidence for s in task.sources} == {"structural"}


def test_marks_in_a_heading() -> None:
    (task,) = parse_document("## T-1: Dig **deep** (3h) [P2] @ada\n").tasks
    assert (task.title, task.estimated_minutes, task.priority, task.assignee) == (
        "Dig deep",
        180,
        "medium",
        "ada",
    )


@pytest.mark.parametrize(
    ("words", "named_by", "confidence"),
    [
        ("T012", "id", "explicit"),
        ("Dig the long bed", "title", "structural"),
        ("dig the *long* bed", "title", "structural"),
        ("1", "number", "structural"),
        ("task 1", "number", "structural"),
        ("the long bed", "words", "inferred"),
    ],
)
def test_names(words: str, named_by: str, confidence: str) -> None:
    *_, last = parse_list("1. T012: Dig the long bed", "2. Sow", f"3. Eat (depends on {words})")
    (edge,) = last.depends_on
    assert (edge.depends_on_key, edge.named_by, edge.confidence) == ("T012", named_by, confidence)
    assert [s.confidence for s in last.sources if s.field == "depends_on"] == [confidence]


@pytest.mark.parametrize(
    ("text", "waits"),
    [
        ("After step 1.", True),
        ("Requires the digging", True),
        ("Requires a spade", False),
        ("After the rain", False),
        ("We eat after step 1.", False),
    ],
)
def test_a_line_that_begins_with_a_verb_counts_where_it_names_a_task(
    text: str, waits: bool
) -> None:
    document = parse_document(f"# Plan\n\n## Step 1: The digging\n\n## Step 2: Eat\n\n{text}\n")
    assert bool(document.tasks[1].depends_on) is waits
    assert document.notes == ()


@pytest.mark.parametrize("words", ["bed", "4", "the short bed", "mud", "Eat"])
def test_words_that_name_nobody(words: str) -> None:
    text = f"# Plan\n\n## Tasks\n1. Dig bed A\n2. Dig bed B\n3. Eat (depends on {words})\n"
    document = parse_document(text)
    assert all(task.depends_on == () for task in document.tasks)
    assert codes(document) == {"prose_dependency"}


@pytest.mark.parametrize(
    ("tail", "edges"),
    [
        ("Sow \u2192 Eat", {("#eat", "#sow")}),
        ("Sow before Eat", {("#eat", "#sow")}),
        ("- Eat depends on Dig and Sow", {("#eat", "#dig"), ("#eat", "#sow")}),
        ("- **Eat**\n  - Depends on Sow", {("#eat", "#sow")}),
        ("1. Dig\n2. Sow (depends on 1)\n3. Eat (needs 2)", {("#sow", "#dig"), ("#eat", "#sow")}),
        ("- Eat\n  - Sow the seed", set()),
    ],
)
def test_a_section_of_dependencies_speaks_of_titles(tail: str, edges: set[tuple[str, str]]) -> None:
    document = parse_document(
        f"# Plan\n\n## Tasks\n- Dig\n- Sow\n- Eat\n\n## Dependency chain\n{tail}\n"
    )
    found = {(e.task_key, e.depends_on_key) for task in document.tasks for e in task.depends_on}
    assert found == edges


def test_an_order_alone_is_no_dependency() -> None:
    text = "# Plan\n\n## Tasks\n- Dig\n\n## Dependency order\n1. Rain\n2. Sun\n"
    (note,) = parse_document(text).notes
    assert (note.code, note.line) == ("order_only", 7)


@pytest.mark.parametrize(
    ("text", "criteria"),
    [
        ("Given a\nWhen b\nThen c", ["Given a When b Then c"]),
        ("- Given a\n- When b\n- Then c\n- And d", ["Given a When b Then c And d"]),
        ("- **Given** a, **when** b, **then** c", ["**Given** a, **when** b, **then** c"]),
        ("Given a\nWhen b\nThen c\nGiven d\nThen e", ["Given a When b Then c", "Given d Then e"]),
        ("```gherkin\nScenario: x\n  When b\n  Then c\n```", ["When b Then c"]),
        ("### Acceptance criteria\n- When b\n- Then c\n- d", ["When b Then c", "d"]),
        ("- [ ] Given a, then c", ["Given a, then c"]),
        ("Given enough mud, we dig.", []),
        ("```\nGiven a\nThen c\n```", []),
    ],
)
def test_given_when_then(text: str, criteria: list[str]) -> None:
    (task,) = parse_document(f"## T-1: Dig\n\n{text}\n").tasks
    assert [criterion.text for criterion in task.criteria] == criteria


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("5 points", 5, 5),
        ("3\u20135 story points", 3, 5),
        ("8 SP", 8, 8),
        ("0.5 pts", 0.5, 0.5),
    ],
)
def test_points_are_no_time(text: str, low: float, high: float) -> None:
    (task,) = parse_document(f"## T-1: Dig\n\nEstimate: {text}\n").tasks
    assert task.points is not None
    assert (task.points.low, task.points.high, task.estimated_minutes) == (low, high, None)


def test_a_label_gives_its_number_a_unit() -> None:
    (task,) = parse_document("## T-1: Dig\n\nEstimated hours: 3\nStory points: 2\n").tasks
    assert (task.estimated_minutes, task.points and task.points.low) == (180, 2)


@pytest.mark.parametrize(
    ("title", "level"),
    [("Must have", "high"), ("P2", "medium"), ("Could have (later)", "low"), ("Beds", None)],
)
def test_a_section_named_after_a_priority(title: str, level: str | None) -> None:
    text = f"# Plan\n\n## Requirements\n\n### {title}\n- FR-1: Dig\n- FR-2: Sow [P3]\n"
    first, second = (task for task in parse_document(text).tasks if task.external_key)
    assert (first.priority, second.priority) == (level, "low")


def test_files_requirements_and_tests() -> None:
    text = (
        "## T-1: Dig\n\n### Files to change\n- `a/b.py` - new\n- `READ.me`\n- c/d.txt old\n- words"
        "\n\n### Technical requirements\n- deep\n  - not a new one\n\n**Tests:**\n- by hand\n"
    )
    (task,) = parse_document(text).tasks
    assert [(file.text, file.line) for file in task.files] == [
        ("a/b.py", 4),
        ("READ.me", 5),
        ("c/d.txt", 6),
    ]
    assert [line.text for line in task.requirements] == ["deep"]
    assert [line.text for line in task.tests] == ["by hand"]


def test_the_total_of_the_document() -> None:
    document = parse_document("# Plan\n\nTotal effort: 22 hours\n\n## T-1: Dig\n\nEstimate: 2 h\n")
    assert document.stated_total is not None
    assert (document.stated_total.minutes, document.stated_total.line) == (1_320, 3)
    assert document.tasks[0].estimated_minutes == 120
