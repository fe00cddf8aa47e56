"""What a reviewer says of one entry, as a form: a decision, choices, other values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from django import forms
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget

from apps.core.admin.search import as_uuid
from apps.core.admin.widgets import PlainTextarea, SingleLine
from apps.core.errors import FieldError
from apps.planning.choices import Decision, EntryKind
from apps.planning.merge import EDITABLE, GONE, LABELS, MINE, NEW_PIN, THEIRS, Answers
from apps.planning.models import PRDPlanEntry
from apps.planning.plans import answers_of
from apps.planning.services import EntryDecision
from apps.tasks.admin.forms import CriteriaField, TagsField
from apps.tasks.choices import TaskPriority
from apps.tasks.models.task import MOST_MINUTES

OWN = "own"
USUAL: Mapping[str, Any] = {
    "content": "",
    "details": "",
    "priority": TaskPriority.MEDIUM.value,
    "estimated_minutes": None,
    "assignee": "",
    "tags": [],
    "acceptance_criteria": [],
}
_PREFIX = re.compile(r"e-([0-9a-f-]{36})-seen\Z")


class EntryForm(forms.Form):
    """The form of one entry. `said` is what had been said of it when the person opened the page."""

    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, row: PRDPlanEntry, said: Answers | None = None, data: Any = None) -> None:
        self.row = row
        self.said = answers_of(row) if said is None else said
        self.changes = {change["field"]: change for change in row.fields}
        super().__init__(data, prefix=f"e-{row.pk}")
        self.fields["seen"].initial = row.version
        if row.candidates:
            self.fields["same_as"] = self._question()
            return
        self.fields["decision"] = self._decision()
        if row.kind == EntryKind.ADD:
            names = list(EDITABLE)
        else:
            names = [name for name in self.changes if name in EDITABLE]
            for name, change in self.changes.items():
                if name != "removed_from_prd":
                    self.fields[f"choice-{name}"] = self._choice(change)
        for name in names:
            field = _value_field(name, self.proposed(name))
            field.initial = self.said.values.get(name, self.proposed(name))
            self.fields[f"value-{name}"] = field

    def proposed(self, name: str) -> Any:
        """The value of the field if nobody gives another one."""
        change = self.changes.get(name)
        value = USUAL[name] if change is None else change["result"]
        return USUAL[name] if value is None else value

    # -- the questions ----
    def _question(self) -> forms.Field:
        same = [(c["item_id"], f"It is {c['title'] or c['key']}") for c in self.row.candidates]
        return _radios("Which one it is", [*same, (NEW_PIN, "It is a new one")], "")

    def _decision(self) -> forms.Field:
        if self.row.kind == EntryKind.ADD:
            choices = [
                (Decision.ACCEPTED, "Make this task"),
                (Decision.REJECTED, "Make no task"),
                (Decision.POSTPONED, "Not now"),
            ]
        elif self.row.rule == GONE:
            choices = [
                (Decision.ACCEPTED, "Do this"),
                (Decision.REJECTED, "Leave the task as it is"),
            ]
        else:
            choices = [
                (Decision.ACCEPTED, "Change the task"),
                (Decision.REJECTED, "Leave the task as it is"),
            ]
        initial = "" if self.said.decision == Decision.UNDECIDED else self.said.decision
        return _radios("Decision", choices, initial)

    def _choice(self, change: Mapping[str, Any]) -> forms.Field:
        name = change["field"]
        theirs, mine = "Take the document's", "Keep the task's"
        if name == "deleted":
            theirs, mine = "Restore the task", "Leave it deleted"
        elif self.row.rule == GONE:
            theirs, mine = "Cancel the task", "Keep it open"
        choices = [(THEIRS, theirs), (MINE, mine)]
        if name in EDITABLE:
            choices.append((OWN, "Another value"))
        usual = "" if change["verdict"] == "conflict" else THEIRS
        said = OWN if name in self.said.values else self.said.choices.get(name, usual)
        return _radios(LABELS.get(name, "The task"), choices, said)

    # -- the answers ----
    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        waiting = [
            name
            for name, change in self.changes.items()
            if change["verdict"] == "conflict"
            and self.row.kind != EntryKind.ADD
            and not data.get(f"choice-{name}")
        ]
        if "decision" not in self.fields or data.get("choice-deleted") == MINE:
            return data
        if data.get("decision") == Decision.ACCEPTED:
            for name in waiting:
                self.add_error(f"choice-{name}", "Say which value it shall have.")
        elif not data.get("decision") and self.row.kind == EntryKind.CONFLICT and not waiting:
            data["decision"] = Decision.ACCEPTED  # every question is answered
        return data

    def answer(self) -> EntryDecision | None:
        """What the person said anew; None for nothing. The form is valid."""
        data = self.cleaned_data
        if "same_as" in self.fields:
            same_as = data["same_as"]
            return EntryDecision(self.row.pk, same_as=same_as) if same_as else None
        decision = data["decision"] or self.said.decision
        choices = dict(self._choices(data))
        values = dict(self._values(data))
        said = (self.said.decision, dict(self._plain_choices()), dict(self.said.values))
        if (decision, choices, values) == said:
            return None
        return EntryDecision(self.row.pk, decision=decision, choices=choices, values=values)

    def _choices(self, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
        for name, change in self.changes.items():
            if f"choice-{name}" not in self.fields:
                if name in self.said.choices:
                    yield name, self.said.choices[name]
                continue
            choice = data.get(f"choice-{name}")
            if choice == MINE or (choice == THEIRS and change["verdict"] == "conflict"):
                yield name, choice

    def _plain_choices(self) -> Iterator[tuple[str, str]]:
        """What was chosen, without what is so anyway."""
        for name, choice in self.said.choices.items():
            change = self.changes.get(name)
            if name in self.said.values:
                continue
            if change is None or choice == MINE or change["verdict"] == "conflict":
                yield name, choice

    def _values(self, data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        for name in EDITABLE:
            value = data.get(f"value-{name}")
            if f"value-{name}" not in self.fields:
                continue
            if self.row.kind == EntryKind.ADD:
                usual = self.proposed(name)
                if value != usual:
                    yield name, value
            elif data.get(f"choice-{name}") == OWN:
                yield name, value

    # -- what is shown of it ----
    def refuse(self, error: FieldError) -> None:
        """Show what the service says of this entry at its field."""
        _, _, rest = error.pointer.strip("/").partition("/")  # entries/N/…
        kind, _, name = rest.partition("/")[2].partition("/")
        place = {
            "values": f"value-{name}",
            "choices": f"choice-{name}",
            "decision": "decision",
            "same_as": "same_as",
        }.get(kind)
        self.add_error(place if place in self.fields else None, error.detail)

    def words(self) -> list[str]:
        """What the person put in, for a form that cannot be shown any more."""
        return [
            f"{field.label or 'Value'}: {self[name].value()}"
            for name, field in self.fields.items()
            if name != "seen" and name in self.changed_data
        ]


def posted_ids(data: Any) -> list[UUID]:
    """The entries that a posted page was about."""
    found = (as_uuid(match[1]) for name in data if (match := _PREFIX.match(name)))
    return [key for key in found if key is not None]


def _radios(label: str, choices: list[tuple[Any, str]], initial: str) -> forms.Field:
    return forms.ChoiceField(
        label=label,
        choices=choices,
        initial=initial,
        required=False,
        widget=forms.RadioSelect,
    )


def _value_field(name: str, known: Any) -> forms.Field:
    label = LABELS[name]
    match name:
        case "content":
            return forms.CharField(label=label, widget=SingleLine, required=False)
        case "details":
            return forms.CharField(
                label=label, widget=PlainTextarea(attrs={"rows": 6}), required=False, strip=False
            )
        case "priority":
            return forms.ChoiceField(
                label=label, choices=TaskPriority.choices, widget=UnfoldAdminSelectWidget
            )
        case "estimated_minutes":
            return forms.IntegerField(
                label="Estimate in minutes",
                min_value=0,
                max_value=MOST_MINUTES,
                error_messages={
                    "invalid": "Give whole minutes, such as 90.",
                    "min_value": "Give no less than 0 minutes.",
                    "max_value": f"Give no more than {MOST_MINUTES} minutes.",
                },
                required=False,
                widget=UnfoldAdminIntegerFieldWidget,
            )
        case "tags":
            return TagsField(label=label, required=False, help_text="With commas between them.")
        case "acceptance_criteria":
            field = CriteriaField(
                label=label, required=False, help_text="One a line: “[ ] open”, “[x] met”."
            )
            field.known = known
            return field
    return forms.CharField(label=label, widget=SingleLine, required=False, max_length=255)
