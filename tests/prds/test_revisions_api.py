"""The texts of a PRD over the API: the one of now, those that there were, what differs."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core.context import Source, acting
from apps.core.ids import uuid7
from apps.prds.models import PRD
from apps.prds.services import read_document, store_revision
from apps.repositories.models import Repository
from tests.contracts import API, assert_problem
from tests.contracts.answers import ClientOf, outline, query_count
from tests.factories import PRDFactory, create, deletion

FIRST = "# Gärten\r\n\r\nWasser 🌱\r\n"
SECOND = "# Gärten\n\nWasser 🌱\n\nLicht\n"
PATHS = ("content", "revisions", "revisions/1", "revisions/1/diff")
pytestmark = pytest.mark.usefixtures("as_app")


@pytest.fixture
def prd(repository: Repository) -> PRD:
    """Written past TaskHub: no context says by whom."""
    made: PRD = create(PRDFactory, repository=repository, content=FIRST)
    return made


def address(prd: Any, tail: str) -> str:
    return f"{API}/prds/{getattr(prd, 'pk', prd)}/{tail}"


def rewrite(prd: PRD, content: str, actor: User) -> PRD:
    with acting(source=Source.COMMAND, name="rewrite", actor=actor):
        return store_revision(
            actor=actor, prd=prd, content=content, document=read_document(content)
        )


def test_the_text_of_now(api: APIClient, owner: User, prd: PRD) -> None:
    got = api.get(address(prd, "content"))
    assert got["Content-Type"] == "text/markdown; charset=utf-8"
    assert got.content == FIRST.encode()
    again = api.get(address(prd, "content"), HTTP_IF_NONE_MATCH=got["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    rewrite(prd, SECOND, owner)
    changed = api.get(address(prd, "content"), HTTP_IF_NONE_MATCH=got["ETag"])
    assert (changed.status_code, changed.content) == (200, SECOND.encode())
    stale = api.get(address(prd, "content"), HTTP_IF_MATCH=got["ETag"])
    assert_problem(stale, 412, "precondition_failed", "If-Match")


@pytest.mark.parametrize("accept", ["text/markdown", "text/*", "*/*"])
def test_the_text_is_markdown(api: APIClient, prd: PRD, accept: str) -> None:
    assert api.get(address(prd, "content"), HTTP_ACCEPT=accept).status_code == 200


def test_the_text_is_no_json(api: APIClient, prd: PRD) -> None:
    refused = api.get(address(prd, "content"), HTTP_ACCEPT="application/json")
    assert_problem(refused, 406, "not_acceptable")


def test_the_list_says_when_and_by_whom(
    api: APIClient, owner: User, collaborator: User, prd: PRD
) -> None:
    rewrite(prd, SECOND, collaborator)
    collaborator.username = "renamed"
    collaborator.save(update_fields=["username"])
    page = api.get(address(prd, "revisions")).json()
    newest, oldest = page["results"]
    assert page["next"] is None
    assert newest == {
        "number": 2,
        "content_hash": hashlib.sha256(SECOND.encode()).hexdigest(),
        "size": len(SECOND.encode()),
        "created_at": newest["created_at"],
        "actor": {"id": str(collaborator.pk), "name": "collaborator"},
    }
    assert (oldest["number"], oldest["size"]) == (1, len(FIRST.encode()))
    assert oldest["actor"] is None
    assert oldest["created_at"] < newest["created_at"]


def test_an_import_over_the_api_names_its_caller(
    collaborator: User, client_of: ClientOf, repository: Repository
) -> None:
    api = client_of(collaborator)
    body = {"repository": repository.name, "filename": "a.md", "content": SECOND * 5}
    made = api.post(f"{API}/prd/import", body).json()
    (only,) = api.get(address(made["prd_id"], "revisions")).json()["results"]
    assert only["actor"] == {"id": str(collaborator.pk), "name": "collaborator"}


def test_the_list_is_walked(api: APIClient, owner: User, prd: PRD) -> None:
    for n in range(4):
        rewrite(prd, f"Text {n}.", owner)
    for limit in (1, 2, 5, 200):
        numbers, parameters = [], {"limit": limit}
        while True:
            page = api.get(address(prd, "revisions"), parameters).json()
            assert len(page["results"]) <= limit
            numbers += [row["number"] for row in page["results"]]
            if page["next"] is None:
                break
            parameters = {"limit": limit, "cursor": page["next"]}
        assert numbers == [5, 4, 3, 2, 1]


def test_many_revisions_take_as_many_statements_as_few(
    api: APIClient, owner: User, prd: PRD
) -> None:
    few = query_count(api, address(prd, "revisions"), {"limit": 200})
    for n in range(20):
        rewrite(prd, f"Text {n}.", owner)
    assert query_count(api, address(prd, "revisions"), {"limit": 200}) == few <= 10


def test_a_cursor_belongs_to_its_document(api: APIClient, owner: User, prd: PRD) -> None:
    rewrite(prd, SECOND, owner)
    cursor = api.get(address(prd, "revisions"), {"limit": 1}).json()["next"]
    other = PRDFactory(repository=prd.repository)
    refused = api.get(address(other, "revisions"), {"cursor": cursor})
    assert_problem(refused, 400, "invalid_cursor", "cursor")


def test_a_revision_has_its_text_for_ever(api: APIClient, owner: User, prd: PRD) -> None:
    before = api.get(address(prd, "revisions/1"))
    rewrite(prd, SECOND, owner)
    after = api.get(address(prd, "revisions/1"))
    assert after.json() == before.json()
    assert after.json()["content"] == FIRST
    assert api.get(address(prd, "revisions/1"), HTTP_IF_NONE_MATCH=after["ETag"]).status_code == 304
    assert api.get(address(prd, "revisions/2")).json()["content"] == SECOND


def test_the_difference_to_the_revision_before(api: APIClient, owner: User, prd: PRD) -> None:
    rewrite(prd, SECOND, owner)
    got = api.get(address(prd, "revisions/2/diff"))
    assert got.json() == {
        "from_revision": 1,
        "to_revision": 2,
        "added": 2,
        "removed": 0,
        "line_ends_changed": True,
        "coarse": False,
        "truncated": False,
        "hunks": [
            {
                "lines": [
                    {"kind": "same", "from_line": 1, "to_line": 1, "text": "# Gärten"},
                    {"kind": "same", "from_line": 2, "to_line": 2, "text": ""},
                    {"kind": "same", "from_line": 3, "to_line": 3, "text": "Wasser 🌱"},
                    {"kind": "added", "from_line": None, "to_line": 4, "text": ""},
                    {"kind": "added", "from_line": None, "to_line": 5, "text": "Licht"},
                ]
            }
        ],
    }
    tag = got["ETag"]
    again = api.get(address(prd, "revisions/2/diff"), HTTP_IF_NONE_MATCH=tag)
    assert again.status_code == 304


def test_any_two_revisions_can_be_compared(api: APIClient, owner: User, prd: PRD) -> None:
    rewrite(prd, SECOND, owner)
    rewrite(prd, "Neu.", owner)
    back = api.get(address(prd, "revisions/1/diff"), {"from": 3}).json()
    assert (back["from_revision"], back["to_revision"]) == (3, 1)
    assert (back["added"], back["removed"]) == (3, 1)
    same = api.get(address(prd, "revisions/2/diff"), {"from": "2"}).json()
    assert (same["hunks"], same["added"], same["line_ends_changed"]) == ([], 0, False)


def test_the_first_revision_is_all_new(api: APIClient, prd: PRD) -> None:
    body = api.get(address(prd, "revisions/1/diff")).json()
    assert (body["from_revision"], body["added"], body["removed"]) == (None, 3, 0)


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5", "٣", "01" * 6, "1e3"])
def test_from_is_a_number(api: APIClient, prd: PRD, number: str) -> None:
    refused = api.get(address(prd, "revisions/1/diff"), {"from": number})
    assert_problem(refused, 400, "invalid_parameter", "from")


def test_a_revision_that_there_never_was(api: APIClient, prd: PRD) -> None:
    assert_problem(api.get(address(prd, "revisions/2")), 404, "not_found")
    assert_problem(api.get(address(prd, "revisions/2/diff")), 404, "not_found")
    refused = api.get(address(prd, "revisions/1/diff"), {"from": 999_999_999})
    assert_problem(refused, 404, "not_found", "from")
    for tail in ("revisions/0", "revisions/x", "revisions/9999999999", "revisions/01"):
        assert_problem(api.get(address(prd, tail)), 404, "not_found")


@pytest.mark.parametrize("path", PATHS)
def test_a_viewer_may_read_and_an_outsider_learns_nothing(
    viewer: User, outsider: User, client_of: ClientOf, prd: PRD, path: str
) -> None:
    assert client_of(viewer, "read").get(address(prd, path)).status_code == 200
    stranger = client_of(outsider)
    hidden = stranger.get(address(prd, path))
    assert_problem(hidden, 404, "not_found")
    assert outline(hidden) == outline(stranger.get(address(uuid7(), path)))
    assert_problem(APIClient().get(address(prd, path)), 401, "not_authenticated")


@pytest.mark.parametrize("path", PATHS)
def test_what_is_asked_for_must_make_sense(api: APIClient, prd: PRD, path: str) -> None:
    refused = api.get(address(prd, path), {"form": "x"})
    assert_problem(refused, 400, "unknown_parameter", "form")
    assert_problem(api.post(address(prd, path), {}), 405, "method_not_allowed")
    PRD.objects.filter(pk=prd.pk).update(**deletion())
    assert_problem(api.get(address(prd, path)), 404, "not_found")
