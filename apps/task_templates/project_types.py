"""“This repository looks like a …”: rules `pt-1`, each hit with its reason. Pure.

A rule is a kind of trace (a word of the name or description, a tag, a word in tasks and
documents, the ending of a file that they name) and what it speaks for. A type's score is the sum
of its traces' weights: half of the weight for one hit, up to all of it for ten. No trace speaks for
`other`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from .choices import ProjectType

VERSION: Final = "pt-1"
# As much as one word in the name, or two words that are met often.
ENOUGH: Final = 2.0
FULL_HITS: Final = 10
WEIGHTS: Final = {"name": 4.0, "tag": 2.0, "file": 2.0, "word": 1.0}
PLACES: Final = {
    "name": "in its name or description",
    "tag": "as a tag of its tasks",
    "file": "among the files that its tasks and documents name",
    "word": "in its tasks and documents",
}
WORDS: Final[Mapping[ProjectType, frozenset[str]]] = {
    kind: frozenset(re.findall(r"\w+", words))
    for kind, words in {
        ProjectType.WEB_APPLICATION: "frontend ui css react vue angular svelte page browser html"
        " form button layout",
        ProjectType.WEB_SERVICE: "api endpoint backend rest graphql grpc service server openapi"
        " http microservice",
        ProjectType.LIBRARY: "library sdk package framework semver plugin binding docstring",
        ProjectType.COMMAND_LINE: "cli terminal subcommand flag argparse shell stdin stdout",
        ProjectType.MOBILE: "mobile android ios swift kotlin flutter tablet phone",
        ProjectType.DATA: "etl pipeline warehouse ingestion dbt airflow spark dataset batch"
        " parquet",
        ProjectType.MACHINE_LEARNING: "model training inference embedding neural classifier"
        " prediction llm finetune",
        ProjectType.INFRASTRUCTURE: "terraform kubernetes helm ansible docker cluster ingress"
        " provisioning infra devops",
        ProjectType.DOCUMENTATION: "docs documentation handbook tutorial guide wiki glossary"
        " manual",
    }.items()
}
ENDINGS: Final[Mapping[str, ProjectType]] = {
    "html": ProjectType.WEB_APPLICATION,
    "css": ProjectType.WEB_APPLICATION,
    "tsx": ProjectType.WEB_APPLICATION,
    "vue": ProjectType.WEB_APPLICATION,
    "proto": ProjectType.WEB_SERVICE,
    "graphql": ProjectType.WEB_SERVICE,
    "swift": ProjectType.MOBILE,
    "kt": ProjectType.MOBILE,
    "parquet": ProjectType.DATA,
    "ipynb": ProjectType.MACHINE_LEARNING,
    "tf": ProjectType.INFRASTRUCTURE,
    "rst": ProjectType.DOCUMENTATION,
}
_WORD: Final = re.compile(r"[a-z]+")
_FILE: Final = re.compile(r"[\w./-]*\w\.([a-z]{2,8})\b")


@dataclass(frozen=True, slots=True)
class Traces:
    """What is known of a repository."""

    name: str
    description: str = ""
    tags: Mapping[str, int] = field(default_factory=dict)
    texts: Iterable[str] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """A trace that was met: which, where, how often, what it brought."""

    trace: str
    place: str
    hits: int
    weight: float

    @property
    def text(self) -> str:
        """“api”, 17 times as a tag of its tasks."""
        times = "once" if self.hits == 1 else f"{self.hits} times"
        return f"“{self.trace}” {times} {PLACES[self.place]}"


@dataclass(frozen=True, slots=True)
class Guess:
    """A type that the repository looks like, and why."""

    project_type: ProjectType
    score: float
    reasons: tuple[Reason, ...]


def guess_project_type(traces: Traces) -> list[Guess]:
    """The types for which there is enough, best first; the same traces, the same answer."""
    hits: Counter[tuple[ProjectType, str, str]] = Counter()
    for word, times in Counter(_words(f"{traces.name} {traces.description}")).items():
        _count(hits, "name", word, times)
    for tag, times in traces.tags.items():
        for word in set(_words(tag)):
            _count(hits, "tag", word, times)
    for text in traces.texts:
        lowered = text.lower()
        for word in set(_words(lowered)):
            _count(hits, "word", word, 1)
        for ending in _FILE.findall(lowered):
            if ending in ENDINGS:
                hits[ENDINGS[ending], "file", f".{ending}"] += 1
    guesses = [_guess(kind, hits) for kind in WORDS]
    return sorted(
        (guess for guess in guesses if guess.score >= ENOUGH),
        key=lambda guess: (-guess.score, guess.project_type.value),
    )


def _words(text: str) -> list[str]:
    return [
        word.removesuffix("s") if len(word) > 4 else word for word in _WORD.findall(text.lower())
    ]


def _count(hits: Counter[tuple[ProjectType, str, str]], place: str, word: str, times: int) -> None:
    for kind, words in WORDS.items():
        if word in words or f"{word}s" in words:
            hits[kind, place, word] += times


def _guess(kind: ProjectType, hits: Mapping[tuple[ProjectType, str, str], int]) -> Guess:
    reasons = [
        Reason(trace, place, times, round(WEIGHTS[place] * _share(times), 3))
        for (of, place, trace), times in hits.items()
        if of is kind
    ]
    reasons.sort(key=lambda reason: (-reason.weight, reason.place, reason.trace))
    return Guess(kind, round(sum(reason.weight for reason in reasons), 3), tuple(reasons))


def _share(times: int) -> float:
    return 0.5 + 0.5 * (min(times, FULL_HITS) - 1) / (FULL_HITS - 1)
