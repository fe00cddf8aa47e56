"""The base class of every console page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import (
    FieldDoesNotExist,
    SuspiciousOperation,
)
from django.db import DatabaseError
from django.db.models import DateField, Field, ForeignKey, JSONField, Model, QuerySet, TextField
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import capfirst
from unfold.admin import ModelAdmin

from apps.core.api.database_errors import translate
from apps.core.errors import DomainError
from apps.core.jsonschema import column_schema

from .changelist import KeysetChangeList, LookaheadPaginator
from .forms import SEEN_VERSION, BoundedJSONField, ConsoleForm, SchemaJSONField
from .search import as_uuid, clean_term, search_by_text
from .threads import ThreadRequest
from .widgets import PlainTextarea, RelatedSelect, SingleLine, is_value

# Kept by triggers and services: shown, never typed.
KEPT_FIELDS = (
    "id",
    "created_at",
    "updated_at",
    "version",
    "deleted_at",
    "deleted_by",
    "deletion_batch",
    "started_at",
    "completed_at",
)
REFUSAL = "_console_refusal"


class ConsoleAdmin(ModelAdmin):
    """Bounded lists and service writes. Read-only until a subclass says how to write.

    To make it writable, implement `create_object` and `update_object` with calls of services.
    """

    request = ThreadRequest()
    form = ConsoleForm

    # -- what a subclass declares ----
    keyset: ClassVar[str] = "-id"  # a unique, indexed column: the one order of the list
    list_defer: ClassVar[tuple[str, ...]] = ()  # wide columns that lists do without
    allowed_lookups: ClassVar[frozenset[str]] = frozenset()  # beside those of `list_filter`
    search_vector: ClassVar[str] = ""  # a tsvector column: full text in two steps
    search_config: ClassVar[str] = "simple"  # its text search configuration
    single_line: ClassVar[tuple[str, ...]] = ()  # text columns that take one line
    text_rows: ClassVar[dict[str, int]] = {}  # the height of text areas, else 4
    palette_icon: ClassVar[str] = ""  # the palette finds these records, under this icon

    # -- what makes lists safe ----
    sortable_by: tuple[str, ...] = ()
    list_per_page = 25
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    list_select_related: tuple[str, ...] = ()
    list_filter_submit = True
    list_disable_select_all = True
    paginator = LookaheadPaginator
    actions: tuple[str, ...] = ()

    compressed_fields = True
    warn_unsaved_form = True
    change_form_before_template = "console/form_before.html"

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[KeysetChangeList]:
        return KeysetChangeList

    def get_ordering(self, request: HttpRequest) -> list[str]:
        return [self.keyset]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if set(request.POST.getlist("select_across")) - {"", "0"}:
            # Hiding "select across pages" does not stop a hand-made POST.
            raise SuspiciousOperation("Actions run on chosen rows only.")
        context = {"title": capfirst(self.opts.verbose_name_plural), **(extra_context or {})}
        try:
            response: HttpResponse = super().changelist_view(request, context)
        finally:
            del self.request  # Unfold has stored it; nothing needs it from here on
        return response

    def get_queryset(self, request: HttpRequest) -> QuerySet[Model]:
        queryset: QuerySet[Model] = self.scope(request, self.get_rows(request))
        # Only lists: on a record's page each deferred column would be a query of its own.
        return queryset.defer(*self.list_defer) if is_list(request) else queryset

    def get_rows(self, request: HttpRequest) -> QuerySet[Model]:
        """The rows that the page is about, whoever asks."""
        rows: QuerySet[Model] = super().get_queryset(request)
        return rows

    def scope(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        """The rows that this person may see at all; lists, pages and histories ask it."""
        return queryset

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Only what the page offers. The framework would allow every local field: a full scan."""
        return "\x00" not in str(value) and lookup in self.get_allowed_lookups(request)

    def get_allowed_lookups(self, request: HttpRequest) -> frozenset[str]:
        """The query parameters that this list understands."""
        offered: set[str] = set()
        for item in self.get_list_filter(request):
            if isinstance(item, tuple | list):
                offered |= self._exact_lookups(item[0])
            elif isinstance(item, str):
                offered |= self._exact_lookups(item)
            elif name := getattr(item, "parameter_name", ""):
                offered.add(name)
        return self.allowed_lookups | offered

    def _exact_lookups(self, name: str) -> set[str]:
        field = self.opts.get_field(name)
        if isinstance(field, Field) and field.remote_field is not None:
            return {f"{name}__{field.target_field.name}__exact"}  # type: ignore[attr-defined]
        return {f"{name}__exact"}

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Model], search_term: str
    ) -> tuple[QuerySet[Model], bool]:
        term = clean_term(search_term)
        if not term:
            return queryset, False
        if (key := as_uuid(term)) is not None:
            return queryset.filter(pk=key), False
        if self.search_vector:
            config = self.search_config
            return search_by_text(queryset, self.search_vector, term, config=config), False
        found, _ = super().get_search_results(request, queryset, term)
        return found, False

    # -- actions and deletion ----
    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Only what the record allows now; nothing where the person sees no record."""
        actions: list[Any] = super().get_actions_detail(request, object_id)
        record = self.get_object(request, unquote(str(object_id))) if actions else None
        if record is None:
            return []
        return [a for a in actions if self.allows(record, a.method.original_function_name)]

    def allows(self, record: Any, action: str) -> bool:
        """Whether the state of `record` allows the action of this name."""
        return True

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._implements("create_object") and bool(super().has_add_permission(request))

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._implements("update_object") and bool(
            super().has_change_permission(request, obj)
        )

    def _implements(self, name: str) -> bool:
        return getattr(type(self), name) is not getattr(ConsoleAdmin, name)

    # -- forms and writing ----
    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        declared = list(super().get_readonly_fields(request, obj))
        kept = [name for name in KEPT_FIELDS if name not in declared and self._has_field(name)]
        return declared + kept

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.single_line:
            kwargs["widget"] = SingleLine
        elif isinstance(db_field, TextField | JSONField) and not db_field.choices:
            rows = self.text_rows.get(db_field.name, 4)
            kwargs = {"widget": PlainTextarea(attrs={"rows": rows}), **kwargs}
            if isinstance(db_field, JSONField):
                schema = column_schema(db_field.model, db_field.name)
                if schema is None:
                    kwargs.setdefault("form_class", BoundedJSONField)
                elif "form_class" not in kwargs:
                    kwargs |= {"form_class": SchemaJSONField, "schema": schema}
            else:
                kwargs.setdefault("strip", False)  # what was stored with blanks is no change
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget  # no pop-ups: related records have their own pages
        return field

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest | None, **kwargs: Any
    ) -> Any:
        if request is not None and db_field.name in self.get_autocomplete_fields(request):
            kwargs.setdefault("widget", RelatedSelect(db_field, self.admin_site))
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_field_queryset(self, db: Any, db_field: Any, request: HttpRequest | None) -> Any:
        """Only what the person may see: for the form, everything else does not exist."""
        related = db_field.remote_field.model
        if request is None or not self.admin_site.is_registered(related):
            return super().get_field_queryset(db, db_field, request)
        return self.in_sight(request, related)

    def in_sight(self, request: HttpRequest, model: type[Model]) -> QuerySet[Model]:
        """The rows of another page's `model` that the person may see."""
        page: Any = self.admin_site.get_model_admin(model)
        queryset: QuerySet[Model] = page.scope(request, model._default_manager.all())
        return queryset

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What the URL fills in, without what the form's fields could not show."""
        given = super().get_changeform_initial_data(request)
        return {name: value for name, value in given.items() if self._is_initial(name, value)}

    def _is_initial(self, name: str, value: Any) -> bool:
        if "\x00" in str(value):
            return False
        if not self._has_field(name):
            return True  # a field of the form alone: text to its widget
        field: Any = self.opts.get_field(name)
        if isinstance(field, ForeignKey):
            return is_value(field.target_field, value)
        return not isinstance(field, DateField)  # its widget takes dates, and a URL holds text

    def _has_field(self, name: str) -> bool:
        try:
            self.opts.get_field(name)
        except FieldDoesNotExist:
            return False
        return True

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)  # a new class each time
        form.refusal = getattr(request, REFUSAL, None)
        form.describe_since = staticmethod(self.describe_changes_since)
        return form

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        original = context.get("original")
        context["show_save_and_add_another"] = False
        context["summary"] = [] if original is None else self.summary(original)
        response: HttpResponse = super().render_change_form(request, context, *args, **kwargs)
        return response

    def summary(self, record: Any) -> Sequence[Any]:
        """The strip above a record's form: what one wants to know at first glance."""
        return ()

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """As the framework's; what a service or the database refuses is shown in the form.

        The framework's transaction has then been rolled back: nothing is half-written.
        """
        try:
            try:
                return super().changeform_view(request, object_id, form_url, extra_context)
            except DomainError as error:
                refusal = error
            except DatabaseError as error:
                known = translate(error, reading=request.method != "POST")
                if known is None:
                    raise
                refusal = known
            setattr(request, REFUSAL, refusal)
            return super().changeform_view(request, object_id, form_url, extra_context)
        finally:
            del self.request  # stored by Unfold here, too

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Write through the service and show what it made of the input."""
        if change:
            saved = self.update_object(request, obj, form)
        else:
            saved = self.create_object(request, form)
        if saved is not obj:
            obj.__dict__.update(saved.__dict__)

    def create_object(self, request: HttpRequest, form: Any) -> Model:
        """Create the record that `form` describes, by a service."""
        raise NotImplementedError

    def update_object(self, request: HttpRequest, obj: Any, form: Any) -> Model:
        """Apply `changed_values(form)` by a service, against `seen_version(form)`."""
        raise NotImplementedError

    def changed_values(self, form: Any) -> dict[str, Any]:
        """The values of the fields that the person changed."""
        return {name: form.cleaned_data[name] for name in form.changed_data if name != SEEN_VERSION}

    def seen_version(self, form: Any) -> int:
        """The version of the record that the person had on the screen."""
        return int(form.cleaned_data[SEEN_VERSION])

    # One truth: history is written by triggers, the framework's own log is not kept beside it.
    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None: ...

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None: ...

    def log_deletions(self, request: HttpRequest, queryset: Any) -> None: ...

    # -- history ----
    def describe_changes_since(self, key: Any, version: int) -> list[str]:
        """What happened to a record after `version`, for a form that came too late."""
        return []

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The record's page, which says that there is none; `audit.admin.RecordAdmin` has one."""
        self.message_user(request, "No history is kept of this kind of record.", messages.INFO)
        page = reverse(
            f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[object_id]
        )
        return HttpResponseRedirect(page)


def is_list(request: HttpRequest) -> bool:
    """Whether the page is about many records: a list, the autocomplete or the palette."""
    return is_changelist(request) or page_name(request) in {"autocomplete", "search"}


def is_changelist(request: HttpRequest) -> bool:
    """Whether the page is the list of one kind of records, with its filters."""
    return page_name(request).endswith("_changelist")


def page_name(request: HttpRequest) -> str:
    """The name of the page's URL."""
    match = request.resolver_match
    return "" if match is None else match.url_name or ""
