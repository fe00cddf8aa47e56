"""How complex a task or a document is, by `cx-1` (docs/complexity.md). Pure: no Django, no clock.

`lexicon` has the words, `counting` counts a text, `formula` makes a score of what was counted,
`stored` puts it into columns.
"""

from __future__ import annotations

from .formula import (
    COMPLEXITY_VERSION,
    FACTOR_NAMES,
    FACTORS,
    LEVELS,
    Complexity,
    Factor,
    Inputs,
    Level,
    score_inputs,
)
from .lexicon import FAMILIES
from .scoring import count_document, count_item, score_document, score_item, score_proposals
from .stored import COLUMNS, as_columns, from_columns, is_same

__all__ = [
    "COLUMNS",
    "COMPLEXITY_VERSION",
    "FACTORS",
    "FACTOR_NAMES",
    "FAMILIES",
    "LEVELS",
    "Complexity",
    "Factor",
    "Inputs",
    "Level",
    "as_columns",
    "count_document",
    "count_item",
    "from_columns",
    "is_same",
    "score_document",
    "score_inputs",
    "score_item",
    "score_proposals",
]
