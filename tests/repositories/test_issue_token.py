"""`manage.py issue_token`: the token on standard output and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import ApiToken, User
from apps.accounts.services import digest_of
from apps.repositories.models import Repository, TokenRepository
from tests.contracts import API, nothing_written

pytestmark = pytest.mark.usefixtures("as_app")

Issue = Callable[..., str]


@pytest.fixture
def issue(owner: User) -> Issue:
    """Runs the command for the owner; returns what it wrote on standard output."""

    def run(*arguments: str, user: str = owner.username) -> str:
        out, errors = StringIO(), StringIO()
        call_command("issue_token", user, *arguments, stdout=out, stderr=errors)
        assert errors.getvalue() == ""
        return out.getvalue()

    return run


def test_prints_the_token_and_nothing_else(issue: Issue, owner: User) -> None:
    """`TOKEN=$(manage.py issue_token …)` works."""
    printed = issue("--scope", "write", "--days", "7", "--name", "laptop")
    secret = printed.removesuffix("\n")
    assert secret.startswith("thub_")
    assert secret.isprintable()
    assert " " not in secret
    token = ApiToken.objects.get(digest=digest_of(secret))
    assert (token.user, token.scope, token.name) == (owner, "write", "laptop")
    assert token.expires_at is not None
    assert abs(token.expires_at - timezone.now() - timedelta(days=7)) < timedelta(minutes=1)
    client = APIClient(HTTP_AUTHORIZATION=f"Bearer {secret}")
    assert client.get(f"{API}/repositories").status_code == 200


def test_without_days_it_does_not_expire(issue: Issue) -> None:
    issue("--scope", "read")
    assert ApiToken.objects.get().expires_at is None


def test_binds_to_repositories(issue: Issue, repository: Repository) -> None:
    issue("--scope", "read", "--repository", repository.name, "--repository", repository.name)
    assert [link.repository for link in TokenRepository.objects.all()] == [repository]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--scope", "read", "--repository", "no/such"], "There is no repository 'no/such'."),
        (["--scope", "read", "--days", "0"], "Days must be from 1 to 3650."),
        (["--scope", "read", "--days", "-1"], "Days must be from 1 to 3650."),
        (["--scope", "read", "--days", "3651"], "Days must be from 1 to 3650."),
        (["--scope", "read", "--days", "9" * 30], "Days must be from 1 to 3650."),
        (["--scope", "read", "--days", "x"], "invalid int value"),
        (["--scope", "root"], "invalid choice"),
        ([], "--scope"),
        (["--scope", "read", "--name", ""], "1 to 255"),
        (["--scope", "read", "--name", "x" * 256], "1 to 255"),
        (["--scope", "read", "--name", "a\udcff"], "1 to 255"),
        (["--scope", "read", "--repository", "a\udcff"], "not UTF-8"),
    ],
)
def test_refuses_in_one_line(issue: Issue, arguments: list[str], message: str) -> None:
    with nothing_written(), pytest.raises(CommandError) as error:
        issue(*arguments)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["nobody", "", "OWNER"])
def test_an_unknown_user(issue: Issue, name: str) -> None:
    with nothing_written(), pytest.raises(CommandError, match="There is no user"):
        issue("--scope", "read", user=name)


def test_an_inactive_user(issue: Issue, owner: User) -> None:
    owner.is_active = False
    owner.save(update_fields=["is_active"])
    with nothing_written(), pytest.raises(CommandError, match="owner is not active"):
        issue("--scope", "read")


def test_history_says_which_command(issue: Issue) -> None:
    issue("--scope", "read")
    token: Any = ApiToken.objects.get()
    event = token.events.get()
    assert event.pgh_context["source"] == "command"
    assert event.pgh_context["name"] == "issue_token"
