"""Writes of accounts: people, their passwords and rights; issuing and revoking tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import Permission
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.core.errors import DomainError, ErrorCode, InvalidInputError
from apps.core.services import check_version, write_fields

from .choices import TokenScope
from .models import ApiToken, User

TOKEN_MARK = "thub_"  # noqa: S105  (marks our tokens for secret scanners, is none itself)
VISIBLE_CHARACTERS = 12
LAST_USE_RESOLUTION = timedelta(minutes=1)
LONGEST_VALIDITY_DAYS = 3650
LONGEST_NAME = 255
RIGHTS = ("is_staff", "is_superuser", "user_permissions")


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token with its secret, which exists nowhere else."""

    record: ApiToken
    secret: str


def has_more_rights(user: User, than: User) -> bool:
    """Whether `user` may do what `than` may not: the rank that decides who changes whom.

    A switched-off account keeps its rank: who could change it could switch it on again.
    """
    if than.is_superuser or user.pk == than.pk:
        return False
    return user.is_superuser or not _permissions(user) <= _permissions(than)


def _permissions(user: User) -> set[int]:
    # Not `get_all_permissions`, which is empty for an inactive user.
    found = Permission.objects.filter(Q(user=user) | Q(group__user=user))
    return set(found.values_list("pk", flat=True))


@transaction.atomic
def create_user(*, actor: User, values: Mapping[str, Any], password: str | None) -> User:
    """A new account; without a `password` nobody can log in to it.

    Raises `DomainError` (`permission_denied`) for rights that only a superuser hands out. A taken
    username is an IntegrityError.
    """
    _check_rights(actor, values)
    fields = dict(values)
    permissions = fields.pop("user_permissions", ())
    user = User(**fields)
    user.set_password(password)
    user.save(force_insert=True)
    user.user_permissions.set(permissions)
    user.refresh_from_db()
    return user


@transaction.atomic
def update_user(
    *, actor: User, user: User, changes: Mapping[str, Any], expected_version: int | None = None
) -> User:
    """Apply `changes`; rights (`is_staff`, `is_superuser`, `user_permissions`) as a superuser.

    Raises `DomainError`: `stale_version`; `permission_denied` for rights, and for an account that
    has more of them than the actor's.
    """
    locked = _lock(actor, user)
    check_version(locked, expected_version)
    _check_rights(actor, changes)
    fields = dict(changes)
    permissions = fields.pop("user_permissions", None)
    if permissions is not None:
        locked.user_permissions.set(permissions)
    return write_fields(locked, fields)


@transaction.atomic
def set_password(*, actor: User, user: User, password: str | None) -> User:
    """Give `user` a password, or none that works. Its quality is checked by the caller's form.

    One's own, or as a superuser: whoever sets a password can log in with all that it opens.
    Raises `DomainError` (`permission_denied`).
    """
    locked = _lock(actor, user)
    if not actor.is_superuser and actor.pk != locked.pk:
        raise DomainError(
            ErrorCode.PERMISSION_DENIED, "Only a superuser sets another person's password."
        )
    locked.set_password(password)
    locked.save(update_fields=["password"])
    locked.refresh_from_db()
    return locked


def _lock(actor: User, user: User) -> User:
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if has_more_rights(locked, than=actor):
        raise DomainError(
            ErrorCode.PERMISSION_DENIED,
            "This account has more rights than yours. Only a superuser may change it.",
        )
    return locked


def _check_rights(actor: User, values: Mapping[str, Any]) -> None:
    if not actor.is_superuser and any(name in values for name in RIGHTS):
        raise DomainError(ErrorCode.PERMISSION_DENIED, "Only a superuser hands out rights.")


def digest_of(secret: str) -> bytes:
    """What is stored of a secret. Fast on purpose: it holds 256 random bits, nothing to guess."""
    return hashlib.sha256(secret.encode()).digest()


@transaction.atomic
def issue_token(
    *, user: User, scope: TokenScope, name: str, days: int | None = None
) -> IssuedToken:
    """Make a token for `user` that expires after `days` (never, when None).

    Raises `InvalidInputError` for an inactive user, for days outside 1-3650 and for a name that
    does not have 1 to 255 printable characters.
    """
    if not user.is_active:
        raise InvalidInputError("/user", f"The user {user.username} is not active.")
    if days is not None and not 1 <= days <= LONGEST_VALIDITY_DAYS:
        raise InvalidInputError("/days", f"Days must be from 1 to {LONGEST_VALIDITY_DAYS}.")
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        rule = f"A token's name has 1 to {LONGEST_NAME} printable characters."
        raise InvalidInputError("/name", rule)
    secret = TOKEN_MARK + secrets.token_urlsafe(32)
    record = ApiToken.objects.create(
        user=user,
        name=name,
        prefix=secret[:VISIBLE_CHARACTERS],
        digest=digest_of(secret),
        scope=scope,
        expires_at=None if days is None else timezone.now() + timedelta(days=days),
    )
    return IssuedToken(record, secret)


@transaction.atomic
def revoke_token(*, token: ApiToken) -> ApiToken:
    """End `token` for good; again is no change."""
    locked = ApiToken.objects.select_for_update().get(pk=token.pk)
    if locked.revoked_at is None:
        locked.revoked_at = timezone.now()
        locked.save(update_fields=["revoked_at"])
        locked.refresh_from_db()
    return locked


def note_use(*, token: ApiToken, now: datetime) -> None:
    """Remember that `token` was used, at most once a minute: not every read should write."""
    if token.last_used_at is None or now - token.last_used_at >= LAST_USE_RESOLUTION:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
