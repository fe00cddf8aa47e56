"""Value sets of PRDs."""

from django.db import models


class PRDStatus(models.TextChoices):
    """Where a document stands in its own life."""

    DRAFT = "draft", "Draft"
    ACTIVE = "active", "Active"
    ARCHIVED = "archived", "Archived"


class ParseStatus(models.TextChoices):
    """What became of reading the document."""

    PENDING = "pending", "Pending"
    PARSED = "parsed", "Parsed"
    PARTIAL = "partial", "Parsed, with open questions"
    FAILED = "failed", "Failed"


class ComplexityLevel(models.TextChoices):
    SIMPLE = "simple", "Simple"
    MEDIUM = "medium", "Medium"
    COMPLEX = "complex", "Complex"
    EPIC = "epic", "Epic"
