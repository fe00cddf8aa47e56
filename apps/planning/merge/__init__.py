"""The three-way merge of a PRD's text with the tasks made from it. Pure: no Django, no clock.

`values` reads the items of a parsed text, `anchors` finds for each the earlier item that it is,
`fields` merges single values, `keys` lets ids change hands, `retiring` speaks of what is gone,
`circles` and `closing` find what both sides together would break, `merging` puts entries together,
`outcome` says what answered entries write. `model` is what goes in and comes out.
"""

from __future__ import annotations

from .anchors import NEW_PIN, TASK_PIN
from .basis import Kept, next_base
from .merging import merge
from .model import (
    GONE,
    NEW,
    Around,
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
from .outcome import MINE, THEIRS, Answers, open_questions, settle, withheld_ids, writes
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
    "Around",
    "BaseItem",
    "Candidate",
    "Change",
    "Entry",
    "Holder",
    "Inputs",
    "Item",
    "Kept",
    "Matched",
    "Merge",
    "Mine",
    "Place",
    "merge",
    "next_base",
    "open_questions",
    "read_items",
    "settle",
    "withheld_ids",
    "writes",
]
