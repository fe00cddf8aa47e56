"""The history of PRDs over the API. Their texts are in the revisions; events name them by hash."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core.context import Source, acting
from apps.core.ids import uuid7
from apps.prds.models import PRD
from apps.prds.services import delete_prd, restore_prd
from apps.repositories.models import Repository
from tests.contracts import API, assert_problem
from tests.contracts.answers import ClientOf, outline, query_count
from tests.factories import PRDFactory, create

pytestmark = pytest.mark.django_db


@pytest.fixture
def prd(repository: Repository) -> PRD:
    made: PRD = create(PRDFactory, repository=repository, title="Garden")
    return made


def address(prd: Any) -> str:
    return f"{API}/prds/{getattr(prd, 'pk', prd)}"


def retitle(prd: PRD, title: str, owner: User) -> None:
    with acting(source=Source.COMMAND, name="retitle", actor=owner, reason="Clearer"):
        PRD.objects.filter(pk=prd.pk).update(title=title)


def test_tells_each_change_and_shows_each_instant(api: APIClient, owner: User, prd: PRD) -> None:
    shown = [api.get(address(prd)).json()]
    for title in ("Kitchen garden", "Orchard"):
        retitle(prd, title, owner)
        shown.append(api.get(address(prd)).json())
    entries = api.get(f"{address(prd)}/history").json()["results"]
    assert [entry["operation"] for entry in entries] == ["updated", "updated", "created"]
    assert entries[0]["changes"] == [
        {"field": "title", "before": "Kitchen garden", "after": "Orchard"}
    ]
    assert (entries[0]["actor"]["name"], entries[0]["reason"]) == ("owner", "Clearer")
    for entry, then in zip(reversed(entries), shown, strict=True):
        past = api.get(address(prd), {"as_of": entry["at"]}).json()
        assert past == {**then, "task_count": None}


def test_a_new_text_is_told_by_its_hash_and_revision(api: APIClient, prd: PRD) -> None:
    PRD.objects.filter(pk=prd.pk).update(content="# Another garden\n")
    changes = api.get(f"{address(prd)}/history").json()["results"][0]["changes"]
    told = {change["field"]: change["after"] for change in changes}
    now = api.get(address(prd)).json()
    assert told == {"content_hash": now["content_hash"], "revision": 2}


def test_outlives_the_document(api: APIClient, owner: User, prd: PRD) -> None:
    before = timezone.now().isoformat()
    delete_prd(actor=owner, prd=prd)
    deleted = timezone.now().isoformat()
    assert api.get(address(prd), {"as_of": before}).json()["title"] == "Garden"
    assert_problem(api.get(address(prd), {"as_of": deleted}), 404, "not_found")
    restore_prd(actor=owner, prd=prd)
    PRD.all_objects.filter(pk=prd.pk).delete()
    entries = api.get(f"{address(prd)}/history").json()["results"]
    operations = [entry["operation"] for entry in entries]
    assert operations == ["removed", "restored", "deleted", "created"]
    assert api.get(address(prd), {"as_of": before}).json()["title"] == "Garden"


def test_is_seen_by_who_sees_the_repository(outsider: User, client_of: ClientOf, prd: PRD) -> None:
    stranger = client_of(outsider)
    for path in ("/history", f"?as_of={timezone.now():%Y-%m-%dT%H:%M:%SZ}"):
        hidden = stranger.get(address(prd) + path)
        assert_problem(hidden, 404, "not_found")
        assert outline(hidden) == outline(stranger.get(address(uuid7()) + path))


def test_takes_as_many_statements_for_many_entries(api: APIClient, owner: User, prd: PRD) -> None:
    few = query_count(api, f"{address(prd)}/history", {"limit": 200})
    for number in range(20):
        retitle(prd, f"Garden {number}", owner)
    assert query_count(api, f"{address(prd)}/history", {"limit": 200}) == few
