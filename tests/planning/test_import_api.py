"""`POST /api/v1/prd/import`: a document comes in, all or nothing."""

from __future__ import annotations

import json
from typing import Any
from unittest import mock
from uuid import UUID

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core.errors import DomainError
from apps.planning.models import PRDPlan
from apps.planning.services import applying
from apps.prds.complexity import score_document
from apps.prds.models import PRD, PRDRevision
from apps.prds.parser import MAX_DOCUMENT_BYTES
from apps.repositories.models import Repository
from apps.tasks.counters import recount_tasks
from apps.tasks.models import Task, TaskDependency, TaskExternalKey
from tests.contracts import API, ClientOf, assert_problem, nothing_written, problem_of
from tests.contracts.resource import another_repository
from tests.factories import PRDFactory, deletion

from .documents import LINES, PLAN, PROSE

IMPORT = f"{API}/prd/import"
READING = "apps.planning.services.comparing.read_document"
pytestmark = pytest.mark.usefixtures("as_app")


@pytest.fixture
def body(repository: Repository) -> dict[str, Any]:
    """A good body."""
    return {"repository": repository.name, "filename": "bridge.md", "content": PLAN}


def send(client: APIClient, body: dict[str, Any]) -> Any:
    """POST the body."""
    return client.post(IMPORT, body, format="json")


# -- What comes of a document ----------------------------------------------------------------------


def test_the_answer(api: APIClient, body: dict[str, Any]) -> None:
    response = send(api, body)
    assert response.status_code == 201, response.content
    answer = response.json()
    assert answer.keys() == {"prd_id", "task_count", "complexity_score", "tasks", "notes"}
    assert answer["task_count"] == 3
    assert answer["complexity_score"] == score_document(PLAN).score
    assert response["Location"] == f"http://testserver{API}/prds/{answer['prd_id']}"
    stored = api.get(response["Location"]).json()
    assert (stored["filename"], stored["task_count"]) == ("bridge.md", 3)
    assert stored["parse_errors"] == answer["notes"]


def test_the_tasks_in_the_documents_order(api: APIClient, body: dict[str, Any]) -> None:
    answer = send(api, body).json()
    first, second, third = tasks = answer["tasks"]
    assert [task["external_key"] for task in tasks] == list(LINES)
    assert [task["source_lines"] for task in tasks] == list(LINES.values())
    assert [task["content"] for task in tasks] == [
        "Measure the brook",
        "Build the bridge",
        "Open it",
    ]
    assert [task["estimated_minutes"] for task in tasks] == [120, 180, None]
    assert first["acceptance_criteria"] == [
        {"text": "The width is known to 10 cm", "met": True},
        {"text": "The ground on both banks is probed", "met": False},
    ]
    assert first["source_section"].endswith("Tasks > BR-9-01 Measure the brook")
    assert "How wide is it in March?" in first["details"]
    assert (first["dependencies"], first["blocks"]) == ([], [second["id"]])
    assert (second["dependencies"], second["blocks"]) == ([first["id"]], [third["id"]])
    assert third["dependencies"] == [second["id"]]
    assert {(task["status"], task["version"]) for task in tasks} == {("pending", 1)}
    assert {task["prd_id"] for task in tasks} == {answer["prd_id"]}
    assert [task["id"] for task in tasks] == sorted(task["id"] for task in tasks)
    for task in tasks:
        assert api.get(f"{API}/tasks/{task['id']}").json() == task


def test_what_cannot_be_resolved_is_reported(api: APIClient, body: dict[str, Any]) -> None:
    """BR-9-77 is in no heading: the dependency is not guessed, not dropped without a word."""
    answer = send(api, body).json()
    (note,) = [note for note in answer["notes"] if "BR-9-77" in note["message"]]
    assert note["line"] == 29
    assert api.get(f"{API}/prds/{answer['prd_id']}").json()["parse_status"] == "partial"


def test_without_tasks_only_the_document_is_kept(api: APIClient, body: dict[str, Any]) -> None:
    answer = send(api, {**body, "auto_generate_subtasks": False}).json()
    assert (answer["task_count"], answer["tasks"]) == (0, [])
    assert Task.objects.count() == TaskExternalKey.objects.count() == 0
    assert PRDRevision.objects.get().content == PLAN


def test_a_document_without_headings_with_ids_makes_no_tasks(
    api: APIClient, body: dict[str, Any]
) -> None:
    response = send(api, {**body, "content": PROSE})
    assert (response.status_code, response.json()["task_count"]) == (201, 0)


def test_entries_become_tasks_and_groups_do_not(api: APIClient, body: dict[str, Any]) -> None:
    content = (
        "# Plan\n\n## Phase 1: Banks\n\n- [ ] T001 Measure (2h)\n- [ ] Rest\n"
        "- [ ] T002 Dig (depends on T001, Rest)\n\n## Notes\n\nWe meet at the oak, every Sunday.\n"
    )
    answer = send(api, {**body, "content": content}).json()
    first, rest, second = answer["tasks"]
    assert [task["external_key"] for task in answer["tasks"]] == ["T001", None, "T002"]
    assert (first["estimated_minutes"], rest["content"]) == (120, "Rest")
    assert second["dependencies"] == [first["id"], rest["id"]]


def test_what_is_only_inferred_waits_for_a_plan(api: APIClient, body: dict[str, Any]) -> None:
    content = (
        "# Plan\n\n## Requirements\n\n- Visitors can cross with a pram\n- Nobody falls in\n\n"
        "## Notes\n\nWe meet at the oak, every Sunday, and talk about what comes next.\n"
    )
    assert send(api, {**body, "content": content}).json()["tasks"] == []
    plan = PRDPlan.objects.get()
    assert set(plan.entries.values_list("decision", "confidence")) == {("postponed", "inferred")}


def test_deleting_a_task_lowers_the_documents_count(api: APIClient, body: dict[str, Any]) -> None:
    answer = send(api, body).json()
    before = api.get(f"{API}/prds/{answer['prd_id']}").json()
    api.delete(f"{API}/tasks/{answer['tasks'][0]['id']}")
    recount_tasks([UUID(answer["prd_id"])])  # what the outbox's worker does with its entry
    after = api.get(f"{API}/prds/{answer['prd_id']}").json()
    assert after == {**before, "task_count": 2}


def test_an_import_takes_as_many_statements_for_30_tasks_as_for_3(
    api: APIClient, body: dict[str, Any]
) -> None:
    counts = []
    for prefix, count in (("WARM", 1), ("FEW", 3), ("MANY", 30)):
        headings = "".join(
            f"## {prefix}-{n} Task {n}\n\nDepends on {prefix}-{n - 1}\n\n"
            for n in range(1, count + 1)
        )
        content = f"# Work\n\n{headings}{PROSE}"
        with CaptureQueriesContext(connection) as queries:
            response = send(api, {**body, "filename": prefix, "content": content})
        assert response.json()["task_count"] == count
        counts.append(len(queries))
    assert counts[1] == counts[2]


def test_every_change_of_an_import_names_who_made_it(
    api: APIClient, owner: User, body: dict[str, Any]
) -> None:
    response = send(api, body)
    records: list[Any] = [
        PRD.objects.get(),
        *Task.objects.all(),
        *TaskDependency.objects.all(),
        *TaskExternalKey.objects.all(),
    ]
    assert len(records) == 1 + 3 + 2 + 3
    for record in records:
        context = record.events.get().pgh_context
        assert context["actor_name"] == owner.username
        assert context["request_id"] == response["X-Request-ID"]


# -- What is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("content", "x" * 99, "min_length"),
        ("content", "", "blank"),
        ("content", " " * 500, "blank"),
        ("content", "\n\t" * 500, "blank"),
        ("content", None, "null"),
        ("content", 5, "invalid"),
        ("content", [PLAN], "invalid"),
        ("content", PLAN + "\0", "nul_character"),
        ("filename", "", "blank"),
        ("filename", " ", "blank"),
        ("filename", "x" * 256, "max_length"),
        ("filename", "a\nb", "invalid_request"),
        ("filename", "a\u202eb", "invalid_request"),
        ("filename", "a\0", "nul_character"),
        ("filename", None, "null"),
        ("filename", 5, "invalid"),
        ("repository", None, "null"),
        ("repository", "", "blank"),
        ("repository", "x" * 256, "max_length"),
        ("auto_generate_subtasks", "true", "invalid"),
        ("auto_generate_subtasks", 1, "invalid"),
        ("auto_generate_subtasks", None, "null"),
        ("dry_run", True, "unknown_field"),
    ],
    ids=lambda value: ascii(value)[:20],
)
def test_a_wrong_value(
    api: APIClient, body: dict[str, Any], field: str, value: Any, rule: str
) -> None:
    with nothing_written():
        response = send(api, {**body, field: value})
    assert_problem(response, 400, "invalid_request", f"/{field}", rule=rule)


def test_what_is_needed(api: APIClient) -> None:
    with nothing_written():
        response = send(api, {})
    assert_problem(response, 400, "invalid_request", "/content", "/filename", "/repository")


@pytest.mark.parametrize("letter", ["x", "ü", "🌱"])
def test_the_size_counts_in_bytes(api: APIClient, body: dict[str, Any], letter: str) -> None:
    largest = letter * (MAX_DOCUMENT_BYTES // len(letter.encode()))
    assert send(api, {**body, "content": largest}).status_code == 201
    with nothing_written():
        response = send(api, {**body, "filename": "b", "content": largest + letter})
    assert_problem(response, 413, "payload_too_large", "/content", rule="too_large")


def test_a_body_that_is_too_large_to_be_read(api: APIClient, body: dict[str, Any]) -> None:
    with nothing_written():
        response = send(api, {**body, "content": "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE})
    assert_problem(response, 413, "payload_too_large")


def test_a_large_document_fits_however_it_is_escaped(api: APIClient, body: dict[str, Any]) -> None:
    """Two bytes of UTF-8 become six characters where a client escapes them."""
    content = "# Дом\n\n" + "слово " * 180_000
    assert 1_900_000 < len(content.encode()) < 2 * 1024 * 1024
    text = json.dumps({**body, "content": content}, ensure_ascii=True)
    response = api.generic("POST", IMPORT, text, "application/json")
    assert response.status_code == 201


def test_a_lone_surrogate_is_no_json(api: APIClient, body: dict[str, Any]) -> None:
    text = f'{{"repository": "acme/rocket", "filename": "a", "content": "{"x" * 99}\\ud800"}}'
    with nothing_written():
        response = api.generic("POST", IMPORT, text, "application/json")
    assert_problem(response, 400, "malformed_json")


def test_a_document_of_invisible_characters_is_empty(api: APIClient, body: dict[str, Any]) -> None:
    with nothing_written():
        response = send(api, {**body, "content": "\u200b\ufeff" * 100})
    assert_problem(response, 422, "invalid_document", "/content", rule="empty")


def test_a_document_of_too_many_lines(api: APIClient, body: dict[str, Any]) -> None:
    with nothing_written():
        response = send(api, {**body, "content": "x\n" * 60_000})
    assert_problem(response, 422, "invalid_document", "/content", rule="too_many_lines")


def test_a_known_filename(api: APIClient, body: dict[str, Any]) -> None:
    assert send(api, body).status_code == 201
    with nothing_written():
        response = send(api, {**body, "content": PROSE})
    assert_problem(response, 409, "already_exists", "/filename", rule="already_exists")


def test_a_filename_that_another_repository_knows(
    api: APIClient, owner: User, body: dict[str, Any]
) -> None:
    assert send(api, body).status_code == 201
    other = another_repository(owner)
    assert send(api, {**body, "repository": other.name}).status_code == 201


def test_the_filename_of_a_deleted_document_is_free(
    api: APIClient, repository: Repository, body: dict[str, Any]
) -> None:
    PRDFactory(repository=repository, filename="bridge.md", **deletion())
    assert send(api, body).status_code == 201


@pytest.mark.parametrize("deleted", [False, True])
def test_a_key_that_a_task_has_already(api: APIClient, body: dict[str, Any], deleted: bool) -> None:
    """The document is parsed and stored before the keys are looked at; nothing of it stays."""
    answer = send(api, body).json()
    if deleted:
        for task in answer["tasks"]:
            api.delete(f"{API}/tasks/{task['id']}")
    with nothing_written():
        response = send(api, {**body, "filename": "again.md"})
    problem = assert_problem(response, 409, "already_exists", "/content", rule="already_exists")
    assert "BR-9-01, BR-9-02, BR-9-03" in problem["detail"]


@pytest.mark.parametrize("place", ["create_tasks", "recount_tasks"])
def test_a_failure_at_the_end_leaves_nothing(
    api: APIClient, body: dict[str, Any], place: str
) -> None:
    """The last steps fail: before the tasks, and after them."""
    with (
        nothing_written(),
        mock.patch.object(applying, place, side_effect=RuntimeError("a secret")),
    ):
        response = send(api, body)
    problem = assert_problem(response, 500, "internal_error")
    assert "secret" not in str(problem)
    assert send(api, body).status_code == 201


def test_a_key_that_is_taken_meanwhile_leaves_nothing(api: APIClient, body: dict[str, Any]) -> None:
    """Two imports at once: the second one's look at the keys came too early."""
    assert send(api, body).status_code == 201
    with (
        nothing_written(),
        mock.patch("apps.planning.sides._holders", return_value={}),
    ):
        response = send(api, {**body, "filename": "again.md"})
    problem = problem_of(response)
    assert (problem["status"], problem["code"]) == (409, "already_exists")


def test_a_repository_that_is_not_there(
    owner: User, outsider: User, client_of: ClientOf, body: dict[str, Any]
) -> None:
    client, bound = client_of(outsider), client_of(owner, "write", another_repository(owner))
    with nothing_written():
        responses = [
            send(client, body),
            send(client, {**body, "repository": "no/such"}),
            send(bound, body),
        ]
    for response in responses:
        assert_problem(response, 404, "not_found", "/repository")


def test_a_viewer_imports_nothing(viewer: User, client_of: ClientOf, body: dict[str, Any]) -> None:
    """And is told so before the document is looked at."""
    client = client_of(viewer)
    with nothing_written(), mock.patch(READING, side_effect=DomainError):
        assert_problem(send(client, body), 403, "permission_denied")


def test_scope_read_imports_nothing(owner: User, client_of: ClientOf, body: dict[str, Any]) -> None:
    client = client_of(owner, "read")
    with nothing_written():
        assert_problem(send(client, body), 403, "permission_denied")
        assert_problem(send(APIClient(), body), 401, "not_authenticated")


def test_an_archived_repository_takes_nothing(
    api: APIClient, repository: Repository, body: dict[str, Any]
) -> None:
    Repository.objects.filter(pk=repository.pk).update(archived_at=timezone.now())
    with nothing_written():
        assert_problem(send(api, body), 409, "repository_archived")


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete"])
def test_only_post_is_served(api: APIClient, method: str) -> None:
    assert_problem(getattr(api, method)(IMPORT), 405, "method_not_allowed")


def test_the_address_is_exact(api: APIClient, body: dict[str, Any]) -> None:
    with nothing_written():
        slash = api.post(f"{IMPORT}/", body, format="json")
        parameter = api.post(f"{IMPORT}?dry_run=true", body, format="json")
    assert_problem(slash, 404, "not_found")
    assert_problem(parameter, 400, "unknown_parameter", "dry_run")
