"""A PRD's text as the console shows it: rendered, with what its lines have become."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString

from apps.core.admin.display import change_url
from apps.prds.models import PRD
from apps.prds.parser.document import normalise_newlines
from apps.prds.rendering import Links, Rendered, render_document, render_source
from apps.repositories.admin.scope import has_permission

# More of a document than that has a page of its own: it would slow down the record's page.
SHOWN_CHARACTERS = 200_000
MOST_LINKS = 5_000
LONGEST_LABEL = 40


@dataclass(frozen=True, slots=True)
class ShownDocument:
    """A text, or its beginning, as HTML."""

    rendered: Rendered
    whole_url: str
    last_line: int | None  # of a beginning

    @property
    def html(self) -> SafeString:
        """Safe: `rendering` lets no markup of the text through."""
        return SafeString(self.rendered.html)

    def url(self, line: int) -> str:
        """Where `line` is to be seen."""
        if self.last_line is None or line <= self.last_line:
            return f"#{self.rendered.anchor(line)}"
        return f"{self.whole_url}?line={line}"


def beginning_of(prd: PRD, user: Any) -> ShownDocument:
    """The document for its record's page: all of it, unless it is long."""
    text, last_line = prd.content, None
    if len(text) > SHOWN_CHARACTERS:
        cut = max(text.rfind("\n", 0, SHOWN_CHARACTERS), text.rfind("\r", 0, SHOWN_CHARACTERS))
        text = text[: cut + 1] or text[:SHOWN_CHARACTERS]
        last_line = max(1, normalise_newlines(text).count("\n"))
    links = task_links(prd, user)
    shown = {line: links[line] for line in links if last_line is None or line <= last_line}
    url = reverse("admin:prds_prd_document", args=[prd.pk])
    return ShownDocument(render_document(text, shown), url, last_line)


def whole(prd: PRD, user: Any, *, source: bool = False) -> Rendered:
    """The whole document, rendered or as it is written."""
    render = render_source if source else render_document
    return render(prd.content, task_links(prd, user))


def task_links(prd: PRD, user: Any) -> Links:
    """For a line, the live tasks that come from it; none for who may not see tasks."""
    tasks: Any = prd.tasks  # the app above adds it
    if not has_permission(user, "view", tasks.model):
        return {}
    links: dict[int, list[tuple[str, str]]] = {}
    placed = tasks.filter(source_first_line__isnull=False).select_related("external_key")
    columns = ("content", "status", "source_first_line", "external_key__key")
    for task in placed.only(*columns).order_by("-id")[:MOST_LINKS]:
        links.setdefault(task.source_first_line, []).append((change_url(task), _label(task)))
    return links


def _label(task: Any) -> str:
    key = getattr(getattr(task, "external_key", None), "key", "")
    title = key or " ".join(task.content.split())
    shown = title if len(title) <= LONGEST_LABEL else f"{title[:LONGEST_LABEL]}…"
    return f"{shown} · {task.get_status_display().lower()}"


def numbered(notes: Any) -> Iterator[tuple[int | None, str]]:
    """The parser's notes: line and message, whatever somebody wrote past TaskHub."""
    for note in notes:
        if isinstance(note, dict):
            line = note.get("line")
            yield (line if isinstance(line, int) else None), str(note.get("message", ""))
