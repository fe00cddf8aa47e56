"""Plans keep the contracts of every resource."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.planning.models import PRDPlan, PRDPlanEntry
from apps.repositories.models import Repository
from tests.contracts import (
    API,
    BodyContract,
    ReadContract,
    RepositoryCreateContract,
    RepositoryListContract,
    Resource,
    StaleWriteContract,
    assert_problem,
    nothing_written,
)
from tests.factories import PRDPlanEntryFactory, PRDPlanFactory

from .documents import PLAN


class Plans(Resource):
    """`/api/v1/prd/plans`."""

    path = "prd/plans"

    def make(self, repository: Repository) -> PRDPlan:
        plan: PRDPlan = PRDPlanFactory(repository=repository)
        return plan


class PlanWrites(Plans, StaleWriteContract):
    """What closes or changes an open plan."""

    def make_stale(self, record: Any) -> None:
        PRDPlan.objects.filter(pk=record.pk).update(decided_at=timezone.now())


class TestRead(Plans, ReadContract):
    """GET /prd/plans/{id}."""

    def test_the_text_is_beside_it(self, api: APIClient, record: PRDPlan) -> None:
        assert "content" not in api.get(self.address(record)).json()
        text = api.get(f"{self.address(record)}/content", HTTP_ACCEPT="text/markdown")
        assert text["Content-Type"] == "text/markdown; charset=utf-8"
        assert text.content.decode() == record.content


class TestList(Plans, RepositoryListContract):
    """GET /prd/plans."""

    def test_narrows_by_state(self, api: APIClient, repository: Repository) -> None:
        closed = {"state": "discarded", "closed_at": timezone.now()}
        wanted = PRDPlanFactory(repository=repository, **closed)
        PRDPlanFactory(repository=repository)
        parameters = self.parameters(repository, state="discarded,applied")
        assert self.ids(api, parameters) == [str(wanted.pk)]


class TestCreate(Plans, RepositoryCreateContract):
    """POST /prd/plans."""

    def good_body(self, repository: Repository) -> dict[str, Any]:
        return {"repository": repository.name, "filename": "bridge.md", "content": PLAN}

    @pytest.mark.parametrize(
        "content", ["", " \n", "a\x00b", "\ufeff", "x" * (2 * 1024 * 1024 + 1)]
    )
    def test_what_is_no_document(self, api: APIClient, record: Any, content: str) -> None:
        body = {**self.good_body(record.repository), "content": content}
        with nothing_written():
            response = self.send(api, record, body)
        assert response.status_code in {400, 413, 422}, response.content
        assert [e["pointer"] for e in response.json()["errors"]] == ["/content"]

    @pytest.mark.parametrize("filename", ["", "a\nb", "x" * 256, 5, None])
    def test_what_is_no_filename(self, api: APIClient, record: Any, filename: Any) -> None:
        body = {**self.good_body(record.repository), "filename": filename}
        with nothing_written():
            assert_problem(self.send(api, record, body), 400, "invalid_request", "/filename")

    def test_without_a_text_there_must_be_one(self, api: APIClient, record: Any) -> None:
        body = self.good_body(record.repository)
        del body["content"]
        with nothing_written():
            assert_problem(self.send(api, record, body), 400, "invalid_request", "/content")


class TestDiscard(PlanWrites):
    """DELETE /prd/plans/{id}."""

    method, success = "DELETE", 204

    def write(self, client: APIClient, record: Any, **headers: str) -> Any:
        return client.delete(self.address(record), **headers)

    def test_it_can_be_read_still_and_not_be_closed_again(
        self, api: APIClient, record: PRDPlan
    ) -> None:
        assert self.write(api, record).status_code == 204
        assert api.get(self.address(record)).json()["state"] == "discarded"
        for verb in ("apply", "refresh"):
            response = api.post(f"{self.address(record)}/{verb}")
            assert_problem(response, 409, "plan_closed")
        assert_problem(self.write(api, record), 409, "plan_closed")


class TestApply(PlanWrites):
    """POST /prd/plans/{id}/apply."""

    method, success = "POST", 200

    def write(self, client: APIClient, record: Any, **headers: str) -> Any:
        key = record if isinstance(record, UUID) else record.pk
        return client.post(f"{self.collection}/{key}/apply", **headers)

    def test_takes_no_body(self, api: APIClient, record: PRDPlan) -> None:
        with nothing_written():
            response = api.post(f"{self.address(record)}/apply", {"force": True}, format="json")
        assert_problem(response, 400, "invalid_request", "/force")


class TestRefresh(TestApply):
    """POST /prd/plans/{id}/refresh."""

    def write(self, client: APIClient, record: Any, **headers: str) -> Any:
        key = record if isinstance(record, UUID) else record.pk
        return client.post(f"{self.collection}/{key}/refresh", **headers)


class TestDecisions(BodyContract, PlanWrites):
    """POST /prd/plans/{id}/decisions."""

    method, success = "POST", 200

    def make(self, repository: Repository) -> PRDPlan:
        plan = super().make(repository)
        PRDPlanEntryFactory(plan=plan)
        return plan

    def target(self, record: Any) -> str:
        key = record if isinstance(record, UUID) else record.pk
        return f"{self.collection}/{key}/decisions"

    def good_body(self, repository: Repository) -> dict[str, Any]:
        entry = PRDPlanEntry.objects.filter(plan__repository=repository).latest("id")
        return {"entries": [{"id": str(entry.pk), "decision": "rejected"}]}

    def write(self, client: APIClient, record: Any, **headers: str) -> Any:
        entry = PRDPlanEntry.objects.latest("id")
        body = {"entries": [{"id": str(entry.pk), "decision": "rejected"}]}
        return client.post(self.target(record), body, format="json", **headers)

    def test_a_stale_version_in_the_body(self, api: APIClient, record: PRDPlan) -> None:
        body = {**self.good_body(record.repository), "version": 7}
        with nothing_written():
            problem = assert_problem(self.send(api, record, body), 409, "stale_version")
        assert problem["current"]["version"] == 1


class TestEntries(Resource):
    """GET /prd/plans/{id}/entries and …/{entry}."""

    def entries(self, plan: PRDPlan) -> str:
        return f"{API}/prd/plans/{plan.pk}/entries"

    def test_are_read_by_members_only(
        self, api: APIClient, repository: Repository, outsider: Any, client_of: Any
    ) -> None:
        entry = PRDPlanEntryFactory(plan__repository=repository)
        address = self.entries(entry.plan)
        assert [e["id"] for e in api.get(address).json()["results"]] == [str(entry.pk)]
        assert api.get(f"{address}/{entry.pk}").json()["key"] == entry.key
        stranger = client_of(outsider)
        assert_problem(stranger.get(address), 404, "not_found")
        assert_problem(stranger.get(f"{address}/{entry.pk}"), 404, "not_found")
        other = PRDPlanEntryFactory(plan__repository=repository)
        assert_problem(api.get(f"{address}/{other.pk}"), 404, "not_found")
        assert_problem(APIClient().get(address), 401, "not_authenticated")

    def test_come_in_pages_by_position(self, api: APIClient, repository: Repository) -> None:
        plan = PRDPlanFactory(repository=repository)
        for position in (3, 1, 2):
            PRDPlanEntryFactory(plan=plan, position=position)
        page = api.get(self.entries(plan), {"limit": 2}).json()
        assert [e["position"] for e in page["results"]] == [1, 2]
        last = api.get(self.entries(plan), {"limit": 2, "cursor": page["next"]}).json()
        assert ([e["position"] for e in last["results"]], last["next"]) == ([3], None)

    def test_narrow_by_kind_and_decision(self, api: APIClient, repository: Repository) -> None:
        plan = PRDPlanFactory(repository=repository)
        PRDPlanEntryFactory(plan=plan, kind="add", decision="accepted")
        PRDPlanEntryFactory(plan=plan, kind="conflict")
        for query in ({"kind": "conflict,move"}, {"decision": "undecided"}):
            (found,) = api.get(self.entries(plan), query).json()["results"]
            assert found["kind"] == "conflict"
        unknown = api.get(self.entries(plan), {"kind": "other"})
        assert_problem(unknown, 400, "invalid_parameter", "kind")
