"""Plans made, answered and applied through the services."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from apps.accounts.models import User
from apps.planning.models import PRDPlan, PRDPlanEntry
from apps.planning.services import (
    AppliedPlan,
    EntryDecision,
    apply_plan,
    decide,
    make_plan,
)
from apps.repositories.models import Repository
from apps.tasks.models import Task

FILE = "shed.md"
SHED = """\
# Garden shed

## Tasks

### SH-1 Level the ground

**Acceptance criteria**

- [ ] It is flat to 2 cm

Estimated time: 2 hours

### SH-2 Pour the concrete slab

Depends on SH-1

### SH-3 Raise the wooden frame

Depends on SH-2
"""
Answer = Callable[[PRDPlanEntry], Mapping[str, Any]]


def accept(entry: PRDPlanEntry) -> dict[str, Any]:
    """Accepted; of conflicts, the document's side."""
    return answer(entry, "theirs")


def keep(entry: PRDPlanEntry) -> dict[str, Any]:
    """Accepted; of conflicts, people's side."""
    return answer(entry, "mine")


def answer(entry: PRDPlanEntry, side: str) -> dict[str, Any]:
    fields = [each["field"] for each in entry.fields if each["verdict"] == "conflict"]
    return {"decision": "accepted", "choices": dict.fromkeys(fields, side)}


def entries_of(plan: PRDPlan) -> list[PRDPlanEntry]:
    return list(PRDPlanEntry.objects.filter(plan=plan).order_by("position"))


def outline(plan: PRDPlan) -> list[tuple[str, str, list[str]]]:
    """Kind, title and fields of each entry."""
    return [(e.kind, e.title, [each["field"] for each in e.fields]) for e in entries_of(plan)]


def planned(actor: User, repository: Repository, text: str, filename: str = FILE) -> PRDPlan:
    return make_plan(actor=actor, repository=repository, filename=filename, content=text)


def answered(
    actor: User,
    plan: PRDPlan,
    say: Answer = accept,
    choose: Callable[[PRDPlanEntry], str] = lambda entry: "new",
) -> PRDPlan:
    """The plan, once every question and every entry is answered."""
    while asked := [entry for entry in entries_of(plan) if entry.candidates]:
        pins = [EntryDecision(entry_id=entry.pk, same_as=choose(entry)) for entry in asked]
        plan = decide(actor=actor, plan=plan, decisions=pins)
    words = [EntryDecision(entry_id=entry.pk, **say(entry)) for entry in entries_of(plan)]
    return decide(actor=actor, plan=plan, decisions=words)


def taken_in(
    actor: User, repository: Repository, text: str = SHED, say: Answer = accept
) -> AppliedPlan:
    """What a plan of `text` has done, answered and applied."""
    plan = answered(actor, planned(actor, repository, text), say)
    return apply_plan(actor=actor, plan=plan)


def task(title: str) -> Task:
    """The only task of this title, deleted ones included."""
    found: Task = Task.all_objects.get(content=title)
    return found
