"""What each line of a text counts for, whatever stands around it."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from apps.prds.complexity import FAMILIES
from apps.prds.complexity.counting import tally
from apps.prds.complexity.lexicon import count_uncertainties, count_words, find_files, find_risks


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Dig the bed.\n\n# Beds\n\n## Scope", {}),
        ("- Dig\n* Sow\n+ Eat\n1. Rest\n2) Sleep", {"requirements": 5}),
        ("- Dig\n  - deep\n    - deeper", {"requirements": 3}),
        ("- Dig\r\n- Sow\r- Eat", {"requirements": 3}),
        ("- [ ] Dug\n- [x] Sown\n- [X] Eaten\n- [-] Rested", {"criteria": 3, "requirements": 1}),
        ("- [ ] It must be dug", {"criteria": 1}),
        ("-\n- [ ]\n- [x] --\n1. ***", {}),
        ("It must be dug.\nIt SHALL rain, it must.\nMustard should.", {"requirements": 2}),
        ("Done when: dug\n**Acceptance criteria:** wet\nDone when:", {"criteria": 2}),
        ("- Done when: dug", {"requirements": 1, "criteria": 1}),
        ("Acceptance criteria: none", {}),
        ("Given a bed\nWhen we dig\nThen it is dug\nAnd wet", {"criteria": 1}),
        ("1. **Given** a, **when** b, **then** c", {"requirements": 1, "criteria": 1}),
        ("Given enough mud, we dig.\nAnd then we rest.", {}),
        ("## T-1: Dig\n## Task 2: Sow\n## Beds\n## UTF-8", {"requirements": 2}),
        ("TASKS\n\nT-1: Dig\nT-2 is next", {"requirements": 1}),
        ("| Task | Hours |\n|---|--:|\n| Dig | 2 |\n| | - |", {"requirements": 2}),
        ("- Test the bed\nWe verify it.\nTests: by hand", {"requirements": 1, "tests": 2}),
        ("- [ ] tested\n| Verified |", {"requirements": 1, "criteria": 1, "tests": 2}),
        ("- a contest, latest", {"requirements": 1}),
        ("Depends on: T-1\nBlocked by: none\nIt depends on rain.", {"dependencies": 2}),
        ("Dependencies: T-1\nBlocks: **none**\nPrerequisites: -", {"dependencies": 1}),
        ("- Sow (depends on 1)", {"requirements": 1, "dependencies": 1}),
        ("| Task | Depends on | Who |", {"requirements": 1}),
        ("T-1 -> T-2, T-3\nmud -> bed\nT-1 -> bed", {"dependencies": 1}),
        ("Files: `a.py` and b/c.md, b/c.md.\n`a.py`", {"files": 2}),
    ],
)  # fmt: skip
def test_lines(text: str, found: dict[str, int]) -> None:
    assert {name: count for name, count in asdict(tally(text)).items() if count} == found


@pytest.mark.parametrize(
    ("text", "files"),
    [
        ("`a.py` b.py `c.PY`", {"a.py", "c.PY"}),
        ("a/b.py, ./c.md. @d/e.ts", {"a/b.py", "./c.md", "@d/e.ts"}),
        ("`src/` src/ `/tasks/` `/`", {"src/"}),
        ("`self.value` `py` Node.js 1/2.5 `a.py", set()),
        ("https://a.example/b.html", set()),
    ],
)
def test_files(text: str, files: set[str]) -> None:
    assert find_files(text) == files


@pytest.mark.parametrize("text", ["roll\nback", "race\r\ncondition", "to be\ndecided", "??\n??"])
def test_lines_never_count_together(text: str) -> None:
    apart = [
        find_risks(line) + (("open",) * count_uncertainties(line)) for line in text.split("\n")
    ]
    whole = find_risks(text) + (("open",) * count_uncertainties(text))
    assert whole == sum(apart, ())


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
