"""A coverage-guided fuzz target: `python -m tests.fuzz.prd_parser -runs=20000 -max_len=2048`.

The bytes choose lines out of the pieces that documents are made of, and text of their own between
them. Whatever comes, the parser gives a reading that keeps every promise, or one refusal.
libFuzzer's options apply; without `-runs` or `-max_total_time` it runs until it is stopped.
"""

from __future__ import annotations

import sys

import atheris

# What is imported here is instrumented: the parser, not Django.
with atheris.instrument_imports(include=["apps.prds.parser"]):
    from apps.prds.parser import DocumentError, decode_document, parse_document

from tests.prds.parser.properties import LINES, check_document

_ENDS = ("\n", "\r\n", "\n\n")


def read(data: bytes) -> None:
    """One input: raw bytes, or lines that the bytes choose."""
    provider = atheris.FuzzedDataProvider(data)
    try:
        if provider.ConsumeProbability() < 0.2:
            text = decode_document(provider.ConsumeBytes(provider.remaining_bytes()))
        else:
            text = _document(provider)
        document = parse_document(text)
    except DocumentError:
        return
    check_document(text, document)


def _document(provider: atheris.FuzzedDataProvider) -> str:
    end = _ENDS[provider.ConsumeIntInRange(0, len(_ENDS) - 1)]
    lines: list[str] = []
    while provider.remaining_bytes() > 1:
        choice = provider.ConsumeIntInRange(0, len(LINES))
        if choice < len(LINES):
            lines.append(LINES[choice])
        else:
            lines.append(provider.ConsumeUnicodeNoSurrogates(provider.ConsumeIntInRange(0, 40)))
    return end.join(lines)


if __name__ == "__main__":
    atheris.Setup(sys.argv, read)
    atheris.Fuzz()
