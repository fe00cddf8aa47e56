"""What a task of some kind of work is called, when it goes on from another task."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from apps.task_patterns.work_types import WorkType, classify

from .model import LONGEST_CONTENT, shorten

# Each beginning is itself of the work type that it stands for (tested).
BEGINNINGS: Final[Mapping[str, str]] = {
    WorkType.PLAN: "Plan",
    WorkType.RESEARCH: "Research",
    WorkType.DESIGN: "Design",
    WorkType.IMPLEMENT: "Implement",
    WorkType.CONFIGURE: "Configure",
    WorkType.MIGRATE: "Migrate",
    WorkType.REFACTOR: "Refactor",
    WorkType.OPTIMISE: "Optimise",
    WorkType.SECURE: "Secure",
    WorkType.FIX: "Fix",
    WorkType.TEST: "Write tests for",
    WorkType.REVIEW: "Review",
    WorkType.DOCUMENT: "Document",
    WorkType.DEPLOY: "Deploy",
    WorkType.CLEAN_UP: "Clean up",
}
_OWN = re.compile(rf"^(?:{'|'.join(map(re.escape, BEGINNINGS.values()))}): ", re.IGNORECASE)
_FRONT = re.compile(r"^(?:[-*+•]\s+|\[[ xX]\]\s*|[A-Za-z]{1,12}(?:-\d+)+\s*[:.)-]?\s+)+")
_COMMIT = re.compile(r"^[a-z]{2,12}(?:\([^)]{0,60}\))?!?:\s+")
# How many words of a text say what kind of work it is, by the rule that found it there.
_WORDS_OF_RULE: Final[Mapping[str, int]] = {"verb": 1, "weak_verb": 1, "phrase": 2}


def name_step(work_type: str, previous: str) -> str:
    """What to call the step of this kind that follows the task `previous`."""
    return shorten(f"{BEGINNINGS[work_type]}: {topic_of(previous)}", LONGEST_CONTENT)


def topic_of(content: str) -> str:
    """What a task is about, without the word that says what is done to it.

    "Implement the login form" and "Write tests for: the login form" are about "the login form". Of
    a text that is nothing else, all stays.
    """
    line = " ".join(content.split())
    text = _OWN.sub("", line)
    if text == line:
        text = _without_verb(_FRONT.sub("", line))
    return text or line


def _without_verb(text: str) -> str:
    rule = classify(text).rule.partition(":")[0]
    if rule == "prefix":
        return _COMMIT.sub("", text, count=1)
    words = text.split()
    return " ".join(words[_WORDS_OF_RULE.get(rule, 0) :]) or text
