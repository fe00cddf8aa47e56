"""The console's site: TaskHub's name, a bounded search, a strict Content-Security-Policy."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.admin import apps as admin_apps
from django.contrib.admin import sites
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import ImproperlyConfigured
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.module_loading import import_string
from unfold.dataclasses import SearchResult
from unfold.sites import UnfoldAdminSite

SEARCH_LIMIT = 10
SEARCH_LIMIT_PER_KIND = 5
DELETIONS = "apps.repositories.admin.deletions"
OWN_MODULES = ("apps.", "taskhub.", "tests.")

# Alpine needs 'unsafe-eval' for Unfold's expressions, so this policy stays on the console's paths.
# Style attributes come from Unfold's templates and scripts; style elements must match a hash.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self'{styles}; "
    "style-src-attr 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
THEME_STYLE = re.compile(rb'<style id="unfold-theme-colors">(.*?)</style>', re.DOTALL)


class Autocomplete(AutocompleteJsonView):
    """As the framework's; `?repository=` leaves the records of that one, out of those in sight."""

    def get_queryset(self) -> Any:
        from apps.core.admin.search import as_uuid  # not before the models are loaded

        found = super().get_queryset()
        repository = as_uuid(self.request.GET.get("repository", ""))
        belongs = hasattr(found.model, "repository_id")
        return found.filter(repository=repository) if belongs and repository else found


class AdminConfig(admin_apps.AdminConfig):
    """Django's admin app with TaskHub's site as the default one."""

    default_site = "taskhub.admin_site.TaskHubAdminSite"

    def ready(self) -> None:
        # Unfold's app configuration has put a site of its own there.
        admin.site = sites.site = import_string(self.default_site)()
        super().ready()


class TaskHubAdminSite(UnfoldAdminSite):
    """Takes ConsoleAdmins only: a plain one counts a million rows and shares its request."""

    site_title = site_header = "TaskHub"
    index_title = "Overview"
    index_template = "console/home.html"
    enable_nav_sidebar = True

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")

    def register(
        self, model_or_iterable: Any, admin_class: type[Any] | None = None, **options: Any
    ) -> None:
        """Register a ConsoleAdmin; pass over the pages that libraries bring along."""
        from apps.core.admin import ConsoleAdmin  # not before the models are loaded

        if admin_class is None or not issubclass(admin_class, ConsoleAdmin):
            module = getattr(admin_class, "__module__", "")
            if admin_class is None or module.startswith(OWN_MODULES):
                raise ImproperlyConfigured(f"{module}: an admin must subclass ConsoleAdmin.")
            return
        super().register(model_or_iterable, admin_class, **options)

    def get_urls(self) -> list[Any]:
        """With pages that belong to no model; without the redirect to a record's public page: none
        has one, and it asks for any id."""
        urls: list[Any] = super().get_urls()
        return [*self._own_urls(), *(u for u in urls if getattr(u, "name", "") != "view_on_site")]

    def _own_urls(self) -> Iterator[Any]:
        pages = {
            "request_history": ("requests/", "apps.audit.admin.requests.request_history"),
            "analytics": ("analytics/", "apps.analytics.admin.page.analytics_page"),
            "queue": ("queue/", "apps.tasks.admin.queue.queue_page"),
            "flow": ("flow/", "apps.tasks.admin.flow.flow_page"),
            "deletions": ("deletions/", f"{DELETIONS}.deletion_list"),
            "deletion": ("deletions/<str:batch>/", f"{DELETIONS}.deletion_page"),
            "deletion_restore": ("deletions/<str:batch>/restore/", f"{DELETIONS}.deletion_restore"),
            "deletion_purge": ("deletions/<str:batch>/purge/", f"{DELETIONS}.deletion_purge"),
        }
        for name, (route, view) in pages.items():
            yield path(route, self.admin_view(partial(self._page, view)), name=name)

    def _page(self, view: str, request: HttpRequest, **arguments: str) -> HttpResponse:
        page: Callable[..., HttpResponse] = import_string(view)  # once the models are loaded
        return page(self, request, **arguments)

    def autocomplete_view(self, request: HttpRequest) -> HttpResponseBase:
        return Autocomplete.as_view(admin_site=self)(request)

    # -- Content-Security-Policy ----
    def admin_view(
        self, view: Callable[..., HttpResponseBase], cacheable: bool = False
    ) -> Callable[..., HttpResponseBase]:
        inner: Callable[..., HttpResponseBase] = super().admin_view(view, cacheable)

        def protected(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            return protect(inner(request, *args, **kwargs))

        return protected

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response: HttpResponse = super().login(request, extra_context)
        protect(response)
        return response

    # -- search ----
    def search(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The palette's answer: pages and records, at most ten, never from a cache.

        Unfold's own walks every hit of every model, and its cache outlives a lost permission.
        """
        from apps.core.admin.search import clean_term  # not before the models are loaded

        started = time.monotonic()
        term = clean_term(request.GET.get("s", ""))
        if not term:
            return HttpResponse()
        found = [*self._pages(request, term.lower()), *self._records(request, term)][:SEARCH_LIMIT]
        pages = Paginator(found, SEARCH_LIMIT)
        template = "command" if "extended" in request.GET else "search"
        return TemplateResponse(
            request,
            f"unfold/helpers/{template}_results.html",
            {
                "page_obj": pages,
                "results": pages.page(1),
                "page_counter": 0,
                "execution_time": time.monotonic() - started,
                "command_show_history": False,
            },
            headers={"HX-Trigger": "search"},
        )

    def _pages(self, request: HttpRequest, term: str) -> list[SearchResult]:
        return [
            SearchResult(item["title"], group["title"], str(item["link"]), item["icon"])
            for group in self.get_sidebar_list(request)
            for item in group["items"]
            if item["has_permission"] and term in item["title"].lower()
        ]

    def _records(self, request: HttpRequest, term: str) -> list[SearchResult]:
        results: list[SearchResult] = []
        for model, page in self._registry.items():
            if not page.palette_icon or not page.has_view_or_change_permission(request):
                continue
            found, _ = page.get_search_results(request, page.get_queryset(request), term)
            meta = model._meta
            for record in found[:SEARCH_LIMIT_PER_KIND]:
                name = f"{self.name}:{meta.app_label}_{meta.model_name}_change"
                link = reverse(name, args=(record.pk,))
                kind = str(meta.verbose_name).capitalize()
                results.append(SearchResult(str(record), kind, link, page.palette_icon))
        return results


def protect(response: HttpResponseBase) -> HttpResponseBase:
    """Add the policy, once the page is rendered and its theme block known."""
    if isinstance(response, TemplateResponse) and not response.is_rendered:
        response.add_post_render_callback(_add_policy)
        return response
    _add_policy(response)
    return response


def _add_policy(response: HttpResponseBase) -> None:
    # Only Unfold's own theme block: hashing whatever style is found would bless an injected one.
    content = getattr(response, "content", b"")
    block = THEME_STYLE.search(content)
    styles = f" {_hash(block.group(1))}" if block else ""
    response.headers["Content-Security-Policy"] = POLICY.format(styles=styles)


@lru_cache(maxsize=16)
def _hash(style: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(style).digest()).decode()}'"


def environment_badge(request: HttpRequest) -> list[str]:
    """Where this is, in the header of each page."""
    name = str(settings.SETTINGS_MODULE).rpartition(".")[2]
    return [name.capitalize(), "danger" if name == "production" else "info"]
