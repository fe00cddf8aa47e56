"""What is refused before anything is read, each with a code, a line and a sentence."""

from __future__ import annotations

import pytest

from apps.prds.parser import MAX_DOCUMENT_BYTES, DocumentError, check_text, decode_document
from apps.prds.parser.model import MAX_LINES


@pytest.mark.parametrize(
    ("data", "code", "line"),
    [
        (b"", "empty", None),
        (b" \r\n\t\n", "empty", None),
        (b"\xef\xbb\xbf \n", "empty", None),
        ("# Plan\n\ufeff\u200b".encode()[7:], "empty", None),
        (b"a" * (MAX_DOCUMENT_BYTES + 1), "too_large", None),
        ("# Plan".encode("utf-16"), "utf16", None),
        ("# Plan".encode("utf-16-le"), "utf16", None),
        ("# Plan".encode("utf-16-be"), "utf16", None),
        ("# Plan".encode("utf-32"), "utf16", None),
        ("# Plan".encode("utf-32-le"), "utf16", None),
        (b"# Plan\r\n\nNUL \0 here, in a text that is long enough", "nul", 3),
        (b"# Plan\r\rcaf\xe9", "encoding", 3),
        (b"# Plan\n" + b"\xed\xa0\x80", "encoding", 2),
        (b"%PDF-1.7\n", "binary", None),
        (b"PK\x03\x04 and more", "binary", None),
        (bytes(range(32)) * 4, "binary", None),
        (bytes(range(256)), "binary", None),
        (b"a\n" * (MAX_LINES + 1), "too_many_lines", None),
    ],
)
def test_it_refuses_what_is_no_text(data: bytes, code: str, line: int | None) -> None:
    with pytest.raises(DocumentError) as caught:
        decode_document(data)
    assert (caught.value.code, caught.value.line) == (code, line)
    assert caught.value.message.endswith(".")
    assert "\n" not in caught.value.message


def test_it_drops_the_mark_and_keeps_line_ends() -> None:
    assert decode_document(b"\xef\xbb\xbf# Pl\xc3\xa4ne\r\n") == "# Pl\u00e4ne\r\n"


def test_the_largest_document_is_read() -> None:
    assert len(decode_document(b"a" * MAX_DOCUMENT_BYTES)) == MAX_DOCUMENT_BYTES


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "empty", None),
        ("\ufeff \n", "empty", None),
        ("one\ntwo \ud800", "encoding", 2),
        ("one\r\ntwo\0", "nul", 2),
        ("\u00e4" * (MAX_DOCUMENT_BYTES // 2 + 1), "too_large", None),
    ],
)
def test_text_obeys_the_same_rules(text: str, code: str, line: int | None) -> None:
    with pytest.raises(DocumentError) as caught:
        check_text(text)
    assert (caught.value.code, caught.value.line) == (code, line)
