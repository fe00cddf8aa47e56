"""API tokens: what is stored of them, what their scope allows, when their use is noted."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.choices import TokenScope
from apps.accounts.models import ApiToken, User
from apps.accounts.services import issue_token, note_use, revoke_token
from apps.core.errors import InvalidInputError
from apps.repositories.models import Repository
from apps.tasks.models import Task
from tests.contracts import API, ClientOf, assert_problem, nothing_written
from tests.factories import UserFactory

pytestmark = pytest.mark.usefixtures("as_app")


def test_nothing_that_opens_anything_is_stored(owner: User) -> None:
    """Neither the secret nor more of it than its first characters, in the token or its history."""
    issued = issue_token(user=owner, scope=TokenScope.READ, name="laptop")
    assert len(issued.secret) == len("thub_") + 43
    record = ApiToken.objects.get()
    assert bytes(record.digest) == hashlib.sha256(issued.secret.encode()).digest()
    assert record.prefix == issued.secret[:12]
    with connection.cursor() as cursor:
        for table in ("api_tokens", "api_tokens_events"):
            cursor.execute(f"SELECT to_jsonb({table})::text FROM {table}")
            for (row,) in cursor.fetchall():
                assert issued.secret[12:] not in row
                assert (record.digest.hex() in row) == (table == "api_tokens")


def test_no_two_tokens_are_alike(owner: User) -> None:
    secrets = {issue_token(user=owner, scope=TokenScope.READ, name="x").secret for _ in range(20)}
    assert len(secrets) == 20


@pytest.mark.parametrize(
    ("scope", "reads", "writes"),
    [("read", 200, 403), ("write", 200, 201), ("admin", 200, 201)],
)
def test_scopes(
    owner: User, client_of: ClientOf, repository: Repository, scope: str, reads: int, writes: int
) -> None:
    client = client_of(owner, scope)
    body = {"repository": repository.name, "content": "Dig"}
    assert client.get(f"{API}/tasks", {"repository": repository.name}).status_code == reads
    assert client.post(f"{API}/tasks", body, format="json").status_code == writes


def test_scopes_include_the_ones_before() -> None:
    read, write, admin = TokenScope
    assert admin.includes(read)
    assert write.includes(write)
    assert not read.includes(write)
    assert not write.includes(admin)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_is_bearer(owner: User, scheme: str) -> None:
    secret = issue_token(user=owner, scope=TokenScope.READ, name="x").secret
    client = APIClient()
    address = f"{API}/repositories"
    assert client.get(address, HTTP_AUTHORIZATION=f"{scheme} {secret}").status_code == 200
    for other in (secret, f"Token {secret}", f"Basic {secret}", f"Bearer{secret}"):
        response = client.get(address, HTTP_AUTHORIZATION=other)
        assert_problem(response, 401, "not_authenticated")


def test_use_is_noted_at_most_once_a_minute(owner: User) -> None:
    token = issue_token(user=owner, scope=TokenScope.READ, name="x").record
    now = timezone.now()
    for seconds, expected in ((0, 0), (1, 0), (59, 0), (60, 60), (61, 60), (180, 180)):
        token = ApiToken.objects.get()
        note_use(token=token, now=now + timedelta(seconds=seconds))
        assert ApiToken.objects.get().last_used_at == now + timedelta(seconds=expected)


def test_use_makes_no_new_version_and_no_history(owner: User) -> None:
    issued = issue_token(user=owner, scope=TokenScope.READ, name="x")
    before = ApiToken.objects.get()
    assert before.last_used_at is None
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {issued.secret}")
    with nothing_written():
        assert client.get(f"{API}/repositories").status_code == 200
    after = ApiToken.objects.get()
    assert after.last_used_at is not None
    assert (after.version, after.updated_at) == (before.version, before.updated_at)


def test_a_refused_token_leaves_no_trace_of_use(owner: User) -> None:
    issued = issue_token(user=owner, scope=TokenScope.READ, name="x")
    revoke_token(token=issued.record)
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {issued.secret}")
    assert_problem(client.get(f"{API}/repositories"), 401, "not_authenticated")
    assert ApiToken.objects.get().last_used_at is None


def test_revoking_is_for_good_and_once(owner: User) -> None:
    token = issue_token(user=owner, scope=TokenScope.READ, name="x").record
    revoked = revoke_token(token=token)
    assert revoked.version == 2
    again = revoke_token(token=revoked)
    assert (again.revoked_at, again.version) == (revoked.revoked_at, 2)


@pytest.mark.parametrize("days", [0, -1, 3651, 10**30])
def test_days_have_bounds(owner: User, days: int) -> None:
    with nothing_written(), pytest.raises(InvalidInputError, match="1 to 3650"):
        issue_token(user=owner, scope=TokenScope.READ, name="x", days=days)


@pytest.mark.parametrize("name", ["", " ", "a\n", "x" * 256, "a\0", "a\udcff"])
def test_a_name_says_something(owner: User, name: str) -> None:
    with nothing_written(), pytest.raises(InvalidInputError, match="1 to 255"):
        issue_token(user=owner, scope=TokenScope.READ, name=name)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("scope", "admin"),
        ("digest", b"x" * 32),
        ("prefix", "thub_other"),
        ("expires_at", None),
    ],
)
def test_what_a_token_opens_is_fixed_when_it_is_issued(
    owner: User, column: str, value: Any
) -> None:
    """By the database, whoever writes."""
    token = issue_token(user=owner, scope=TokenScope.READ, name="x", days=1).record
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiToken.objects.filter(pk=token.pk).update(**{column: value})
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiToken.objects.filter(pk=token.pk).update(user=UserFactory())


def test_history_names_the_user_and_the_token(
    owner: User, client_of: ClientOf, repository: Repository
) -> None:
    client = client_of(owner)
    body = {"repository": repository.name, "content": "Dig"}
    answer = client.post(f"{API}/tasks", body, format="json")
    task: Any = Task.objects.get(pk=answer.json()["id"])
    assert task.events.get().pgh_context == {
        "actor": str(owner.pk),
        "actor_name": "owner",
        "name": "POST /api/v1/tasks",
        "request_id": answer["X-Request-ID"],
        "source": "api",
        "token": ApiToken.objects.get().prefix,
    }


def test_a_session_needs_its_csrf_token(owner: User, repository: Repository) -> None:
    """The console's cookie opens the API too, but no foreign page may use it."""
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(owner)
    body = {"repository": repository.name, "content": "Dig"}
    assert client.get(f"{API}/tasks", {"repository": repository.name}).status_code == 200
    with nothing_written():
        response = client.post(f"{API}/tasks", body, format="json")
    assert_problem(response, 403, "csrf_failed")


def test_a_token_goes_before_a_session(
    owner: User, outsider: User, client_of: ClientOf, repository: Repository
) -> None:
    client = client_of(outsider, "read")
    client.force_login(owner)
    response = client.get(f"{API}/tasks", {"repository": repository.name})
    assert_problem(response, 404, "not_found", "repository")
