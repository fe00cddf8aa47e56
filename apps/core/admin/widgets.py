"""Widgets that give back what was stored, so that an untouched field is no change."""

from __future__ import annotations

from typing import Any

from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget


class PlainTextarea(UnfoldAdminTextareaWidget):
    """A text area whose line ends are `\\n`, as stored; browsers send `\\r\\n`."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs={"rows": 4, **(attrs or {})})

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        value = super().value_from_datadict(data, files, name)
        return value.replace("\r\n", "\n") if isinstance(value, str) else value


class SingleLine(UnfoldAdminTextInputWidget):
    """One line, for text columns without a length."""
