"""What is wrong with a PRD, with lines and remedies (docs/prd-lint.md). Pure: no Django, no files.

What the parser noted is taken from its notes, `rules` look for the rest, `advice` has severities
and remedies, `measurable` judges criteria, `totals` adds estimates up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from apps.prds.parser import ParsedDocument, parse_document

from .advice import ADVICE, SILENT
from .model import SEVERITIES, Finding, Severity
from .places import Places
from .rules import Checker

MAX_FINDINGS = 1_000

__all__ = [
    "ADVICE",
    "MAX_FINDINGS",
    "SEVERITIES",
    "Finding",
    "Severity",
    "count_severities",
    "lint_document",
    "lint_text",
]


def lint_text(text: str) -> tuple[Finding, ...]:
    """The findings of a text. Raises `DocumentError` for what is no document."""
    return lint_document(text, parse_document(text))


def lint_document(text: str, document: ParsedDocument) -> tuple[Finding, ...]:
    """The findings of `text`, of which `document` is the reading, in the order of their lines.

    Equal texts give equal findings. Of more than `MAX_FINDINGS` the gravest are kept.
    """
    places = Places(document)
    checker = Checker(text, document, places)
    found = [*_notes(document, places, len(checker.lines)), *_own(checker)]
    found = sorted(set(found), key=lambda f: (f.first_line, f.last_line, f.code, f.message))
    return tuple(_bounded(found))


def count_severities(findings: Sequence[Finding]) -> dict[Severity, int]:
    """How many findings there are of each severity."""
    counts = Counter(finding.severity for finding in findings)
    return {severity: counts[severity] for severity in SEVERITIES}


def _notes(document: ParsedDocument, places: Places, last_line: int) -> Iterator[Finding]:
    for note in document.notes:
        if note.code in SILENT:
            continue
        advice = ADVICE[note.code]
        first, last = (note.line, note.line) if note.line else (1, last_line)
        key = places.key_at(first) if note.line else None
        message = note.message[:1].upper() + note.message[1:]
        yield Finding(note.code, advice.severity, message, first, last, advice.remedy, key)


def _own(checker: Checker) -> Iterator[Finding]:
    for code, message, first, last, key in checker.run():
        advice = ADVICE[code]
        yield Finding(code, advice.severity, message, first, last, advice.remedy, key)


def _bounded(found: list[Finding]) -> Iterator[Finding]:
    if len(found) <= MAX_FINDINGS:
        yield from found
        return
    gravest = sorted(found, key=lambda f: SEVERITIES.index(f.severity))  # stable: by line within
    left = gravest[MAX_FINDINGS:]
    kept = set(gravest[:MAX_FINDINGS])
    yield from (finding for finding in found if finding in kept)
    advice = ADVICE["more_findings"]
    last = found[-1]
    yield Finding(
        "more_findings",
        advice.severity,
        f"{len(left):,} more findings, none graver than those shown.",
        last.first_line,
        last.last_line,
        advice.remedy,
    )
