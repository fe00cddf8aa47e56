"""The pages of a plan: review what it proposes, decide, apply, refresh or discard."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString

from apps.core.admin.search import as_number
from apps.core.errors import DomainError, ErrorCode, FieldError
from apps.planning.choices import PlanState
from apps.planning.models import PRDPlan, PRDPlanEntry
from apps.planning.plans import foresee, progress_of
from apps.planning.services import (
    EntryDecision,
    apply_plan,
    decide,
    discard_plan,
    refresh_plan,
)
from apps.repositories.admin.scope import has_permission
from apps.tasks.models import Task

from .deciding import PostedPage, said_since
from .entry_forms import EntryForm
from .outlook import sentences
from .page import PlanPage, attempt, plan_url
from .review import Review

MOST_NOTES = 50
MOST_QUESTIONS = 20


class ReviewPages(PlanPage):
    """For the admin of plans: the pages of one plan."""

    def get_urls(self) -> list[Any]:
        """Before the framework's last pattern, which takes any path for an id."""
        own = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(getattr(self, f"{name}_page")),
                name=f"planning_prdplan_{name}",
            )
            for name in ("apply", "refresh", "discard", "progress")
        ]
        return [*own, *super().get_urls()]

    # -- reviewing ----
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The plan: its document beside its proposals. A POST keeps what the person says."""
        is_post = request.method == "POST"
        plan = self.seen_plan(request, object_id, to_change=is_post)
        if is_post:
            return self._save(request, plan)
        return self._review(request, plan)

    def _save(self, request: HttpRequest, plan: PRDPlan) -> HttpResponse:
        posted = PostedPage(plan, request.POST)
        lost = posted.lost()
        if not posted.is_valid():
            told = "Nothing was saved yet: mend what is marked below."
            return self._review(request, plan, posted.forms, lost=lost, told=told)
        decisions = posted.decisions()
        if decisions or lost:
            refusal = attempt(
                lambda: decide(
                    actor=request.user,  # type: ignore[arg-type]
                    plan=plan,
                    decisions=decisions,
                    expected_version=posted.version,
                )
            )
            if refusal is not None:
                return self._refused(request, plan, posted, refusal, decisions)
            count = len(decisions)
            messages.success(request, f"{count} decision{'' if count == 1 else 's'} saved.")
        return HttpResponseRedirect(self._after(request, plan))

    def _refused(
        self,
        request: HttpRequest,
        plan: PRDPlan,
        posted: PostedPage,
        refusal: DomainError,
        decisions: Sequence[EntryDecision],
    ) -> HttpResponse:
        """The page again, with everything that the person put in."""
        posted.refuse(refusal, decisions)
        said = {decision.entry_id for decision in decisions}
        forms = {key: form for key, form in posted.forms.items() if key in said}
        plan.refresh_from_db()
        lost = posted.lost()
        told: SafeString | str = refusal.detail
        if refusal.code == ErrorCode.STALE_VERSION:
            told = said_since(plan, posted.version, [*posted.forms, *posted.missing])
        if plan.state != PlanState.OPEN:
            lost += [
                f"{form.row.title}: {word}" for form in forms.values() for word in form.words()
            ]
            forms = {}
        return self._review(request, plan, forms, refusal, lost, told)

    def _after(self, request: HttpRequest, plan: PRDPlan) -> str:
        match request.POST.get("then"):
            case "apply":
                return reverse("admin:planning_prdplan_apply", args=[plan.pk])
            case "next":
                return Review(plan, request.user, request.GET, request.path).next_url
        return request.get_full_path()

    def _review(
        self,
        request: HttpRequest,
        plan: PRDPlan,
        forms: dict[UUID, EntryForm] | None = None,
        refusal: DomainError | None = None,
        lost: list[str] | None = None,
        told: SafeString | str = "",
    ) -> HttpResponse:
        review = Review(plan, request.user, request.GET, request.path)
        editable = self.may_decide(request, plan)
        document = review.document()
        outlook = foresee(plan.entries.all()) if plan.state == PlanState.APPLIED else None
        context = {
            "review": review,
            "document": document,
            "document_html": SafeString(document.html),
            "entries": review.entries(document, forms or {}, editable=editable),
            "editable": editable,
            "refusal": refusal,
            "told": told,
            "lost": lost or [],
            "done": sentences(outlook, done=True) if outlook else [],
            "notes": _notes(plan, document),
            "more_notes": max(0, len(plan.notes) - MOST_NOTES),
            "tasks_url": _tasks_url(plan, request.user),
        }
        return self.render_page(request, plan, "plan", "Review", context)

    # -- closing ----
    def apply_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What applying does, in numbers; a POST does it."""
        plan = self.seen_plan(request, object_id, to_change=True)
        refusal = None
        if request.method == "POST":
            refusal = self._close(request, plan, apply_plan)
            if refusal is None:
                messages.success(request, "The plan is applied.")
                return HttpResponseRedirect(plan_url(plan))
            plan.refresh_from_db()
        rows = list(plan.entries.order_by("position"))
        outlook = foresee(rows)
        context = {
            "outlook": sentences(outlook),
            "questions": [
                (question, _entry_url(question.entry))
                for question in outlook.questions[:MOST_QUESTIONS]
            ],
            "more_questions": max(0, len(outlook.questions) - MOST_QUESTIONS),
            "refusal": refusal,
            "errors": _linked_errors(refusal, rows) if refusal else [],
            "is_stale": refusal is not None and refusal.code == ErrorCode.PLAN_STALE,
            "text_is_known": bool(plan.prd and plan.prd.content == plan.content),
            "next_revision": (plan.base_revision or 0) + 1,
        }
        return self.render_page(request, plan, "plan_apply", "Apply", context)

    def refresh_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """POST: compare the plan's text with the tasks as they are now."""
        return self._close_by_post(
            request, object_id, refresh_plan, "Compared with the tasks as they are now."
        )

    def discard_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks whether to discard the plan; a POST does it."""
        plan = self.seen_plan(request, object_id, to_change=True)
        if request.method != "POST":
            return self.render_page(request, plan, "plan_discard", "Discard", {})
        return self._close_by_post(request, object_id, discard_plan, "The plan is discarded.")

    def _close_by_post(
        self, request: HttpRequest, object_id: str, service: Callable[..., Any], done: str
    ) -> HttpResponse:
        plan = self.seen_plan(request, object_id, to_change=True)
        if request.method == "POST":
            refusal = self._close(request, plan, service)
            if refusal is None:
                messages.success(request, done)
            else:
                messages.error(request, refusal.detail)
        return HttpResponseRedirect(plan_url(plan))

    def _close(
        self, request: HttpRequest, plan: PRDPlan, service: Callable[..., Any]
    ) -> DomainError | None:
        """Call `service` for the version that the person saw; what it refuses, if so."""
        version = as_number(request.POST.get("version", ""))
        refusal = attempt(lambda: service(actor=request.user, plan=plan, expected_version=version))
        if refusal is not None and refusal.code == ErrorCode.STALE_VERSION:
            plan.refresh_from_db()
            told = said_since(plan, version, [])
            return DomainError(refusal.code, f"{told} Look at it once more.")
        return refusal

    def progress_page(self, request: HttpRequest, object_id: str) -> JsonResponse:
        """How far the applying of the plan is, for the console's script."""
        plan = self.seen_plan(request, object_id)
        found = progress_of(plan)
        return JsonResponse({"state": plan.state, "progress": found})


def _entry_url(entry: PRDPlanEntry) -> str:
    return reverse("admin:planning_prdplanentry_change", args=[entry.pk])


def _linked_errors(refusal: DomainError, rows: Sequence[PRDPlanEntry]) -> list[tuple[str, str]]:
    """What is wrong, each with the page of the entry that it is about, if it is about one."""
    known = {f"/entries/{row.pk}": row for row in rows}
    return [(error.detail, _error_url(error, known)) for error in refusal.errors]


def _error_url(error: FieldError, known: Mapping[str, PRDPlanEntry]) -> str:
    entry = known.get(error.pointer)
    return _entry_url(entry) if entry else ""


def _notes(plan: PRDPlan, document: Any) -> list[tuple[Any, str, str]]:
    """What the parser and the merge left open: line, where it is to be seen, what they say."""
    found = []
    for note in plan.notes[:MOST_NOTES]:
        line = note.get("line")
        found.append((line, f"#{document.anchor(line)}" if line else "", note["message"]))
    return found


def _tasks_url(plan: PRDPlan, user: Any) -> str:
    """The list of the tasks of the plan's PRD."""
    if plan.prd_id is None or not has_permission(user, "view", Task):
        return ""
    return f"{reverse('admin:tasks_task_changelist')}?prd__id__exact={plan.prd_id}"
