"""The three-way merge of a PRD's text with the tasks made from it. Pure: no Django, no clock.

`values` reads the items of a parsed text, `anchors` finds for each the earlier item that it is,
`fields` merges single values, `merging` puts entries together, `circles` refuses what both sides
would close, `outcome` says what an answered entry writes. `model` is what goes in and comes out.
"""

from __future__ import annotations

from .anchors import NEW_PIN, TASK_PIN
from .merging import merge
from .model import (
    GONE,
    NEW,
    BaseItem,
    Candidate,
    Change,
    Entry,
    Holder,
    Inputs,
    Item,
    Matched,
    Merge,
    Mine,
    Place,
)
from .outcome import MINE, THEIRS, Answers, open_questions, writes
from .values import EDITABLE, FIELDS, LABELS, read_items

__all__ = [
    "EDITABLE",
    "FIELDS",
    "GONE",
    "LABELS",
    "MINE",
    "NEW",
    "NEW_PIN",
    "TASK_PIN",
    "THEIRS",
    "Answers",
    "BaseItem",
    "Candidate",
    "Change",
    "Entry",
    "Holder",
    "Inputs",
    "Item",
    "Matched",
    "Merge",
    "Mine",
    "Place",
    "merge",
    "open_questions",
    "read_items",
    "writes",
]
