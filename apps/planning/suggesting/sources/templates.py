"""Steps of templates that open instances do not have: new in the template, or lost since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.planning.choices import SuggestionKind, SuggestionSource
from apps.planning.models import TemplateInstance, TemplateInstanceTask
from apps.planning.suggesting.model import (
    MOST_FROM_A_SOURCE,
    Candidate,
    Found,
    Reason,
    shorten,
)
from apps.planning.suggesting.situation import Situation
from apps.task_templates.definition import STEPS
from apps.task_templates.filling import fill_steps
from apps.task_templates.placeholders import names_in, texts_of
from apps.tasks.lifecycle import OPEN
from apps.tasks.models import Task

SOURCE = SuggestionSource.TEMPLATE.value
NEWEST = 50  # instances of a repository that are looked at


@dataclass(frozen=True, slots=True)
class _Step:
    """A step that an instance has, and its task if that is there."""

    key: str
    task_id: UUID | None
    status: str | None

    @property
    def is_there(self) -> bool:
        return self.status is not None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN


def find_missing_steps(situation: Situation) -> Found:
    """Of the session's instances first, then of the newest; in the order of the template."""
    instances = list(newest_instances(situation.repository.pk)[:NEWEST])
    if not instances:
        return Found(SOURCE, note="No template was used in this repository.")
    steps = read_steps([instance.pk for instance in instances])
    still_open = [each for each in instances if any(s.is_open for s in steps.get(each.pk, ()))]
    if not still_open:
        return Found(SOURCE, note="No instance of a template is open.")
    session = situation.session_id
    still_open.sort(key=lambda each: not (session and each.session_id == session))
    candidates = [
        candidate
        for instance in still_open
        for candidate in _missing(instance, {step.key: step for step in steps[instance.pk]})
    ]
    if not candidates:
        return Found(SOURCE, note="The open instances of templates have all their steps.")
    return Found(SOURCE, tuple(candidates[:MOST_FROM_A_SOURCE]))


def newest_instances(repository_id: UUID) -> Any:
    """The instances of live templates in a repository, the newest first."""
    return (
        TemplateInstance.objects.filter(repository=repository_id, template__deleted_at__isnull=True)
        .select_related("template")
        .order_by("-pk")
    )


def read_steps(instance_ids: Sequence[UUID]) -> dict[UUID, list[_Step]]:
    """The steps of each instance, with the status of those tasks that are live: two queries."""
    rows = TemplateInstanceTask.objects.filter(instance__in=instance_ids)
    found = list(rows.order_by("position", "pk").values_list("instance_id", "key", "task_id"))
    tasks = Task.objects.filter(pk__in=[task_id for _, _, task_id in found if task_id])
    statuses = dict(tasks.values_list("pk", "status"))
    steps: dict[UUID, list[_Step]] = {}
    for instance_id, key, task_id in found:
        steps.setdefault(instance_id, []).append(_Step(key, task_id, statuses.get(task_id)))
    return steps


def _missing(instance: Any, there: Mapping[str, _Step]) -> Iterator[Candidate]:
    template = instance.template
    wanted = [step for step in template.tasks if isinstance(step, dict) and step.get("key")]
    done = sum(step.status not in (None, *OPEN) for step in there.values())
    for position, step in enumerate(wanted, start=1):
        known = there.get(step["key"])
        if known is not None and known.is_there:
            continue
        filled = _filled(step, instance)
        if filled is None:
            continue
        lost = known is not None
        yield Candidate(
            source=SOURCE,
            kind=SuggestionKind.NEW,
            content=filled["content"],
            reasons=(_reason(instance, step["key"], position, len(wanted), done, lost=lost),),
            template_id=template.pk,
            values=_values(instance, filled, position, there),
        )


def _filled(step: Mapping[str, Any], instance: Any) -> dict[str, Any] | None:
    """The step with the instance's values, or the defaults of variables that came later.

    None when it is no task with them: a variable has no value, or a text comes out too long or
    empty. One can still use the template anew.
    """
    properties = instance.template.variables.get("properties", {})
    defaults = {name: rule["default"] for name, rule in properties.items() if "default" in rule}
    values = {**defaults, **instance.variables}
    [complete] = STEPS.with_defaults([step])
    if any(name not in values for _, text in texts_of(complete) for name in names_in(text)):
        return None
    steps, errors = fill_steps([complete], values)
    return None if errors else steps[0]


def _values(
    instance: Any, step: Mapping[str, Any], position: int, there: Mapping[str, _Step]
) -> dict[str, Any]:
    """The task to be, as the step has it; it waits for the tasks of the steps it depends on."""
    values: dict[str, Any] = {
        "step": {"instance_id": str(instance.pk), "key": step["key"], "position": position}
    }
    for name in ("priority", "complexity", "estimated_minutes"):
        if step[name] is not None:
            values[name] = step[name]
    for name in ("details", "tags"):
        if step[name]:
            values[name] = step[name]
    if step["acceptance_criteria"]:
        values["acceptance_criteria"] = [
            {"text": text, "met": False} for text in step["acceptance_criteria"]
        ]
    before = [there[key] for key in step["depends_on"] if key in there]
    if depends_on := [str(each.task_id) for each in before if each.is_there]:
        values["depends_on"] = depends_on
    parent = there.get(step["parent"] or "")
    if parent is not None and parent.is_there:
        values["parent_task_id"] = str(parent.task_id)
    return values


def _reason(instance: Any, key: str, position: int, steps: int, done: int, *, lost: bool) -> Reason:
    template = instance.template
    why = "its task is gone" if lost else "it came into the template since"
    if not lost and instance.number == template.template_version:
        why = "it was never made"
    text = (
        f"Step {position} of {steps} (“{key}”) of “{shorten(template.name)}”, of which an instance"
        f" has {done} finished {'step' if done == 1 else 'steps'}, is missing: {why} (made of"
        f" version {instance.number}, now {template.template_version})."
    )
    values = {
        "instance_id": str(instance.pk),
        "step": key,
        "position": position,
        "steps": steps,
        "finished": done,
        "instance_version": instance.number,
        "template_version": template.template_version,
        "lost": lost,
    }
    return Reason(SOURCE, text, values)
