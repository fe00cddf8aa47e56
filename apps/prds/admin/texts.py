"""The pages of a PRD's texts: the document, its source, what is wrong, revisions, differences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.safestring import SafeString

from apps.audit.admin import RecordAdmin
from apps.audit.admin.timeline import through, who
from apps.prds.line_diff import DiffLine, Hunk
from apps.prds.lint import count_severities, lint_text
from apps.prds.models import PRD, PRDRevision
from apps.prds.parser import DocumentError
from apps.prds.rendering import render_source
from apps.prds.revisions import compare, find_writers, revisions_of

from .document import whole

PAGE = 25
MOST_DIGITS = 9
VIEWS = {"unified": "One below the other", "split": "Side by side"}

Row = tuple[DiffLine | None, DiffLine | None]


@dataclass(frozen=True, slots=True)
class ShownRevision:
    """A revision and who wrote it."""

    revision: Any
    who: str
    through: str

    @classmethod
    def of(cls, revision: Any) -> ShownRevision:
        event = revision.event
        if event is None:
            return cls(revision, "unknown", "")
        return cls(revision, who(event), through(event))


class TextPages(RecordAdmin):
    """For the admin of PRDs: read-only pages, for who may see the record."""

    text_pages: ClassVar[dict[str, str]] = {
        "document": "document/",
        "source": "source/",
        "revisions": "revisions/",
        "compare": "revisions/compare/",
        "findings": "findings/",
    }

    def get_urls(self) -> list[Any]:
        """Before the framework's last pattern, which takes any path for an id."""
        own = [
            path(
                f"<path:object_id>/{route}",
                self.admin_site.admin_view(getattr(self, f"{name}_page")),
                name=f"prds_prd_{name}",
            )
            for name, route in self.text_pages.items()
        ]
        return [*own, *super().get_urls()]

    def document_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The whole document; `?line=` leads to the block in which that line stands."""
        prd = self._seen(request, object_id)
        rendered = whole(prd, request.user)
        line = _number(request.GET.get("line", ""))
        if line:
            return HttpResponseRedirect(f"{request.path}#{rendered.anchor(line)}")
        context = {"html": SafeString(rendered.html), "is_plain": not rendered.formatted}
        return self._page(request, prd, "prd_text", "Document", context)

    def source_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The document as it is written, line by line; with `?revision=` as it was written then."""
        prd = self._seen(request, object_id)
        number = _number(request.GET.get("revision", ""))
        if not number:
            html = whole(prd, request.user, source=True).html
            context: dict[str, Any] = {"html": SafeString(html), "is_source": True}
            return self._page(request, prd, "prd_text", "Source", context)
        revision = _revision(prd, number)
        if revision is None:
            raise Http404
        find_writers([revision])
        html = SafeString(render_source(revision.content).html)
        context = {"html": html, "shown": ShownRevision.of(revision), "is_source": True}
        return self._page(request, prd, "prd_text", f"Revision {number}", context)

    def revisions_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The revisions, newest first: when, by whom, how long."""
        prd = self._seen(request, object_id)
        revisions = revisions_of(prd)
        below = _number(request.GET.get("below", ""))
        if below:
            revisions = revisions.filter(number__lt=below)
        rows = list(revisions[: PAGE + 1])
        find_writers(rows)
        context = {
            "rows": [ShownRevision.of(revision) for revision in rows[:PAGE]],
            "older": rows[PAGE - 1].number if len(rows) > PAGE else None,
            "is_first_page": not below,
        }
        return self._page(request, prd, "prd_revisions", "Revisions", context)

    def compare_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What differs between `?from=` and `?to=`; without them, the last change."""
        prd = self._seen(request, object_id)
        to = _number(request.GET.get("to", "")) or prd.revision
        base = _number(request.GET.get("from", "")) or max(1, to - 1)
        old, new = _revision(prd, base), _revision(prd, to)
        view = request.GET.get("view", "")
        context: dict[str, Any] = {
            "base": base,
            "to": to,
            "view": view if view in VIEWS else "unified",
            "views": VIEWS,
            "missing": [n for n, found in ((base, old), (to, new)) if found is None],
        }
        if old and new:
            context["diff"] = diff = compare(old, new)
            context["hunks"] = [
                list(_side_by_side(hunk)) if view == "split" else hunk.lines for hunk in diff.hunks
            ]
        return self._page(request, prd, "prd_compare", f"Revisions {base} and {to}", context)

    def findings_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What is wrong with the document as it stands, with lines and remedies."""
        prd = self._seen(request, object_id)
        context: dict[str, Any] = {}
        try:
            findings = lint_text(prd.content)
        except DocumentError as error:
            context["refusal"] = str(error)
        else:
            context["findings"] = findings
            context["counts"] = count_severities(findings)
        return self._page(request, prd, "prd_findings", "Findings", context)

    def _seen(self, request: HttpRequest, object_id: str) -> PRD:
        """The record of the path, if the person may see it."""
        prd: Any = self.get_object(request, unquote(object_id))
        if not self.has_view_or_change_permission(request, prd):
            raise PermissionDenied
        if prd is None:
            raise Http404
        return prd

    def _page(
        self, request: HttpRequest, prd: PRD, template: str, title: str, context: dict[str, Any]
    ) -> HttpResponse:
        request.current_app = self.admin_site.name
        return TemplateResponse(
            request,
            f"console/{template}.html",
            {
                **self.admin_site.each_context(request),
                "title": str(prd),
                "subtitle": title,
                "original": prd,
                "opts": self.opts,
                "record_url": reverse("admin:prds_prd_change", args=[prd.pk]),
                "has_view_permission": True,
                **context,
            },
        )


def _number(text: str) -> int:
    """A number as an address has it; 0 for anything else."""
    known = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    return int(text) if known else 0


def _revision(prd: PRD, number: int) -> PRDRevision | None:
    found: PRDRevision | None = revisions_of(prd).defer(None).filter(number=number).first()
    return found


def _side_by_side(hunk: Hunk) -> Iterator[Row]:
    """The lines of `hunk` in rows: what was removed beside what was added in its place."""
    removed: list[DiffLine] = []
    added: list[DiffLine] = []
    for line in hunk.lines:
        if line.kind == "same":
            yield from _rows(removed, added)
            removed, added = [], []
            yield line, line
        else:
            (removed if line.kind == "removed" else added).append(line)
    yield from _rows(removed, added)


def _rows(removed: Sequence[DiffLine], added: Sequence[DiffLine]) -> Iterator[Row]:
    for n in range(max(len(removed), len(added))):
        yield (
            removed[n] if n < len(removed) else None,
            added[n] if n < len(added) else None,
        )
