"""Whether a criterion names something that can be measured or observed.

A word list cannot judge meaning. It asks for little: a number that counts something, a comparison,
an outcome that somebody can see, or the name of a command, file or address. The patterns are data,
bounded, and each has its test.
"""

from __future__ import annotations

import re

_LONGEST = 2_000  # characters of a criterion that are looked at
_SPELLED = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|sixty|"
    "ninety|hundred|thousand|dozen|half"
)
_UNIT = (
    "milliseconds?|seconds?|minutes?|hours?|days?|nights?|weeks?|months?|percent|per\\s+cent|"
    "degrees?|bytes?|pixels?|metres?|meters?|clicks?|steps?|attempts?|pages?|times"
)
_SHORT_UNIT = "ms|s|min|h|d|x|[kmgt]i?b|px|[cmk]?m|k?g|k|v|w|hz"
_DONE_TO = (
    "refused|rejected|denied|blocked|logged|recorded|stored|saved|sent|deleted|removed|restored|"
    "listed|shown|hidden|locked|disabled|enabled|empty|emptied|unchanged|kept|skipped|ignored|"
    "redirected|reported|repeated|signed|cancelled|canceled|closed|opened|named|asked|marked|"
    "told\\s+(?:the|that|how)|approved|created|printed|switched\\s+off|switched\\s+on|lent|paid|published|unpublished"
)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


# A number counts whatever stands beside it; not within a name: v1, GPT-4, /api/v1, ST-1.
_FREE = r"(?<![\w./:#-])"
_STRONG = {
    "number": _pattern(
        rf"{_FREE}[0-9]+(?:[.,:/-][0-9]+)*(?!\w|-[a-z])"
        rf"|{_FREE}[0-9]+(?:[.,][0-9]+)?[\s-]?(?:{_UNIT}|{_SHORT_UNIT})\b"
    ),
    "spelled number": _pattern(rf"\b(?:{_SPELLED})\s+(?:{_UNIT}|\w{{2,30}}s)\b"),
    "one unit": _pattern(
        rf"\b(?:in|within|under|over|after|every|per|each|one|for)\s+(?:an?|one)?\s?(?:{_UNIT})\b"
    ),
    "comparison": _pattern(
        rf"\b(?:at\s+(?:least|most)|no\s+(?:more|less|fewer|later|longer)\s+than|up\s+to|exactly|"
        rf"(?:more|less|fewer|greater|higher|lower|longer|shorter|sooner|older|larger|smaller)\s+"
        rf"than|within|under|below|above|over|after|before)\s+(?:an?|one|{_SPELLED})\b"
    ),
    "equality": _pattern(
        r"\b(?:equals?|equal\s+to|identical|byte\s+for\s+byte|same\s+\w{2,30}\s+as)\b"
    ),
}
# These count unless the criterion also leans on a word that everybody reads differently.
_WEAK = {
    "code": _pattern(r"`[^`\s][^`]{0,200}`"),
    "quotation": _pattern(r"\u201c[^\u201d]{1,200}\u201d|(?<!\w)\"[^\"]{1,200}\"(?!\w)"),
    "address": _pattern(
        r"\b(?:get|post|put|patch|delete|head)\s+/\S|(?<!\S)/[a-z][\w{}-]{0,50}/[\w{}/-]"
    ),
    "done to it": _pattern(
        r"\b(?:is|are|was|were|be|been|gets?|stays?|remains?)\s+"
        rf"(?:\w{{2,20}}ly\s+|never\s+|still\s+)?(?:{_DONE_TO})\b"
    ),
    "answer": _pattern(
        r"\b(?:returns?|responds?|answers?|repl(?:y|ies)|exits?|prints?|raises?|throws?|fails?|"
        r"redirects?|shows?|displays?)\s+(?:with\s+|to\s+)?(?:an?\s+|the\s+|its\s+)?"
        r"(?:error|message|status|code|exception|warning|alarm|hint|list|nothing|zero|true|false|"
        r"login|page|number|sum|names?)\b"
    ),
    "signature": _pattern(
        r"\bha(?:s|ve)\s+(?:been\s+)?"
        r"(?:signed|approved|confirmed|accepted|listened|reviewed|passed)\b"
    ),
    "contents": _pattern(
        r"\b(?:contains?|carr(?:y|ies)|includes?|holds?|lists?|names)\s+(?:an?|the|its|each)\s"
    ),
    "never": _pattern(
        r"\b(?:never|nobody|no\s+one|nothing|cannot|can\s?not|must\s+not|"
        r"only\s+(?:if|when|after|by|the))\b"
    ),
    "example": _pattern(r"^[*_\s]*(?:given|when)\b(?=[\s\S]*\bthen\b)"),
}
_VAGUE = _pattern(
    r"\b(?:proper(?:ly)?|appropriate(?:ly)?|efficient(?:ly)?|effective(?:ly)?|correct(?:ly)?|"
    r"good|nice(?:ly)?|clear(?:ly)?|eas(?:y|ily)|fast|quick(?:ly)?|user[\s-]friendly|intuitive(?:ly)?|"
    r"robust|reliabl[ey]|reasonabl[ey]|significant(?:ly)?|consistent(?:ly)?|accurate(?:ly)?|"
    r"seamless(?:ly)?|flexibl[ey]|meaningful|actionable|helpful|essential|smooth(?:ly)?|relevant|"
    r"adequate(?:ly)?|sufficient(?:ly)?|graceful(?:ly)?|various|as\s+expected|well)\b"
)


def measurable_term(criterion: str) -> str | None:
    """The name of the first pattern that the criterion fulfils, else None."""
    text = criterion[:_LONGEST]
    for name, pattern in _STRONG.items():
        if pattern.search(text):
            return name
    if _VAGUE.search(text):
        return None
    return next((name for name, pattern in _WEAK.items() if pattern.search(text)), None)


def vague_word(criterion: str) -> str | None:
    """The first word of the criterion that everybody reads differently."""
    found = _VAGUE.search(criterion[:_LONGEST])
    return found[0] if found else None
