"""Lint and complexity over the API: of a text that is not stored, and of a PRD."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core.ids import uuid7
from apps.prds.complexity import score_document
from apps.prds.models import PRD
from apps.prds.parser import MAX_DOCUMENT_BYTES
from apps.prds.services import read_document, store_revision
from apps.repositories.models import Repository
from tests.contracts import API, ClientOf, assert_problem, nothing_written
from tests.contracts.answers import outline, query_count
from tests.factories import PRDFactory, create, deletion

LINT = f"{API}/prd/lint"
TEXT = "# Plan\n\n## T-1: Dig\n\nDepends on T-7\n\n- [ ] It is deep\n"
CLEAN = "## T-1: Dig\n\n- [ ] It is 3 m deep\n"
PATHS = ("lint", "complexity")
pytestmark = pytest.mark.usefixtures("as_app")


@pytest.fixture
def prd(repository: Repository) -> PRD:
    made: PRD = create(PRDFactory, repository=repository, content=TEXT)
    return made


def address(prd: Any, tail: str) -> str:
    return f"{API}/prds/{getattr(prd, 'pk', prd)}/{tail}"


def send(client: APIClient, content: Any = TEXT, **more: Any) -> Any:
    return client.post(LINT, {"content": content, **more}, format="json")


# -- Of a text that is not stored ------------------------------------------------------------------


def test_the_findings_of_a_text(api: APIClient) -> None:
    with nothing_written():
        response = send(api)
    assert response.status_code == 200
    answer = response.json()
    assert answer["parser_version"] == "prd-2"
    assert answer["counts"] == {"error": 1, "warning": 1, "info": 0}
    error, warning = answer["findings"]
    assert error == {
        "code": "unknown_reference",
        "severity": "error",
        "message": "T-7 is no task of this document.",
        "first_line": 5,
        "last_line": 5,
        "remedy": "Correct the id, or say in words which other document has this task.",
        "key": "T-1",
    }
    assert (warning["code"], warning["first_line"]) == ("unmeasurable_criterion", 7)


def test_a_text_without_fault(api: APIClient) -> None:
    answer = send(api, CLEAN).json()
    assert (answer["counts"], answer["findings"]) == ({"error": 0, "warning": 0, "info": 0}, [])


@pytest.mark.parametrize("who", ["owner", "collaborator", "viewer", "outsider"])
def test_everybody_may_lint_a_text(
    request: pytest.FixtureRequest, client_of: ClientOf, who: str
) -> None:
    """It is nobody's but the caller's, so that scope `read` is enough."""
    client = client_of(request.getfixturevalue(who), "read")
    assert send(client).json()["counts"]["error"] == 1


def test_but_nobody_unknown() -> None:
    assert_problem(send(APIClient()), 401, "not_authenticated")


@pytest.mark.parametrize(
    ("value", "rule"),
    [("", "blank"), (" \n", "blank"), (None, "null"), (5, "invalid"), ([TEXT], "invalid"),
     ({"a": TEXT}, "invalid"), (True, "invalid"), (TEXT + "\0", "nul_character")],
    ids=lambda value: ascii(value)[:20],
)  # fmt: skip
def test_a_wrong_value(api: APIClient, value: Any, rule: str) -> None:
    assert_problem(send(api, value), 400, "invalid_request", "/content", rule=rule)


def test_a_wrong_body(api: APIClient) -> None:
    assert_problem(send(api, title="x"), 400, "invalid_request", "/title", rule="unknown_field")
    assert_problem(api.post(LINT, {}, format="json"), 400, "invalid_request", "/content")
    assert_problem(api.post(LINT, [TEXT], format="json"), 400, "invalid_request", "")
    broken = api.generic("POST", LINT, '{"content": "\\ud800"}', "application/json")
    assert_problem(broken, 400, "malformed_json")
    assert_problem(api.generic("POST", LINT, "", "application/json"), 400, "malformed_json")
    text = api.generic("POST", LINT, TEXT, "text/markdown")
    assert_problem(text, 415, "unsupported_media_type")


def test_a_text_that_is_too_large(api: APIClient) -> None:
    assert send(api, "x" * MAX_DOCUMENT_BYTES).status_code == 200
    response = send(api, "\u00fc" * (MAX_DOCUMENT_BYTES // 2 + 1))
    assert_problem(response, 413, "payload_too_large", "/content", rule="too_large")
    whole = send(api, "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    assert_problem(whole, 413, "payload_too_large")


@pytest.mark.parametrize(
    ("content", "rule"),
    [("\u200b\ufeff", "empty"), ("x\n" * 60_000, "too_many_lines"), ("- " * 20 + "x", "too_deep")],
    ids=["empty", "long", "deep"],
)
def test_what_is_no_document(api: APIClient, content: str, rule: str) -> None:
    response = send(api, content)
    assert_problem(response, 422, "invalid_document", "/content", rule=rule)


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_only_post_is_served(api: APIClient, method: str) -> None:
    assert_problem(getattr(api, method)(LINT), 405, "method_not_allowed")


def test_the_address_is_exact(api: APIClient) -> None:
    assert_problem(api.post(f"{LINT}/", {"content": TEXT}, format="json"), 404, "not_found")
    response = api.post(f"{LINT}?strict=true", {"content": TEXT}, format="json")
    assert_problem(response, 400, "unknown_parameter", "strict")


# -- Of a PRD --------------------------------------------------------------------------------------


def test_the_findings_of_a_prd(api: APIClient, prd: PRD) -> None:
    with nothing_written():
        assert api.get(address(prd, "lint")).json() == send(api).json()


def test_the_complexity_of_a_prd(api: APIClient, prd: PRD) -> None:
    with nothing_written():
        answer = api.get(address(prd, "complexity")).json()
    expected = score_document(TEXT)
    assert answer["version"] == "cx-1"
    assert (answer["score"], answer["level"]) == (expected.score, "simple")
    assert answer["inputs_hash"] == expected.inputs_hash
    assert [factor["name"] for factor in answer["factors"]] == [
        "words", "requirements", "criteria", "files", "tests", "dependencies", "risks",
        "uncertainties",
    ]  # fmt: skip
    assert answer["factors"][2] == {
        "name": "criteria",
        "found": 1,
        "k": 48,
        "weight": 0.2,
        "contribution": 0.0041,
        "explanation": "1 acceptance criterion adds 0.0041 of at most 0.20.",
    }


@pytest.mark.parametrize("path", PATHS)
def test_they_are_of_the_text_of_now(api: APIClient, owner: User, prd: PRD, path: str) -> None:
    got = api.get(address(prd, path))
    again = api.get(address(prd, path), HTTP_IF_NONE_MATCH=got["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    store_revision(actor=owner, prd=prd, content=CLEAN, document=read_document(CLEAN))
    changed = api.get(address(prd, path), HTTP_IF_NONE_MATCH=got["ETag"])
    assert changed.status_code == 200
    assert changed.json() != got.json()
    stale = api.get(address(prd, path), HTTP_IF_MATCH=got["ETag"])
    assert_problem(stale, 412, "precondition_failed", "If-Match")


def test_a_score_that_is_kept_is_shown_as_it_was_made(api: APIClient, prd: PRD) -> None:
    """Also one of a formula that is no more, until somebody rescores."""
    shown = api.get(address(prd, "complexity")).json()
    kept = {name: shown[name] for name in ("level", "inputs_hash", "factors")}
    PRD.objects.filter(pk=prd.pk).update(
        complexity_score=0.7, complexity_version="cx-0", complexity_factors=kept
    )
    answer = api.get(address(prd, "complexity")).json()
    assert answer == {**shown, "score": 0.7, "version": "cx-0"}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("who", ["collaborator", "viewer"])
def test_members_see_them(
    request: pytest.FixtureRequest,
    api: APIClient,
    client_of: ClientOf,
    prd: PRD,
    path: str,
    who: str,
) -> None:
    client = client_of(request.getfixturevalue(who), "read")
    assert client.get(address(prd, path)).json() == api.get(address(prd, path)).json()


@pytest.mark.parametrize("path", PATHS)
def test_what_may_not_be_seen_is_not_there(
    owner: User, outsider: User, client_of: ClientOf, repository: Repository, prd: PRD, path: str
) -> None:
    deleted = create(PRDFactory, repository=repository, **deletion())
    client, stranger = client_of(owner), client_of(outsider)
    missing = outline(client.get(address(uuid7(), path)))
    assert missing["code"] == "not_found"
    assert outline(stranger.get(address(prd, path))) == missing
    assert outline(client.get(address(deleted, path))) == missing
    assert_problem(client.get(address("nonsense", path)), 404, "not_found")
    assert_problem(APIClient().get(address(prd, path)), 401, "not_authenticated")


@pytest.mark.parametrize("path", PATHS)
def test_they_take_no_parameters_and_no_other_method(api: APIClient, prd: PRD, path: str) -> None:
    assert_problem(api.get(address(prd, path), {"as_of": "now"}), 400, "unknown_parameter", "as_of")
    for method in ("post", "put", "patch", "delete"):
        assert_problem(getattr(api, method)(address(prd, path)), 405, "method_not_allowed")


@pytest.mark.parametrize("path", PATHS)
def test_one_statement_reads_the_prd(api: APIClient, prd: PRD, path: str) -> None:
    expected = query_count(api, address(prd, "content"), {})
    assert query_count(api, address(prd, path), {}) == expected


def test_a_stored_text_that_cannot_be_read(api: APIClient, repository: Repository) -> None:
    """Written past TaskHub; an import refuses it."""
    prd = create(PRDFactory, repository=repository, content="x\n" * 60_000)
    response = api.get(address(prd, "lint"))
    assert_problem(response, 422, "invalid_document", "/content", rule="too_many_lines")
    assert api.get(address(prd, "complexity")).status_code == 200
