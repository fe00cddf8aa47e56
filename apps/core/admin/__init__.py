"""The base of every console page: safe on a million rows and under threads.

`ConsoleAdmin` is what an app's `admin.py` subclasses; the other modules are its parts.
"""

from .base import ConsoleAdmin
from .changelist import KeysetChangeList, LookaheadPaginator
from .dialogs import record_action
from .filters import CreatedWindowFilter, RelatedFilter
from .forms import ConsoleForm, ConsoleFormMixin

__all__ = [
    "ConsoleAdmin",
    "ConsoleForm",
    "ConsoleFormMixin",
    "CreatedWindowFilter",
    "KeysetChangeList",
    "LookaheadPaginator",
    "RelatedFilter",
    "record_action",
]
