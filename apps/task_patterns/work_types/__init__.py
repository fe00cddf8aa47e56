"""What kind of work a task is, by `wt-1` (docs/patterns.md). Pure: no Django, no clock.

`words` has the tables, `reading` turns a text into words, `classifying` applies the rules.
"""

from __future__ import annotations

from .classifying import WORK_TYPES_VERSION, Classified, classify
from .words import WorkType

__all__ = ["WORK_TYPES_VERSION", "Classified", "WorkType", "classify"]
