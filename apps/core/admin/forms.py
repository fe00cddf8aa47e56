"""Forms that refuse to overwrite what somebody else changed, and that show what a service says."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Q
from django.forms.fields import InvalidJSONInput
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from apps.core.errors import DomainError
from apps.core.jsonschema import Schema

from .display import label

SEEN_VERSION = "seen_version"


class ConsoleFormMixin:
    """For the form of a ConsoleAdmin. The admin sets the class attributes, request by request."""

    refusal: ClassVar[DomainError | None] = None
    describe_since: ClassVar[Callable[[Any, int], list[str]] | None] = None

    fields: dict[str, forms.Field]
    instance: Any
    cleaned_data: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self._is_versioned():
            self.fields[SEEN_VERSION] = forms.IntegerField(
                widget=forms.HiddenInput, required=False, initial=self.instance.version
            )
        for name, field in self.fields.items():
            if isinstance(field, forms.ModelChoiceField):
                self._keep_current(name, field)

    def _keep_current(self, name: str, field: forms.ModelChoiceField[Any]) -> None:
        """What the record refers to stays a choice, deleted or not: saving must not unlink it."""
        current = getattr(self.instance, f"{name}_id", None)
        queryset = field.queryset
        if self.instance._state.adding or current is None or queryset is None:
            return
        offered = Q(pk__in=queryset.order_by().values("pk")) | Q(pk=current)
        field.queryset = queryset.model._base_manager.filter(offered)
        field.label_from_instance = label  # type: ignore[assignment]

    def _is_versioned(self) -> bool:
        if self.instance._state.adding:
            return False
        try:
            self.instance._meta.get_field("version")
        except FieldDoesNotExist:
            return False
        return True

    def _post_clean(self) -> None:
        # Constraints are left to the database: each check here would be a query of its own, and
        # its message would not stand at its field.
        full_clean = self.instance.full_clean
        self.instance.full_clean = partial(full_clean, validate_constraints=False)
        try:
            super()._post_clean()  # type: ignore[misc]  # ModelForm's
        finally:
            del self.instance.full_clean
        if self.refusal is not None:
            self._add_refusal(self.refusal)
        elif self._is_versioned():
            seen = self.cleaned_data.get(SEEN_VERSION)
            if seen != self.instance.version:
                self._add(None, self._stale_text(seen))

    def _add_refusal(self, refusal: DomainError) -> None:
        if not refusal.errors:
            self._add(None, refusal.detail)
        for error in refusal.errors:
            name = error.pointer.strip("/").split("/")[0]
            names = (name, name.removesuffix("_id"))
            field = next((n for n in names if n in self.fields), None)
            # Constraints name their column; people know the field by its label.
            label = "" if field is None else str(self.fields[field].label)
            detail = error.detail
            if label and detail.startswith(f"{name} "):
                detail = label + detail.removeprefix(name)
            self._add(field, detail)

    def _add(self, field: str | None, message: str) -> None:
        self.add_error(field, forms.ValidationError(message))  # type: ignore[attr-defined]

    def _stale_text(self, seen: int | None) -> SafeString:
        changes: list[str] = []
        if seen is not None and self.describe_since is not None:
            changes = type(self).describe_since(self.instance.pk, seen)  # type: ignore[misc]
        listed = format_html_join("", "<li>{}</li>", ((change,) for change in changes))
        return format_html(
            "Somebody changed this record after you opened it, so nothing was saved."
            '{} Your input is still below: copy what you need, then <a href="">load the '
            "current state</a> and enter it again.",
            format_html("<ul>{}</ul>", listed) if changes else "",
        )


class BoundedJSONField(forms.JSONField):
    """JSON as people type it. What is nested too deeply for the parser is an error, no crash."""

    def to_python(self, value: Any) -> Any:
        try:
            parsed = super().to_python(value)
            json.dumps(parsed)
        except RecursionError:
            raise forms.ValidationError("This is nested too deeply.") from None
        except ValueError:
            raise forms.ValidationError("A number in it has too many digits.") from None
        return parsed

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            found = super().bound_data(data, initial)
            json.dumps(found, ensure_ascii=False).encode()  # as it is shown again
        except (RecursionError, ValueError):
            return InvalidJSONInput(data)
        return found


def refuse_errors(schema: Schema, value: Any) -> None:
    """Raise a ValidationError that names each place where a JSON column's `value` is wrong."""
    errors = [
        forms.ValidationError(f"{error.pointer or 'It'} {error.detail}.", code=error.code)
        for error in schema.errors(value)
    ]
    if errors:
        raise forms.ValidationError(errors)


class SchemaJSONField(BoundedJSONField):
    """JSON of a schema, as people type it; what is left out gets its default."""

    def __init__(self, *, schema: Schema, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.schema = schema
        self.help_text = self.help_text or schema.description

    def to_python(self, value: Any) -> Any:
        parsed = super().to_python(value)
        if parsed is None:
            return parsed
        filled = self.schema.with_defaults(parsed)
        refuse_errors(self.schema, filled)
        return filled


class ConsoleForm(ConsoleFormMixin, forms.ModelForm):
    """The default form of a ConsoleAdmin."""
