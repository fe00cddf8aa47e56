"""Given/When/Then: the lines of one example are one criterion, however they are laid out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from .markdown import Block

_STEP = re.compile(
    r"(?:\[[ xX]\]\s+)?[*_]{0,3}(?P<word>given|when|then|and|but)\b[*_]{0,3}[:,]?\s", re.IGNORECASE
)
_WHOLE = re.compile(r"\b(?:given|when)\b.{1,1000}?\bthen\b", re.IGNORECASE | re.DOTALL)
_MAX_RUN = 5_000  # nobody needs longer to come to "then"
_SKIPPED = re.compile(
    r"(?:feature|rule|background|scenario(?: outline)?|example)s?\s*:|[@#]|$", re.I
)


def merge_examples(blocks: Sequence[Block]) -> list[Block]:
    """The blocks with every run of steps joined into one block of the kind `gherkin`."""
    result: list[Block] = []
    run: list[Block] = []
    for block in blocks:
        if block.kind == "gherkin":
            _close(run, result)
            result += _examples(block)
            continue
        word = _word(block.text) if block.kind == "paragraph" and not block.quoted else None
        if word and run and (block.lists != run[0].lists or word == "given"):
            _close(run, result)
        if word and (run or word in {"given", "when"}):
            run.append(block)
        else:
            _close(run, result)
            result.append(block)
    _close(run, result)
    return result


def _word(text: str) -> str | None:
    match = _STEP.match(text)
    return match["word"].lower() if match else None


def _close(run: list[Block], result: list[Block]) -> None:
    if run and _WHOLE.search(" ".join(block.text for block in run)[:_MAX_RUN]):
        result += _lines(run[0], _numbered(run))
    else:
        result += run
    run.clear()


def _numbered(blocks: Iterable[Block]) -> Iterator[tuple[int, str]]:
    for block in blocks:
        yield from enumerate(block.text.split("\n"), start=block.line)


def _examples(block: Block) -> Iterator[Block]:
    yield from _lines(block, _numbered([block]))


def _lines(first: Block, lines: Iterable[tuple[int, str]]) -> Iterator[Block]:
    """One block for each example: a new one begins at "Given", or at "When" after "Then"."""
    parts: list[str] = []
    start = end = first.line
    seen_then = False
    for number, text in lines:
        word = _word(text + " ")
        new = word == "given" or (word == "when" and seen_then)
        if (new or _SKIPPED.match(text)) and parts:
            yield _example(first, parts, start, end)
            parts, seen_then = [], False
        if _SKIPPED.match(text):
            continue
        if not parts:
            start = number
        parts.append(text)
        end = number
        seen_then = seen_then or word == "then"
    if parts:
        yield _example(first, parts, start, end)


def _example(first: Block, parts: list[str], start: int, end: int) -> Block:
    return replace(first, kind="gherkin", text=" ".join(parts), line=start, last_line=end)
