"""Who holds a task, in words; and the two dialogs that take the work from them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timeuntil
from unfold.widgets import UnfoldAdminSelectWidget

from apps.core.admin import record_action
from apps.core.admin.dialogs import ReasonDialog
from apps.core.admin.display import ago, change_url, is_deleted
from apps.core.admin.widgets import PlainTextarea, SingleLine
from apps.core.errors import DomainError, ErrorCode
from apps.repositories.admin.scope import has_permission
from apps.repositories.choices import MemberRole
from apps.repositories.visibility import require_active, require_role
from apps.tasks.claims import LONGEST_HOLDER, USUAL_LEASE, free_task, steal_task
from apps.tasks.models import Task, TaskClaim

TAKING = ("take_away", "hand_over")
LARGEST_FENCE = 2**63 - 1
LEASES = {
    900: "15 minutes",
    3_600: "1 hour",
    4 * 3_600: "4 hours",
    8 * 3_600: "8 hours",
    24 * 3_600: "1 day",
}
_KNOWN = "_console_claim"


def claim_of(record: Task | TaskClaim) -> TaskClaim | None:
    """The row that says who holds the task, expired or not; one query a record."""
    if isinstance(record, TaskClaim):
        return record
    if not hasattr(record, _KNOWN):
        rows = TaskClaim.objects.select_related("actor").filter(task=record.pk)
        setattr(record, _KNOWN, rows.first())
    found: TaskClaim | None = getattr(record, _KNOWN)
    return found


def task_of(record: Task | TaskClaim) -> Task:
    """The task that the record is, or is about: as far as a service needs it."""
    return record if isinstance(record, Task) else Task(pk=record.task_id)


def has_expired(claim: TaskClaim) -> bool:
    """Whether the claim holds nothing any more."""
    return bool(claim.expires_at <= timezone.now())


def expiry(claim: TaskClaim) -> str:
    """When the lease ends, in words."""
    if has_expired(claim):
        return f"expired {ago(claim.expires_at)}; the work returns by itself"
    return f"in {timeuntil(claim.expires_at, depth=1)}"


def moment(when: datetime) -> str:
    """To the second: a lease may last ten of them."""
    return f"{when:%Y-%m-%d %H:%M:%S} UTC"


def may_take(user: Any, repository: Any) -> bool:
    """Whether a button makes sense; the services have the last word."""
    if not has_permission(user, "change", TaskClaim):
        return False
    try:
        require_role(repository, user, MemberRole.MAINTAINER)
        require_active(repository)
    except DomainError:
        return False
    return True


class TakeDialog(ReasonDialog):
    """Why the work is taken from its holder: from the one who was shown, not from a later one."""

    form_before_template = "console/claim_held.html"

    reason = forms.CharField(
        max_length=500,
        label="Reason",
        help_text="Kept in the history of the claim, and in the task's if its status changes.",
        widget=PlainTextarea(attrs={"rows": 3}),
    )
    seen_fence = forms.IntegerField(
        required=False, max_value=LARGEST_FENCE, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.claim = None if self.subject is None else claim_of(self.subject)
        if self.claim is not None:
            self.fields["seen_fence"].initial = self.claim.fence

    @property
    def fence(self) -> int:
        """The number of the claim that the person saw; no claim has a 0."""
        return self.cleaned_data.get("seen_fence") or 0

    def get_before_template_context(self, request: HttpRequest, object_id: Any = None) -> Any:
        return {"claim": self.claim}


class HandOverDialog(TakeDialog):
    """To whom the work goes."""

    holder = forms.CharField(
        max_length=LONGEST_HOLDER,
        strip=False,
        label="New holder",
        help_text="By the name that this worker uses when it claims.",
        widget=SingleLine,
    )
    lease = forms.TypedChoiceField(
        choices=list(LEASES.items()),
        coerce=int,
        initial=int(USUAL_LEASE.total_seconds()),
        label="For",
        help_text="Unless it is renewed, the work then returns to the queue.",
        widget=UnfoldAdminSelectWidget,
    )
    field_order = ("holder", "lease", "reason")

    def clean_holder(self) -> str:
        """As the API: white space is kept, and a name of nothing else is none."""
        holder: str = self.cleaned_data["holder"]
        if not holder.strip():
            raise forms.ValidationError(self.fields["holder"].error_messages["required"])
        return holder


def _refused(error: DomainError) -> DomainError:
    """As the person needs it, who holds nothing."""
    if error.code != ErrorCode.STALE_FENCE:
        return error
    present = error.extra.get("claim")
    now = (
        f"{present['holder']} holds the task now, until {moment(present['expires_at'])}."
        if present
        else "Nobody holds the task now."
    )
    ended = "This claim is over: it was released or taken, its lease expired, or its task is done."
    return DomainError(error.code, f"{ended} {now} Nothing was changed.")


def _take_away(admin: Any, request: HttpRequest, record: Any, form: Any) -> str:
    try:
        free_task(
            actor=request.user,  # type: ignore[arg-type]
            task=task_of(record),
            reason=form.cleaned_data["reason"],
            fence=form.fence,
        )
    except DomainError as error:
        raise _refused(error) from error
    return "The work is taken away: its claim is over, and what was in progress is pending again."


def _hand_over(admin: Any, request: HttpRequest, record: Any, form: Any) -> str:
    try:
        claim = steal_task(
            actor=request.user,  # type: ignore[arg-type]
            task=task_of(record),
            holder=form.cleaned_data["holder"],
            reason=form.cleaned_data["reason"],
            lease=timedelta(seconds=form.cleaned_data["lease"]),
            fence=form.fence,
        )
    except DomainError as error:
        raise _refused(error) from error
    return f"{claim.holder} holds the task now, with fence {claim.fence}."


def back(request: HttpRequest, record: Any) -> str:
    """Where the dialog was opened: the queue, the list of claims, else the task's page."""
    claims = reverse("admin:tasks_taskclaim_changelist")
    opened = urlsplit(request.headers.get("HX-Current-URL", ""))
    if opened.path in (reverse("admin:queue"), claims):
        return f"{opened.path}?{opened.query}" if opened.query else opened.path
    return change_url(record) if isinstance(record, Task) else claims


_take_away.__name__, _hand_over.__name__ = TAKING

take_away = record_action(
    label="Take away…",
    icon="back_hand",
    title="Take this work from its holder?",
    text="It goes back to the queue. What the holder writes with the old fence is refused.",
    submit="Take it away",
    permission="take",
    danger=True,
    form_class=TakeDialog,
    go_to=back,
)(_take_away)
hand_over = record_action(
    label="Hand over…",
    icon="swap_horiz",
    title="Hand this work to somebody else?",
    text=(
        "The task stays in the status that it has. The new claim is bound to no login: whoever"
        " has its fence, as a contributor, can renew or release it."
    ),
    submit="Hand it over",
    permission="take",
    form_class=HandOverDialog,
    go_to=back,
)(_hand_over)


class HoldingMixin:
    """For the admins of tasks and of claims: the two dialogs, for those who may use them."""

    take_away = take_away
    hand_over = hand_over

    def has_take_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the person may use the dialogs; the services ask for a role, too."""
        return has_permission(request.user, "change", TaskClaim)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Also by the person's role: who may not take work away is not offered it."""
        page: Any = super()
        actions: list[Any] = page.get_actions_detail(request, object_id)
        if not any(_name(each) in TAKING for each in actions):
            return actions
        record = self.get_object(request, str(object_id))  # type: ignore[attr-defined]
        if record is not None and may_take(request.user, record.repository):
            return actions
        return [each for each in actions if _name(each) not in TAKING]

    def allows(self, record: Any, action: str) -> bool:
        if action in TAKING:
            return not is_deleted(record) and claim_of(record) is not None
        page: Any = super()
        return bool(page.allows(record, action))


def _name(action: Any) -> str:
    return str(action.method.original_function_name)
