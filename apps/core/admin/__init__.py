"""The base of every console page: safe on a million rows and under threads.

`ConsoleAdmin` is what an app's `admin.py` subclasses; the other modules are its parts.
"""

from .base import ConsoleAdmin
from .changelist import KeysetChangeList, LookaheadPaginator
from .filters import CreatedWindowFilter
from .forms import ConsoleForm, ConsoleFormMixin
from .inlines import ConsoleTabularInline

__all__ = [
    "ConsoleAdmin",
    "ConsoleForm",
    "ConsoleFormMixin",
    "ConsoleTabularInline",
    "CreatedWindowFilter",
    "KeysetChangeList",
    "LookaheadPaginator",
]
