"""A posted page of decisions: what the person said anew, and what happened meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.audit.admin.timeline import who
from apps.audit.events import event_time, events_of, since
from apps.core.admin.search import as_number
from apps.core.errors import DomainError
from apps.planning.choices import Decision, EntryKind
from apps.planning.merge import Answers
from apps.planning.models import PRDPlan, PRDPlanEntry, PRDPlanEntryEvent
from apps.planning.plans import answers_of
from apps.planning.services import EntryDecision

from .entry_forms import EntryForm, posted_ids

MOST_TOLD = 12
MOST_EVENTS = 200
REST = (Decision.ACCEPTED, Decision.REJECTED, Decision.POSTPONED)


class PostedPage:
    """The forms of a posted page, each against what the person had on the screen."""

    def __init__(self, plan: PRDPlan, data: Any) -> None:
        self.plan, self.data = plan, data
        ids = posted_ids(data)
        rows = PRDPlanEntry.objects.filter(plan=plan, pk__in=ids)
        self.rows = {row.pk: row for row in rows}
        self.missing = [key for key in ids if key not in self.rows]
        said = self._said_then()
        self.forms = {row.pk: EntryForm(row, said.get(row.pk), data) for row in self.rows.values()}

    @property
    def version(self) -> int:
        """The plan's version that the person saw; nobody has seen a version 0."""
        return as_number(self.data.get("version", ""))

    def _said_then(self) -> dict[UUID, Answers]:
        """What had been said of the entries that were changed since the page was made."""
        seen = {}
        for row in self.rows.values():
            version = as_number(self.data.get(f"e-{row.pk}-seen", ""))
            if version != row.version:
                seen[row.pk] = version
        events = PRDPlanEntryEvent._base_manager.filter(
            pgh_obj_id__in=list(seen), version__in=set(seen.values()), **since(self.plan.pk)
        )
        return {
            event.pgh_obj_id: answers_of(event)
            for event in events
            if event.version == seen[event.pgh_obj_id]
        }

    def is_valid(self) -> bool:
        found = [form.is_valid() for form in self.forms.values()]  # each one, to show all errors
        return all(found)

    def decisions(self) -> list[EntryDecision]:
        """What the person said anew. The page is valid."""
        found = [answer for form in self.forms.values() if (answer := form.answer())]
        rest = self.data.get("rest", "")
        if rest in REST:
            answered = {decision.entry_id for decision in found}
            found += [
                EntryDecision(row.pk, decision=rest)
                for row in self.rows.values()
                if row.pk not in answered
                and row.decision == Decision.UNDECIDED
                and row.kind == EntryKind.ADD
            ]
        return found

    def refuse(self, error: DomainError, decisions: Sequence[EntryDecision]) -> None:
        """Show what a service says of single entries at their fields."""
        for each in error.errors:
            place = each.pointer.strip("/").split("/")
            number = int(place[1]) if place[0] == "entries" and place[1:2] else len(decisions)
            if number < len(decisions):
                self.forms[decisions[number].entry_id].refuse(each)

    def lost(self) -> list[str]:
        """The person's words on entries that are gone: in no form can they be shown again."""
        return [
            f"{name.partition(f'{key}-')[2]}: {value}"
            for key in self.missing
            for name, value in self.data.items()
            if name.startswith(f"e-{key}-") and value and not name.endswith("-seen")
        ]


def said_since(plan: PRDPlan, version: int, keys: Iterable[UUID]) -> SafeString:
    """Who changed the plan after its `version`, and what became of the entries `keys`."""
    events = list(events_of(PRDPlan, plan.pk)[:MOST_EVENTS])
    seen = next((event for event in events if event.version == version), None)
    if seen is None or seen is events[0]:
        return SafeString("The plan has changed since you opened this page.")
    newest = events[0]
    changed = PRDPlanEntryEvent._base_manager.filter(
        pgh_obj_id__in=list(keys), pgh_id__gt=seen.pgh_id
    ).order_by("-pgh_id")[:MOST_EVENTS]
    last: dict[Any, Any] = {}
    for event in changed:
        last.setdefault(event.pgh_obj_id, event)
    told = [_told(event) for event in [*last.values()][:MOST_TOLD]]
    more = [(f"… and {len(last) - MOST_TOLD} more",)] if len(last) > MOST_TOLD else []
    return format_html(
        "{} changed the plan after you opened this page ({} UTC).{}",
        who(newest),
        f"{event_time(newest.pgh_id):%Y-%m-%d %H:%M}",
        format_html("<ul>{}</ul>", format_html_join("", "<li>{}</li>", [*told, *more]))
        if told
        else "",
    )


def _told(event: Any) -> tuple[str]:
    title = f"“{event.title[:80]}”"
    name = title if event.key.startswith("#") else f"{event.key} {title}"
    if event.pgh_label == "delete":
        return (f"{name}: no longer in the plan",)
    edited = ", with other values" if event.answers.get("values") else ""
    decision = event.get_decision_display().lower()
    return (f"{name}: now {decision}{edited} (by {who(event)})",)
