"""The list and the page of patterns: what is shown, to whom, how many statements it takes."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.repositories.services import update_repository
from apps.task_patterns.models import PatternFeedback, TaskPattern
from tests.contracts import nothing_written
from tests.core.admin.support import (
    act,
    judge,
    list_url,
    logged_in,
    member,
    operator,
    page_url,
    staff,
    statements,
    words,
)
from tests.factories import (
    MemberFactory,
    MiningRunFactory,
    PatternEvidenceFactory,
    PatternFeedbackFactory,
    PatternOccurrenceFactory,
    PatternRepositoryFactory,
    RepositoryFactory,
    TaskFactory,
)
from tests.task_patterns.test_patterns_contract import shared, steps

pytestmark = pytest.mark.usefixtures("as_app")

MAY_ALL = ("view_taskpattern", "add_patternfeedback", "view_task")
HOSTILE = "<script>alert(1)</script>\u202e" + "x" * 900
FIGURES = {
    "support": 12, "stream_count": 48, "occurrence_count": 13, "success_rate": 0.83,
    "success_low": 0.71, "success_high": 0.91, "confidence": 0.6, "p50_minutes": 40.0,
    "p80_minutes": 125.0, "avg_completion_time": 55.5, "lift": 3.24, "p_value": 0.00001,
    "q_value": 0.005, "weight": 7.5,
}  # fmt: skip


@pytest.fixture
def writer(repository: Repository) -> User:
    return member("writer", repository, MemberRole.CONTRIBUTOR, *MAY_ALL)


@pytest.fixture
def console(writer: User) -> Client:
    return logged_in(writer)


def known(repository: Repository, **values: Any) -> TaskPattern:
    """A pattern with all its figures that was found in `repository`."""
    run = MiningRunFactory(algorithm="seq-7", parameters={"seed": 9}, input_hash="ab" * 32)
    shown = {"task_sequence": steps("design", "clean_up", "test"), **FIGURES, **values}
    return shared(repository, run=run, last_seen_at=timezone.now(), **shown)


def occur(pattern: TaskPattern, where: Repository, *, days: int = 0, minutes: int = 20) -> Any:
    """Once that the three steps happened, one every `minutes`."""
    end = timezone.now() - timedelta(days=days)
    found = PatternOccurrenceFactory(pattern=pattern, repository=where, first_at=end)
    for place in (1, 2, 3):
        task = TaskFactory(
            repository=where,
            content=f"Step {place} of {where.name} {days} days ago",
            status="completed",
            completed_at=end + timedelta(minutes=place * minutes),
        )
        PatternEvidenceFactory(occurrence=found, position=place, task=task)
    return found


def test_the_figures_are_told_with_their_meaning(console: Client, repository: Repository) -> None:
    page = words(console.get(page_url(known(repository))))
    assert "Streams of work 12 of 48 (25 %)" in page
    assert "Success 83 % (71\u201391 %)" in page
    assert "P50 40 min" in page
    assert "P80 2 h 5 min" in page
    assert "Lift 3.2" in page
    assert "Corrected p 0.005" in page
    assert "p < 0.0001" in page
    assert "Weight 7.5" in page
    assert "seq-7" in page
    assert "seed 9" in page
    assert "ab" * 32 in page


def test_the_drawing_says_all_it_shows(console: Client, repository: Repository) -> None:
    pattern = known(repository)
    for days, minutes in ((1, 20), (2, 20), (3, 90)):
        occur(pattern, repository, days=days, minutes=minutes)
    page = console.get(page_url(pattern)).content.decode()
    drawings = re.findall(r"<svg[^>]*th-drawing.*?</svg>", page, re.DOTALL)
    assert len(drawings) == 2
    for drawing in drawings:
        assert 'role="img"' in drawing
        names, desc = re.search(
            r'aria-labelledby="(\S+)" aria-describedby="(\S+)"', drawing
        ).groups()  # type: ignore[union-attr]
        assert f'<title id="{names}">design → clean up → test</title>' in drawing
        assert f'<desc id="{desc}">3 steps: design, then clean up, then test.' in drawing
        assert "From clean up to test: 20 min in the median." in drawing
        assert re.findall(r'class="th-drawing-name"[^>]*>([^<]+)<', drawing) == [
            "design",
            "clean up",
            "test",
        ]
        assert drawing.count("<polygon") == 2
        assert drawing.count("60 % go on") == 1
        assert "script" not in drawing
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    "sequence", [[{"work_type": "design"}], [{"work_type": "of_another_version"}] * 30]
)
def test_a_sequence_of_any_shape_has_a_page(
    console: Client, repository: Repository, sequence: list[Any]
) -> None:
    pattern = shared(repository, pattern_type="parallel", task_sequence=sequence)
    assert console.get(page_url(pattern)).status_code == 200
    assert console.get(list_url(TaskPattern)).status_code == 200


@pytest.mark.parametrize("sequence", [[], [{}], ["design"], [{"work_type": HOSTILE[:40]}]])
def test_other_sequences_are_refused_by_the_database(
    repository: Repository, sequence: list[Any]
) -> None:
    with pytest.raises(IntegrityError, match="task_patterns_task_sequence_schema"):
        shared(repository, task_sequence=sequence)


def test_hostile_contents_stay_text(console: Client, repository: Repository, writer: User) -> None:
    pattern = known(repository, description=HOSTILE)
    PatternFeedbackFactory(pattern=pattern, repository=repository, comment=HOSTILE[:900])
    found = PatternOccurrenceFactory(pattern=pattern, repository=repository, stream=HOSTILE[:500])
    PatternEvidenceFactory(
        occurrence=found, task=TaskFactory(repository=repository, content=HOSTILE)
    )
    for url in (page_url(pattern), list_url(TaskPattern)):
        page = console.get(url).content.decode()
        assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in console.get(page_url(pattern)).content.decode()


class TestRights:
    """As the API: the share of each reader, and no name of what they may not see."""

    def test_who_sees_the_page(self, repository: Repository, console: Client) -> None:
        pattern = known(repository)
        url = page_url(pattern)
        assert console.get(url).status_code == 200
        stranger = logged_in(
            member("strange", RepositoryFactory(), MemberRole.MAINTAINER, *MAY_ALL)
        )
        assert stranger.get(url).status_code in (302, 404)
        assert "clean up" not in stranger.get(list_url(TaskPattern)).content.decode()
        assert logged_in(staff("nobody")).get(url).status_code == 403
        assert Client().get(url).status_code == 302

    def test_names_of_others_are_counted_only(
        self, repository: Repository, console: Client
    ) -> None:
        secret = RepositoryFactory(name="secret/plans")
        pattern = known(repository)
        PatternRepositoryFactory(pattern=pattern, repository=secret)
        occur(pattern, secret, days=1, minutes=777)
        occur(pattern, repository, days=2)
        PatternFeedbackFactory(pattern=pattern, repository=secret, comment="We whisper")
        response = console.get(page_url(pattern))
        page = words(response)
        assert "Also in 1 repository that you may not see" in page
        assert "Step 1 of acme/rocket 2 days ago" in page
        assert "20 min" in page
        for hidden in ("secret/plans", "We whisper", "12 h 57 min"):
            assert hidden not in response.content.decode()
        everything = words(logged_in(operator()).get(page_url(pattern)))
        assert "secret/plans" in everything
        assert "We whisper" in everything
        assert "that you may not see" not in everything
        history = console.get(page_url(pattern, "history"), follow=True)
        assert "secret/plans" not in history.content.decode()

    def test_the_repository_filter_tells_nothing_of_others(
        self, repository: Repository, console: Client
    ) -> None:
        secret = RepositoryFactory()
        pattern = shared(repository, secret, task_sequence=steps("design", "clean_up"))
        shared(repository, task_sequence=steps("fix", "review"))

        def listed(where: Any) -> str:
            return words(console.get(list_url(TaskPattern), {"repository__id__exact": where}))

        assert "design → clean up" in listed(repository.pk)
        assert "fix → review" in listed(repository.pk)
        assert "→" not in listed(secret.pk).partition("Sequence")[2]
        assert "design → clean up" not in listed(secret.pk)
        assert pattern.pk

    def test_titles_of_tasks_take_their_permission(self, repository: Repository) -> None:
        pattern = known(repository)
        occur(pattern, repository)
        reader = logged_in(member("r", repository, MemberRole.VIEWER, "view_taskpattern"))
        page = words(reader.get(page_url(pattern)))
        assert "3 tasks, which you may not see" in page
        assert "Step 1 of" not in page
        assert "True of us…" not in page

    def test_retired_ones_are_listed_when_asked(
        self, repository: Repository, console: Client
    ) -> None:
        known(repository, retired_at=timezone.now())
        for query, there in (("", False), ("?retired=only", True), ("?retired=all", True)):
            page = words(console.get(list_url(TaskPattern) + query))
            assert ("design → clean up → test" in page) is there
        assert "did not find it any more" in words(console.get(page_url(TaskPattern.objects.get())))


class TestFeedback:
    """“True of us”, “not true of us”."""

    def url(self, pattern: TaskPattern, name: str = "true_of_us") -> str:
        return page_url(pattern, name)

    def test_a_word_is_kept_and_replaced(
        self, repository: Repository, writer: User, console: Client
    ) -> None:
        pattern = known(repository)
        assert 'role="alert"' not in words(console.get(self.url(pattern)))
        data = {"repository": str(repository.pk), "reason": "Since\r\nMay"}
        done = act(console, self.url(pattern), **data)
        assert done["HX-Redirect"] == page_url(pattern)
        feedback = PatternFeedback.objects.get()
        assert (feedback.verdict, feedback.comment) == ("accepted", "Since\nMay")
        assert (feedback.user, feedback.repository) == (writer, repository)
        act(console, self.url(pattern, "not_true_of_us"), repository=str(repository.pk))
        feedback.refresh_from_db()
        assert (feedback.verdict, feedback.comment) == ("rejected", "")
        page = words(console.get(page_url(pattern)))
        assert "True of us: 0 · Not true of us: 1" in page

    def test_the_service_has_the_last_word(
        self, repository: Repository, console: Client, owner: User
    ) -> None:
        pattern = known(repository)
        viewer = logged_in(member("looks", repository, MemberRole.VIEWER, *MAY_ALL))
        other = RepositoryFactory()
        MemberFactory(repository=other, user=owner)
        data = {"repository": str(repository.pk), "reason": "typed with care"}
        with nothing_written():
            refused = words(act(viewer, self.url(pattern), **data))
            assert "You are no contributor" in refused
            assert "typed with care" in act(viewer, self.url(pattern), **data).content.decode()
            for odd in (str(other.pk), "x", "", "\x00"):
                assert act(console, self.url(pattern), repository=odd).status_code == 200
            long = act(console, self.url(pattern), **{**data, "reason": "x" * 1001})
            assert "at most 1000 characters" in words(long)
        update_repository(actor=owner, repository=repository, changes={"archived": True})
        with nothing_written():
            assert "You are no contributor" in words(act(console, self.url(pattern), **data))
        plain = logged_in(member("p", repository, MemberRole.CONTRIBUTOR, "view_taskpattern"))
        assert plain.post(self.url(pattern), data).status_code == 403


class TestCost:
    """The same few statements, whatever the number of rows."""

    def test_of_the_page(self, repository: Repository, console: Client, writer: User) -> None:
        counts = []
        for size in (2, 9):
            pattern = known(repository)
            for number in range(size):
                occur(pattern, repository, days=number)
                where = RepositoryFactory()
                MemberFactory(repository=where, user=writer)
                PatternRepositoryFactory(pattern=pattern, repository=where)
                PatternFeedbackFactory(pattern=pattern, repository=where)
            with statements() as found:
                assert len(console.get(page_url(pattern)).context["page"].words) == size
            counts.append(len(found))
        assert counts[0] == counts[1]

    def test_of_the_list(self, repository: Repository, console: Client) -> None:
        counts = []
        for size in (2, 20):
            for _ in range(size):
                known(repository)
            with statements() as found:
                console.get(list_url(TaskPattern))
            assert judge(found, most=9) == []
            counts.append(len(found))
        assert counts[0] == counts[1]

    def test_the_evidence_comes_in_pages(self, repository: Repository, console: Client) -> None:
        pattern = known(repository)
        moment = timezone.now()
        rows = [
            PatternOccurrenceFactory(
                pattern=pattern, repository=repository, first_at=moment - timedelta(days=n // 3)
            )
            for n in range(25)
        ]
        expected = sorted(rows, key=lambda row: (row.last_at, row.pk), reverse=True)
        seen: list[Any] = []
        after: Any = ""
        while after is not None:
            page = console.get(page_url(pattern), {"after": after}).context["page"]
            seen += [row.pk for row in page.occurrences]
            after = page.next_after
        assert seen == [row.pk for row in expected]
        for odd in ("x", "\x00", str(pattern.pk)):
            assert console.get(page_url(pattern), {"after": odd}).status_code == 200
