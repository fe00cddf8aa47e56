"""Do suggestions foretell what was done next? Replayed over seeded history, on throw-away servers:

    .venv/bin/python -m taskhub.devstack exec -- .venv/bin/python -m benchmarks.suggestions

`manage.py seed` writes the rows. Each of the largest repositories is put back to some hundred
moments of its past, one after another, from its history: no later event, task, status or claim is
there. Patterns are mined on what was closed by then, several times on the way. At each moment the
service is asked for five suggestions, which are compared with what really came next:

* after a task was completed: the kind of work of the next one that the same session or person
  completed within 8 hours. Baseline: the kinds that most often followed one of this kind so far.
* before a task was started: that very task. Baseline: the five oldest pending ones.

The same once more with a flow planted into the words of a share of the sessions, to tell whether
what there is to find is found. Writes `benchmarks/reports/<date>-suggestions.md`.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import django
from django.core.management import call_command

from .queries import machine, p95

REPORTS = Path(__file__).parent / "reports"
UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
PLANTED = 0.35
LEARNING = 0.3  # of the history, before the first moment
MINED = 6  # times in each repository
BEST = 5


@dataclass(slots=True)
class Score:
    """How often the first, and one of the first five, was right."""

    first: int = 0
    best: int = 0
    had: int = 0
    of: int = 0

    def count(self, predicted: Sequence[Any], happened: Any) -> None:
        self.of += 1
        self.had += bool(predicted)
        self.first += happened in predicted[:1]
        self.best += happened in predicted[:BEST]

    def row(self, name: str) -> str:
        cells = [f"{100 * count / self.of:.1f} %" for count in (self.first, self.best, self.had)]
        return f"| {name} | {self.of} | {' | '.join(cells)} |"


@dataclass(slots=True)
class Outcome:
    """What the replay of one world has shown."""

    kinds: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    planted_kinds: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    tasks: dict[str, Score] = field(default_factory=lambda: defaultdict(Score))
    milliseconds: list[float] = field(default_factory=list)
    patterns: list[int] = field(default_factory=list)
    pairs: int = 0
    planted: int = 0
    sizes: list[str] = field(default_factory=list)


def replay(outcome: Outcome, repository: Any, actor: Any, points: int, share: float) -> None:
    """One repository from its beginning to its end. Everything is rolled back."""
    from django.db import transaction

    from apps.planning.suggesting.situation import PAUSE
    from apps.tasks.models import Task

    from .past import Past, following

    with transaction.atomic():
        past = Past(repository.pk)
        planted = past.plant(share) if share else {}
        outcome.planted += sum(planted.values())
        completions = past.completions()
        kinds = _kinds(Task.all_objects.filter(repository=repository))
        pairs = list(following(completions, PAUSE))
        outcome.pairs += len(pairs)
        outcome.sizes.append(f"{len(kinds):,} tasks, {len(pairs):,} pairs")
        learning = int(LEARNING * len(pairs))
        typed = [pair for pair in pairs[learning:] if kinds[pair[1].task] != "other"]
        starts = past.starts()
        chosen = [("kind", *pair) for pair in _spread(typed, points)] + [
            ("task", start, start)
            for start in _spread(starts[int(LEARNING * len(starts)) :], points)
        ]
        baseline = Baseline(pairs, kinds)
        every = max(1, len(chosen) // MINED)
        for number, (what, now, after) in enumerate(sorted(chosen, key=lambda each: each[1].at)):
            if what == "kind":
                past.advance(now.at)
            else:
                past.advance(now.at - timedelta(microseconds=1))
            if number % every == 0:
                past.look_around()
                outcome.patterns.append(_mine(repository))
            session = now.session if what == "kind" else ""
            asked = _ask(repository, actor, session, now.stream[1], past.now)
            outcome.milliseconds.append(asked.milliseconds)
            if what == "kind":
                foretold = baseline.best(now.task, now.at)
                _count_kinds(outcome.kinds, asked, foretold, kinds[after.task])
                if session in planted:
                    _count_kinds(outcome.planted_kinds, asked, foretold, kinds[after.task])
            else:
                _count_tasks(outcome, asked, repository, after.task)
        transaction.set_rollback(True)


class Baseline:
    """The most frequent next kind of work, counted up to the moment."""

    def __init__(self, pairs: Sequence[Any], kinds: dict[UUID, str]) -> None:
        self.coming = sorted(pairs, key=lambda pair: pair[1].at)
        self.kinds = kinds
        self.after: dict[str, Counter[str]] = defaultdict(Counter)
        self.all: Counter[str] = Counter()
        self.done = 0

    def best(self, last: UUID, now: datetime) -> tuple[list[str], list[str]]:
        """What followed the kind of `last` most often, then the others; and all by number."""
        while self.done < len(self.coming) and self.coming[self.done][1].at <= now:
            first, second = self.coming[self.done]
            self.done += 1
            if (kind := self.kinds[second.task]) != "other":
                self.after[self.kinds[first.task]][kind] += 1
                self.all[kind] += 1
        often = _by_number(self.all)
        ranked = _by_number(self.after[self.kinds[last]])
        return [*ranked, *(kind for kind in often if kind not in ranked)], often


@dataclass(frozen=True, slots=True)
class Asked:
    """What the service answers, as kinds of work and as tasks."""

    kinds: list[str]
    tasks: list[UUID]
    by_source: dict[str, tuple[list[str], list[UUID]]]
    milliseconds: float


def _ask(repository: Any, actor: Any, session: str, assignee: str, now: datetime) -> Asked:
    from django.db import transaction

    from apps.planning.services.suggesting import suggest

    actor.username = assignee or "nobody"  # who asks is whose work it is
    with transaction.atomic():
        began = time.perf_counter()
        made = suggest(actor=actor, repository=repository, session_id=session, limit=BEST, now=now)
        spent = (time.perf_counter() - began) * 1000
        transaction.set_rollback(True)
    return Asked(
        _distinct(_kind(each.content) for each in made.suggestions),
        [each.task_id for each in made.suggestions if each.kind == "existing" and each.task_id],
        {
            found.source: (
                _distinct(_kind(each.content) for each in found.candidates),
                [each.task_id for each in found.candidates if not each.is_new and each.task_id],
            )
            for found in made.found
        },
        spent,
    )


def _count_kinds(
    scores: dict[str, Score],
    asked: Asked,
    baseline: tuple[list[str], list[str]],
    happened: str,
) -> None:
    scores["all sources, fused: five suggestions"].count(asked.kinds, happened)
    for source in ("pattern", "similar", "ready"):
        scores[f"`{source}` alone"].count(asked.by_source[source][0], happened)
    scores["baseline: most frequent next after this kind"].count(baseline[0], happened)
    scores["baseline: most frequent kind"].count(baseline[1], happened)


def _count_tasks(outcome: Outcome, asked: Asked, repository: Any, happened: UUID) -> None:
    from apps.tasks.models import Task

    pending = Task.objects.filter(repository=repository, status="pending").order_by("pk")
    scores = outcome.tasks
    scores["all sources, fused: five suggestions"].count(asked.tasks, happened)
    scores["`ready` alone"].count(asked.by_source["ready"][1], happened)
    scores["baseline: oldest pending"].count(
        list(pending.values_list("pk", flat=True)[:BEST]), happened
    )


def _mine(repository: Any) -> int:
    from apps.planning.services.mining_runs import mine_patterns

    return len(mine_patterns(repository=repository).result.patterns)


def _kind(content: str, tags: Iterable[str] = (), section: str = "") -> str:
    from apps.task_patterns.work_types import classify

    return classify(content, tags, section).work_type.value


def _kinds(tasks: Any) -> dict[UUID, str]:
    rows = tasks.values_list("pk", "content", "tags", "source_section")
    return {pk: _kind(content, tags, section) for pk, content, tags, section in rows}


def _distinct(kinds: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(kind for kind in kinds if kind != "other"))


def _by_number(counter: Counter[str]) -> list[str]:
    return sorted(counter, key=lambda kind: (-counter[kind], kind))


def _spread(rows: Sequence[Any], count: int) -> list[Any]:
    """`count` of the rows, evenly spread."""
    if len(rows) <= count:
        return list(rows)
    return [rows[number * len(rows) // count] for number in range(count)]


HEAD = (
    "| predicts | moments | right at 1 | right at 5 | had something to say |\n|---|---|---|---|---|"
)


def table(title: str, scores: dict[str, Score]) -> list[str]:
    """One table of the report."""
    return [f"### {title}", "", HEAD, *(each.row(name) for name, each in scores.items()), ""]


def section(title: str, outcome: Outcome) -> list[str]:
    """What one world has shown."""
    times = outcome.milliseconds
    mined = f"{min(outcome.patterns)} to {max(outcome.patterns)}"
    return [
        f"## {title}",
        "",
        f"Repositories: {'; '.join(outcome.sizes)}. Patterns mined in one: {mined}."
        + (f" Planted: {outcome.planted:,} tasks." if outcome.planted else ""),
        "",
        *table("The kind of work of the next finished task", outcome.kinds),
        *(
            table("The same, in the planted sessions alone", outcome.planted_kinds)
            if outcome.planted_kinds
            else []
        ),
        *table("The very task that was started next", outcome.tasks),
        f"Asking took {median(times):.0f} ms in the middle, {p95(times):.0f} ms at the 95th"
        f" percentile ({len(times)} times, service and database, on one connection).",
        "",
    ]


def main() -> None:
    """Seed, replay, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--repositories", type=int, default=2, help="the largest so many")
    parser.add_argument(
        "--points", type=int, default=150, help="moments of each sort, a repository"
    )
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "taskhub.settings.test"
    django.setup()
    from django.db import connection
    from django.db.models import Count

    from apps.accounts.models import User
    from apps.planning.seed.request import make_request
    from apps.planning.seed.writer import write
    from apps.repositories.models import Repository

    load = os.getloadavg()[0]
    call_command("migrate", verbosity=0)
    now = datetime.now(UTC)
    request = make_request(tasks=options.tasks, repositories=None, seed=1, until=UNTIL, now=now)
    write(request, outbox=False, progress=lambda done: None)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    actor = User.objects.create(username="replay", is_superuser=True)
    largest = Repository.objects.annotate(n=Count("tasks")).order_by("-n")[: options.repositories]
    worlds = {"seeded": (Outcome(), 0.0), "planted": (Outcome(), PLANTED)}
    for name, (outcome, share) in worlds.items():
        for repository in largest:
            replay(outcome, repository, actor, options.points, share)
            print(f"{name}: {repository.name}, {outcome.sizes[-1]}", flush=True)
    command = " ".join(["python -m benchmarks.suggestions", *sys.argv[1:]])
    lines = [
        f"# Suggestions, replayed over seeded history, {now:%Y-%m-%d}",
        "",
        f"`{command}` on {machine()}. Load average {load:.1f} at the start,"
        f" {os.getloadavg()[0]:.1f} at the end.",
        "",
        f"`manage.py seed --tasks {options.tasks} --until {UNTIL:%Y-%m-%dT%H:%M:%SZ}`; the"
        f" {len(largest)} largest repositories, after the first {LEARNING:.0%} of their history.",
        "A moment whose next task is of no kind in particular is left out of the first tables.",
        "",
        *section("As it was seeded", worlds["seeded"][0]),
        *section(f"With a flow planted in {PLANTED:.0%} of the sessions", worlds["planted"][0]),
    ]
    path = REPORTS / f"{now:%Y-%m-%d}-suggestions.md"
    path.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))
    print(f"written: {path}")


if __name__ == "__main__":
    main()
