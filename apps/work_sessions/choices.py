"""Value sets of work sessions."""

from django.db import models


class SessionState(models.TextChoices):
    """Where a session is in its life."""

    ACTIVE = "active", "Active"
    ENDED = "ended", "Ended"
    ABANDONED = "abandoned", "Abandoned: nobody has heard of it"


class TaskEvent(models.TextChoices):
    """What a client says of a task in a session."""

    STARTED = "started", "Started"
    STOPPED = "stopped", "Stopped"
    COMPLETED = "completed", "Completed"
