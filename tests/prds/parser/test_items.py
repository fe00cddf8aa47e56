"""Which parts of a document are its tasks when headings have no ids: one table for each form."""

from __future__ import annotations

import pytest

from apps.prds.parser import Options, ParsedDocument, parse_document
from tests.prds.parser.helpers import codes


def outline(document: ParsedDocument) -> list[tuple[str, str | None]]:
    """(title, parent's title) of every task."""
    titles = {task.key: task.title for task in document.tasks}
    return [(task.title, titles.get(task.parent_key or "")) for task in document.tasks]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("## Tasks\n- Dig\n- Sow", [("Dig", None), ("Sow", None)]),
        ("## 3. To-do\n1. Dig\n2. Sow", [("Dig", None), ("Sow", None)]),
        ("## Tasks\n- Dig\n  - Stakes\n    - Twine",
         [("Dig", None), ("Stakes", "Dig"), ("Twine", "Stakes")]),
        ("## Tasks\n- [ ] Dig\n  - [x] Stakes\n  - with care", [("Dig", None), ("Stakes", "Dig")]),
        ("## Tasks\n- Dig\n  - [ ] a metre deep", [("Dig", None)]),
        ("## Tasks\n### Dig\n### Sow\n#### Notes", [("Dig", None), ("Sow", None)]),
        ("## Tasks\n### Task 1: Dig\n#### Task 1.1: Stakes", [("Dig", None), ("Stakes", "Dig")]),
        ("## Tasks\n### Dig\n- [ ] Stakes", [("Dig", None), ("Stakes", "Dig")]),
        ("## Tasks\n### Dig\n#### Sub-tasks\n- Stakes", [("Dig", None), ("Stakes", "Dig")]),
        ("## T-1: Dig\n### Tasks\n- Stakes\n### Scope\n- a bed",
         [("Dig", None), ("Stakes", "Dig")]),
        ("## Phase 1\n- Dig\n**Value**: beds\n- Sow",
         [("Phase 1", None), ("Dig", "Phase 1"), ("Sow", "Phase 1")]),
        ("## T-1: Dig\n**Sub-tasks:**\n- Stakes", [("Dig", None), ("Stakes", "Dig")]),
        ("**Tasks:**\n- Dig\n\n**Notes:**\n- Mud", [("Dig", None)]),
        ("## Tasks\n- **Beds:**\n  - Dig\n- Out of scope: pond", [("Beds", None), ("Dig", "Beds")]),
        ("## Roadmap\n- MVP:\n  - Dig\n- Future work: pond", [("Dig", None)]),
        ("## Phase 1: Soil\n- Dig", [("Phase 1: Soil", None), ("Dig", "Phase 1: Soil")]),
        ("## Phase 1\n### T-1: Dig", [("Phase 1", None), ("Dig", "Phase 1")]),
        ("## User stories\n- As a mole I dig\n  - in mud", [("As a mole I dig", None)]),
        ("## Features\n- **Beds**: for all", [("Beds", None)]),
        ("## Deliverables\n- A bed", [("A bed", None)]),
        ("- [ ] Dig\n  - [ ] Stakes\n- Mud", [("Dig", None), ("Stakes", "Dig")]),
        ("- [ ] G-1: Dig\n- [ ] Mud", [("Dig", None)]),
        ("|Task|Hours|\n|-|-|\n|Dig|3|\n|Sow|2|", [("Dig", None), ("Sow", None)]),
        ("|ID|Story|\n|-|-|\n|S-1|Dig|", [("Dig", None)]),
        ("## Tasks\n|Name|\n|-|\n|Dig|", [("Dig", None)]),
        ("## Tasks\n- Dig.\n- Depends on luck\n- Owner: ada", [("Dig", None)]),
        ("## Tasks\n1. 3 beds\n2. 2.1 Dig", [("3 beds", None), ("Dig", None)]),
        # The same work twice: the better list counts.
        ("## Features\n- Beds\n## Tasks\n- Dig", [("Dig", None)]),
        ("## Requirements\n- Beds\n## User stories\n- I dig", [("I dig", None)]),
        ("## Milestones\n- May\n## Deliverables\n- A bed", [("A bed", None)]),
        ("## Roadmap\n- Beds\n## T-1: Dig", [("Dig", None)]),
    ],
)  # fmt: skip
def test_what_makes_tasks(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert outline(parse_document(f"# Plan\n\n{text}\n")) == expected


@pytest.mark.parametrize(
    "text",
    [
        "## Goals\n- Beds",
        "## Risks and mitigations\n- Mud",
        "## Out of scope\n- [ ] Pond",
        "## Appendix\n### Tasks\n- Pond",
        "## CQRS for tasks\n- Read",
        "**CQRS for Tasks**\n- Read",
        "## Words\n- Dig\n- Sow",
        "|Name|Place|\n|-|-|\n|Ada|Bed|",
        "> - [ ] Dig",
        "```\n## Tasks\n- Dig\n```",
    ],
)
def test_what_makes_none(text: str) -> None:
    document = parse_document(f"# Plan\n\n{text}\n")
    assert document.tasks == ()
    assert "no_tasks" in codes(document)


def test_the_list_that_does_not_count_is_reported() -> None:
    document = parse_document("# Plan\n\n## Tasks\n- Dig\n\n## Features\n- Beds\n- Paths\n")
    (note,) = document.notes
    assert (note.code, note.line) == ("not_taken", 7)
    assert "2 entry(ies) of \u201cFeatures\u201d" in note.message


def test_what_stands_beneath_is_less_certain_than_an_id() -> None:
    for text, rule, confidence in (
        ("## T-1: Dig", "heading_id", "explicit"),
        ("## Tasks\n- Dig", "list_in_tasks", "structural"),
        ("## Task 1: Dig", "numbered_heading", "structural"),
        ("|Task|Hours|\n|-|-|\n|Dig|3|", "table_row", "structural"),
        ("## Scope\n- Dig", "list_in_requirements", "inferred"),
        ("- [ ] Dig", "checkbox", "inferred"),
    ):
        (task,) = parse_document(f"# Plan\n\n{text}\n").tasks
        assert (task.rule, task.confidence) == (rule, confidence), text


def test_a_finished_entry_is_done() -> None:
    text = (
        "# Plan\n\n## Tasks\n- [x] Dig\n- [ ] Sow\n\n|Task|Status|Hours|\n|-|-|-|\n|Hoe|Done|1|\n"
    )
    assert [task.done for task in parse_document(text).tasks] == [True, False, True]


def test_keys_without_ids_are_words_and_unique() -> None:
    text = "# Plan\n\n## Tasks\n- Dig a bed!\n- Dig: a bed\n- \U0001f331\n"
    keys = [task.key for task in parse_document(text).tasks]
    assert keys == ["#dig-a-bed", "#dig-a-bed~2", "#task"]


def test_a_phase_is_a_group_unless_it_states_more() -> None:
    text = "# Plan\n\n## Phase 1\n- Dig\n\n## Phase 2\nEstimate: 3 h\n- Sow\n"
    assert [task.group for task in parse_document(text).tasks] == [True, False, False, False]


def test_tags_that_wrap_separate() -> None:
    text = "<context>\n# Why\nWords\n</context>\n<PRD>\n## T-1: Dig\n- [ ] deep\n</PRD>\n"
    (task,) = parse_document(text).tasks
    assert (task.external_key, len(task.criteria)) == ("T-1", 1)


def test_options_choose_the_ids() -> None:
    text = "# Plan\n\n## GPT-4: a model\n\n## ST-1: Dig\n"
    (task,) = parse_document(text, Options(id_prefixes=("ST-",))).tasks
    assert task.key == "ST-1"


def test_options_make_sub_tasks_of_a_scope() -> None:
    text = "# Plan\n\n## T-1: Dig\n\n### Scope\n- Stakes\n"
    (task,) = parse_document(text).tasks
    assert [line.text for line in task.requirements] == ["Stakes"]
    assert outline(parse_document(text, Options(scope_lists="tasks"))) == [
        ("Dig", None),
        ("Stakes", "Dig"),
    ]


def test_options_say_how_long_a_day_is() -> None:
    text = "## T-1: Dig\n\nEstimate: 2 d\n"
    (task,) = parse_document(text, Options(hours_per_day=6)).tasks
    assert task.estimated_minutes == 720


def test_front_matter_is_kept_and_names_the_document() -> None:
    text = "---\ntitle: 'Beds'\ntags: [a, \"b c\"] \nby:\n- Ada\n? odd\n---\n\n- [ ] Dig\n"
    document = parse_document(text)
    assert document.title == "Beds"
    assert [(m.name, m.values, m.line) for m in document.metadata] == [
        ("title", ("Beds",), 2),
        ("tags", ("a", "b c"), 3),
        ("by", ("Ada",), 4),
    ]
    assert [(n.code, n.line) for n in document.notes] == [("front_matter_unread", 6)]


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("GARDEN\n\nTASKS\n\n- Dig", ["Dig"]),
        ("Tasks:\n\n    1. Dig\n    2. Sow", ["Dig", "Sow"]),
        ("1. AIM\n\nBeds.\n\n2. TASKS\n\n- Dig", ["Dig"]),
        ("T-1: Dig\nEstimate: 2h\nT-2: Sow", ["Dig", "Sow"]),
        ("Task 1: Dig\n\nTask 2 - Sow", ["Dig", "Sow"]),
        ("Plan\n====\n\nTASKS\n\n- Dig", ["Dig"]),
        ("We dig T-1 and then T-2: mud.", []),
        ("# Plan\n\nTASKS\n\n- Dig", []),
    ],
)
def test_plain_text(text: str, titles: list[str]) -> None:
    assert [task.title for task in parse_document(text).tasks] == titles
