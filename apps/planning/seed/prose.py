"""Texts of made-up tasks and PRDs, in the form that COPY reads (a line's end is a backslash and n).

No word of the vocabulary holds a tab, a backslash or a quote, so nothing has to be escaped.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .vocabulary import (
    CRITERIA,
    ENDINGS,
    MIDDLES,
    OPENINGS,
    PLACES,
    QUALITIES,
    RARE_FIRST,
    RARE_SECOND,
    TAGS,
    THINGS,
    VERBS,
)

Uniform = Callable[[], float]
LINE_END = "\\n"


class Section(NamedTuple):
    """A heading of a PRD and the lines that it covers."""

    title: str
    first_line: int
    last_line: int


def skewed(values: tuple[str, ...], uniform: Uniform) -> str:
    """One of the values, the first ones much more often than the last ones."""
    return values[int(len(values) * uniform() ** 2)]


def evenly(values: tuple[str, ...], uniform: Uniform) -> str:
    """One of the values."""
    return values[int(len(values) * uniform())]


def rare_name(uniform: Uniform) -> str:
    """One of 900 project names, most of them seldom met."""
    first, second = skewed(RARE_FIRST, uniform), skewed(RARE_SECOND, uniform)
    return f"{first}{second}"


def task_content(uniform: Uniform) -> str:
    """What is to be done, in a few words."""
    verb, thing = evenly(VERBS, uniform), skewed(THINGS, uniform)
    kind = uniform()
    if kind < 0.35:
        return f"{verb} the {thing}"
    if kind < 0.65:
        return f"{verb} the {evenly(QUALITIES, uniform)} {thing}"
    if kind < 0.97:
        return f"{verb} the {thing} {evenly(PLACES, uniform)}"
    return f"{verb} the {thing} of project {rare_name(uniform)}"


def sentence(uniform: Uniform) -> str:
    """One sentence about some part of a system."""
    return evenly(MIDDLES, uniform).format(
        quality=evenly(QUALITIES, uniform),
        thing=skewed(THINGS, uniform),
        other=skewed(THINGS, uniform),
    )


def task_details(uniform: Uniform) -> str:
    """Some 200 to 400 characters for most tasks, nothing for some, a long text for a few."""
    kind = uniform()
    if kind < 0.12:
        return ""
    parts = [evenly(OPENINGS, uniform), sentence(uniform), sentence(uniform)]
    if kind > 0.6:
        parts.append(sentence(uniform))
    text = " ".join(parts) + LINE_END + LINE_END + evenly(ENDINGS, uniform)
    if kind > 0.985:
        more = LINE_END.join(f"- {sentence(uniform)}" for _ in range(12))
        text = f"{text}{LINE_END}{LINE_END}{more}"
    return text


def task_tags(uniform: Uniform, theme: str) -> str:
    """A JSON list of none to three tags, often with the repository's own."""
    kind = uniform()
    if kind < 0.3:
        return "[]"
    if kind < 0.6:
        return f'["{theme}"]'
    tag = skewed(TAGS, uniform)
    if kind < 0.62:
        return f'["{tag}", "project-{rare_name(uniform)}"]'
    if tag == theme or kind > 0.85:
        return f'["{tag}"]'
    return f'["{theme}", "{tag}"]'


def task_criteria(uniform: Uniform) -> str:
    """A JSON list of acceptance criteria that are not met yet, for a third of the tasks."""
    kind = uniform()
    if kind < 0.67:
        return "[]"
    first = int(len(CRITERIA) * uniform())
    chosen = [CRITERIA[(first + step) % len(CRITERIA)] for step in range(1 + int(kind * 100) % 3)]
    return "[" + ", ".join(f'{{"text": "{text}", "met": false}}' for text in chosen) + "]"


def prd_document(uniform: Uniform) -> tuple[str, str, list[Section]]:
    """A PRD's title, its text and its sections."""
    title = f"{evenly(QUALITIES, uniform).capitalize()} {evenly(THINGS, uniform)}"
    lines = [f"# {title}", "", evenly(OPENINGS, uniform), sentence(uniform), ""]
    sections = []
    for _ in range(3 + int(uniform() * 4)):
        heading = task_content(uniform)
        first = len(lines) + 1
        lines += [f"## {heading}", "", sentence(uniform), sentence(uniform), ""]
        lines += [f"- [ ] {evenly(CRITERIA, uniform)}" for _ in range(2)]
        lines += ["", evenly(ENDINGS, uniform), ""]
        sections.append(Section(heading, first, len(lines)))
    return title, LINE_END.join(lines), sections
