"""The base view sets: addresses, entity tags, conditions, bodies and methods."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.core.api.versions import parse_entity_tags
from apps.core.errors import DomainError
from apps.repositories.models import Repository

from .conftest import THINGS
from .resource import ThingViewSet


@pytest.fixture
def thing(things: APIClient) -> Repository:
    return Repository.objects.create(name="first", description="x")


def address(thing: Repository) -> str:
    return f"{THINGS}/{thing.pk}"


def tag_of(client: APIClient, thing: Repository) -> str:
    return str(client.get(address(thing))["ETag"])


def code(response: Any) -> tuple[int, str]:
    assert response["Content-Type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


# -- Create, read ----------------------------------------------------------------------------------


def test_create_answers_with_address_and_tag(things: APIClient) -> None:
    response = things.post(THINGS, {"name": "a"}, format="json")
    assert response.status_code == 201
    found = things.get(response["Location"])
    assert found.json() == response.json()
    assert found["ETag"] == response["ETag"]
    assert response["Location"] == f"http://testserver{THINGS}/{response.json()['id']}"


def test_a_refusal_of_the_database_points_into_the_body(things: APIClient) -> None:
    things.post(THINGS, {"name": "a"}, format="json")
    again = things.post(THINGS, {"name": "a"}, format="json")
    assert code(again) == (409, "already_exists")
    assert again.json()["errors"][0]["pointer"] == "/name"
    wrong = things.post(THINGS, {"name": "a b"}, format="json")
    assert code(wrong) == (400, "invalid_request")
    assert Repository.objects.count() == 1


# Fixed: pytest's workers must collect the same names.
ABSENT = "0198f3a0-1111-7222-8333-444455556666"


@pytest.mark.parametrize(
    "path",
    [
        "/x",
        "/5",
        "/0198f3a0111172228333444455556666",
        f"/{ABSENT}/more",
        f"/{ABSENT}/",
        "/",
        f"/{ABSENT}",
    ],
)
@pytest.mark.parametrize("method", ["get", "patch", "delete"])
def test_what_is_not_there_is_a_404(things: APIClient, method: str, path: str) -> None:
    response = getattr(things, method)(f"{THINGS}{path}", {}, format="json")
    assert code(response) == (404, "not_found")


def test_an_id_may_be_written_in_capitals(things: APIClient, thing: Repository) -> None:
    assert things.get(f"{THINGS}/{str(thing.pk).upper()}").status_code == 200


def test_head_answers_like_get_without_a_body(things: APIClient, thing: Repository) -> None:
    for path in (THINGS, address(thing)):
        head, get = things.head(path), things.get(path)
        assert (head.status_code, head.content) == (200, b"")
        assert head.get("ETag") == get.get("ETag")


def test_answers_stay_out_of_shared_caches(things: APIClient, thing: Repository) -> None:
    for path in (THINGS, address(thing), f"{THINGS}?x=1"):
        response = things.get(path)
        assert response["Cache-Control"] == "private, no-cache"
        assert {"Authorization", "Cookie"} <= set(response["Vary"].split(", "))


@pytest.mark.parametrize("method", ["put", "trace"])
def test_other_methods_are_a_405_that_names_the_right_ones(
    things: APIClient, thing: Repository, method: str
) -> None:
    response = getattr(things, method)(address(thing))
    assert code(response) == (405, "method_not_allowed")
    assert {"GET", "PATCH", "DELETE"} <= set(response["Allow"].split(", "))
    assert "PUT" not in response["Allow"]


def test_options_names_the_methods(things: APIClient, thing: Repository) -> None:
    response = things.options(address(thing))
    assert (response.status_code, response.content) == (204, b"")
    assert {"GET", "PATCH", "DELETE"} <= set(response["Allow"].split(", "))


@pytest.mark.parametrize("name", ["json", "xml", "api"])
def test_the_format_is_asked_for_by_header_alone(things: APIClient, name: str) -> None:
    assert code(things.get(f"{THINGS}?format={name}")) == (400, "unknown_parameter")
    accepted = things.get(THINGS, HTTP_ACCEPT="text/html, application/json;q=0.1")
    assert accepted["Content-Type"] == "application/json"
    assert code(things.get(THINGS, HTTP_ACCEPT="text/html")) == (406, "not_acceptable")


# -- Bodies ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["post", "patch"])
@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        (b"", "application/json", (400, "malformed_json")),
        (b"{", "application/json", (400, "malformed_json")),
        (b"[]", "application/json", (400, "invalid_request")),
        (b'"x"', "application/json", (400, "invalid_request")),
        (b"null", "application/json", (400, "invalid_request")),
        (b'{"description": "a\\u0000"}', "application/json", (400, "invalid_request")),
        (b'{"description": 5}', "application/json", (400, "invalid_request")),
        (b'{"settings": []}', "application/json", (400, "invalid_request")),
        (b'{"descripton": "x"}', "application/json", (400, "invalid_request")),
        (b'{"created_at": "x"}', "application/json", (400, "invalid_request")),
        (b"name=x", "application/x-www-form-urlencoded", (415, "unsupported_media_type")),
        (b"{}", "text/plain", (415, "unsupported_media_type")),
        (b"{}", "", (415, "unsupported_media_type")),
        (b"{}", "application/json; charset=utf-16", (415, "unsupported_media_type")),
    ],
)
def test_a_bad_body_is_refused_and_nothing_is_written(
    things: APIClient,
    thing: Repository,
    method: str,
    body: bytes,
    content_type: str,
    expected: tuple[int, str],
) -> None:
    path = address(thing) if method == "patch" else THINGS
    response = things.generic(method.upper(), path, body, content_type=content_type)
    assert code(response) == expected
    assert [row.version for row in Repository.objects.all()] == [1]


def test_a_body_over_the_limit_is_a_413(things: APIClient, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    response = things.post(THINGS, {"name": "x" * 2000}, format="json")
    assert code(response) == (413, "payload_too_large")


def test_a_chunked_body_is_told_what_is_needed(things: APIClient) -> None:
    response = things.generic("POST", THINGS, b"", HTTP_TRANSFER_ENCODING="chunked")
    assert "Content-Length" in response.json()["detail"]


# -- If-None-Match ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header", ["{tag}", "W/{tag}", '"x", {tag}', '{tag},"x"', ', {tag} ,, "y"', "*", " * "]
)
def test_a_client_that_has_it_gets_a_304(things: APIClient, thing: Repository, header: str) -> None:
    tag = tag_of(things, thing)
    response = things.get(address(thing), HTTP_IF_NONE_MATCH=header.format(tag=tag))
    assert (response.status_code, response.content) == (304, b"")
    assert response["ETag"] == tag


@pytest.mark.parametrize("header", ['"x"', 'W/"x"', '"x", "y"', '""'])
def test_another_tag_gets_the_record(things: APIClient, thing: Repository, header: str) -> None:
    assert things.get(address(thing), HTTP_IF_NONE_MATCH=header).status_code == 200


def test_a_304_ends_when_something_derived_changes(things: APIClient, thing: Repository) -> None:
    before = tag_of(things, thing)
    original = ThingViewSet.represent
    try:
        ThingViewSet.represent = lambda self, row: {**original(self, row), "ready": True}
        response = things.get(address(thing), HTTP_IF_NONE_MATCH=before)
    finally:
        ThingViewSet.represent = original
    assert response.status_code == 200
    assert response["ETag"] != before
    # The version is the same, so the old tag still permits a write.
    patched = things.patch(
        address(thing), {"description": "y"}, format="json", HTTP_IF_MATCH=before
    )
    assert patched.status_code == 200


@pytest.mark.parametrize("header", ["x", '"x', 'x"', '"x" "y"', 'w/"x"', '*, "x"', "", '"\n"'])
@pytest.mark.parametrize("name", ["If-Match", "If-None-Match"])
def test_a_malformed_condition_is_a_400(header: str, name: str) -> None:
    with pytest.raises(DomainError) as caught:
        parse_entity_tags(header, name)
    assert caught.value.code == "invalid_parameter"
    assert caught.value.errors[0].pointer == name


def test_a_long_malformed_condition_is_refused_quickly() -> None:
    with pytest.raises(DomainError):
        parse_entity_tags('"a",' * 1000 + '"' * 50, "If-Match")


# -- If-Match and version --------------------------------------------------------------------------

Send = Callable[..., Any]


@pytest.fixture(params=["patch", "delete", "get"])
def send(request: pytest.FixtureRequest, things: APIClient, thing: Repository) -> Send:
    """A request on `thing` that a failed If-Match stops."""

    def send_(**headers: str) -> Any:
        body = {"description": "changed"} if request.param == "patch" else None
        return getattr(things, request.param)(address(thing), body, format="json", **headers)

    return send_


@pytest.mark.parametrize("header", ["{tag}", '"x", {tag}', "*"])
def test_a_fresh_if_match_lets_through(
    things: APIClient, thing: Repository, send: Send, header: str
) -> None:
    tag = tag_of(things, thing)
    assert send(HTTP_IF_MATCH=header.format(tag=tag)).status_code in {200, 204}


@pytest.mark.parametrize("header", ['"x"', "W/{tag}", '"000000000000-1-00"', '"-1-"'])
def test_another_if_match_is_a_412(
    things: APIClient, thing: Repository, send: Send, header: str
) -> None:
    response = send(HTTP_IF_MATCH=header.format(tag=tag_of(things, thing)))
    assert code(response) == (412, "precondition_failed")
    assert response.json()["errors"][0]["parameter"] == "If-Match"
    assert Repository.objects.get().description == "x"


def test_a_stale_if_match_is_a_412(things: APIClient, thing: Repository, send: Send) -> None:
    tag = tag_of(things, thing)
    Repository.objects.update(description="meanwhile")
    assert code(send(HTTP_IF_MATCH=tag)) == (412, "precondition_failed")
    assert Repository.objects.get().description == "meanwhile"


def test_a_tag_of_another_record_is_a_412(things: APIClient, thing: Repository, send: Send) -> None:
    other = Repository.objects.create(name="other", description="x")
    assert code(send(HTTP_IF_MATCH=tag_of(things, other))) == (412, "precondition_failed")


def test_a_malformed_if_match_is_a_400(send: Send) -> None:
    assert code(send(HTTP_IF_MATCH="3")) == (400, "invalid_parameter")


def test_a_change_between_check_and_lock_is_a_412_too(
    things: APIClient, thing: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = ThingViewSet.perform_update

    def meanwhile(self: Any, instance: Any, data: Any, **options: Any) -> Any:
        Repository.objects.update(description="meanwhile")
        return original(self, instance, data, **options)

    monkeypatch.setattr(ThingViewSet, "perform_update", meanwhile)
    tag = tag_of(things, thing)
    response = things.patch(
        address(thing), {"description": "mine"}, format="json", HTTP_IF_MATCH=tag
    )
    assert code(response) == (412, "precondition_failed")


def test_a_stale_version_in_the_body_is_a_409_with_the_current_state(
    things: APIClient, thing: Repository
) -> None:
    Repository.objects.update(description="meanwhile")
    body = {"description": "mine", "version": 1}
    for headers in ({}, {"HTTP_IF_MATCH": "*"}, {"HTTP_IF_MATCH": tag_of(things, thing)}):
        response = things.patch(address(thing), body, format="json", **headers)
        assert code(response) == (409, "stale_version")
        assert response.json()["current"] == things.get(address(thing)).json()
        assert response.json()["current"]["version"] == 2


def test_the_current_version_in_the_body_lets_through(things: APIClient, thing: Repository) -> None:
    response = things.patch(address(thing), {"description": "b", "version": 1}, format="json")
    assert (response.status_code, response.json()["version"]) == (200, 2)
    assert response["ETag"] == tag_of(things, thing)


@pytest.mark.parametrize("version", [0, -1, "1", 1.0, True, None])
def test_another_version_is_no_version(things: APIClient, thing: Repository, version: Any) -> None:
    response = things.patch(address(thing), {"version": version}, format="json")
    assert code(response) == (400, "invalid_request")
    assert response.json()["errors"][0]["pointer"] == "/version"


def test_an_empty_change_is_no_change(things: APIClient, thing: Repository) -> None:
    response = things.patch(address(thing), {}, format="json")
    assert (response.status_code, response.json()["version"]) == (200, 1)


def test_delete_answers_204(things: APIClient, thing: Repository) -> None:
    response = things.delete(address(thing))
    assert (response.status_code, response.content) == (204, b"")
    assert code(things.get(address(thing))) == (404, "not_found")


def test_every_answer_has_the_requests_id(things: APIClient) -> None:
    response = things.get(THINGS, {"x": 1}, HTTP_X_REQUEST_ID="my-request-1")
    assert json.loads(response.content)["request_id"] == response["X-Request-ID"] == "my-request-1"
