"""How far the applying of a plan is, for those who wait for it.

In the cache, because the transaction shows nothing of itself before its end. Without a cache, plans
are applied all the same, and nobody sees how far.
"""

from __future__ import annotations

import logging
from typing import TypedDict
from uuid import UUID

from django.core.cache import cache

logger = logging.getLogger(__name__)
STEPS = ("reading", "comparing", "creating", "changing", "keeping")
SECONDS = 600


class Progress(TypedDict):
    """The step that runs, its number of how many, and how many tasks it is about."""

    step: str
    number: int
    of: int
    tasks: int


def report(plan_id: UUID, step: str, tasks: int = 0) -> None:
    """Say that `step` of applying a plan begins."""
    progress = Progress(step=step, number=STEPS.index(step) + 1, of=len(STEPS), tasks=tasks)
    try:
        cache.set(_key(plan_id), progress, SECONDS)
    except Exception:  # whatever the cache's client raises: the plan is what matters
        logger.warning("the progress of a plan could not be told", exc_info=True)


def forget(plan_id: UUID) -> None:
    """Nothing runs any more."""
    try:
        cache.delete(_key(plan_id))
    except Exception:
        logger.warning("the progress of a plan could not be forgotten", exc_info=True)


def read(plan_id: UUID) -> Progress | None:
    """What was last said of the plan; None when nothing runs, or nobody knows."""
    try:
        progress: Progress | None = cache.get(_key(plan_id))
    except Exception:
        logger.warning("the progress of a plan could not be read", exc_info=True)
        return None
    return progress


def _key(plan_id: UUID) -> str:
    return f"prd-plan-progress:{plan_id}"
