"""Fixtures of the console's tests, which run with the rights of the application's login."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.repositories.models import Repository

from . import support


@pytest.fixture
def op(as_app: None) -> User:
    return support.operator()


@pytest.fixture
def console(op: User) -> Client:
    return support.logged_in(op)


@pytest.fixture
def unlogged() -> Iterator[None]:
    """Refusals are not written to the log: a traceback for each is slow."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def acme(as_app: None) -> Repository:
    return support.repository()
