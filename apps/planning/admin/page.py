"""What the pages of plans share: who may see which plan, and what a service refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from apps.audit.admin import RecordAdmin
from apps.core.api.database_errors import translate
from apps.core.errors import DomainError
from apps.planning.choices import PlanState
from apps.planning.models import PRDPlan
from apps.repositories.admin.scope import has_permission
from apps.repositories.choices import MemberRole
from apps.repositories.visibility import require_active, require_role


class PlanPage(RecordAdmin):
    """Reading takes the permission to view plans; writing that to add or to change them, and a
    role in the repository, which the services ask for."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return has_permission(request.user, "add", PRDPlan)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return has_permission(request.user, "change", PRDPlan)

    def may_decide(self, request: HttpRequest, plan: PRDPlan) -> bool:
        """Whether the person may write to this plan now."""
        if plan.state != PlanState.OPEN or not self.has_change_permission(request, plan):
            return False
        try:
            require_role(plan.repository, request.user, MemberRole.CONTRIBUTOR)  # type: ignore[arg-type]
            require_active(plan.repository)
        except DomainError:
            return False
        return True

    def seen_plan(
        self, request: HttpRequest, object_id: str, *, to_change: bool = False
    ) -> PRDPlan:
        """The plan of the path, if the person may see it (and has the permission to change)."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        try:
            key = self.opts.pk.to_python(unquote(object_id))
        except ValidationError:
            raise Http404 from None
        plans = self.get_queryset(request)
        plan: Any = (
            plans.select_related("repository", "prd", "author", "closed_by").filter(pk=key).first()
        )
        if plan is None:
            raise Http404
        if to_change and not self.has_change_permission(request, plan):
            raise PermissionDenied
        return plan

    def render_page(
        self,
        request: HttpRequest,
        plan: PRDPlan | None,
        template: str,
        title: str,
        context: dict[str, Any],
    ) -> HttpResponse:
        """The page `template`, about `plan` if there is one yet."""
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request,
            f"console/{template}.html",
            {
                **self.admin_site.each_context(request),
                "title": plan.filename if plan else title,
                "subtitle": title if plan else None,
                "original": plan,
                "opts": self.opts,
                "has_view_permission": True,
                **context,
            },
        )


def attempt(write: Callable[[], Any]) -> DomainError | None:
    """What a service or the database refuses; None when `write` went through."""
    try:
        write()
    except DomainError as error:
        return error
    except DatabaseError as error:
        known = translate(error)
        if known is None:
            raise
        return known
    return None


def plan_url(plan: PRDPlan) -> str:
    """The plan's page."""
    return reverse("admin:planning_prdplan_change", args=[plan.pk])
