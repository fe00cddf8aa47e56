"""Value sets of accounts."""

from django.db import models


class TokenScope(models.TextChoices):
    """What a token may do; each scope includes the ones before it."""

    READ = "read", "Read"
    WRITE = "write", "Read and write"
    ADMIN = "admin", "Administer"

    def includes(self, other: "TokenScope") -> bool:
        """Whether this scope allows what `other` does."""
        order = list(TokenScope)
        return order.index(self) >= order.index(other)
