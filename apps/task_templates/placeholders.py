"""`{{name}}` in the texts of a template. Pure.

Only a name in double braces is a variable; `{{ .Values.port }}` and the like are text. A backslash
before the braces makes text of a name, too. What a value brings is never looked through again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

_PLACEHOLDER: Final = re.compile(r"(\\?)\{\{[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*\}\}")


def names_in(text: str) -> Iterator[str]:
    """The names of the variables in `text`, in their order."""
    return (found[2] for found in _PLACEHOLDER.finditer(text) if not found[1])


def fill(text: str, values: Mapping[str, Any]) -> str:
    """`text` with its variables replaced; one that `values` does not have stays as it stands."""

    def value(found: re.Match[str]) -> str:
        if found[1]:
            return found[0][1:]
        return as_text(values[found[2]]) if found[2] in values else found[0]

    return _PLACEHOLDER.sub(value, text)


def length_of(text: str, values: Mapping[str, Any]) -> int:
    """How many characters `fill` would make of it: a value may stand there a thousand times."""
    return len(text) + sum(
        len(as_text(values[found[2]])) - len(found[0])
        for found in _PLACEHOLDER.finditer(text)
        if not found[1] and found[2] in values
    )


def as_text(value: Any) -> str:
    """A value as it stands in a text: booleans as JSON has them."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def map_texts(step: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """The step with each of its texts changed; keys and references stay."""
    return {
        **step,
        "content": change(step["content"]),
        "details": change(step.get("details", "")),
        "tags": [change(tag) for tag in step.get("tags", ())],
        "acceptance_criteria": [change(text) for text in step.get("acceptance_criteria", ())],
    }


def texts_of(step: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each text of a step with its pointer within the step."""
    yield "/content", step["content"]
    yield "/details", step.get("details", "")
    for name in ("tags", "acceptance_criteria"):
        for position, text in enumerate(step.get(name, ())):
            yield f"/{name}/{position}", text
