"""The words that count. The tables are data: a new wording is a new entry.

No pattern goes past the end of a line: what stands on one line never takes from another.
A change of any entry can change scores, so it needs a new `COMPLEXITY_VERSION`.
"""

from __future__ import annotations

import re

# Patterns for the beginnings of words; a space stands for spaces or hyphens.
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
    words = beginnings.replace(" ", r"[ \t-]{1,3}")
    return re.compile(rf"\b(?:{words})", re.IGNORECASE | re.ASCII)


_FAMILIES = {name: _pattern(words) for name, words in _BEGINNINGS.items()}
# Fixed ranges: `str.isalnum` knows more letters with each release of Python.
_LETTER = re.compile(
    "[0-9A-Za-z\u00aa-\u1fff\u2c00-\u2fef\u3040-\ud7ff\uf900-\ufdff\U00010000-\U0001efff]"
)
UNCERTAIN = re.compile(_UNCERTAIN, re.IGNORECASE | re.ASCII)
OBLIGES = re.compile(r"\b(?:must|shall|required to)\b", re.IGNORECASE | re.ASCII)
TESTS = re.compile(r"\b(?:test(?:s|ed|ing)?|verif(?:y|ied|ies))\b", re.IGNORECASE | re.ASCII)
_PATH = re.compile(r"[\w./@*-]+", re.ASCII)
_ENDINGS = (
    "bash c cfg conf cpp cs css csv env go h htm html ini ipynb java js json jsonl jsx kt lock lua "
    "md mjs odp ods odt pdf php png po proto ps1 py pyi r rb rs rst scss sh sql svelte svg swift "
    "tf toml ts tsx txt vue xlsx xml yaml yml"
)
_EXTENSIONS = frozenset(_ENDINGS.split())


def count_words(text: str) -> int:
    """How many pieces between white space hold a letter or a digit."""
    return sum(1 for piece in text.split() if has_words(piece))


def has_words(text: str) -> bool:
    """Whether the text holds a letter or a digit."""
    return _LETTER.search(text) is not None


def find_files(text: str) -> set[str]:
    """The paths in a text: files by their extension, in backticks or with a slash, and `folders/`.

    An address on the web is none, nor is a route such as `/tasks/`.
    """
    found = set()
    for match in _PATH.finditer(text):
        path = match[0].rstrip(".")
        quoted = (
            text[match.start() - 1 : match.start()] == "`" == text[match.end() : match.end() + 1]
        )
        _, dot, extension = path.rpartition(".")
        if path.startswith("//"):
            continue
        if path.endswith("/"):
            is_path = quoted and not path.startswith("/")
        else:
            is_path = bool(dot) and extension.lower() in _EXTENSIONS and (quoted or "/" in path)
        if is_path:
            found.add(path)
    return found


def find_risks(text: str) -> tuple[str, ...]:
    """The risk families that the text speaks of, in the order of the lexicon."""
    return tuple(name for name, pattern in _FAMILIES.items() if pattern.search(text))


def count_uncertainties(text: str) -> int:
    """How often the text says that something is not decided or not known."""
    return sum(1 for _ in UNCERTAIN.finditer(text))
