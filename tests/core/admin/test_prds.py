"""The pages of a PRD: what they show of its texts, and to whom."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.core.context import Source, acting
from apps.prds.models import PRD
from apps.prds.services import delete_prd, read_document, store_prd, store_revision
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.tasks.models import Task, TaskExternalKey

from .support import logged_in, member, page_url, repository, staff, statements

TEXT = "# Garden\n\n## G-1 Dig <b>deep</b>\n\nDepends on: G-9\n\n- [ ] done <script>\n"
PAGES = ("change", "document", "source", "revisions", "compare", "findings")


def store(actor: User, where: Repository, content: str = TEXT) -> PRD:
    return store_prd(
        actor=actor,
        repository=where,
        filename="garden.md",
        content=content,
        document=read_document(content),
    )


def rewrite(actor: User, prd: PRD, content: str) -> PRD:
    with acting(source=Source.COMMAND, name="rewrite", actor=actor):
        return store_revision(
            actor=actor, prd=prd, content=content, document=read_document(content)
        )


@pytest.fixture
def prd(op: User, acme: Repository) -> PRD:
    return store(op, acme)


def shown(client: Client, prd: PRD, page: str = "change", **query: Any) -> str:
    """The page's HTML, once it is found to hold no markup of the document's own."""
    response = client.get(page_url(prd, page), query)
    assert response.status_code == 200
    text: str = response.content.decode()
    assert "<b>deep</b>" not in text
    assert "<script>\n" not in text
    return text


def words(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def test_the_record_shows_its_document(console: Client, prd: PRD) -> None:
    page = shown(console, prd)
    assert '<h4 id="line-3" data-line="3" class="th-h2">G-1 Dig &lt;b&gt;deep' in page
    assert '<a href="#line-5">Line 5</a>: G-9 is no task of this document.' in page
    assert 'aria-label="not done"' in page
    assert "Risks" in words(page)  # a factor of the complexity


def test_a_line_leads_to_its_tasks(console: Client, op: User, acme: Repository, prd: PRD) -> None:
    made = [
        Task.objects.create(
            repository=acme, prd=prd, content=content, source_first_line=3, source_last_line=7
        )
        for content in ("Dig", 'Water "> & wait for it, as long as it takes, whatever comes')
    ]
    TaskExternalKey.objects.create(repository=acme, task=made[0], key="G-1")
    for page in (shown(console, prd), shown(console, prd, "source")):
        back = re.findall(r'<a class="th-backlink" href="([^"]+)">([^<]+)</a>', page)
        assert back == [
            (page_url(made[1]), "Water &quot;&gt; &amp; wait for it, as long as it ta… · pending"),
            (page_url(made[0]), "G-1 · pending"),
        ]
    reader = member("reader", acme, MemberRole.VIEWER, "view_prd")
    assert "th-backlink" not in shown(logged_in(reader), prd)


def test_a_long_document_has_a_page_of_its_own(console: Client, op: User, acme: Repository) -> None:
    text = f"# Long\n\n{'word ' * 60_000}\n".replace("word word word", "word\nword word")
    prd = store(op, acme, text + "\n## L-1 End\n\nDepends on: L-9\n")
    last = len((text + "\n\n\n").split("\n"))
    page = shown(console, prd)
    whole = reverse("admin:prds_prd_document", args=[prd.pk])
    assert f'<a href="{whole}?line={last}">Line {last}</a>' in page
    assert "L-1 End" not in words(page)
    assert "Shown up to line" in words(page)
    assert "L-1 End" in words(shown(console, prd, "document"))
    answer = console.get(whole, {"line": last})
    assert (answer.status_code, answer["Location"]) == (302, f"{whole}#line-{last}")
    for odd in ("0", "x", "-1", "9" * 30, "\x00"):
        assert console.get(whole, {"line": odd}).status_code == 200


def test_what_is_nested_too_deeply_is_shown_as_it_is_written(console: Client, prd: PRD) -> None:
    PRD.objects.filter(pk=prd.pk).update(content=">" * 5_000 + " deep")
    for page in ("change", "document"):
        assert "Shown as it is written" in words(shown(console, prd, page))


def test_notes_that_somebody_bent_break_no_page(console: Client, prd: PRD) -> None:
    """The database refuses most; a row from before its schema could have them."""
    bent = [1, {}, {"line": "x", "message": 7}, {"line": 99, "message": "<i>"}, [], None]
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE prds DROP CONSTRAINT prds_parse_errors_schema")
    PRD.objects.filter(pk=prd.pk).update(parse_errors=bent)
    assert '<a href="#line-7">Line 99</a>: &lt;i&gt;' in shown(console, prd)


def test_the_list_of_revisions(console: Client, op: User, acme: Repository, prd: PRD) -> None:
    writer = member("writer", acme, MemberRole.CONTRIBUTOR)
    rewrite(writer, prd, "# Garden\n")
    page = words(shown(console, prd, "revisions"))
    row = re.search(r"2 · changes of revision 2 [\d-]+ [\d:]+ writer Command 9 [0-9a-f]{12}", page)
    assert row, page
    first = words(shown(console, prd, "revisions", below="2"))
    assert "2 · changes" not in first
    assert f" {len(TEXT)} " in first  # its bytes


def test_revisions_are_paged(console: Client, op: User, prd: PRD) -> None:
    for number in range(26):
        rewrite(op, prd, f"# Garden {number}\n")
    pages = [shown(console, prd, "revisions"), shown(console, prd, "revisions", below="3")]
    found = [re.findall(r'name="to" value="(\d+)"', page) for page in pages]
    assert found == [[str(n) for n in range(27, 2, -1)], ["2", "1"]]
    assert '<a href="?below=3" rel="next">Older</a>' in pages[0]
    with statements() as few:
        shown(console, prd, "revisions")
    assert len(few) < 12


def test_an_old_text_can_be_read(console: Client, op: User, prd: PRD) -> None:
    rewrite(op, prd, "# New\n")
    page = shown(console, prd, "source", revision="1")
    assert "## G-1 Dig &lt;b&gt;deep&lt;/b&gt;" in page
    assert f"{len(TEXT.encode())} bytes" in words(page)
    url = page_url(prd, "source")
    assert console.get(url, {"revision": "3"}).status_code == 404
    for odd in ("0", "x", "-1", "9" * 30, "\x00"):
        assert "# New" in words(shown(console, prd, "source", revision=odd))


@pytest.mark.parametrize("view", ["unified", "split", "x", ""])
def test_what_differs_is_said_in_words_too(console: Client, op: User, prd: PRD, view: str) -> None:
    rewrite(op, prd, TEXT.replace("# Garden", "# Gärten <i>"))
    page = words(shown(console, prd, "compare", view=view))
    assert "1 line added 1 line removed" in page
    assert "removed: # Garden" in page
    assert "added: # Gärten <i>" in page
    assert f"Changes from revision 1 to revision {prd.revision + 1}" in page


def test_any_two_revisions_can_be_compared(console: Client, op: User, prd: PRD) -> None:
    rewrite(op, prd, "# New\n")
    back = {"from": "2", "to": "1"}
    assert "added: # Garden" in words(shown(console, prd, "compare", **back))
    alike = {"from": "1", "to": "1"}
    assert "No line differs." in words(shown(console, prd, "compare", **alike))
    missing = {"from": "1", "to": "7"}
    assert "There is no revision 7: the last one is 2." in words(
        shown(console, prd, "compare", **missing)
    )
    for odd in ("0", "x", "-1", "9" * 30, "\x00"):
        assert "removed: # Garden" in words(shown(console, prd, "compare", to=odd))


def test_the_only_revision_differs_from_nothing(console: Client, prd: PRD) -> None:
    assert "No line differs." in words(shown(console, prd, "compare"))


def test_what_is_wrong_leads_to_its_line(console: Client, op: User, prd: PRD) -> None:
    page = shown(console, prd, "findings")
    source = page_url(prd, "source")
    assert f'<a class="th-link" href="{source}#line-5">5</a>' in page
    assert "G-9 is no task of this document." in words(page)
    PRD.objects.filter(pk=prd.pk).update(content=">" * 500 + " deep")
    assert "nest fewer than" in words(shown(console, prd, "findings"))
    fine = "# A\n\n## A-1 Dig\n\nAcceptance criteria:\n\n- [ ] it is 20 cm deep\n"
    PRD.objects.filter(pk=prd.pk).update(content=f"{fine}\nEstimate: 2 hours\n")
    assert "Nothing is wrong with this document." in words(shown(console, prd, "findings"))


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.usefixtures("unlogged")
def test_who_may_see_the_record_may_see_its_texts(
    op: User, acme: Repository, prd: PRD, page: str
) -> None:
    url = page_url(prd, page)
    reader = member("reader", acme, MemberRole.VIEWER, "view_prd")
    assert logged_in(reader).get(url).status_code == 200
    stranger = member("stranger", repository("other/garden"), MemberRole.MAINTAINER, "view_prd")
    hidden = logged_in(stranger).get(url)
    assert hidden.status_code in (302, 404)
    assert "G-1" not in hidden.content.decode()
    unauthorised = staff("nobody")
    assert logged_in(unauthorised).get(url).status_code in (302, 403)
    assert Client().get(url).status_code == 302


@pytest.mark.parametrize("page", PAGES)
def test_a_deleted_document_can_still_be_read(
    console: Client, op: User, prd: PRD, page: str
) -> None:
    delete_prd(actor=op, prd=prd)
    assert console.get(page_url(prd, page)).status_code == 200
