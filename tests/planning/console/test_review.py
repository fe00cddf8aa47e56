"""The page of a plan: what it shows, where its links lead, how many statements it takes."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.planning.models import PRDPlan
from apps.planning.services import EntryDecision, decide
from apps.repositories.models import Repository
from apps.tasks.models import Task
from tests.core.admin.support import page_url, statements, words
from tests.planning.documents import PLAN

from .support import apply, entry, opened, plan_of

pytestmark = pytest.mark.usefixtures("as_app")


def test_a_proposal_and_its_lines_lead_to_each_other(console: Client, conflict: PRDPlan) -> None:
    page = console.get(page_url(conflict)).content.decode()
    row = entry(conflict, "BR-9-02")
    assert re.search(
        rf'id="line-18"[^>]*>BR-9-02 Build a wide bridge<span class="th-backlinks">\s*'
        rf'<a class="th-backlink" href="#entry-{row.pk}">! BR-9-02</a>',
        page,
    )
    assert f'<article class="th-entry th-entry-conflict" id="entry-{row.pk}"' in page
    assert '<a class="th-link" href="#line-18">lines 18' in page


def test_all_sides_are_shown_in_words(console: Client, conflict: PRDPlan) -> None:
    page = words(console.get(page_url(conflict)))
    assert "Estimate ! conflict line 24 Changed in the document and here." in page
    assert "Changed here from 3 h → to 1 h 30 min" in page
    assert "Changed in the document from 3 h → to 8 h" in page
    assert "removed: Estimated time: 2-4 h" in page
    assert "Dependencies line 29 BR-9-02 Build the bridge" in page, "by title, not by id"
    assert str(entry(conflict, "BR-9-02").task_id) not in page


def test_markup_in_a_document_stays_text(
    console: Client, writer: User, repository: Repository
) -> None:
    text = PLAN.replace("Measure the brook", "Measure <img src=x onerror=alert(1)> it")
    page = console.get(page_url(plan_of(writer, repository, text))).content.decode()
    assert "<img src=x" not in page


def test_filters_and_pages(console: Client, writer: User, repository: Repository) -> None:
    sections = "".join(f"### LG-{n} Do part {n}\n\n" for n in range(1, 91))
    plan = plan_of(writer, repository, f"# Long\n\n## Tasks\n\n{sections}")

    def shown(query: str) -> list[int]:
        response = console.get(page_url(plan) + query)
        assert response.status_code == 200
        return [each.row.position for each in response.context["entries"]]

    assert shown("") == list(range(1, 41))
    assert shown("?from=41") == list(range(41, 81))
    assert shown("?from=81") == list(range(81, 91))
    for odd in ("?from=x", "?from=-1", "?from=%00", "?kind=odd", "?from="):
        assert shown(odd) == list(range(1, 41))
    assert shown("?from=999999") == list(range(81, 91))
    assert shown("?kind=conflict") == []
    row = plan.entries.get(position=50)
    place = console.get(reverse("admin:planning_prdplanentry_change", args=[row.pk]))
    assert place["Location"] == f"{page_url(plan)}?from=41#entry-{row.pk}"
    page = console.get(page_url(plan)).content.decode()
    assert f'href="{page_url(plan)}?from=41#entry-{row.pk}">+ LG-50</a>' in page
    decide(actor=writer, plan=plan, decisions=[EntryDecision(row.pk, decision="undecided")])
    assert shown("?kind=undecided") == [50]
    first = f'<a class="th-link" href="{page_url(plan)}?from=41#entry-{row.pk}">First undecided</a>'
    assert first in console.get(page_url(plan)).content.decode()


def test_as_many_statements_for_3_entries_as_for_30(
    console: Client, writer: User, repository: Repository
) -> None:
    counts = []
    for size in (3, 30):
        sections = "".join(
            f"### S{size}-{n} Part {n}\n\nDepends on S{size}-{n - 1}\n\n- [ ] done {n}\n\n"
            for n in range(1, size + 1)
        )
        text = f"# Parts\n\n## Tasks\n\n{sections}"
        plan = plan_of(writer, repository, text, f"{size}.md")
        with statements() as new:
            assert len(console.get(page_url(plan)).context["entries"]) == size
        data = opened(console, plan)
        for row in plan.entries.all():
            data[f"e-{row.pk}-decision"] = "rejected"
        with statements() as saved:
            assert console.post(page_url(plan), data).status_code == 302
        with statements() as outlook:
            console.get(page_url(plan, "apply"))
        plan.entries.update(decision="accepted")
        apply(console, plan)
        Task.objects.filter(prd__filename=plan.filename).update(priority="low")
        changed = plan_of(writer, repository, text.replace(" Part", " Piece"), plan.filename)
        with statements() as again:
            assert len(console.get(page_url(changed)).context["entries"]) == size
        counts.append([len(new), len(saved), len(outlook), len(again)])
    assert counts[0] == counts[1]
