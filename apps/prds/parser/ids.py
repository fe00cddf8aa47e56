"""External ids such as `ST-008-01`, `FEAT-12` or `ABC-1.2`: letters, then groups of numbers."""

from __future__ import annotations

import re

# Every quantifier is bounded and a match can only begin at a border: linear on any input.
ID_PATTERN = (
    r"(?<![A-Za-z0-9\-\u2010\u2011./])"
    r"[A-Z][A-Z0-9]{0,11}(?:[-\u2010\u2011][A-Z][A-Z0-9]{0,11}){0,3}"
    r"[-\u2010\u2011][0-9]{1,6}(?:[-.\u2010\u2011][0-9]{1,6}){0,5}[a-z]?"
    r"(?![A-Za-z0-9]|[-\u2010\u2011][A-Za-z0-9])"
)
ID = re.compile(ID_PATTERN)

_HEADING = re.compile(
    r"\s*(?:[0-9]{1,3}(?:\.[0-9]{1,3}){0,4}[.)]?\s+)?"  # 1.2 or 3)
    r"(?:(?:main\s+|sub[-\s]?)?(?:task|story|user\s+story|feature|epic|requirement|ticket|issue)"
    r"\s*[:#]?\s+)?"
    r"[\[(]?(?P<id>" + ID_PATTERN + r")(?P<end>[\])]?\s*(?P<mark>[:|.\u2013\u2014-])?\s*)",
    re.IGNORECASE,
)
# Names of standards and products that look like ids; one of them is an id only before a colon.
_STANDARDS = (
    "AES BASE COVID CRC CSS CVE DDR EC EN ES GPL GPT H HTML HTTP IEEE IPV ISO MD MP OAUTH PEP PKCS "
    "RFC RSA SHA SOC SSE TLS USB UTF WCAG WIN WPA X"
)
_NAMES = frozenset(_STANDARDS.split())


def normalise_id(text: str) -> str:
    """One spelling per id: word processors like to write other hyphens."""
    return text.replace("\u2010", "-").replace("\u2011", "-")


def split_heading(title: str) -> tuple[str, str, bool] | None:
    """(id, rest, certain) of a heading that begins with an id, else None.

    `certain` is False for a well-known name such as `UTF-8` without a mark behind it.
    """
    match = _HEADING.match(title)
    if match is None or (match["id"] != match["id"].upper() and not match["id"][:-1].isupper()):
        return None
    key = normalise_id(match["id"])
    known_name = key.split("-")[0] in _NAMES and key.count("-") == 1
    certain = not (known_name and match["mark"] != ":")
    return key, title[match.end() :].strip(), certain


# In a list of tasks also `T012` is an id; in prose it could be anything.
_SHORT = re.compile(
    r"[\[(]?(?P<id>(?P<letters>[A-Z]{1,4})[0-9]{2,5})[\])]?\s*[:.\u2013\u2014-]?\s+(?=\S)"
)


def split_item(text: str) -> tuple[str, str] | None:
    """(id, rest) of a list item or a table's cell that begins with an id, else None."""
    found = split_heading(text)
    if found and found[2]:
        return found[0], found[1]
    short = _SHORT.match(text + " .")
    if short and short["letters"] not in _NAMES:
        return short["id"], text[short.end() :].strip()
    return None


def find_ids(text: str) -> list[str]:
    """The ids in a text, in order, each once."""
    return list(dict.fromkeys(normalise_id(match[0]) for match in ID.finditer(text)))
