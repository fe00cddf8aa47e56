"""The history of tasks: with the links of that time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from apps.audit.snapshots import links_as_of, states_as_of
from apps.repositories.api.history import RepositoryHistoryAction
from apps.tasks.models import Task


class TaskHistoryAction(RepositoryHistoryAction):
    """For tasks. In a history links are told as changes of their own, so its images have none."""

    def recall(self, records: Sequence[Any]) -> None:
        super().recall(records)
        for record in records:
            _set_links(record, dependencies=[], blocks=[], external_key=None)

    def recall_links(self, record: Any, moment: datetime) -> None:
        links = links_as_of(Task, record.pk, moment)
        ends = {link.depends_on_id for link in links["dependencies"]}
        ends |= {link.task_id for link in links["blocks"]}
        then = states_as_of(Task, sorted(ends), moment)
        live = {key for key, task in then.items() if not task.is_deleted}
        _set_links(
            record,
            dependencies=[link for link in links["dependencies"] if link.depends_on_id in live],
            blocks=[link for link in links["blocks"] if link.task_id in live],
            external_key=next(iter(links["external_key"]), None),
        )


def _set_links(task: Any, *, dependencies: list[Any], blocks: list[Any], external_key: Any) -> None:
    """What `TaskQuerySet.with_links` and `for_display` read."""
    task.live_dependencies = dependencies
    task.live_dependents = blocks
    task._state.fields_cache["external_key"] = external_key
