"""Fixtures of the API's building blocks."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

THINGS = "/api/v1/things"


@pytest.fixture
def things(settings: Any, db: None) -> APIClient:
    """A client of `tests.core.api.resource`, with the database."""
    settings.ROOT_URLCONF = "tests.core.api.resource"
    return APIClient()
