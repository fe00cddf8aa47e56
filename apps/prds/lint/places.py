"""Which task a line belongs to."""

from __future__ import annotations

from bisect import bisect_right

from apps.prds.parser import ParsedDocument


class Places:
    """Looks up tasks by their lines."""

    def __init__(self, document: ParsedDocument) -> None:
        self._tasks = document.tasks
        self._first_lines = [task.first_line for task in document.tasks]
        self._by_key = {task.key: task for task in document.tasks}

    def key_at(self, line: int) -> str | None:
        """The innermost task whose own text has this line: the last to begin, or one around it."""
        place = bisect_right(self._first_lines, line)
        task = self._tasks[place - 1] if place else None
        while task and task.last_line < line:
            task = self._by_key[task.parent_key] if task.parent_key else None
        return task.key if task else None
