"""The only writers of PRDs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.deletion import Batch
from apps.core.errors import (
    DomainError,
    ErrorCode,
    FieldError,
    InvalidInputError,
    NotFoundError,
)
from apps.core.services import check_version, write_fields
from apps.repositories.choices import MemberRole
from apps.repositories.deletion import delete_record, purge_record, restore_record
from apps.repositories.models import Repository
from apps.repositories.visibility import require_active, require_role

from .choices import ParseStatus
from .complexity import Complexity, as_columns, from_columns, is_same, score_document
from .live_text import strip_status_lines
from .models import PRD
from .parser import (
    PARSER_VERSION,
    DocumentError,
    Note,
    ParsedDocument,
    check_text,
    parse_document,
)

LONGEST_FILENAME = 255
LONGEST_TITLE = 1000


def read_document(content: str) -> ParsedDocument:
    """The parsed `content`. Raises `DomainError` that says what is wrong with it.

    `payload_too_large` over 2 MiB, `invalid_document` for everything else.
    """
    with _refusing_documents():
        check_text(content)
        return parse_document(content)


def without_status_lines(content: str) -> str:
    """`content` as it was before an export wrote the status of tasks into it.

    Raises as `read_document`.
    """
    with _refusing_documents():
        check_text(content)
    return strip_status_lines(content)


@contextmanager
def _refusing_documents() -> Iterator[None]:
    try:
        yield
    except DocumentError as error:
        too_large = error.code == "too_large"
        raise DomainError(
            ErrorCode.PAYLOAD_TOO_LARGE if too_large else ErrorCode.INVALID_DOCUMENT,
            str(error),
            [FieldError("/content", error.code, str(error))],
        ) from error


def check_filename(filename: str) -> None:
    """Raise `InvalidInputError` unless `filename` has 1 to 255 printable characters."""
    if not 1 <= len(filename) <= LONGEST_FILENAME or not filename.isprintable():
        raise InvalidInputError("/filename", "A filename has 1 to 255 printable characters.")


@transaction.atomic
def store_prd(
    *, actor: User, repository: Repository, filename: str, content: str, document: ParsedDocument
) -> PRD:
    """Keep a new document, its first revision and what the parser found.

    Raises `DomainError`: `already_exists` when the repository has a live PRD of this filename,
    `permission_denied`, `repository_archived`; `InvalidInputError` for the filename.
    """
    check_filename(filename)
    require_role(repository, actor, MemberRole.CONTRIBUTOR)
    require_active(repository)
    if PRD.objects.filter(repository=repository, filename=filename).exists():
        detail = (
            f"The repository {repository.name} has a PRD {filename!r} already. "
            "Import it under another filename."
        )
        raise InvalidInputError("/filename", detail, code=ErrorCode.ALREADY_EXISTS)
    prd: PRD = PRD.objects.create(
        repository=repository,
        filename=filename,
        **_text_fields(filename, content, document),
    )
    prd.refresh_from_db()
    return prd


@transaction.atomic
def store_revision(
    *,
    actor: User,
    prd: PRD,
    content: str,
    document: ParsedDocument,
    expected_version: int | None = None,
) -> PRD:
    """Give a live document a new text, its next revision, and what the parser found in it.

    The text that it has already is no write. Raises `DomainError`: `not_found` when it was deleted
    meanwhile, `permission_denied`, `repository_archived`, `stale_version`.
    """
    locked: PRD | None = (
        PRD.objects.select_related("repository")
        # Not the stronger FOR UPDATE: new tasks, whose foreign key points here, would wait for it.
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=prd.pk)
        .first()
    )
    if locked is None:
        raise NotFoundError("The PRD does not exist (any more).")
    require_role(locked.repository, actor, MemberRole.CONTRIBUTOR)
    require_active(locked.repository)
    check_version(locked, expected_version)
    if content == locked.content:
        return locked
    return write_fields(locked, _text_fields(locked.filename, content, document))


def delete_prd(*, actor: User, prd: PRD, expected_version: int | None = None) -> Batch:
    """Hide a live document, its live tasks and those below them. Its filename is free again.

    Raises as `repositories.deletion.delete_record`.
    """
    return delete_record(actor=actor, record=prd, expected_version=expected_version)


def restore_prd(*, actor: User, prd: PRD, expected_version: int | None = None) -> Batch:
    """Bring back a deleted document and everything that was deleted in the same batch with it.

    Raises as `repositories.deletion.restore_record`.
    """
    return restore_record(actor=actor, record=prd, expected_version=expected_version)


def purge_prd(*, actor: User, prd: PRD) -> dict[str, int]:
    """Delete for good what was deleted in a document's batch, revisions too; the rows by table.

    Raises as `repositories.deletion.purge_record`.
    """
    return purge_record(actor=actor, record=prd)


def _text_fields(filename: str, content: str, document: ParsedDocument) -> dict[str, Any]:
    return {
        "title": (document.title or filename)[:LONGEST_TITLE],
        "content": content,
        "parse_status": ParseStatus.PARTIAL if document.notes else ParseStatus.PARSED,
        "parse_errors": describe_notes(document.notes),
        "parsed_at": timezone.now(),
        "parser_version": PARSER_VERSION,
        **complexity_columns(score_document(content)),
    }


def complexity_of(prd: PRD) -> dict[str, Any]:
    """The score of a document as it is kept, with its factors; of one that has none, made now."""
    kept = prd.complexity_version, prd.complexity_factors
    if prd.complexity_score is not None and all(kept):
        return from_columns(prd.complexity_score, *kept)
    return asdict(score_document(prd.content))


@transaction.atomic
def rescore_prds(ids: Collection[UUID]) -> list[tuple[PRD, dict[str, Any]]]:
    """Bring the kept scores of these documents up to date, under the locks of their rows.

    Those that get another one, as they were, each with what was written.
    """
    found: list[tuple[PRD, dict[str, Any]]] = []
    for prd in PRD.all_objects.filter(pk__in=ids).order_by("pk"):
        score = score_document(prd.content)
        if not is_same(score, prd.complexity_version, prd.complexity_factors):
            columns = complexity_columns(score)
            PRD.all_objects.filter(pk=prd.pk).update(**columns)
            found.append((prd, columns))
    return found


def complexity_columns(found: Complexity) -> dict[str, Any]:
    """What a PRD keeps of its score."""
    return {"complexity_level": found.level, **as_columns(found)}


def describe_notes(notes: Sequence[Note]) -> list[dict[str, Any]]:
    """What the parser could not resolve, as JSON: code, message, line."""
    return [{"code": note.code, "message": note.message, "line": note.line} for note in notes]
