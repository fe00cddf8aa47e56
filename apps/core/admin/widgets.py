"""Widgets that give back what was stored, so that an untouched field is no change."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.widgets import (
    AutocompleteMixin,
    AutocompleteSelect,
    AutocompleteSelectMultiple,
)
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget


class PlainTextarea(UnfoldAdminTextareaWidget):
    """A text area whose line ends are `\\n`, as stored; browsers send `\\r\\n`."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs={"rows": 4, **(attrs or {})})

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        value = super().value_from_datadict(data, files, name)
        return value.replace("\r\n", "\n") if isinstance(value, str) else value


class _ChosenOnly(AutocompleteMixin):
    """Shows what is chosen; what cannot be a key is shown as nothing, not asked for."""

    repository: Any = None  # offer the records of this one only

    def get_url(self) -> str:
        url: str = super().get_url()
        return url if self.repository is None else f"{url}?repository={self.repository}"

    def optgroups(self, name: str, value: Any, attr: Any = None) -> Any:
        key = self.field.remote_field.model._meta.pk
        return super().optgroups(name, [one for one in value if is_value(key, one)], attr)


class RelatedSelect(_ChosenOnly, AutocompleteSelect):
    """One related record, found by typing."""


class RelatedSelectMultiple(_ChosenOnly, AutocompleteSelectMultiple):
    """Related records, found by typing."""


def is_value(field: Any, value: Any) -> bool:
    """Whether `value`, from a URL or a form, can be one of the model's `field`."""
    try:
        field.to_python(value)
    except (ValidationError, ValueError, TypeError):
        return False
    return "\x00" not in str(value)


class SingleLine(UnfoldAdminTextInputWidget):
    """One line, for text columns without a length."""
