"""How many examples Hypothesis tries: all of them in `make test-thorough`, some in `make test`."""

from __future__ import annotations

from hypothesis import settings

THOROUGH = "thorough"  # the profile of `make test-thorough`
FEWEST = 10


def examples(many: int) -> int:
    """`many`, or a quarter of them where the suite must be quick."""
    if settings.get_current_profile_name() == THOROUGH:
        return many
    return min(many, max(FEWEST, many // 4))
