"""From bytes to text that can be stored: every refusal is one sentence with its remedy."""

from __future__ import annotations

from .model import MAX_DOCUMENT_BYTES, MAX_LINES, DocumentError

_UTF8_BOM = b"\xef\xbb\xbf"
_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_SIGNATURES = {
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "a ZIP archive or an Office document",
    b"\x89PNG": "a PNG image",
    b"GIF8": "a GIF image",
    b"\xff\xd8\xff": "a JPEG image",
    b"\x1f\x8b": "a gzip archive",
    b"\x7fELF": "a program",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"{\\rtf": "an RTF document",
}
_SAMPLE = 8_192
# Bytes below the space that text files do hold: tab, line feed, form feed, carriage return, escape.
_TEXT_CONTROLS = frozenset(b"\t\n\f\r\x1b")
_INVISIBLE = "\ufeff\u200b\u200c\u200d\u2060"


def decode_document(data: bytes) -> str:
    """Decode an uploaded document as UTF-8; a byte order mark is dropped.

    Line ends are kept as they are, so that what is stored is what was sent. Everywhere in the
    parser a line ends at LF, CR LF or a lone CR and at nothing else, as editors show it.
    """
    _check_size(len(data))
    if data.startswith(_WIDE_BOMS) or _looks_wide(data[:_SAMPLE]):
        raise DocumentError(
            "utf16", "The document is encoded as UTF-16 or UTF-32: save it as UTF-8 and try again."
        )
    for signature, kind in _SIGNATURES.items():
        if data.startswith(signature):
            raise DocumentError(
                "binary", f"The document is {kind}, not text: export it as Markdown (UTF-8)."
            )
    data = data.removeprefix(_UTF8_BOM)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        if _is_binary(data[:_SAMPLE]):
            raise _binary() from None
        line = _count_lines(data[: error.start].decode("utf-8"))
        raise DocumentError(
            "encoding",
            f"Line {line} holds bytes that are not UTF-8: save the document as UTF-8.",
            line,
        ) from None
    if _is_binary(data[:_SAMPLE]):
        raise _binary()
    check_text(text)
    return text


def check_text(text: str) -> None:
    """Check text that is already decoded (a JSON member) by the same rules."""
    try:
        size = len(text.encode("utf-8"))
    except UnicodeEncodeError as error:
        line = _count_lines(text[: error.start])
        raise DocumentError(
            "encoding",
            f"Line {line} holds half of a surrogate pair, which UTF-8 cannot store: "
            "remove that character.",
            line,
        ) from None
    _check_size(size)
    nul = text.find("\0")
    if nul >= 0:
        line = _count_lines(text[:nul])
        raise DocumentError(
            "nul", f"Line {line} holds a NUL character: remove it and try again.", line
        )
    if not text.strip().strip(_INVISIBLE).strip():
        raise DocumentError("empty", "The document is empty: send its text as Markdown.")
    lines = _count_lines(text)
    if lines > MAX_LINES:
        raise DocumentError(
            "too_many_lines",
            f"The document has {lines:,} lines, the limit is {MAX_LINES:,}: "
            "split it into several documents.",
        )


def normalise_newlines(text: str) -> str:
    """Make LF the only line end, without changing the number of a line."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _check_size(size: int) -> None:
    if size > MAX_DOCUMENT_BYTES:
        raise DocumentError(
            "too_large",
            f"The document has {size:,} bytes, the limit is {MAX_DOCUMENT_BYTES:,}: "
            "split it into several documents.",
        )


def _count_lines(before: str) -> int:
    """The number of the line on which `before` ends."""
    return normalise_newlines(before).count("\n") + 1


def _looks_wide(sample: bytes) -> bool:
    """UTF-16 or UTF-32 without a mark: of Latin text, every second byte or more is NUL."""
    half = len(sample) // 2
    if half < 2:
        return False
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) < 2:
        return False  # a stray NUL, of which `check_text` speaks
    one_sided = min(even, odd) * 4 <= max(even, odd)
    utf32 = sample.count(0) * 4 >= len(sample) * 2.5
    return (max(even, odd) * 10 >= half * 4 and one_sided) or (utf32 and _has_text(sample))


def _has_text(sample: bytes) -> bool:
    return all(byte == 0 or byte >= 0x20 or byte in _TEXT_CONTROLS for byte in sample)


def _is_binary(sample: bytes) -> bool:
    """More than a tenth of control bytes is no text; a single stray one is."""
    controls = sum(1 for byte in sample if byte < 0x20 and byte not in _TEXT_CONTROLS)
    return controls * 10 > len(sample)


def _binary() -> DocumentError:
    return DocumentError(
        "binary", "The document is a binary file, not text: export it as Markdown (UTF-8)."
    )
