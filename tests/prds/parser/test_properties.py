"""What holds for every text, hostile ones included."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.prds.parser import DocumentError, ParsedDocument, decode_document, parse_document
from tests.examples import examples
from tests.prds.parser.hostile import HOSTILE_TEXTS
from tests.prds.parser.properties import LINES, check_document

IDS = st.sampled_from(["T-1", "T-2", "T-3", "T-4", "AB-1.2", "X-9", "all other tasks", "words"])
PIECES = st.one_of(
    st.builds("{} {}: title".format, st.sampled_from(["#", "##", "###", "####"]), IDS),
    st.sampled_from(LINES),
    st.builds(
        "{}{} {} {}, {}".format,
        st.sampled_from(["", "- ", "2. "]),
        IDS,
        st.sampled_from(["->", "\u2192", "depends on", "blocks", "can run in parallel with"]),
        IDS,
        IDS,
    ),
    st.text(max_size=30),
)  # fmt: skip
DOCUMENTS = st.builds(
    lambda pieces, end: end.join(pieces),
    st.lists(PIECES, max_size=30),
    st.sampled_from(["\n", "\r\n", "\n\n"]),
)


def read(text: str) -> ParsedDocument | None:
    try:
        return parse_document(text)
    except DocumentError:
        return None


@settings(max_examples=examples(200), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DOCUMENTS)
def test_every_reading_holds_together(text: str) -> None:
    document = read(text)
    if document is None:
        return
    assert parse_document(text) == document
    check_document(text, document)


@settings(max_examples=examples(100), deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    try:
        text = decode_document(data)
    except DocumentError:
        return
    read(text)


@settings(max_examples=examples(100), deadline=None)
@given(st.text(st.characters(), max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    read(text)


@pytest.mark.parametrize("length", [100_000, pytest.param(2_000_000, marks=pytest.mark.thorough)])
@pytest.mark.parametrize("name", HOSTILE_TEXTS)
def test_hostile_text_is_read_or_refused(name: str, length: int) -> None:
    """What it costs is measured by `benchmarks/parse_prd.py`."""
    read(HOSTILE_TEXTS[name][:length])
