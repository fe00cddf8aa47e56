"""PRDs keep the contracts of every resource; they are read only."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.prds.models import PRD
from apps.repositories.models import Repository
from tests.contracts import (
    ReadContract,
    RepositoryListContract,
    Resource,
    assert_problem,
    nothing_written,
)
from tests.factories import PRDFactory


class PRDs(Resource):
    """`/api/v1/prds`."""

    path = "prds"

    def make(self, repository: Repository) -> PRD:
        prd: PRD = PRDFactory(repository=repository)
        return prd


class TestRead(PRDs, ReadContract):
    """GET /prds/{id}."""

    @pytest.mark.parametrize("method", ["patch", "delete", "post"])
    def test_is_not_written_here(self, api: APIClient, record: Any, method: str) -> None:
        with nothing_written():
            response = getattr(api, method)(self.address(record), {}, format="json")
        assert_problem(response, 405, "method_not_allowed")


class TestList(PRDs, RepositoryListContract):
    """GET /prds."""

    def test_is_not_written_here(self, api: APIClient) -> None:
        with nothing_written():
            response = api.post(self.collection, {}, format="json")
        assert_problem(response, 405, "method_not_allowed")
