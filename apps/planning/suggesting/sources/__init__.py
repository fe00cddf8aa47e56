"""The sources of suggestions, a file each. Reads only: each asks a bounded number of rows, whatever
the size of the repository."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from apps.planning.choices import SuggestionSource
from apps.planning.suggesting.model import Found
from apps.planning.suggesting.situation import Situation

from .criteria import find_criteria
from .patterns import find_next_steps
from .ready import find_ready
from .similar import find_successors
from .templates import find_missing_steps

SOURCES: Mapping[str, Callable[[Situation], Found]] = {
    SuggestionSource.PATTERN.value: find_next_steps,
    SuggestionSource.TEMPLATE.value: find_missing_steps,
    SuggestionSource.READY.value: find_ready,
    SuggestionSource.SIMILAR.value: find_successors,
    SuggestionSource.CRITERION.value: find_criteria,
}

__all__ = ["SOURCES"]
