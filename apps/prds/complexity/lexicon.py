"""The words that make a text risky or open. The tables are data: a new wording is a new entry.

A change of any entry can change scores, so it needs a new `COMPLEXITY_VERSION`.
"""

from __future__ import annotations

import re

# Patterns for the beginnings of words; a space stands for any white space or hyphen.
_BEGINNINGS = {
    "data change": "migrat|backfill|schema change|data loss|data conversion|re index|roll back|"
    "rollback|purg|retention|restore from|irreversib|existing data|deduplicat",
    "security": "secur|authenti|authori|permission|password|secret|encrypt|decrypt|vulnerab|"
    "sanitis|sanitiz|privacy|personal data|gdpr|certificate|access control|credential",
    "concurrency": "concurren|race condition|deadlock|mutex|atomic|idempoten|simultaneous|"
    "thread safe|row lock|parallel write|lost update|two phase|at the same time",
    "integration": "integrat|third party|external (?:service|system|api)|webhook|oauth|"
    "single sign on|interoperab|vendor|supplier",
    "realtime": "real time|realtime|websocket|server sent event|streaming|push notification|"
    "live update|low latency",
    "infrastructure": "deploy|docker|container|kubernetes|terraform|load balanc|dns|cloud|"
    "failover|rollout|outage|power supply|electrician",
    "performance": "performan|throughput|scalab|load test|benchmark|response time|p95|p99|"
    "bottleneck|latency|memory usage",
}
FAMILIES = tuple(_BEGINNINGS)
_UNCERTAIN = (
    r"\btb[dca]\b|\?{2,}|\bto be (?:decided|determined|defined|confirmed|discussed|found|agreed|"
    r"clarified)\b|\bnot (?:yet )?(?:decided|clear|known|sure|defined|agreed)\b|\bundecided\b|"
    r"\bunclear\b|"
    r"\bneeds? (?:more )?(?:clarification|research|investigation|a decision)\b|"
    r"\b(?:perhaps|maybe|possibly|somehow)\b|\bas appropriate\b|\bsomething like\b"
)


def _pattern(beginnings: str) -> re.Pattern[str]:
    words = beginnings.replace(" ", r"[\s-]{1,3}")
    return re.compile(rf"\b(?:{words})", re.IGNORECASE | re.ASCII)


_FAMILIES = {name: _pattern(words) for name, words in _BEGINNINGS.items()}
# Fixed ranges: `str.isalnum` knows more letters with each release of Python.
_LETTER = re.compile(
    "[0-9A-Za-z\u00aa-\u1fff\u2c00-\u2fef\u3040-\ud7ff\uf900-\ufdff\U00010000-\U0001efff]"
)
UNCERTAIN = re.compile(_UNCERTAIN, re.IGNORECASE | re.ASCII)


def count_words(text: str) -> int:
    """How many pieces between white space hold a letter or a digit."""
    return sum(1 for piece in text.split() if _LETTER.search(piece))


def find_risks(text: str) -> tuple[str, ...]:
    """The risk families that the text speaks of, in the order of the lexicon."""
    return tuple(name for name, pattern in _FAMILIES.items() if pattern.search(text))


def count_uncertainties(text: str) -> int:
    """How often the text says that something is not decided or not known."""
    return sum(1 for _ in UNCERTAIN.finditer(text))
