"""A PRD takes a new text: its next revision, with what the parser found in it."""

from __future__ import annotations

from typing import Any

import pytest

from apps.accounts.models import User
from apps.core.errors import DomainError, ErrorCode
from apps.prds.models import PRD, PRDRevision
from apps.prds.services import read_document, store_prd, store_revision
from apps.repositories.models import Repository
from apps.repositories.services import update_repository
from tests.contracts import nothing_written
from tests.factories import deletion

OLD = "# Wörk\r\n\r\n## WK-1 Dig 🌱\r\n\r\nDepends on: WK-9\r\n"
NEW = "# Gärten\n\n## WK-1 Dig\n"
pytestmark = pytest.mark.usefixtures("as_app")


@pytest.fixture
def prd(owner: User, repository: Repository) -> PRD:
    return store_prd(
        actor=owner,
        repository=repository,
        filename="work.md",
        content=OLD,
        document=read_document(OLD),
    )


def store(actor: User, prd: PRD, content: str = NEW, **values: Any) -> PRD:
    return store_revision(
        actor=actor, prd=prd, content=content, document=read_document(content), **values
    )


def test_a_new_text_comes_with_its_reading(collaborator: User, prd: PRD) -> None:
    assert (prd.title, prd.parse_status) == ("Wörk", "partial")
    changed = store(collaborator, prd, expected_version=prd.version)
    assert (changed.content, changed.title, changed.revision) == (NEW, "Gärten", 2)
    assert (changed.parse_status, changed.parse_errors) == ("parsed", [])
    assert changed.version == prd.version + 1
    assert changed.parsed_at > prd.parsed_at
    kept = PRDRevision.objects.order_by("number").values_list("number", "content")
    assert list(kept) == [(1, OLD), (2, NEW)]


def test_notes_come_with_the_text_too(owner: User, prd: PRD) -> None:
    assert store(owner, store(owner, prd), OLD).parse_errors == prd.parse_errors != []


def test_a_text_without_a_title_has_the_filename(owner: User, prd: PRD) -> None:
    assert store(owner, prd, "No heading.").title == "work.md"


def test_the_same_text_is_no_write(owner: User, prd: PRD) -> None:
    with nothing_written():
        assert store(owner, prd, OLD).version == prd.version


def test_an_old_text_that_returns_is_a_revision(owner: User, prd: PRD) -> None:
    store(owner, prd)
    assert store(owner, prd, OLD).revision == 3


def test_a_stale_version_writes_nothing(owner: User, prd: PRD) -> None:
    store(owner, prd)
    with nothing_written(), pytest.raises(DomainError, match="version 2 by now, not 1") as error:
        store(owner, prd, "Third.", expected_version=1)
    assert error.value.code is ErrorCode.STALE_VERSION


def test_who_may_not_write_writes_nothing(viewer: User, outsider: User, prd: PRD) -> None:
    for actor in (viewer, outsider):
        with nothing_written(), pytest.raises(DomainError) as error:
            store(actor, prd)
        assert error.value.code is ErrorCode.PERMISSION_DENIED


def test_a_deleted_document_takes_no_text(owner: User, prd: PRD) -> None:
    PRD.objects.filter(pk=prd.pk).update(**deletion())
    with nothing_written(), pytest.raises(DomainError) as error:
        store(owner, prd)
    assert error.value.code is ErrorCode.NOT_FOUND


def test_an_archived_repository_takes_no_text(
    owner: User, repository: Repository, prd: PRD
) -> None:
    update_repository(actor=owner, repository=repository, changes={"archived": True})
    with nothing_written(), pytest.raises(DomainError) as error:
        store(owner, prd)
    assert error.value.code is ErrorCode.REPOSITORY_ARCHIVED
