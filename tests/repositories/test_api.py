"""Repositories: names, members, archiving."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository, RepositoryMember
from tests.contracts import API, ClientOf, assert_problem, nothing_written
from tests.factories import MemberFactory, RepositoryFactory, UserFactory

REPOSITORIES = f"{API}/repositories"
pytestmark = pytest.mark.usefixtures("as_app")


def patch(client: APIClient, repository: Repository, **body: Any) -> Any:
    """PATCH the repository."""
    return client.patch(f"{REPOSITORIES}/{repository.pk}", body, format="json")


def test_whoever_creates_a_repository_maintains_it(client_of: ClientOf) -> None:
    """Also somebody who was a member of none before."""
    user = UserFactory()
    client = client_of(user)
    body = client.post(REPOSITORIES, {"name": "a"}, format="json").json()
    member = RepositoryMember.objects.get(repository_id=body["id"])
    assert (member.user, member.role) == (user, MemberRole.MAINTAINER)
    assert body == {
        "id": body["id"],
        "name": "a",
        "description": "",
        "settings": {},
        "archived_at": None,
        "created_at": body["created_at"],
        "updated_at": body["updated_at"],
        "version": 1,
    }


@pytest.mark.parametrize(
    "name", ["a", "Z", "0", "-", "...", "a/b", "a//b/", "A.b_c-d/e", "x" * 255, "../.."]
)
def test_a_valid_name(api: APIClient, name: str) -> None:
    response = api.post(REPOSITORIES, {"name": name}, format="json")
    assert response.status_code == 201
    listed = api.get(f"{API}/tasks", {"repository": name})
    assert (listed.status_code, listed.json()["results"]) == (200, [])


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("", "blank"),
        (" ", "blank"),
        ("\n", "blank"),
        ("a\n", "invalid"),
        ("\na", "invalid"),
        ("a\r\n", "invalid"),
        ("a\u2028", "invalid"),
        ("a b", "invalid"),
        (" a", "invalid"),
        ("grün", "invalid"),
        ("a\u0301", "invalid"),
        ("\u0430", "invalid"),
        ("٣", "invalid"),
        ("a@b", "invalid"),
        ("a:b", "invalid"),
        ("a\\b", "invalid"),
        ("a%2Fb", "invalid"),
        ("<a>", "invalid"),
        ("🌱", "invalid"),
        ("a\0", "nul_character"),
        ("x" * 256, "max_length"),
        (None, "null"),
        (5, "invalid"),
        (["a"], "invalid"),
        (True, "invalid"),
    ],
    ids=lambda value: ascii(value)[:30],
)
def test_an_invalid_name(api: APIClient, name: Any, rule: str) -> None:
    with nothing_written():
        response = api.post(REPOSITORIES, {"name": name}, format="json")
    assert_problem(response, 400, "invalid_request", "/name", rule=rule)


def test_a_name_is_needed(api: APIClient) -> None:
    with nothing_written():
        response = api.post(REPOSITORIES, {"description": "x"}, format="json")
    assert_problem(response, 400, "invalid_request", "/name", rule="required")


@pytest.mark.parametrize("seen", [True, False])
def test_a_name_is_given_once(api: APIClient, repository: Repository, seen: bool) -> None:
    """The answer to a name that only others see says that it is taken, and no more."""
    name = repository.name if seen else RepositoryFactory(description="secret").name
    with nothing_written():
        response = api.post(REPOSITORIES, {"name": name}, format="json")
    problem = assert_problem(response, 409, "already_exists", "/name", rule="already_exists")
    assert "secret" not in str(problem)


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("settings", [], "not_an_object"),
        ("settings", "{}", "not_an_object"),
        ("settings", None, "null"),
        ("settings", 1, "not_an_object"),
        ("description", None, "null"),
        ("description", 5, "invalid"),
        ("description", "x" * 10_001, "max_length"),
        ("archived_at", "2026-01-01T00:00:00Z", "unknown_field"),
    ],
)
def test_a_wrong_value(
    api: APIClient, repository: Repository, field: str, value: Any, rule: str
) -> None:
    with nothing_written():
        created = api.post(REPOSITORIES, {"name": "a", field: value}, format="json")
        changed = patch(api, repository, **{field: value})
    for response in (created, changed):
        assert_problem(response, 400, "invalid_request", f"/{field}", rule=rule)


def test_a_name_does_not_change(api: APIClient, repository: Repository) -> None:
    with nothing_written():
        response = patch(api, repository, name="other")
    assert_problem(response, 400, "invalid_request", "/name", rule="unknown_field")


def test_a_bound_token_makes_no_repository(
    owner: User, repository: Repository, client_of: ClientOf
) -> None:
    client = client_of(owner, "admin", repository)
    with nothing_written():
        response = client.post(REPOSITORIES, {"name": "a"}, format="json")
    assert_problem(response, 403, "permission_denied")


@pytest.mark.parametrize("role", [MemberRole.VIEWER, MemberRole.CONTRIBUTOR])
def test_only_a_maintainer_changes_a_repository(
    client_of: ClientOf, repository: Repository, role: MemberRole
) -> None:
    client = client_of(MemberFactory(repository=repository, role=role).user, "admin")
    with nothing_written():
        response = patch(client, repository, description="x")
    assert_problem(response, 403, "permission_denied")


def test_archiving_and_opening_again(api: APIClient, repository: Repository) -> None:
    archived = patch(api, repository, archived=True).json()
    assert archived["archived_at"] is not None
    with nothing_written():
        again = patch(api, repository, archived=True)
        refused = patch(api, repository, description="x", archived=True)
    assert again.json() == archived
    assert_problem(refused, 409, "repository_archived")
    opened = patch(api, repository, archived=False, description="back").json()
    assert (opened["archived_at"], opened["description"]) == (None, "back")
    assert opened["version"] == 3


def test_archiving_with_a_last_change(api: APIClient, repository: Repository) -> None:
    body = patch(api, repository, archived=True, description="Closed.").json()
    assert body["description"] == "Closed."
    assert body["archived_at"] is not None


@pytest.mark.parametrize("value", ["true", 1, None])
def test_archived_is_true_or_false(api: APIClient, repository: Repository, value: Any) -> None:
    with nothing_written():
        response = patch(api, repository, archived=value)
    assert_problem(response, 400, "invalid_request", "/archived")


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, {"open", "closed"}),
        ({"archived": "true"}, {"closed"}),
        ({"archived": "false"}, {"open"}),
    ],
)
def test_archived_ones_may_be_left_out(
    client_of: ClientOf, parameters: dict[str, str], expected: set[str]
) -> None:
    user = UserFactory()
    client = client_of(user)
    for name in ("open", "closed"):
        client.post(REPOSITORIES, {"name": name}, format="json")
    patch(client, Repository.objects.get(name="closed"), archived=True)
    rows = client.get(REPOSITORIES, parameters).json()["results"]
    assert {row["name"] for row in rows} == expected


@pytest.mark.parametrize("value", ["1", "TRUE", "", "yes"])
def test_the_parameter_archived_is_true_or_false(api: APIClient, value: str) -> None:
    response = api.get(REPOSITORIES, {"archived": value})
    assert_problem(response, 400, "invalid_parameter", "archived")


def test_a_repository_is_not_deleted(api: APIClient, repository: Repository) -> None:
    with nothing_written():
        response = api.delete(f"{REPOSITORIES}/{repository.pk}")
    assert_problem(response, 405, "method_not_allowed")
