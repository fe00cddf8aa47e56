"""Unfold's settings: name, colours, sidebar. `settings.base` imports `UNFOLD`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def may_view(model: str) -> Callable[[HttpRequest], bool]:
    """Whether the person may see the page of `app_label.model_name`: as the page itself says."""

    def ask(request: HttpRequest) -> bool:
        from django.apps import apps  # settings are read before there are apps
        from django.contrib import admin

        page = admin.site.get_model_admin(apps.get_model(model))
        return bool(page.has_view_or_change_permission(request))

    return ask


def may_see_deletions(request: HttpRequest) -> bool:
    """Whether the person may see deleted records of some kind."""
    from apps.repositories.admin.scope import visible_kinds  # settings are read before

    return bool(visible_kinds(request.user))


def may_see_analytics(request: HttpRequest) -> bool:
    """Whether the person may see the figures of work."""
    from apps.analytics.admin.page import may_see  # settings are read before

    return may_see(request.user)


def may_see_flow(request: HttpRequest) -> bool:
    """Whether the person may see what tasks wait for."""
    from apps.tasks.admin.flow import may_see_flow  # settings are read before

    return may_see_flow(request)


def may_see_queue(request: HttpRequest) -> bool:
    """Whether the person may see what to begin next."""
    from apps.tasks.admin.queue import may_see  # settings are read before

    return may_see(request.user)


def page(model: str, title: str, icon: str, description: str) -> dict[str, Any]:
    """A sidebar entry for the list of `model`."""
    return {
        "title": title,
        "icon": icon,
        "description": description,
        "link": reverse_lazy(f"admin:{model.replace('.', '_')}_changelist"),
        "permission": may_view(model),
    }


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "TaskHub",
    "SITE_HEADER": "TaskHub",
    "SITE_SUBHEADER": "Operations console",
    "SITE_URL": None,
    "SITE_ICON": lambda request: static("console/mark.svg"),
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("console/mark.svg"),
        }
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "ENVIRONMENT": "taskhub.admin_site.environment_badge",
    "STYLES": [lambda request: static("console/console.css")],
    "SCRIPTS": [lambda request: static("console/console.js")],
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.604)",
            "100": "oklch(93.2% .032 255.585)",
            "200": "oklch(88.2% .059 254.128)",
            "300": "oklch(80.9% .105 251.813)",
            "400": "oklch(70.7% .165 254.624)",
            "500": "oklch(62.3% .214 259.815)",
            "600": "oklch(54.6% .245 262.881)",
            "700": "oklch(48.8% .243 264.376)",
            "800": "oklch(42.4% .199 265.638)",
            "900": "oklch(37.9% .146 265.522)",
            "950": "oklch(28.2% .091 267.935)",
        },
    },
    "COMMAND": {"search_models": False, "show_history": False},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": [
            {
                "title": "Work",
                "items": [
                    page("tasks.task", "Tasks", "task_alt", "What is to be done, by whom"),
                    {
                        "title": "Queue",
                        "icon": "low_priority",
                        "description": "What to begin next, what is held, what waits",
                        "link": reverse_lazy("admin:queue"),
                        "permission": may_see_queue,
                    },
                    page("tasks.taskclaim", "Claims", "back_hand", "Who works on what now"),
                    {
                        "title": "Flow",
                        "icon": "route",
                        "description": "What waits for what, and how long all of it takes",
                        "link": reverse_lazy("admin:flow"),
                        "permission": may_see_flow,
                    },
                    page("prds.prd", "PRDs", "description", "The documents that tasks come from"),
                    page(
                        "work_sessions.worksession",
                        "Sessions",
                        "timer",
                        "Who worked when, on what",
                    ),
                    page("planning.prdplan", "Plans", "difference", "What an import would do"),
                    page(
                        "planning.suggestion",
                        "Suggestions",
                        "lightbulb",
                        "What could be done next",
                    ),
                    page(
                        "task_templates.tasktemplate",
                        "Templates",
                        "account_tree",
                        "Tasks that are made again and again",
                    ),
                    page(
                        "task_patterns.taskpattern",
                        "Patterns",
                        "conversion_path",
                        "What finished work has in common",
                    ),
                    {
                        "title": "Analytics",
                        "icon": "monitoring",
                        "description": "What the numbers say of the work",
                        "link": reverse_lazy("admin:analytics"),
                        "permission": may_see_analytics,
                    },
                    {
                        "title": "Deleted",
                        "icon": "delete",
                        "description": "What can be restored or purged for good",
                        "link": reverse_lazy("admin:deletions"),
                        "permission": may_see_deletions,
                    },
                ],
            },
            {
                "title": "Repositories",
                "separator": True,
                "items": [
                    page("repositories.repository", "Repositories", "folder_data", "Whose work"),
                    page("repositories.repositorymember", "Members", "group", "Who may do what"),
                ],
            },
            {
                "title": "Access",
                "separator": True,
                "items": [
                    page("accounts.user", "Users", "person", "People who may log in"),
                    page("accounts.apitoken", "API tokens", "key", "Programs that may call"),
                ],
            },
            {
                "title": "Operations",
                "separator": True,
                "items": [
                    page(
                        "outbox.outboxentry", "Outbox", "outbox", "Changes that wait for a worker"
                    ),
                ],
            },
            {
                "title": "History",
                "separator": True,
                "items": [
                    page("tasks.taskevent", "Task history", "history", "Every change of a task"),
                    page(
                        "tasks.taskclaimevent",
                        "Claim history",
                        "history",
                        "Who took work, how it ended",
                    ),
                    page("prds.prdevent", "PRD history", "history", "Every change of a PRD"),
                    page(
                        "planning.prdplanevent", "Plan history", "history", "Every change of a plan"
                    ),
                    page(
                        "work_sessions.worksessionevent",
                        "Session history",
                        "history",
                        "Every change of a work session",
                    ),
                    page(
                        "task_templates.tasktemplateevent",
                        "Template history",
                        "history",
                        "Every change of a template",
                    ),
                    page(
                        "repositories.repositoryevent",
                        "Repository history",
                        "history",
                        "Every change of a repository",
                    ),
                    page(
                        "repositories.repositorymemberevent",
                        "Member history",
                        "history",
                        "Who came, went, got another role",
                    ),
                    page("accounts.userevent", "User history", "history", "Every change of a user"),
                    page(
                        "accounts.apitokenevent",
                        "Token history",
                        "history",
                        "Issued, revoked",
                    ),
                ],
            },
        ],
    },
}
