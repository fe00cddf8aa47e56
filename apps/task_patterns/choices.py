"""Value sets of task patterns."""

from django.db import models


class PatternType(models.TextChoices):
    """What kind of regularity a pattern is."""

    SEQUENCE = "sequence", "Sequence"
    DEPENDENCY = "dependency", "Dependency"
    PARALLEL = "parallel", "Parallel"
    TEMPORAL = "temporal", "Temporal"


class FeedbackVerdict(models.TextChoices):
    """What a person says of a pattern."""

    ACCEPTED = "accepted", "True of us"
    REJECTED = "rejected", "Not true of us"
