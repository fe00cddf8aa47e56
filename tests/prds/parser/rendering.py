"""A parsed document as lines to read, with every field: what the samples' expectations hold.

`python -m tests.prds.parser.rendering FILE…` prints them. An expectation is written down only
after somebody has compared it with the sample, line by line.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

from apps.prds.parser import ParsedDocument, TaskProposal, decode_document, parse_document

# Shown with the task itself; `details` by its lines, because it is the document's own text.
_IN_HEAD = {
    "key", "external_key", "parent_key", "group", "done", "title", "section_path", "first_line",
    "last_line", "rule", "confidence", "details",
}  # fmt: skip


def render(document: ParsedDocument) -> str:
    """Every field of every value that the document holds."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: ParsedDocument) -> Iterator[str]:
    yield f"version {document.version}"
    yield f"title {document.title}"
    for entry in document.metadata:
        yield f"metadata {entry.line} {entry.name}: {' | '.join(entry.values)}"
    for total in document.totals:
        yield f"total {total.line} {total.low_minutes}..{total.high_minutes} min: {total.text}"
    for section in document.sections:
        place = f"{section.first_line}-{section.last_line}"
        mark = f" [{section.external_id}]" if section.external_id else ""
        yield f"section {place} {'#' * section.level} {section.path[-1]}{mark}"
    for task in document.tasks:
        yield ""
        yield from _task(task)
    for edge in document.cyclic:
        yield f"cyclic {edge.line} {edge.task_key} waits for {edge.depends_on_key}"
    if document.notes:
        yield ""
    for note in document.notes:
        yield f"note {note.line or '-'} {note.code}: {note.message}"


def _task(task: TaskProposal) -> Iterator[str]:
    kind = "group" if task.group else "task"
    done = " done" if task.done else ""
    place = f"{task.first_line}-{task.last_line}{done}"
    yield f"{kind} {task.key} {place} ({task.rule}, {task.confidence})"
    yield f"  title: {task.title}"
    if task.external_key and task.external_key != task.key:
        yield f"  external key: {task.external_key}"
    if task.parent_key:
        yield f"  parent: {task.parent_key}"
    yield f"  section: {' > '.join(task.section_path)}"
    if task.details:
        lines = task.details.split("\n")
        ends = f"from \u201c{lines[0]}\u201d to \u201c{lines[-1]}\u201d"
        yield f"  details: {len(lines)} line(s), {ends}"
    for name in (field.name for field in fields(task) if field.name not in _IN_HEAD):
        yield from (f"  {line}" for line in _field(name, getattr(task, name)))


def _field(name: str, value: object) -> Iterator[str]:
    if name == "tags" and value:
        yield f"tags: {', '.join(value)}"  # type: ignore[arg-type]
    elif isinstance(value, tuple):
        for entry in value:
            shown = ", ".join(
                f"{part.name}={getattr(entry, part.name)!r}"
                for part in fields(entry)
                if part.name not in {"text", "task_key"}
            )
            text = f" \u201c{entry.text}\u201d" if hasattr(entry, "text") else ""
            yield f"{name}:{text} {shown}"
    elif value is not None:
        yield f"{name}: {value}"


if __name__ == "__main__":
    for argument in sys.argv[1:]:
        sys.stdout.write(render(parse_document(decode_document(Path(argument).read_bytes()))))
