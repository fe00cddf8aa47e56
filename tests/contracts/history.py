"""The contract of histories: who may read them, how they are walked, what a record was then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core.ids import uuid7

from .answers import ClientOf, assert_problem, outline, query_count
from .resource import Resource, another_repository

MOST_STATEMENTS = 12


class HistoryContract(Resource):
    """GET …/history and GET …?as_of= of a record."""

    # Members that are derived, so in no history: null at a past instant.
    derived: ClassVar[frozenset[str]] = frozenset()

    def as_past(self, shown: dict[str, Any]) -> dict[str, Any]:
        """What is shown of a record at a past instant when `shown` was shown then."""
        return {**shown, **dict.fromkeys(self.derived)}

    def edits(self, number: int) -> list[dict[str, Any]]:
        """Bodies of at least two changes, of which each changes the representation; others for
        another `number`."""
        raise NotImplementedError

    def history(self, record: Any) -> str:
        """The address of a history."""
        return f"{self.address(record)}/history"

    def edit(self, api: APIClient, record: Any, number: int = 0) -> list[dict[str, Any]]:
        """Make the edits; the representations from the first to the last."""
        shown = [api.get(self.address(record)).json()]
        for body in self.edits(number):
            response = api.patch(self.address(record), body, format="json")
            assert response.status_code == 200, response.content
            shown.append(response.json())
        return shown

    def test_says_who_did_what_through_what_and_why(
        self, api: APIClient, owner: User, record: Any
    ) -> None:
        body = self.edits(0)[0]
        before = api.get(self.address(record)).json()
        response = api.patch(
            self.address(record),
            body,
            format="json",
            HTTP_X_CHANGE_REASON="Customer asked",
            HTTP_X_REQUEST_ID="request-0001",
        )
        page = api.get(self.history(record)).json()
        assert page["next"] is None
        update, creation = page["results"]
        assert creation["operation"] == "created"
        assert creation["version"] == 1
        known = {key: update[key] for key in ("operation", "version", "source", "reason", "name")}
        assert known == {
            "operation": "updated",
            "version": 2,
            "source": "api",
            "reason": "Customer asked",
            "name": f"PATCH {self.address(record)}",
        }
        assert update["actor"] == {"id": str(owner.pk), "name": "owner"}
        assert update["request_id"] == "request-0001"
        assert update["token"].startswith("thub_")
        told = {change["field"]: change["after"] for change in update["changes"]}
        after = response.json()
        changed = {name for name in after if after[name] != before[name]}
        assert told == {name: after[name] for name in changed - {"version", "updated_at"}}
        values = [change for change in creation["changes"] if "after" in change]
        assert all(before[change["field"]] == change["after"] for change in values)
        assert {change["before"] for change in values} == {None}

    def test_each_entrys_instant_shows_what_it_made(self, api: APIClient, record: Any) -> None:
        shown = self.edit(api, record)
        entries = api.get(self.history(record)).json()["results"]
        assert [entry["version"] for entry in reversed(entries)] == [s["version"] for s in shown]
        for entry, then in zip(reversed(entries), shown, strict=True):
            response = api.get(self.address(record), {"as_of": entry["at"]})
            assert response.json() == self.as_past(then)
            assert "ETag" not in response
        assert [entry["at"] for entry in entries] == sorted(
            (entry["at"] for entry in entries), reverse=True
        )

    def test_a_walk_meets_each_entry_once(self, api: APIClient, record: Any) -> None:
        for number in range(3):
            self.edit(api, record, number)
        whole = api.get(self.history(record)).json()["results"]
        assert len(whole) > 4
        for limit in (1, 2, 3):
            found: list[Any] = []
            parameters: dict[str, Any] = {"limit": limit}
            while True:
                response = api.get(self.history(record), parameters)
                page = response.json()
                assert len(page["results"]) <= limit
                found += page["results"]
                if page["next"] is None:
                    assert "Link" not in response
                    break
                assert page["next"] in response["Link"]
                parameters = {"limit": limit, "cursor": page["next"]}
            assert found == whole

    def test_takes_as_many_statements_for_many_entries(self, api: APIClient, record: Any) -> None:
        few = query_count(api, self.history(record), {"limit": 200})
        for number in range(8):
            self.edit(api, record, number)
        many = query_count(api, self.history(record), {"limit": 200})
        assert many == few <= MOST_STATEMENTS
        now = timezone.now().isoformat()
        assert query_count(api, self.address(record), {"as_of": now}) <= MOST_STATEMENTS

    def test_who_sees_the_record_sees_its_history(
        self, owner: User, viewer: User, outsider: User, client_of: ClientOf, record: Any
    ) -> None:
        now = {"as_of": timezone.now().isoformat()}
        assert client_of(viewer, "read").get(self.history(record)).status_code == 200
        assert client_of(viewer, "read").get(self.address(record), now).status_code == 200
        strangers = [client_of(outsider), client_of(owner, "read", another_repository(owner))]
        for client in strangers:
            for address, query in ((self.history, {}), (self.address, now)):
                hidden, absent = (
                    client.get(address(record), query),
                    client.get(address(uuid7()), query),
                )
                assert_problem(hidden, 404, "not_found")
                assert outline(hidden) == outline(absent)
        assert_problem(APIClient().get(self.history(record)), 401, "not_authenticated")

    def test_before_it_existed_it_says_since_when_it_does(
        self, api: APIClient, record: Any
    ) -> None:
        (creation,) = api.get(self.history(record)).json()["results"]
        response = api.get(self.address(record), {"as_of": "2026-01-01T00:00:00Z"})
        problem = assert_problem(response, 404, "not_found")
        assert record.created_at.isoformat() <= problem["exists_since"] <= creation["at"]
        assert problem["exists_since"] in problem["detail"]

    @pytest.mark.parametrize(
        "text",
        ["", "now", "2026-05-01", "2026-05-01T08:00:00", "2026-05-01T08:00:00 02:00", "\0", "1e9"],
    )
    def test_an_instant_has_an_offset(self, api: APIClient, record: Any, text: str) -> None:
        response = api.get(self.address(record), {"as_of": text})
        assert_problem(response, 400, "invalid_parameter", "as_of")

    def test_the_future_is_not_known(self, api: APIClient, record: Any) -> None:
        for moment in ((timezone.now() + timedelta(hours=1)).isoformat(), "9999-12-31T23:59:59Z"):
            response = api.get(self.address(record), {"as_of": moment})
            assert_problem(response, 400, "invalid_parameter", "as_of", rule="in_future")

    @pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z"])
    def test_antiquity_is_before_the_record(self, api: APIClient, record: Any, moment: str) -> None:
        response = api.get(self.address(record), {"as_of": moment})
        assert_problem(response, 404, "not_found")

    def test_parameters_are_strict(self, api: APIClient, record: Any) -> None:
        for query, name in (({"as_of": "2026-05-01T08:00:00Z", "x": 1}, "x"), ({"at": 1}, "at")):
            response = api.get(self.address(record), query)
            assert_problem(response, 400, "unknown_parameter", name)
        for query, name in (({"order": "id"}, "order"), ({"as_of": "x"}, "as_of")):
            response = api.get(self.history(record), query)
            assert_problem(response, 400, "unknown_parameter", name)
        for limit in ("0", "201", "x"):
            response = api.get(self.history(record), {"limit": limit})
            assert_problem(response, 400, "invalid_parameter", "limit")

    def test_a_cursor_belongs_to_one_history(self, api: APIClient, record: Any) -> None:
        other = self.make(self.repository_of(record))
        self.edit(api, record)
        cursor = api.get(self.history(record), {"limit": 1}).json()["next"]
        for address, text in ((self.history(other), cursor), (self.history(record), cursor + "x")):
            assert_problem(api.get(address, {"cursor": text}), 400, "invalid_cursor", "cursor")

    def test_a_history_is_only_read(self, api: APIClient, record: Any) -> None:
        for method in (api.post, api.patch, api.delete):
            assert_problem(method(self.history(record)), 405, "method_not_allowed")

    @pytest.mark.parametrize("key", [UUID(int=0), UUID(int=2**128 - 1)])
    def test_any_uuid_may_be_asked_for(self, api: APIClient, key: UUID) -> None:
        assert_problem(api.get(self.history(key)), 404, "not_found")

    def test_a_change_past_taskhub_names_the_login(self, api: APIClient, record: Any) -> None:
        body = self.edits(0)[0]
        name = next(iter(body))
        type(record)._base_manager.filter(pk=record.pk).update(**{name: body[name]})
        newest = api.get(self.history(record)).json()["results"][0]
        with connection.cursor() as cursor:
            cursor.execute("SELECT session_user")
            assert newest["login"] == cursor.fetchone()[0]
        assert (newest["actor"], newest["source"], newest["token"]) == (None, "database", None)


class DeletedHistoryContract(HistoryContract):
    """The history of records that can be deleted."""

    def test_outlives_the_record(
        self, api: APIClient, viewer: User, outsider: User, client_of: ClientOf, record: Any
    ) -> None:
        before = api.get(self.address(record)).json()
        (creation,) = api.get(self.history(record)).json()["results"]
        api.delete(self.address(record), HTTP_X_CHANGE_REASON="Twice")
        looker = client_of(viewer, "read")
        entries = looker.get(self.history(record)).json()["results"]
        assert [entry["operation"] for entry in entries] == ["deleted", "created"]
        assert entries[0]["reason"] == "Twice"
        then = looker.get(self.address(record), {"as_of": creation["at"]})
        assert then.json() == self.as_past(before)
        gone = looker.get(self.address(record), {"as_of": entries[0]["at"]})
        assert assert_problem(gone, 404, "not_found")["deleted_at"]
        hidden = client_of(outsider).get(self.history(record))
        assert_problem(hidden, 404, "not_found")
