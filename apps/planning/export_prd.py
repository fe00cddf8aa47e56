"""A PRD goes out: its text with live checkboxes and the status of its tasks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from apps.prds.live_text import LiveTask, strip_status_lines, write_live_text
from apps.prds.models import PRD
from apps.prds.parser import DocumentError, ParsedDocument, TaskProposal, parse_document
from apps.tasks.choices import TaskStatus
from apps.tasks.models import Task

from .choices import ItemState
from .models import PRDItem

MARKDOWN_SUFFIXES = {".md", ".markdown", ".mdown", ".txt"}
LONGEST_NAME = 200
COLUMNS = ("status", "assignee", "acceptance_criteria", "source_first_line", "source_last_line")
# What file systems refuse or shells take for something else.
UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]')


@dataclass(frozen=True, slots=True)
class ExportedPRD:
    """A Markdown text, and the name under which to keep it as a file."""

    filename: str
    content: str


def export_prd(prd: PRD) -> ExportedPRD:
    """The text of `prd` as its live tasks stand now.

    `strip_status_lines` gives the text back, but for the ticks. A text that cannot be parsed has no
    tasks and stays as it is.
    """
    text = strip_status_lines(prd.content)
    try:
        document = parse_document(text)
    except DocumentError:
        return ExportedPRD(safe_filename(prd.filename), text)
    found = _tasks(prd, document)
    live = {key: _live(task) for key, task in found.items()}
    return ExportedPRD(safe_filename(prd.filename), write_live_text(text, document, live))


def safe_filename(name: str) -> str:
    """The last part of `name` as a file that any system takes, with a suffix of Markdown."""
    last = UNSAFE.sub("_", re.split(r"[\\/]", name)[-1]).strip(" .")[:LONGEST_NAME] or "prd"
    return last if PurePosixPath(last).suffix.lower() in MARKDOWN_SUFFIXES else f"{last}.md"


def _tasks(prd: PRD, document: ParsedDocument) -> dict[str, Any]:
    """The live task of each proposal that has one, by its key.

    As the last merge has linked them; what came in before there were merges by its id, and what has
    none by its lines.
    """
    items = (
        PRDItem.objects.filter(prd=prd, state=ItemState.LINKED, task__deleted_at__isnull=True)
        .exclude(task=None)
        .select_related("task")
        .only("key", *(f"task__{column}" for column in COLUMNS))
    )
    linked = {item.key: item.task for item in items}
    taken = {task.pk for task in linked.values()}
    others = Task.objects.filter(prd=prd).select_related("external_key")
    by_id: dict[str, Any] = {}
    by_lines: dict[tuple[int | None, int | None], Any] = {}
    for task in others.only(*COLUMNS, "external_key__key"):
        if task.pk in taken:
            continue
        if hasattr(task, "external_key"):
            by_id[task.external_key.key] = task
        else:
            by_lines[task.source_first_line, task.source_last_line] = task
    return {
        proposal.key: task
        for proposal in document.tasks
        if (task := linked.get(proposal.key) or _unlinked(proposal, by_id, by_lines))
    }


def _unlinked(
    proposal: TaskProposal,
    by_id: Mapping[str, Any],
    by_lines: Mapping[tuple[int | None, int | None], Any],
) -> Any:
    found = by_id.get(proposal.external_key or "")
    return found or by_lines.get((proposal.first_line, proposal.last_line))


def _live(task: Any) -> LiveTask:
    criteria = [(criterion["text"], criterion["met"]) for criterion in task.acceptance_criteria]
    met = sum(state for _, state in criteria)
    count = f"{met} of {len(criteria)} criteria met" if criteria else ""
    parts = (task.get_status_display().lower(), count, task.assignee)
    return LiveTask(
        status=" · ".join(part for part in parts if part),
        done=task.status == TaskStatus.COMPLETED,
        criteria=criteria,
    )
