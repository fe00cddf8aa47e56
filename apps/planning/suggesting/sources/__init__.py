"""The sources of suggestions, a file each. Reads only: each asks a bounded number of rows, whatever
the size of the repository."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from apps.planning.choices import SuggestionSource
from apps.planning.suggesting.model import Found
from apps.planning.suggesting.situation import Situation

from .criteria import find_criteria
from .ready import find_ready

SOURCES: Mapping[str, Callable[[Situation], Found]] = {
    SuggestionSource.READY.value: find_ready,
    SuggestionSource.CRITERION.value: find_criteria,
}

__all__ = ["SOURCES"]
