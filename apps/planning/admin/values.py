"""The values of a plan as people read them: names in place of ids, hours in place of minutes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.html import format_html
from django.utils.safestring import SafeString

from apps.core.admin.diffs import field_changes, shorten
from apps.core.admin.display import change_url, dash, items, link, text_block
from apps.planning.choices import EntryKind
from apps.planning.merge import LABELS, NEW
from apps.planning.models import PRDPlan, PRDPlanEntry
from apps.repositories.admin.scope import has_permission
from apps.tasks.choices import TaskPriority, TaskStatus
from apps.tasks.models import Task

FIELD_LABELS = {**LABELS, "deleted": "Deletion", "removed_from_prd": "In the document"}
REFERENCES = ("parent", "dependencies")
LISTS = ("tags", "acceptance_criteria", "dependencies")
SIDES = ("base", "mine", "theirs", "result")
LONGEST_NAME = 100
MOST_LISTED = 200
CHOICES: Mapping[str, Mapping[str, str]] = {
    "status": dict(TaskStatus.choices),
    "priority": dict(TaskPriority.choices),
}
Names = Mapping[str, SafeString]
"""By an id of a task, or `new:KEY`: what it is called, with a link where there is a page."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list that changes: `mark` is "+", "-" or empty."""

    mark: str
    shown: SafeString


def read_names(plan: PRDPlan, rows: Iterable[PRDPlanEntry], user: Any) -> dict[str, SafeString]:
    """The names of all tasks that `rows` refer to; two queries, whatever the number."""
    refs = {ref for row in rows for change in row.fields for ref in _refs(change)}
    keys = [ref.removeprefix(NEW) for ref in refs if ref.startswith(NEW)]
    ids = {UUID(ref) for ref in refs if not ref.startswith(NEW)}
    ids |= {row.task_id for row in rows if row.task_id}
    names: dict[str, SafeString] = {}
    found = Task.all_objects.filter(pk__in=ids, repository=plan.repository_id)
    linked = has_permission(user, "view", Task)
    for task in found.select_related("external_key").only("content", "external_key__key"):
        name = _name(getattr(getattr(task, "external_key", None), "key", ""), task.content)
        names[str(task.pk)] = link(change_url(task), name) if linked else format_html("{}", name)
    adds = PRDPlanEntry.objects.filter(plan=plan, kind=EntryKind.ADD, key__in=keys)
    for key, title in adds.values_list("key", "title"):
        shown = title if key.startswith("#") else _name(key, title)
        names[NEW + key] = format_html("{} <em>(new)</em>", shown[:LONGEST_NAME])
    return names


def _refs(change: Mapping[str, Any]) -> Iterator[str]:
    if change["field"] in REFERENCES:
        for side in SIDES:
            value = change[side]
            yield from value if isinstance(value, list) else [value] if value else []


def _name(key: str, title: str) -> str:
    line = " ".join(title.split())
    return f"{key} {line}".strip()[:LONGEST_NAME]


def show_value(field: str, value: Any, names: Names) -> SafeString:
    """A value as HTML; a dash for none."""
    if field == "deleted":
        return format_html("{}", "deleted" if value else "not deleted")
    if field == "removed_from_prd":
        return format_html("{}", "no longer in it" if value else "in it")
    if value in (None, "", []):
        return dash()
    if field == "details":
        return text_block(value)
    if field in LISTS:
        return items(_item(field, one, names) for one in value[:MOST_LISTED])
    return _item(field, value, names)


def _item(field: str, value: Any, names: Names) -> SafeString:
    """A single value, or one of a list."""
    if field in REFERENCES:
        return names.get(value) or format_html(
            "{}", value.removeprefix(NEW) if value.startswith(NEW) else "a task that is gone"
        )
    if field == "acceptance_criteria":
        return _criterion(value)
    if field == "estimated_minutes":
        return format_html("{}", duration(value))
    return format_html("{}", CHOICES.get(field, {}).get(value, shorten(str(value))))


def _criterion(criterion: Mapping[str, Any]) -> SafeString:
    sign, name = ("☑", "met") if criterion.get("met") else ("☐", "not met")
    evidence = criterion.get("evidence", "")
    return format_html(
        '<span class="th-box" role="img" aria-label="{}">{}</span> {}{}',
        name,
        sign,
        criterion["text"],
        format_html(' <span class="th-muted">({})</span>', evidence) if evidence else "",
    )


def duration(minutes: int) -> str:
    """Minutes in hours, as people say it."""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours} h"] * bool(hours) + [f"{rest} min"] * (bool(rest) or not hours)
    return " ".join(parts)


def show_difference(field: str, old: Any, new: Any, names: Names) -> dict[str, Any]:
    """What becomes of `old`: items or lines that come and go, or one value after the other."""
    if field in LISTS:
        return {"listed": list(_difference(field, old or [], new or [], names))}
    if field == "details":
        column: Any = Task._meta.get_field(field)
        (change,) = field_changes(column, old or "", new or "", {})
        return {"text": change}
    return {"old": show_value(field, old, names), "new": show_value(field, new, names)}


def _difference(
    field: str, old: Collection[Any], new: Collection[Any], names: Names
) -> Iterator[Item]:
    for value in old:
        if value not in new:
            yield Item("-", _item(field, value, names))
    for value in new:
        yield Item("" if value in old else "+", _item(field, value, names))
