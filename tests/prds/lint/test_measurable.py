"""What counts as a term that can be measured, and what does not."""

from __future__ import annotations

import pytest

from apps.prds.lint.measurable import measurable_term, vague_word


@pytest.mark.parametrize(
    ("criterion", "term"),
    [
        ("The gate opens within 3 seconds", "number"),
        ("Less than 0.5% of the seed is lost", "number"),
        ("> 70 % of the seed sprouts", "number"),
        ("A 30-second drizzle wets it", "number"),
        ("The answer is 404", "number"),
        ("The pump draws 12V", "number"),
        ("Ten beds are dug", "spelled number"),
        ("It holds for two winters", "spelled number"),
        ("It opens within a minute", "one unit"),
        ("It is emptied every day", "one unit"),
        ("A second try comes after five", "comparison"),
        ("At least one gardener is there", "comparison"),
        ("Both copies are identical", "equality"),
        ("It takes the same path as before", "equality"),
        ("`make beds` digs them", "code"),
        ("The sign says \u201copen\u201d", "quotation"),
        ('The sign says "open"', "quotation"),
        ("GET /beds gives the beds", "address"),
        ("A stranger is refused", "done to it"),
        ("The beds are never locked", "done to it"),
        ("An empty request returns an error", "answer"),
        ("The tool exits with status zero", "answer"),
        ("The neighbour has signed", "signature"),
        ("Each bag carries a date", "contents"),
        ("Nobody digs at night", "never"),
        ("Given a dry bed, when it rains, then it is wet", "example"),
    ],
)
def test_terms(criterion: str, term: str) -> None:
    assert measurable_term(criterion) == term


@pytest.mark.parametrize(
    "criterion",
    [
        "The garden is beautiful",
        "Beds follow the plan v2",
        "Works on GPT-4 and v1",
        "Everything in T-12 is there",
        "One of them works",
        "The gate works properly",
        "Weeds are properly removed",
        "A clear error is shown by `gate`",
        "It returns the right thing",
        "",
    ],
)
def test_no_term(criterion: str) -> None:
    assert measurable_term(criterion) is None


def test_a_number_counts_beside_a_vague_word() -> None:
    assert measurable_term("It answers quickly, within 2 s") == "number"


def test_the_word_that_everybody_reads_differently() -> None:
    assert vague_word("It works Properly and well") == "Properly"
    assert vague_word("It is a wellspring") is None
