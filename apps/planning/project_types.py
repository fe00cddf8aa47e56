"""What kind of project a repository looks like, by the traces of its work."""

from __future__ import annotations

from collections import Counter
from itertools import chain

from apps.prds.models import PRD
from apps.repositories.models import Repository
from apps.task_templates.project_types import Guess, Traces, guess_project_type
from apps.tasks.models import Task

NEWEST_TASKS = 500
NEWEST_PRDS = 20
BEGINNING = 20_000  # characters of a text that are looked at


def guess_for(repository: Repository) -> list[Guess]:
    """The types that `repository` looks like, best first, each with its reasons.

    Looked at are its name and description, its newest 500 tasks and 20 documents: two statements.
    """
    tasks = Task.objects.filter(repository=repository).order_by("-pk")
    rows = list(tasks.values_list("content", "details", "tags")[:NEWEST_TASKS])
    prds = PRD.objects.filter(repository=repository).order_by("-pk")
    documents = prds.values_list("title", "content")[:NEWEST_PRDS]
    tags = Counter(tag for _, _, found in rows for tag in found if isinstance(tag, str))
    texts = chain(
        (f"{content} {details[:BEGINNING]}" for content, details, _ in rows),
        (f"{title} {content[:BEGINNING]}" for title, content in documents),
    )
    return guess_project_type(Traces(repository.name, repository.description, tags, texts))
