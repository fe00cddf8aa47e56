"""What the lines of a text count for."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from apps.prds.complexity import FAMILIES
from apps.prds.complexity.counting import tally
from apps.prds.complexity.lexicon import count_uncertainties, count_words, find_risks


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Dig the bed.", {}),
        ("- Dig\n* Sow\n+ Eat\n1. Rest\n2) Sleep", {"requirements": 5}),
        ("- Dig\n  - deep\n    - deeper", {"requirements": 3}),
        ("- [ ] Dug\n- [x] Sown\n- [X] Eaten\n- [-] Rested", {"criteria": 3, "requirements": 1}),
        ("### Acceptance criteria\n- dug\n- sown", {"criteria": 2}),
        ("### 3. Acceptance criteria\n#### Beds\n- dug", {"criteria": 1}),
        ("### Acceptance criteria\n- dug\n### Scope\n- dig", {"criteria": 1, "requirements": 1}),
        ("**Done when:**\n- dug\n\nThen we rest.\n- eat", {"criteria": 1, "requirements": 1}),
        ("Tests:\n\n- by hand\n- by foot\n\nScope:\n- dig", {"tests": 2, "requirements": 1}),
        ("- Dig\n  - **Done when:**\n    - dug\n- Sow", {"requirements": 2, "criteria": 1}),
        ("### Files to change\n- `a/b.py`\n- c.txt", {"files": 2}),
        ("Files: `a.py`, b.py", {"files": 2}),
        ("### Testing requirements\n- by hand", {"tests": 1}),
        ("### Out of scope\n- a barn\n- [ ] a cow\n#### Beds\n- a goat", {}),
        ("### Risks\n- rain\n### Scope\n- dig", {"requirements": 1}),
        ("## T-1: Dig\n## Task 2: Sow\n## Beds", {"requirements": 2}),
        ("TASKS\n\nT-1: Dig\nT-2 is next", {"requirements": 1}),
        ("### Dependencies\n- a spade\n- None\nThe rain", {"dependencies": 2}),
        ("Depends on: T-1\nBlocked by: none\nIt depends on rain.", {"dependencies": 2}),
        ("- Sow (depends on 1)", {"requirements": 1, "dependencies": 1}),
        ("- Given a\n- When b\n- Then c", {"criteria": 1}),
        ("Given a bed\nWhen we dig\nThen it is dug\nAnd wet", {"criteria": 1}),
        ("1. **Given** a, **when** b, **then** c", {"criteria": 1}),
        ("Given enough mud, we dig.", {}),
        ("Given a bed\nof mud\nThen c\n- Then d", {"criteria": 2}),
        ("Then we rest.\n- Then we eat", {"requirements": 1}),
        ("- Given a\n- eat\n- Then we rest", {"requirements": 2}),
        ("```gherkin\nGiven a\nThen b\n```\n- c", {"criteria": 1, "requirements": 1}),
        ("```\n- [ ] no\n- no\n```\n- yes", {"requirements": 1}),
        ("~~~\n- no\n```\n- no\n~~~\n- yes", {"requirements": 1}),
        ("> - quoted", {}),
        ("---\n***\n| a |\n|---|", {}),
        ("| Task | Depends on |\n|---|---|\n| Dig | - |\n| Sow | Dig |",
         {"requirements": 2, "dependencies": 1}),
        ("### Acceptance criteria\n| Given | Then |\n|---|---|\n| a | b |", {"criteria": 1}),
        ("- a\r\n- b\r- c", {"requirements": 3}),
    ],
)  # fmt: skip
def test_lines(text: str, found: dict[str, int]) -> None:
    assert {name: count for name, count in asdict(tally(text)).items() if count} == found


@pytest.mark.parametrize(
    ("text", "words"),
    [("", 0), ("Dig the bed", 3), ("- [ ] # | \u2013 \u2192 dig", 1),
     ("beet \u00e9t\u00e9 \u82b1", 3), ("a-b c/d", 2)],
)  # fmt: skip
def test_words(text: str, words: int) -> None:
    assert count_words(text) == words


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("Migrate the old diaries", "data change"),
        ("only with her permission", "security"),
        ("Two people at the same time", "concurrency"),
        ("the supplier's catalogue", "integration"),
        ("over a WebSocket", "realtime"),
        ("Deploy to the shed", "infrastructure"),
        ("the response-time of a gate", "performance"),
    ],
)
def test_each_family_of_risks(text: str, family: str) -> None:
    assert find_risks(text) == (family,)


def test_risks_are_beginnings_of_words_and_counted_once() -> None:
    assert find_risks("an immigrant, insecure, recloud") == ()
    assert find_risks("cloud, clouds, secure") == ("security", "infrastructure")
    assert len(FAMILIES) == 7


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Owner: TBD", 1),
        ("colour to be decided, size t.b.d.", 1),
        ("Who??? When?? Why?", 2),
        ("It is not yet clear, perhaps unclear", 3),
        ("Everything is clear. A stbd lamp.", 0),
    ],
)
def test_open_points(text: str, count: int) -> None:
    assert count_uncertainties(text) == count
