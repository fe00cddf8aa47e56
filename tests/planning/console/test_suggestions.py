"""The inbox of suggestions: what it shows, who may decide, what a refusal keeps."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.core.ids import uuid7
from apps.planning.models import Suggestion
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.repositories.services import update_repository
from apps.tasks.models import Task
from tests.contracts import nothing_written
from tests.core.admin.support import (
    act,
    judge,
    list_url,
    logged_in,
    member,
    page_url,
    staff,
    statements,
    words,
)
from tests.factories import MemberFactory, RepositoryFactory, SuggestionFactory, TaskFactory
from tests.planning.finished import HABIT, finish

pytestmark = pytest.mark.usefixtures("as_app")

MAY = ("view_suggestion", "change_suggestion", "add_suggestion", "view_task", "view_taskpattern")
INBOX = "/admin/planning/suggestion/"
NOW = "/admin/planning/suggestion/now/"
HOSTILE = "<script>alert(1)</script>\u202e" + "x" * 900


@pytest.fixture
def writer(repository: Repository) -> User:
    return member("decides", repository, MemberRole.CONTRIBUTOR, *MAY)


@pytest.fixture
def console(writer: User) -> Client:
    return logged_in(writer)


def share(source: str = "pattern", weight: float = 1.0) -> dict[str, Any]:
    return {"source": source, "rank": 1, "weight": weight, "points": weight / 61}


def reason(text: str, source: str = "pattern") -> dict[str, Any]:
    return {"source": source, "text": text, "values": {}}


def offered(repository: Repository, **values: Any) -> Suggestion:
    """An open suggestion of a pattern."""
    shown: dict[str, Any] = {
        "content": "Test the form",
        "sources": [share()],
        "reasons": [reason("After design comes test: 12 streams here, lift 3.2.")],
        **values,
    }
    made: Suggestion = SuggestionFactory(repository=repository, **shown)
    return made


def late(repository: Repository, **values: Any) -> Suggestion:
    return offered(repository, expires_at=timezone.now() - timedelta(minutes=1), **values)


def test_a_card_says_why(console: Client, repository: Repository) -> None:
    row = offered(repository, values={"priority": "high", "tags": ["ui"]})
    page = console.get(INBOX)
    text = words(page)
    for part in (
        "Open New task acme/rocket expires in 6 days",
        "Test the form",
        "priority high · tags ui",
        "After design comes test: 12 streams here, lift 3.2.",
        "Next in a pattern",
    ):
        assert part in text
    content = page.content.decode()
    for name in ("accept", "reject"):
        assert f'hx-get="{page_url(row, name)}"' in content


def test_what_was_suggested_together_comes_best_first(
    console: Client, repository: Repository
) -> None:
    offered(repository, content="earlier", score=0.9)
    made = timezone.now()
    Suggestion.objects.bulk_create(
        Suggestion(
            repository=repository, kind="new", content=f"later {score}", score=score,
            sources=[], reasons=[], expires_at=made + timedelta(days=7),
        )
        for score in (0.8, 0.6, 0.7)
    )  # fmt: skip
    cards = console.get(INBOX).context["cards"]
    shown = [card.row.content for card in cards]
    assert shown == ["later 0.8", "later 0.7", "later 0.6", "earlier"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"open"}),
        ("state=expired", {"late", "marked"}),
        ("state=accepted", {"taken"}),
        ("state=rejected", {"unwanted"}),
        ("state=all", {"open", "late", "marked", "taken", "unwanted"}),
        ("state=odd", {"open"}),
        ("state=all&source=ready", {"taken"}),
        ("state=all&source=template", set()),
        ("source=odd", {"open"}),
    ],
)
def test_filters(console: Client, repository: Repository, query: str, expected: set[str]) -> None:
    decided = {"decided_at": timezone.now()}
    offered(repository, content="open")
    late(repository, content="late")
    late(repository, content="marked", state="expired", **decided)
    offered(repository, content="taken", state="accepted", sources=[share("ready")], **decided)
    offered(repository, content="unwanted", state="rejected", **decided)
    cards = console.get(f"{INBOX}?{query}").context["cards"]
    assert {card.row.content for card in cards} == expected
    told = {card.row.content: card.state for card in cards}
    assert {told[name] for name in ("late", "marked") if name in told} <= {"expired"}
    assert not any(card.may_decide for card in cards if card.row.content != "open")


def test_rates_stand_on_top(console: Client, repository: Repository, writer: User) -> None:
    other, secret = RepositoryFactory(), RepositoryFactory()
    MemberFactory(repository=other, user=writer)
    decided = {"decided_at": timezone.now()}
    for state in ("accepted", "accepted", "rejected"):
        offered(repository, state=state, **decided)
        offered(secret, state="rejected", **decided)
    offered(other, state="rejected", sources=[share("ready")], **decided)
    page = words(console.get(INBOX))
    assert "All together 50 % 2 of 4" in page
    assert "Next in a pattern 67 % 2 of 3" in page
    assert "Ready to start 0 % 0 of 1" in page
    assert "After similar work — nothing decided yet" in page
    page = words(console.get(INBOX, {"repository__id__exact": repository.pk}))
    assert "All together 67 % 2 of 3" in page
    page = words(console.get(INBOX, {"repository__id__exact": secret.pk}))
    assert "Nothing was accepted or rejected yet in this repository" in page


class TestAccepting:
    """The dialog of a suggestion that is taken."""

    def test_the_task_is_created_as_it_was_put(
        self, console: Client, repository: Repository, writer: User
    ) -> None:
        row = offered(repository, values={"priority": "high", "details": "It goes on."})
        opened = console.get(page_url(row, "accept")).content.decode()
        assert "Test the form</textarea>" in opened
        assert re.search(r'<option value="high"\s+selected', opened)
        done = act(
            console,
            page_url(row, "accept"),
            content="Test the form twice",
            priority="low",
            assignee="mara",
            reason="We need it",
        )
        assert done["HX-Redirect"] == page_url(row)
        task = Task.objects.get()
        assert (task.content, task.priority, task.assignee, task.details) == (
            "Test the form twice",
            "low",
            "mara",
            "It goes on.",
        )
        assert task.ai_suggested
        page = console.get(page_url(row))
        assert f'href="{page_url(task)}"' in page.content.decode()
        assert "Accepted by decides" in words(page)
        assert "Accepted; created: Test the form twice" in words(page)

    def test_from_the_inbox_it_leads_back_there(
        self, console: Client, repository: Repository
    ) -> None:
        for address, expected in (
            (f"http://testserver{INBOX}?source=pattern", f"{INBOX}?source=pattern"),
            (f"http://testserver{INBOX}", INBOX),
            ("http://evil.example/elsewhere", None),
            ("", None),
        ):
            row = offered(repository)
            data = {"_form_submitted": "on", "seen_version": row.version}
            values = {"content": row.content, "priority": "medium"}
            done = console.post(
                page_url(row, "accept"), data | values, headers={"HX-Current-URL": address}
            )
            assert done["HX-Redirect"] == (expected or page_url(row))

    def test_a_task_that_is_there_stays_as_it_is(
        self, console: Client, repository: Repository
    ) -> None:
        task = TaskFactory(repository=repository, content="Mend it", priority="low")
        row = offered(repository, kind="existing", task=task, content="Mend it")
        opened = console.get(page_url(row, "accept")).content.decode()
        assert 'name="content"' not in opened
        act(console, page_url(row, "accept"), content="Other", priority="high")
        row.refresh_from_db()
        assert row.state == "accepted"
        task.refresh_from_db()
        assert (task.content, task.priority, task.version) == ("Mend it", "low", 1)

    def test_a_refusal_keeps_what_was_typed(
        self, console: Client, repository: Repository, owner: User
    ) -> None:
        typed = {"content": "My own words", "priority": "low", "assignee": "mara"}
        closed, stale = late(repository), offered(repository)
        with nothing_written():
            refused = act(console, page_url(closed, "accept"), **typed)
            assert "expired at" in words(refused)
            assert "My own words" in refused.content.decode()
            assert 'value="mara"' in refused.content.decode()
            data = {"_form_submitted": "on", "seen_version": 99, **typed}
            assert "Read it again" in words(console.post(page_url(stale, "accept"), data))
            for bad in ({"content": ""}, {"content": "x" * 1001}, {"priority": "odd"}):
                refused = act(console, page_url(stale, "accept"), **{**typed, **bad})
                assert "HX-Redirect" not in refused
            odd = act(console, page_url(stale, "accept"), **{**typed, "content": "a\x00b"})
            assert "HX-Redirect" not in odd
            nobody = page_url(Suggestion(pk=uuid7()), "accept")
            assert console.post(nobody, typed).status_code == 404
        update_repository(actor=owner, repository=repository, changes={"archived": True})
        with nothing_written():
            refused = act(console, page_url(stale, "accept"), **typed)
            assert "archived" in words(refused)
            assert "My own words" in refused.content.decode()
        assert "Accept…" not in words(console.get(INBOX))


class TestRejecting:
    """The dialog of a suggestion that is not wanted."""

    def test_the_comment_is_kept(self, console: Client, repository: Repository) -> None:
        row = offered(repository)
        act(console, page_url(row, "reject"), reason="Not\r\nnow")
        row.refresh_from_db()
        assert (row.state, row.comment) == ("rejected", "Not\nnow")
        page = words(console.get(page_url(row)))
        assert "Rejected by decides" in page
        assert "“Not now”" in page
        with nothing_written():
            assert "already" in words(act(console, page_url(row, "reject"), reason="again"))
            long = act(console, page_url(row, "reject"), reason="x" * 1001)
            assert "at most 1000" in words(long)


class TestSuggestNow:
    """The button that asks."""

    def test_a_cold_start_is_said_in_words(self, console: Client, repository: Repository) -> None:
        done = console.post(NOW, {"repository": repository.name}, follow=True)
        page = words(done)
        assert "Nothing has been learnt in this repository yet" in page
        assert "No pattern is mined for this repository." in page
        assert done.request["QUERY_STRING"] == f"repository__id__exact={repository.pk}"

    def test_suggestions_come_into_the_inbox(self, console: Client, repository: Repository) -> None:
        finish(repository, HABIT)
        TaskFactory(repository=repository, content="Review the form")
        done = console.post(NOW, {"repository": repository.name}, follow=True)
        assert Suggestion.objects.filter(repository=repository).exists()
        assert len(done.context["cards"]) == Suggestion.objects.count()

    def test_who_may_not_ask(self, console: Client, repository: Repository, owner: User) -> None:
        secret = RepositoryFactory()
        looks = logged_in(member("looks", repository, MemberRole.VIEWER, *MAY))
        reads = logged_in(member("reads", repository, MemberRole.CONTRIBUTOR, "view_suggestion"))
        with nothing_written():
            for odd in (secret.name, "no/such", "", "a\x00b"):
                page = words(console.post(NOW, {"repository": odd}, follow=True))
                assert "that you may see" in page or "Choose the repository" in page
            assert console.get(NOW).status_code == 302
            assert "You need the role contributor" in words(
                looks.post(NOW, {"repository": repository.name}, follow=True)
            )
            assert reads.post(NOW, {"repository": repository.name}).status_code == 403
            assert "Suggest now" not in words(looks.get(INBOX))
            assert "Suggest now" not in words(reads.get(INBOX))
        update_repository(actor=owner, repository=repository, changes={"archived": True})
        with nothing_written():
            assert "archived" in words(
                console.post(NOW, {"repository": repository.name}, follow=True)
            )


class TestRights:
    """Only members see; only contributors decide."""

    def test_what_outsiders_see(self, repository: Repository, console: Client) -> None:
        row = offered(repository)
        stranger = logged_in(member("strange", RepositoryFactory(), MemberRole.MAINTAINER, *MAY))
        assert "Test the form" not in words(stranger.get(INBOX))
        for name in ("change", "accept", "reject", "history"):
            assert stranger.get(page_url(row, name)).status_code in (302, 404)
            assert logged_in(staff(f"nobody{name}")).get(page_url(row, name)).status_code in (
                302,
                403,
            )
            assert Client().get(page_url(row, name)).status_code == 302
        with nothing_written():
            assert act(stranger, page_url(row, "accept"), content="x").status_code == 404
        assert console.get(page_url(row)).status_code == 200

    def test_viewers_look_only(self, repository: Repository) -> None:
        row = offered(repository)
        looks = logged_in(member("looks", repository, MemberRole.VIEWER, *MAY))
        for url in (INBOX, page_url(row)):
            page = words(looks.get(url))
            assert "Test the form" in page
            assert "Accept…" not in page
        with nothing_written():
            values = {"content": "Test the form", "priority": "medium"}
            refused = words(act(looks, page_url(row, "accept"), **values))
            assert "You need the role contributor" in refused
        reads = logged_in(member("reads", repository, MemberRole.CONTRIBUTOR, "view_suggestion"))
        assert reads.post(page_url(row, "reject"), {}).status_code == 403
        page = reads.get(INBOX).content.decode()
        assert "/admin/tasks/task/" not in page


def test_hostile_contents_stay_text(console: Client, repository: Repository) -> None:
    task = TaskFactory(repository=repository, content=HOSTILE)
    row = offered(
        repository, content=HOSTILE, reasons=[reason(HOSTILE)], kind="existing", task=task
    )
    done = offered(
        repository, content=HOSTILE, state="accepted", created_task=task, comment=HOSTILE[:900],
        decided_at=timezone.now(),
    )  # fmt: skip
    urls = (f"{INBOX}?state=all", page_url(row), page_url(done), page_url(row, "accept"))
    for url in urls:
        page = console.get(url).content.decode()
        assert "<script>alert" not in page
    assert act(console, page_url(row, "accept")).has_header("HX-Redirect")
    page = console.get(page_url(row)).content.decode()
    assert "<script>alert" not in page


def test_the_cost_of_the_inbox(console: Client, repository: Repository, writer: User) -> None:
    counts = []
    for size in (2, 18):
        for _ in range(size):
            where = RepositoryFactory()
            MemberFactory(repository=where, user=writer)
            task = TaskFactory(repository=where)
            offered(where, kind="existing", task=task, author=writer)
            offered(
                where, state="accepted", created_task=task, decided_at=timezone.now(),
                decided_by=writer,
            )  # fmt: skip
        with statements() as found:
            cards = console.get(list_url(Suggestion), {"state": "all"}).context["cards"]
        assert len(cards) == min(2 * size, 20)
        assert judge(found, most=10) == []
        counts.append(len(found))
    assert counts[0] == counts[1]


def test_odd_addresses(console: Client, repository: Repository) -> None:
    offered(repository)
    for query in ("after=x", "after=%00", f"after={uuid7()}", f"before={uuid7()}", "e=1"):
        assert console.get(f"{INBOX}?{query}").status_code == 200
    assert console.get(f"{INBOX}?repository__id__exact=x").status_code in (200, 302, 400)
