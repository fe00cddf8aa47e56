"""The cast and the stage: who acts in tests, with which login, through which client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase
from pytest_django.plugin import DjangoDbBlocker
from rest_framework.test import APIClient

from apps.accounts.choices import TokenScope
from apps.accounts.models import User
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.repositories.services import issue_repository_token

from .emptying import empty_tables
from .examples import THOROUGH
from .factories import MemberFactory, RepositoryFactory, UserFactory
from .template import copy_template, drop_template

hypothesis.settings.register_profile(THOROUGH, hypothesis.settings())


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
    django_db_blocker: DjangoDbBlocker,
    pytestconfig: pytest.Config,
) -> None:
    """Of several workers one migrates (pytest-django asks this before it makes a database)."""
    worker = getattr(pytestconfig, "workerinput", None)
    if worker and not pytestconfig.getoption("reuse_db"):
        with django_db_blocker.unblock():
            copy_template(worker["testrunuid"])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """The process that has started the workers outlives them all."""
    if session.config.getoption("numprocesses", None):
        drop_template()


@pytest.fixture(autouse=True, scope="session")
def quick_emptying() -> Iterator[None]:
    """What a test has committed is deleted afterwards, table by table."""
    with mock.patch.object(TransactionTestCase, "_fixture_teardown", empty_tables):
        yield


@pytest.fixture(autouse=True)
def clean_cache() -> Iterator[None]:
    """Tests share one cache: nobody reads what another one left."""
    yield
    cache.delete_pattern("*")


@pytest.fixture
def repository(db: None) -> Repository:
    """The cast's repository."""
    return RepositoryFactory(name="acme/rocket")


@pytest.fixture
def owner(repository: Repository) -> User:
    """A maintainer of the repository."""
    user = UserFactory(username="owner")
    MemberFactory(repository=repository, user=user, role=MemberRole.MAINTAINER)
    return user


@pytest.fixture
def collaborator(repository: Repository) -> User:
    """A contributor of the repository."""
    user = UserFactory(username="collaborator")
    MemberFactory(repository=repository, user=user, role=MemberRole.CONTRIBUTOR)
    return user


@pytest.fixture
def viewer(repository: Repository) -> User:
    """A member who may only look."""
    user = UserFactory(username="viewer")
    MemberFactory(repository=repository, user=user, role=MemberRole.VIEWER)
    return user


@pytest.fixture
def outsider(db: None) -> User:
    """Somebody who is no member of the repository, but of another."""
    user = UserFactory(username="outsider")
    MemberFactory(repository=RepositoryFactory(name="other/garden"), user=user)
    return user


@pytest.fixture
def client_of() -> Callable[..., APIClient]:
    """Makes an API client that calls with a new token of a user."""

    def make(user: User, scope: str = "write", *repositories: Repository) -> APIClient:
        issued = issue_repository_token(
            user=user, scope=TokenScope(scope), name="test", repositories=repositories
        )
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {issued.secret}")
        client.raise_request_exception = False
        return client

    return make


@pytest.fixture
def api(owner: User, client_of: Callable[..., APIClient]) -> APIClient:
    """The API, called by the owner with scope write."""
    return client_of(owner)


@contextmanager
def application_role() -> Iterator[None]:
    """The rights of the application's login for a block of the test's transaction."""
    assert connection.in_atomic_block, "SET LOCAL ROLE needs the test's transaction"
    with connection.cursor() as cursor:
        cursor.execute(f'SET LOCAL ROLE "{settings.TASKHUB_APPLICATION_ROLE}"')
    try:
        yield
    finally:
        if not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute("RESET ROLE")


@pytest.fixture
def as_app(db: None) -> Iterator[None]:
    """The test runs with the application's rights; request it after fixtures that make data."""
    with application_role():
        yield


@pytest.fixture
def app_login(transactional_db: None) -> Iterator[None]:
    """The test connects with the application's own login: for races and `session_user`."""
    before = dict(connection.settings_dict)

    def connect_as(parameters: dict[str, Any]) -> None:
        connection.close()
        connection.settings_dict.update(parameters)

    login = settings.ENVIRONMENT.postgres("DATABASE_URL")
    connect_as({"USER": login.get("user", ""), "PASSWORD": login.get("password", "")})
    yield
    # The owner again, before the flush that empties the tables.
    connect_as({"USER": before["USER"], "PASSWORD": before["PASSWORD"]})
