"""Sessions in the console: the list, the page with its drawing, and “End session”."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.work_sessions.models import WorkSession
from apps.work_sessions.services import abandon_sessions
from tests.contracts import nothing_written
from tests.core.admin.support import (
    act,
    form_data,
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
    RepositoryFactory,
    SessionSpanFactory,
    SessionTaskFactory,
    TaskFactory,
    UserFactory,
    WorkSessionFactory,
    create,
)

pytestmark = pytest.mark.usefixtures("as_app")

MAY_ALL = ("view_worksession", "change_worksession", "view_task")
HOSTILE = "<script>alert(1)</script>\u202e" + "x" * 200


@pytest.fixture
def console(repository: Repository) -> Client:
    return logged_in(member("keeper", repository, MemberRole.MAINTAINER, *MAY_ALL))


def worked(repository: Repository, *, tasks: int = 2, **values: Any) -> WorkSession:
    """Three hours ago, for an hour with a gap of twenty minutes; its tasks one after the other."""
    begun = timezone.now().replace(microsecond=0) - timedelta(hours=4)
    until = begun + timedelta(minutes=60)
    session: WorkSession = create(
        WorkSessionFactory,
        repository=repository,
        start_time=begun,
        last_seen_at=until,
        actor=UserFactory(),
        **values,
    )
    for first, last in ((0, 20), (40, 60)):
        SessionSpanFactory(
            session=session,
            started_at=begun + timedelta(minutes=first),
            until=begun + timedelta(minutes=last),
        )
    for number in range(tasks):
        SessionTaskFactory(
            session=session,
            task=TaskFactory(
                repository=repository, content=f"Dig hole {number}", estimated_minutes=20
            ),
            started_at=begun + timedelta(minutes=10),
            completed_at=begun + timedelta(minutes=50),
        )
    return session


def test_the_page_tells_time_tasks_and_score(console: Client, repository: Repository) -> None:
    session = worked(repository, session_id="s-1")
    assert "It gets one when it is closed." in words(console.get(page_url(session)))
    abandon_sessions(timeout=timedelta(hours=2))
    page = words(console.get(page_url(session)))
    assert "From start to end 1 h on the wall" in page
    assert "Active 40.0 min" in page
    assert "With a task under way 20.0 min" in page
    assert page.count("completed 10.0 min 10.0 min 20 min") == 2
    assert "0.7000 of 1, by ps-1" in page
    assert "Focus 0.5000 0.4000 0.2000 A task was under way in 20 of 40 active minutes." in page
    assert "closed after a long silence" in page
    assert "Actual minutes come from people and clients" in page


@pytest.mark.parametrize(
    "factors",
    [{"factors": "none"}, {"factors": [5, {"name": "focus"}, {"value": 1}]}, {"figures": {}}],
)
def test_a_score_without_readable_factors_is_not_shown(
    console: Client, repository: Repository, factors: dict[str, Any]
) -> None:
    """As somebody may leave it who writes past our services."""
    session = worked(
        repository,
        productivity_score=0.4321,
        productivity_version="by hand",
        productivity_factors=factors,
    )
    page = words(console.get(page_url(session)))
    assert "Not shown: what it follows from cannot be read." in page
    assert "0.4321 of 1" not in page
    assert "0.43" not in words(console.get(list_url(WorkSession)))


def test_the_drawing_says_all_it_shows(console: Client, repository: Repository) -> None:
    session = worked(repository, tasks=14)
    page = console.get(page_url(session)).content.decode()
    (drawing,) = re.findall(r"<svg[^>]*th-timeline.*?</svg>", page, re.DOTALL)
    assert 'role="img"' in drawing
    assert (
        "1 h from start to end, 40.0 min of it active in 2 stretches,"
        " 20.0 min with a task under way; 14 tasks."
    ) in drawing
    assert drawing.count('class="th-active"') == 2
    assert drawing.count('class="th-task"') == 12 * 2, "each is cut where the session was silent"
    assert drawing.count("Dig hole") == 12
    assert "… and 2 more tasks, not drawn." in words(console.get(page_url(session)))
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for x, width in re.findall(r'<rect[^>]* x="([\d.]+)"[^>]* width="([\d.]+)"', drawing):
        assert 0 <= float(x) <= float(x) + float(width) <= 900


def test_hostile_texts_are_texts(console: Client, repository: Repository) -> None:
    session = worked(
        repository,
        tasks=0,
        session_id=HOSTILE,
        session_summary=HOSTILE * 9,
        tools_used=[HOSTILE[:99]],
        files_changed=[f"<img src=x onerror=alert({n})>" for n in range(1000)],
    )
    SessionTaskFactory(session=session, task=TaskFactory(repository=repository, content=HOSTILE))
    for url in (page_url(session), list_url(WorkSession)):
        page = console.get(url).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_a_session_of_no_length_and_without_anything(
    console: Client, repository: Repository
) -> None:
    session = create(WorkSessionFactory, repository=repository)
    page = words(console.get(page_url(session)))
    assert "No task was worked on in it." in page
    assert "nobody\u2019s any more" in page


def test_names_of_tasks_are_for_those_who_may_see_tasks(repository: Repository) -> None:
    looker = logged_in(member("looker", repository, MemberRole.VIEWER, "view_worksession"))
    page = words(looker.get(page_url(worked(repository))))
    assert "Dig hole" not in page
    assert "A task that you may not see" in page
    assert "End session…" not in page


def test_sessions_of_other_repositories_do_not_exist(
    console: Client, repository: Repository
) -> None:
    other = worked(RepositoryFactory(), session_id="hidden-1")
    own = worked(repository, session_id="seen-1")
    listed = words(console.get(list_url(WorkSession)))
    assert "seen-1" in listed
    assert "hidden-1" not in listed
    assert console.get(page_url(other)).status_code == 302
    assert console.get(page_url(own)).status_code == 200
    nobody = logged_in(staff("nobody"))
    assert nobody.get(list_url(WorkSession)).status_code == 403


def test_a_list_takes_as_many_statements_for_many_rows(
    console: Client, repository: Repository
) -> None:
    def ask() -> list[str]:
        with statements() as found:
            assert console.get(list_url(WorkSession)).status_code == 200
        return found

    worked(repository)
    few = ask()
    for _ in range(8):
        worked(repository)
    many = ask()
    assert len(many) == len(few)
    assert judge([sql for sql in many if "COUNT(" not in sql], most=12) == []
    page = words(console.get(list_url(WorkSession)))
    assert "2 of 2 done" in page


def test_a_page_takes_as_many_statements_for_many_tasks(
    console: Client, repository: Repository
) -> None:
    counts = []
    for tasks in (2, 20):
        session = worked(repository, tasks=tasks)
        with statements() as found:
            assert console.get(page_url(session)).status_code == 200
        counts.append(len(found))
    assert counts[0] == counts[1]


def test_the_list_is_narrowed_and_searched(console: Client, repository: Repository) -> None:
    worked(repository, session_id="first")
    abandon_sessions(timeout=timedelta(hours=2))
    worked(repository, session_id="second")

    def names(**query: str) -> list[str]:
        page = console.get(list_url(WorkSession), query)
        assert page.status_code == 200
        return [name for name in ("first", "second") if f">{name}<" in page.content.decode()]

    assert names() == ["first", "second"]
    assert names(state__exact="active") == ["second"]
    assert names(state__exact="abandoned") == ["first"]
    assert names(q="first") == ["first"]
    assert names(q="fir") == []


def test_a_maintainer_ends_what_was_left_open(console: Client, repository: Repository) -> None:
    session = worked(repository)
    url = page_url(session, "finish")
    assert "It cannot be undone" in words(console.get(url))
    assert WorkSession.objects.get(pk=session.pk).is_active, "a GET writes nothing"
    answer = act(console, url, reason="Left over night")
    assert answer.headers["HX-Redirect"] == page_url(session)
    session.refresh_from_db()
    assert session.state == "ended"
    event = session.events.order_by("-pgh_id").first()
    assert event.pgh_context["reason"] == "Left over night"
    assert "End session…" not in words(console.get(page_url(session)))
    with nothing_written():
        assert "nothing happens in it any more" in words(act(console, url))


def test_a_contributor_ends_only_their_own(repository: Repository) -> None:
    person = member("digger", repository, MemberRole.CONTRIBUTOR, *MAY_ALL)
    others, own = worked(repository), worked(repository)
    WorkSession.objects.filter(pk=own.pk).update(actor=person)
    own.refresh_from_db()
    client = logged_in(person)
    with nothing_written():
        refusal = words(act(client, page_url(others, "finish")))
    assert "only its actor or a maintainer" in refusal
    assert "HX-Redirect" in act(client, page_url(own, "finish")).headers
    looker = logged_in(member("looker", repository, MemberRole.MAINTAINER, "view_worksession"))
    assert looker.post(page_url(others, "finish")).status_code == 403


def test_the_console_refuses_a_task_under_anothers_session_at_its_field(
    repository: Repository,
) -> None:
    others = create(WorkSessionFactory, repository=repository, actor=UserFactory())
    rights = ("view_task", "change_task")
    client = logged_in(member("digger", repository, MemberRole.CONTRIBUTOR, *rights))
    url = page_url(TaskFactory(repository=repository))
    typed = form_data(client.get(url)) | {"session_id": others.session_id}
    with nothing_written():
        refused = client.post(url, typed)
    [error] = refused.context["adminform"].form.errors["session_id"]
    assert "Start one of your own" in error
    assert client.post(url, typed | {"session_id": "free"}).status_code == 302


def test_the_history_has_its_page(repository: Repository) -> None:
    session = worked(repository)
    client = logged_in(operator())
    assert "Created" in words(client.get(page_url(session, "history")))
    assert client.get(list_url(WorkSession.events.rel.related_model)).status_code == 200
    assert isinstance(session.actor, User)
