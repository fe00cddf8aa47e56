"""Writes of accounts: issuing and revoking tokens, the first operator."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from apps.core.errors import InvalidInputError

from .choices import TokenScope
from .models import ApiToken, User

TOKEN_MARK = "thub_"  # noqa: S105  (marks our tokens for secret scanners, is none itself)
VISIBLE_CHARACTERS = 12
LAST_USE_RESOLUTION = timedelta(minutes=1)
LONGEST_VALIDITY_DAYS = 3650
LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token with its secret, which exists nowhere else."""

    record: ApiToken
    secret: str


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
