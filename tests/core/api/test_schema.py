"""The OpenAPI document says what the base views do."""

from __future__ import annotations

from typing import Any

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema
from rest_framework.test import APIClient

from .resource import urlpatterns


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    GENERATOR_STATS.reset()
    schema = SchemaGenerator(patterns=urlpatterns).get_schema(request=None, public=True)
    validate_schema(schema)
    assert not GENERATOR_STATS, "warnings or errors"
    return dict(schema)


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        operation["operationId"]: operation
        for path in document["paths"].values()
        for operation in path.values()
    }


def parameters(operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {parameter["name"]: parameter for parameter in operation.get("parameters", [])}


def test_operations_have_stable_names(document: dict[str, Any]) -> None:
    found = operations(document)
    assert sorted(found) == [
        "things_create",
        "things_destroy",
        "things_list",
        "things_retrieve",
        "things_update",
    ]
    assert {tuple(operation["tags"]) for operation in found.values()} == {("things",)}
    assert found["things_list"]["summary"] == "List repositories"


@pytest.mark.parametrize(
    ("operation", "statuses"),
    [
        ("things_list", "200 400 406 429 503"),
        ("things_create", "201 400 406 409 413 415 422 429 503"),
        ("things_retrieve", "200 304 400 404 406 412 429 503"),
        ("things_update", "200 400 404 406 409 412 413 415 422 429 503"),
        ("things_destroy", "204 400 404 406 409 412 429 503"),
    ],
)
def test_every_status_is_documented(
    document: dict[str, Any], operation: str, statuses: str
) -> None:
    assert " ".join(operations(document)[operation]["responses"]) == statuses


def test_errors_are_problems(document: dict[str, Any]) -> None:
    for operation in operations(document).values():
        for status, response in operation["responses"].items():
            if status >= "400":
                assert response == {"$ref": f"#/components/responses/Problem{status}"}
    for response in document["components"]["responses"].values():
        assert list(response["content"]) == ["application/problem+json"]
    assert set(document["components"]["schemas"]["Problem"]["required"]) == {
        "type",
        "title",
        "status",
        "code",
        "detail",
        "request_id",
        "errors",
    }


def test_bodies_and_answers_have_their_own_shapes(document: dict[str, Any]) -> None:
    create = operations(document)["things_create"]
    body = create["requestBody"]["content"]["application/json"]["schema"]
    answer = create["responses"]["201"]["content"]["application/json"]["schema"]
    assert body["$ref"].endswith("/ThingCreateRequest")
    assert answer["$ref"].endswith("/Thing")
    assert operations(document)["things_update"]["requestBody"]["required"]


def test_filters_and_pages_are_documented(document: dict[str, Any]) -> None:
    listing = operations(document)["things_list"]
    found = parameters(listing)
    assert {"name", "live", "created_before", "limit", "cursor", "order"} <= set(found)
    assert found["limit"]["schema"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 200,
        "default": 50,
    }
    assert found["order"]["schema"]["enum"][0] == "id"
    page = document["components"]["schemas"]["PaginatedThingList"]
    assert page["required"] == ["results", "next"]
    assert page["properties"]["next"]["nullable"]
    assert "Link" in listing["responses"]["200"]["headers"]


def test_conditions_are_documented(document: dict[str, Any]) -> None:
    found = operations(document)
    assert {"If-Match", "If-None-Match", "id"} == set(parameters(found["things_retrieve"]))
    for name in ("things_update", "things_destroy"):
        assert {"If-Match", "X-Change-Reason", "id"} == set(parameters(found[name]))
    assert parameters(found["things_retrieve"])["id"]["schema"]["format"] == "uuid"
    assert "ETag" in found["things_retrieve"]["responses"]["200"]["headers"]
    assert {"ETag", "Location"} == set(found["things_create"]["responses"]["201"]["headers"])


def test_real_answers_have_the_documented_members(
    document: dict[str, Any], things: APIClient
) -> None:
    schemas = document["components"]["schemas"]
    created = things.post("/api/v1/things", {"name": "a"}, format="json").json()
    page = things.get("/api/v1/things").json()
    refused = things.get("/api/v1/things?x=1").json()
    assert set(created) == set(schemas["Thing"]["properties"])
    assert set(page) == set(schemas["PaginatedThingList"]["properties"])
    assert set(refused) == set(schemas["Problem"]["properties"])
