"""Value sets of repositories."""

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
