"""The task form: tags on one line, acceptance criteria as a checklist."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from apps.core.admin.forms import ConsoleForm, refuse_errors
from apps.core.admin.widgets import PlainTextarea, SingleLine
from apps.tasks.models.task import ACCEPTANCE_CRITERIA, TAGS

_BOX = re.compile(r"^\s*(?:[-*]\s+)?\[(?P<mark>[ xX]?)\]\s*(?P<text>.*\S)\s*$")


def _one_line(text: str) -> str:
    """How a criterion is shown: its text may have line breaks, its line may not."""
    return " ".join(text.split())


class TagsField(forms.CharField):
    """A list of tags, typed with commas."""

    widget = SingleLine

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        return [tag.strip() for tag in (value or "").split(",") if tag.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(data) != (initial or []))

    def validate(self, value: Any) -> None:
        doubled = sorted({tag for tag in value if value.count(tag) > 1})
        if doubled:
            raise forms.ValidationError(f"Twice in the list: {', '.join(doubled)}.")
        refuse_errors(TAGS, value)

    def run_validators(self, value: Any) -> None:
        """A list has none of a text's."""


class CriteriaField(forms.CharField):
    """Acceptance criteria, one a line: `[ ] open`, `[x] met`. Evidence stays with its text."""

    widget = PlainTextarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, **kwargs)
        self.known: Sequence[Mapping[str, Any]] = ()

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        marks = ("x" if item.get("met") else " " for item in value)
        texts = (_one_line(item["text"]) for item in value)
        return "\n".join(f"[{mark}] {text}" for mark, text in zip(marks, texts, strict=True))

    def to_python(self, value: Any) -> Any:
        if isinstance(value, list):
            return value
        # Two criteria may say the same: each line takes one of them, in their order.
        known: dict[str, list[Mapping[str, Any]]] = {}
        for item in self.known:
            known.setdefault(_one_line(item["text"]), []).append(item)
        criteria = []
        for number, line in enumerate((value or "").split("\n"), 1):
            if not line.strip():
                continue
            box = _BOX.match(line)
            if box is None:
                raise forms.ValidationError(
                    f"Line {number} starts with neither “[ ]” nor “[x]”: {line.strip()[:60]}"
                )
            same = known.get(_one_line(box["text"]))
            criterion = same.pop(0) if same else {"text": box["text"]}
            criteria.append({**criterion, "met": box["mark"].lower() == "x"})
        return criteria

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self._plain(self.to_python(data)) != self._plain(initial or []))
        except forms.ValidationError:
            return True

    def _plain(self, criteria: Sequence[Mapping[str, Any]]) -> list[tuple[str, bool]]:
        return [(_one_line(item["text"]), bool(item.get("met"))) for item in criteria]

    def validate(self, value: Any) -> None:
        # Not by what binds clients only: a document may have stated more, which stays as it is.
        refuse_errors(ACCEPTANCE_CRITERIA.database_share(), value)

    def run_validators(self, value: Any) -> None:
        """A list has none of a text's."""


class TaskForm(ConsoleForm):
    """A task as people edit it."""

    tags = TagsField(required=False, help_text="Up to ten, with commas between them.")
    acceptance_criteria = CriteriaField(
        required=False, help_text="One a line: “[ ] still open”, “[x] met”."
    )

    class Meta:
        labels = {"prd": "PRD"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            for name in {"parent_task", "prd"} & set(self.fields):
                self.fields[name].widget.repository = self.instance.repository_id
        criteria = self.fields.get("acceptance_criteria")
        if isinstance(criteria, CriteriaField):
            criteria.known = self.instance.acceptance_criteria or ()
            rows = min(max(len(criteria.known) + 1, 4), 16)
            criteria.widget.attrs["rows"] = rows
