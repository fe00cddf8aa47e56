"""Value sets of tasks."""

from django.db import models


class TaskStatus(models.TextChoices):
    """Where a task stands; the moves are in `lifecycle`."""

    PENDING = "pending", "Pending"
    IN_PROGRESS = "in_progress", "In progress"
    COMPLETED = "completed", "Completed"
    CANCELLED = "cancelled", "Cancelled"


class TaskPriority(models.TextChoices):
    """How urgent a task is."""

    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"


class TaskComplexity(models.TextChoices):
    """How hard a task is."""

    SIMPLE = "simple", "Simple"
    MEDIUM = "medium", "Medium"
    COMPLEX = "complex", "Complex"
    EPIC = "epic", "Epic"


class DependencyKind(models.TextChoices):
    """What one task has to do with another; only `blocks` holds it up."""

    BLOCKS = "blocks", "Blocks"
    RELATED = "related", "Related"
    DISCOVERED_FROM = "discovered_from", "Discovered from"
    DUPLICATES = "duplicates", "Duplicates"
