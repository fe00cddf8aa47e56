"""The value sets of plans and suggestions."""

from __future__ import annotations

from django.db import models


class ItemState(models.TextChoices):
    """What became of an item of a document."""

    LINKED = "linked", "Has a task"
    REJECTED = "rejected", "No task wanted"
    RETIRED = "retired", "No longer in the document"


class PlanState(models.TextChoices):
    """How far a plan is."""

    OPEN = "open", "In review"
    APPLIED = "applied", "Applied"
    DISCARDED = "discarded", "Discarded"


class EntryKind(models.TextChoices):
    """What an entry of a plan would do, or why it cannot be done without an answer."""

    ADD = "add", "New task"
    CHANGE = "change", "Change"
    RETIRE = "retire", "No longer in the document"
    MOVE = "move", "Moved"
    CONFLICT = "conflict", "Conflict"


class Decision(models.TextChoices):
    """What the reviewer says of an entry."""

    UNDECIDED = "undecided", "Undecided"
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"
    POSTPONED = "postponed", "Not now"


class SuggestionKind(models.TextChoices):
    """Whether what is suggested is there already."""

    NEW = "new", "A new task"
    EXISTING = "existing", "A task that is there"


class SuggestionState(models.TextChoices):
    """What became of a suggestion."""

    OPEN = "open", "Open"
    ACCEPTED = "accepted", "Accepted"
    REJECTED = "rejected", "Rejected"
    EXPIRED = "expired", "Expired"


class SuggestionSource(models.TextChoices):
    """Where a suggestion comes from."""

    PATTERN = "pattern", "Next in a pattern"
    TEMPLATE = "template", "A template's step that is missing"
    READY = "ready", "Ready to start"
    SIMILAR = "similar", "After similar work"
    CRITERION = "criterion", "An unmet criterion"


class InstanceOutcome(models.TextChoices):
    """What became of an instance of a template."""

    OPEN = "open", "Open"
    SUCCEEDED = "succeeded", "Succeeded"
    PARTIAL = "partial", "Partly done"
    FAILED = "failed", "Nothing done"
    WITHDRAWN = "withdrawn", "Taken back"
