"""Documents are kept with their hash and every revision, and shown without their text."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core.errors import DomainError, ErrorCode, InvalidInputError
from apps.prds.complexity import score_document
from apps.prds.models import PRD, PRDRevision
from apps.prds.services import check_filename, read_document, store_prd
from apps.repositories.models import Repository
from tests.contracts import API, assert_problem, nothing_written
from tests.factories import MemberFactory, PRDFactory, create, deletion

PRDS = f"{API}/prds"
TEXT = "# Wörk\r\n\r\n## WK-1 Dig 🌱\r\n\r\nEstimate: 2 h\r\n"
pytestmark = pytest.mark.usefixtures("as_app")


def store(owner: User, repository: Repository, **values: Any) -> PRD:
    """Store a document."""
    content = values.setdefault("content", TEXT)
    return store_prd(
        actor=owner,
        repository=repository,
        document=read_document(content),
        **{"filename": "work.md", **values},
    )


def sha256(text: str) -> str:
    """As hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def test_what_is_kept_is_what_was_sent(owner: User, repository: Repository) -> None:
    prd = store(owner, repository)
    assert (prd.content, prd.title, prd.revision) == (TEXT, "Wörk", 1)
    assert prd.content_hash == sha256(TEXT)
    assert prd.parse_status == "parsed"
    revision = PRDRevision.objects.get()
    assert (revision.prd, revision.number) == (prd, 1)
    assert (revision.content, revision.content_hash) == (TEXT, sha256(TEXT))


def test_a_new_text_is_a_new_revision_whoever_writes_it(repository: Repository) -> None:
    prd = create(PRDFactory, repository=repository, content="one")
    PRD.objects.filter(pk=prd.pk).update(content="two", revision=7, content_hash="x")
    PRD.objects.filter(pk=prd.pk).update(title="Other", revision=9, content_hash="y")
    prd.refresh_from_db()
    assert (prd.revision, prd.content_hash, prd.version) == (2, sha256("two"), 3)
    kept = PRDRevision.objects.order_by("number").values_list("number", "content", "content_hash")
    assert list(kept) == [(1, "one", sha256("one")), (2, "two", sha256("two"))]


def test_a_revision_is_neither_written_nor_changed_by_hand(repository: Repository) -> None:
    prd = create(PRDFactory, repository=repository)
    with nothing_written():
        for write in (
            lambda: PRDRevision.objects.create(prd=prd, number=2, content="x", content_hash="y"),
            lambda: PRDRevision.objects.update(content="x"),
            lambda: PRDRevision.objects.all().delete(),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                write()


def test_a_document_without_a_title_has_its_filename(owner: User, repository: Repository) -> None:
    assert store(owner, repository, content="No heading at all.").title == "work.md"


def test_a_filename_is_taken_once_among_live_documents(owner: User, repository: Repository) -> None:
    prd = store(owner, repository)
    with nothing_written(), pytest.raises(DomainError, match="already") as error:
        store(owner, repository, content="Other.")
    assert error.value.code is ErrorCode.ALREADY_EXISTS
    PRD.objects.filter(pk=prd.pk).update(**deletion())
    assert store(owner, repository).pk != prd.pk


@pytest.mark.parametrize("filename", ["", "x" * 256, "a\nb", "a\0", "a\udcff", "\u200b"])
def test_a_filename_is_printable(filename: str) -> None:
    with pytest.raises(InvalidInputError, match="1 to 255 printable"):
        check_filename(filename)


@pytest.mark.parametrize("filename", ["a", "ü b.md", "x" * 255, "docs/a.md", "🌱"])
def test_a_filename_that_will_do(filename: str) -> None:
    check_filename(filename)


def test_a_viewer_stores_nothing(repository: Repository) -> None:
    viewer = MemberFactory(repository=repository, role="viewer").user
    with nothing_written(), pytest.raises(DomainError) as error:
        store(viewer, repository)
    assert error.value.code is ErrorCode.PERMISSION_DENIED


def test_the_api_shows_everything_but_the_text(
    api: APIClient, owner: User, repository: Repository
) -> None:
    prd = store(owner, repository)
    body = api.get(f"{PRDS}/{prd.pk}").json()
    assert body == {
        "id": str(prd.pk),
        "repository": "acme/rocket",
        "filename": "work.md",
        "title": "Wörk",
        "content_hash": sha256(TEXT),
        "status": "active",
        "parse_status": "parsed",
        "parse_errors": [],
        "parsed_at": body["parsed_at"],
        "parser_version": prd.parser_version,
        "task_count": 0,
        "complexity_score": body["complexity_score"],
        "complexity_level": "simple",
        "complexity_version": "cx-1",
        "metadata": {},
        "revision": 1,
        "created_at": body["created_at"],
        "updated_at": body["updated_at"],
        "version": 1,
    }
    assert body["complexity_score"] == score_document(TEXT).score > 0
    listed = api.get(PRDS, {"repository": repository.name}).json()["results"]
    assert listed == [body]


def test_a_list_does_not_read_the_texts(api: APIClient, repository: Repository) -> None:
    PRDFactory(repository=repository)
    with CaptureQueriesContext(connection) as queries:
        api.get(PRDS, {"repository": repository.name})
    assert not [q["sql"] for q in queries if '"prds"."content"' in q["sql"]]


def test_deleted_documents_are_hidden(api: APIClient, repository: Repository) -> None:
    prd = PRDFactory(repository=repository, **deletion())
    assert_problem(api.get(f"{PRDS}/{prd.pk}"), 404, "not_found")
    assert api.get(PRDS, {"repository": repository.name}).json()["results"] == []


@pytest.mark.parametrize(("status", "expected"), [("draft", 1), ("active", 0), ("archived", 0)])
def test_a_list_narrows_by_status(
    api: APIClient, repository: Repository, status: str, expected: int
) -> None:
    PRDFactory(repository=repository, status="draft")
    parameters = {"repository": repository.name, "status": status}
    assert len(api.get(PRDS, parameters).json()["results"]) == expected
    response = api.get(PRDS, {**parameters, "status": "done"})
    assert_problem(response, 400, "invalid_parameter", "status")
