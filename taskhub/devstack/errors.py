"""What ends the stack early. Both kinds become one readable message and an exit code."""

from __future__ import annotations


class StackError(Exception):
    """The stack cannot start as asked: one line that says why and what to do (exit code 2)."""


class ProcessFailedError(Exception):
    """Something that the stack had started went wrong (exit code 1)."""


class StopRequestedError(Exception):
    """A stop was asked for while the stack was still doing something."""
