"""Whether a claim is the present one, and how it is refused when it is not."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from apps.core.errors import DomainError, ErrorCode, FieldError

from .models import TaskClaim


def require_fence(task_id: UUID, fence: int) -> TaskClaim:
    """The task's present claim, if its number is `fence`; else `stale_fence` with the present one.

    Under the task's lock the answer stays true, but for the lease's end.
    """
    claim = present_claim(task_id)
    if claim is None or claim.fence != fence:
        raise stale_fence(claim, fence)
    return claim


def present_claim(task_id: UUID) -> TaskClaim | None:
    """Who holds the task now; None when nobody does, or the lease has expired."""
    claims = TaskClaim.objects.select_related("repository", "actor")
    found: TaskClaim | None = claims.present().filter(task=task_id).first()
    return found


def as_extra(claim: TaskClaim | None) -> dict[str, Any] | None:
    """A claim as errors carry it."""
    if claim is None:
        return None
    return {
        "holder": claim.holder,
        "fence": claim.fence,
        "claimed_at": claim.created_at,
        "expires_at": claim.expires_at,
    }


def stale_fence(claim: TaskClaim | None, fence: int) -> DomainError:
    """The refusal of what comes under another number than that of the present claim."""
    now = held_by(claim) if claim else "Nobody holds the task now."
    detail = (
        f"The claim with fence {fence} is over: it was released or taken, or its lease expired."
        f" {now} Claim the task again before you go on."
    )
    code = ErrorCode.STALE_FENCE
    return DomainError(
        code, detail, [FieldError("/fence", code.value, detail)], {"claim": as_extra(claim)}
    )


def held_by(claim: TaskClaim) -> str:
    """Who holds the task and until when, as a sentence."""
    until: datetime = claim.expires_at
    return f"{claim.holder} holds the task until {until:%Y-%m-%d %H:%M:%S} UTC."
