"""Short ways to parse a few lines and to look at what came out."""

from __future__ import annotations

from pathlib import Path

from apps.prds.parser import ParsedDocument, TaskProposal, parse_document

SAMPLES = Path(__file__).parent.parent / "samples"


def parse_sample(name: str) -> ParsedDocument:
    return parse_document((SAMPLES / name).read_text(encoding="utf-8"))


def parse_task(body: str) -> tuple[TaskProposal, set[str]]:
    """The one task with this body, and the codes of the notes."""
    document = parse_document(f"# Plan\n\n## T-1: Task\n\n{body}\n")
    (task,) = document.tasks
    return task, codes(document)


def parse_tasks(count: int, tail: str) -> ParsedDocument:
    """Tasks T-1 … T-count without a body, then `tail`."""
    tasks = "".join(f"## T-{number}: Task {number}\n\n" for number in range(1, count + 1))
    return parse_document(f"# Plan\n\n{tasks}{tail}\n")


def codes(document: ParsedDocument) -> set[str]:
    return {note.code for note in document.notes}


def edges(document: ParsedDocument) -> set[tuple[str, str]]:
    return {
        (edge.task_key, edge.depends_on_key) for task in document.tasks for edge in task.depends_on
    }


def lines_of(document: ParsedDocument, code: str) -> list[int | None]:
    return [note.line for note in document.notes if note.code == code]
