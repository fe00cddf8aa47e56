"""What applying a plan does, in sentences."""

from __future__ import annotations

from collections.abc import Iterator

from apps.planning.plans import Outlook

DEEDS = {
    "created": ("new task", "made"),
    "changed": ("task", "changed"),
    "completed": ("task", "completed"),
    "reopened": ("task", "opened again"),
    "cancelled": ("task", "cancelled"),
    "marked": ("task", "marked as no longer in the document"),
    "restored": ("deleted task", "restored"),
}
LEFT = {
    "rejected": ("proposal", "rejected"),
    "postponed": ("proposal", "left for the next plan"),
}


def sentences(outlook: Outlook, *, done: bool = False) -> list[str]:
    """What happens, or has happened, in numbers; at least one sentence."""
    nothing = "No task was changed." if done else "No task will be changed."
    return list(_sentences(outlook, done)) or [nothing]


def _sentences(outlook: Outlook, done: bool) -> Iterator[str]:
    for kind, (thing, deed) in {**DEEDS, **LEFT}.items():
        count = getattr(outlook, kind)
        if count:
            verb = "will be" if kind in DEEDS and not done else "was" if count == 1 else "were"
            yield f"{count:,} {thing}{'' if count == 1 else 's'} {verb} {deed}."
