"""Who may see plans in the console, and who may decide."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.repositories.services import update_repository
from tests.contracts import nothing_written
from tests.core.admin.support import logged_in, member, page_url, staff, words
from tests.factories import RepositoryFactory
from tests.planning.documents import PLAN

from .support import IMPORT, MAY_ALL, apply, opened, plan_of, put

pytestmark = pytest.mark.usefixtures("as_app")

PAGES = ("change", "apply", "refresh", "discard", "progress", "history")


@pytest.mark.parametrize("name", PAGES)
def test_who_may_see_a_plan(writer: User, repository: Repository, name: str) -> None:
    plan = plan_of(writer, repository, PLAN)
    url = page_url(plan, name)
    stranger = member("stranger", RepositoryFactory(), MemberRole.MAINTAINER, *MAY_ALL)
    for method in ("get", "post"):
        hidden = getattr(logged_in(stranger), method)(url)
        assert hidden.status_code in (302, 404) if name == "history" else hidden.status_code == 404
        assert "bridge" not in hidden.content.decode()
        assert getattr(logged_in(staff(f"nobody-{method}")), method)(url).status_code in (302, 403)
        assert getattr(Client(), method)(url).status_code == 302
    plan.refresh_from_db()
    assert plan.state == "open"


def test_viewers_read_and_change_nothing(
    console: Client, writer: User, repository: Repository
) -> None:
    plan = plan_of(writer, repository, PLAN)
    data = opened(console, plan) | put(plan, "BR-9-01", decision="rejected")
    reader = logged_in(member("reader", repository, MemberRole.VIEWER, *MAY_ALL))
    page = reader.get(page_url(plan))
    assert "BR-9-02 Build the bridge" in words(page)
    assert "You may read this plan, not decide on it." in words(page)
    assert 'name="version"' not in page.content.decode()
    with nothing_written():
        refused = words(reader.post(page_url(plan), data))
        assert "You need the role contributor" in refused
        for name in ("apply", "refresh", "discard"):
            reader.post(page_url(plan, name), {"version": plan.version})
    form = {"repository": repository.name, "text": PLAN, "filename": "b.md"}
    with nothing_written():
        assert "no repository of this name" in words(reader.post(IMPORT, form))
    looker = logged_in(member("looker", repository, MemberRole.CONTRIBUTOR, "view_prdplan"))
    assert looker.get(page_url(plan)).status_code == 200
    for url in (page_url(plan), page_url(plan, "apply"), page_url(plan, "discard"), IMPORT):
        assert looker.post(url, data).status_code == 403


def test_an_archived_repository_takes_no_import(
    console: Client, repository: Repository, writer: User, owner: User
) -> None:
    plan = plan_of(writer, repository, PLAN)
    update_repository(actor=owner, repository=repository, changes={"archived": True})
    assert not console.get(page_url(plan)).context["editable"]
    with nothing_written():
        assert "archived" in words(apply(console, plan))
        assert repository.name not in words(console.get(IMPORT))
