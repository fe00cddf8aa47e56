"""What making and applying a plan takes, on a scratch database that is dropped afterwards:

    .venv/bin/python -m taskhub.devstack exec -- .venv/bin/python -m benchmarks.apply_plan

A document of 1,000 tasks, with criteria, dependencies and parents, comes in; then again, with 500
of them changed in several ways; then again unchanged. Through the services, as the application's
login, with all triggers on. Seconds and statements of each step, after a short document that wakes
the server's and Django's caches.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from time import perf_counter
from typing import Any

from .audit_cost import scratch_database, set_up

TASKS = 1_000
A_GROUP = 10
BOUND = 5.0
FILE = "large.md"
STEPS = (("a short one", 1), ("first import", 1), ("500 changed", 2), ("unchanged", 2))


def document(revision: int, tasks: int = TASKS) -> str:
    """Groups of a task and nine below it; in the second revision every other task has changed."""
    lines = ["# A large plan", "", "## Tasks", ""]
    for number in range(tasks):
        changed = revision == 2 and number % 2
        if number % A_GROUP == 0:
            lines += [f"### LP-{number} Build part {number}", "", "Criteria of the whole.", ""]
        else:
            lines += [f"#### LP-{number} Make piece {number} of it", "", "A few words more.", ""]
        hours = 3 if changed else 2
        lines += [f"Estimated time: {hours} hours", ""]
        if changed and number % 5 == 0:
            lines += ["Priority: high", ""]
        before = number - (2 if changed and number % 7 == 0 else 1)
        if number % A_GROUP > 2:
            lines += [f"Depends on LP-{before}", ""]
        ticked = "x" if changed and number % 4 == 1 else " "
        lines += [
            "**Acceptance criteria**",
            "",
            f"- [{ticked}] Piece {number} fits",
            f"- [ ] Piece {number} weighs less than {hours} kg",
            "",
        ]
    return "\n".join(lines)


def main() -> None:
    """Print the table; exit 1 when applying takes longer than the bound."""
    with scratch_database():
        set_up()
        from django.db import connection

        from apps.accounts.models import User
        from apps.core.context import Source, acting
        from apps.planning.models import PRDPlanEntry
        from apps.planning.services import EntryDecision, apply_plan, decide, make_plan
        from apps.repositories.choices import MemberRole
        from apps.repositories.models import Repository, RepositoryMember

        actor = User.objects.create(username="bench")
        repository = Repository.objects.create(name="bench/plans")
        RepositoryMember.objects.create(
            repository=repository, user=actor, role=MemberRole.MAINTAINER
        )
        worst = 0.0
        for title, revision in STEPS:
            first = title == "a short one"
            text = document(revision, A_GROUP if first else TASKS)
            text = text.replace("LP-", "SP-") if first else text
            name = "short.md" if first else FILE
            with acting(source=Source.COMMAND, actor=actor, name="benchmark"):
                plan, making, asked = measured(
                    lambda text=text, name=name: make_plan(
                        actor=actor, repository=repository, filename=name, content=text
                    )
                )
                entries = list(PRDPlanEntry.objects.filter(plan=plan, decision="undecided"))
                words = [EntryDecision(entry.pk, decision="accepted") for entry in entries]
                if words:
                    decide(actor=actor, plan=plan, decisions=words)
                kinds = Counter(
                    PRDPlanEntry.objects.filter(plan=plan).values_list("kind", flat=True)
                )
                _, applying, written = measured(
                    lambda plan=plan: apply_plan(actor=actor, plan=plan)
                )
            worst = max(worst, applying)
            print(
                f"{title:14} {dict(kinds)!s:40} make {making:5.2f} s, {asked:3} statements;"
                f" apply {applying:5.2f} s, {written:3} statements"
            )
        version = connection.pg_version // 10000  # type: ignore[attr-defined]
        connection.close()
    print(f"PostgreSQL {version}, {TASKS} tasks, bound {BOUND} s")
    sys.exit(worst > BOUND)


def measured(call: Callable[[], Any]) -> tuple[Any, float, int]:
    """What the call returns, its seconds, and how many statements it sends."""
    from django.db import connection

    count = 0

    def counted(execute: Any, *arguments: Any) -> Any:
        nonlocal count
        count += 1
        return execute(*arguments)

    begin = perf_counter()
    with connection.execute_wrapper(counted):
        result = call()
    return result, perf_counter() - begin, count


if __name__ == "__main__":
    main()
