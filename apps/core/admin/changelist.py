"""Lists without counting and without OFFSET: each page costs the same, at any depth."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.options import IS_FACETS_VAR
from django.contrib.admin.views.main import ALL_VAR, ORDER_VAR
from django.core.exceptions import ValidationError
from django.core.paginator import EmptyPage, Page, Paginator
from django.db.models import Field, Model, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from unfold.views import ChangeList

AFTER = "after"
BEFORE = "before"
MAX_PAGES = 50


class LookaheadPage(Page):
    """A page that knows whether another one follows, because one row more was read."""

    def __init__(self, rows: list[Any], number: int, paginator: LookaheadPaginator) -> None:
        self._more = len(rows) > paginator.per_page and number < MAX_PAGES
        super().__init__(rows[: paginator.per_page], number, paginator)

    def has_next(self) -> bool:
        return self._more


class LookaheadPaginator(Paginator):
    """For the autocomplete: never counts, reads one row more than it shows, ends at 50 pages."""

    def validate_number(self, number: Any) -> int:
        try:
            page = int(number)
        except (TypeError, ValueError):
            page = 1
        if not 1 <= page <= MAX_PAGES:
            raise EmptyPage(f"Pages run from 1 to {MAX_PAGES}.")
        return page

    def page(self, number: Any) -> LookaheadPage:
        page = self.validate_number(number)
        start = (page - 1) * self.per_page
        return LookaheadPage(list(self.object_list[start : start + self.per_page + 1]), page, self)

    @cached_property
    def count(self) -> int:
        """The rows up to the last page, for code that insists on asking."""
        rows: Any = self.object_list
        return len(rows.values("pk")[: MAX_PAGES * self.per_page])


class UncountedPaginator:
    """What the list's templates need of a paginator; it runs no query."""

    template_name = "console/pager.html"
    num_pages = 1
    page_range = (1,)

    def __init__(self, per_page: int, count: int) -> None:
        self.per_page = per_page
        self.count = count


class KeysetChangeList(ChangeList):
    """A list page that starts after (or ends before) a row's key instead of at a page number."""

    def get_filters_params(self, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Drop the cursor, or the framework takes it for a field; it restarts on each filter."""
        for name in (AFTER, BEFORE, ALL_VAR, ORDER_VAR, IS_FACETS_VAR):
            self.params.pop(name, None)
            self.filter_params.pop(name, None)
        remaining: dict[str, Any] = super().get_filters_params(params)
        return remaining

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Model]) -> list[str]:
        """The order fixed in code; `?o=` is ignored."""
        return [self.model_admin.keyset]

    def get_ordering_field_columns(self) -> dict[int, str]:
        return {}

    def get_results(self, request: HttpRequest) -> None:
        """Read one page and one row more."""
        size: int = self.list_per_page
        after, before = self._cursor(request, AFTER), self._cursor(request, BEFORE)
        rows: list[Model] = []
        newer = older = False
        if before is not None:
            rows = list(self._beyond(before, forward=False)[: size + 1])
            newer, older = len(rows) > size, True
            rows = rows[:size][::-1]
        if before is None or not newer:  # the top again: always a full first page
            start = after if before is None else None
            queryset = self.queryset if start is None else self._beyond(start, forward=True)
            rows = list(queryset[: size + 1])
            newer, older = start is not None, len(rows) > size
            rows = rows[:size]
        self._publish(rows, newer=newer, older=older)

    def _publish(self, rows: list[Model], *, newer: bool, older: bool) -> None:
        # Templates and list_editable want a QuerySet: one that will not ask the database again.
        result_list = self.queryset.filter(pk__in=[row.pk for row in rows])
        result_list._result_cache = rows
        self.result_list = result_list
        self.result_count = len(rows)
        self.full_result_count = len(rows)  # equal: the header then claims no total
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.can_show_all = False
        self.multi_page = False
        self.page_num = 1
        self.paginator = UncountedPaginator(self.list_per_page, len(rows))
        name = self._key.attname
        self.first_url = self.get_query_string() if newer else None
        self.prev_url = self.next_url = None
        if rows and newer:
            self.prev_url = self.get_query_string({BEFORE: getattr(rows[0], name)})
        if rows and older:
            self.next_url = self.get_query_string({AFTER: getattr(rows[-1], name)})

    @property
    def _key(self) -> Field[Any, Any]:
        name = self.model_admin.keyset.removeprefix("-")
        field: Field[Any, Any] = (
            self.lookup_opts.pk if name == "pk" else self.lookup_opts.get_field(name)
        )
        return field

    def _beyond(self, key: Any, *, forward: bool) -> QuerySet[Model]:
        """The rows after `key` in list order, or before it, nearest first."""
        descending = self.model_admin.keyset.startswith("-")
        smaller = descending == forward
        name = self._key.attname
        rows: QuerySet[Model] = self.queryset.filter(
            **{f"{name}__{'lt' if smaller else 'gt'}": key}
        )
        return rows.order_by(f"-{name}" if smaller else name)

    def _cursor(self, request: HttpRequest, parameter: str) -> Any:
        """The key in the URL, or None when there is none or it makes no sense."""
        text = request.GET.get(parameter, "")
        if not text or "\x00" in text:
            return None
        try:
            return self._key.to_python(text)
        except (ValidationError, ValueError):
            return None
