"""Value sets of repositories. The last three are settings: keys of `Repository.settings`."""

from django.db import models


class MemberRole(models.TextChoices):
    """What a member may do in a repository; each role includes the ones before it."""

    VIEWER = "viewer", "Viewer"
    CONTRIBUTOR = "contributor", "Contributor"
    MAINTAINER = "maintainer", "Maintainer"

    def includes(self, other: "MemberRole") -> bool:
        """Whether this role allows what `other` does."""
        order = list(MemberRole)
        return order.index(self) >= order.index(other)


class CancelledBlockers(models.TextChoices):
    """What a cancelled task does to the tasks that wait for it."""

    RELEASE = "release", "Release: as if it were completed"
    BLOCK = "block", "Block: they go on waiting"


class ClosingWithOpenWork(models.TextChoices):
    """What happens when a task is closed while work that it stands on is open."""

    REFUSE = "refuse", "Refuse"
    WARN = "warn", "Close it and warn"
    ALLOW = "allow", "Close it"


class ActualMinutes(models.TextChoices):
    """Where the actual minutes of tasks come from."""

    MANUAL = "manual", "Manual: what people and clients say"
    SESSIONS = "sessions", "Sessions: what work sessions measure"
