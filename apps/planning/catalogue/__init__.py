"""The common reads of planning, by name (`core.catalogue`)."""

from . import suggestions

__all__ = ["suggestions"]
