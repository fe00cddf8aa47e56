"""A changed document over the API: plan, look, decide, apply, look at the tasks' history."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.repositories.models import Repository
from apps.tasks.models import Task
from tests.contracts import API, assert_problem, nothing_written

from .documents import PLAN

pytestmark = pytest.mark.usefixtures("as_app")
PLANS = f"{API}/prd/plans"
THIRD = "### BR-9-03 Open it\n\nDepends on BR-9-02, BR-9-77\n"
CHANGED = (
    PLAN.replace("2-4 h", "8 h")
    .replace("Build the bridge", "Build a wide bridge")
    .replace(THIRD, "### BR-9-04 Paint it\n\nDepends on BR-9-02\n")
)


@pytest.fixture
def imported(api: APIClient, repository: Repository) -> dict[str, Any]:
    """The first text's tasks by their ids in the document."""
    body = {"repository": repository.name, "filename": "bridge.md", "content": PLAN}
    answer = api.post(f"{API}/prd/import", body, format="json").json()
    return {task["external_key"]: task for task in answer["tasks"]}


def plan_of(api: APIClient, repository: Repository, content: str, **more: Any) -> dict[str, Any]:
    body = {"repository": repository.name, "filename": "bridge.md", "content": content, **more}
    response = api.post(PLANS, body, format="json")
    assert response.status_code == 201, response.content
    return response.json()


def entries_of(api: APIClient, plan: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = api.get(f"{PLANS}/{plan['id']}/entries", {"limit": 200}).json()["results"]
    return {entry["key"]: entry for entry in found}


def decide(api: APIClient, plan: dict[str, Any], *words: dict[str, Any]) -> Any:
    return api.post(f"{PLANS}/{plan['id']}/decisions", {"entries": list(words)}, format="json")


def apply(api: APIClient, plan: dict[str, Any]) -> Any:
    return api.post(f"{PLANS}/{plan['id']}/apply")


def test_the_same_text_again_is_an_empty_plan(
    api: APIClient, repository: Repository, imported: dict[str, Any]
) -> None:
    plan = plan_of(api, repository, PLAN)
    assert set(plan["counts"].values()) == {0}
    assert entries_of(api, plan) == {}


def test_what_the_document_changed_is_proposed_with_its_lines(
    api: APIClient, repository: Repository, imported: dict[str, Any]
) -> None:
    plan = plan_of(api, repository, CHANGED)
    assert plan["counts"] == {
        "add": 1, "change": 1, "retire": 1, "move": 0, "conflict": 0, "undecided": 0,
    }  # fmt: skip
    entries = entries_of(api, plan)
    assert {key: entry["kind"] for key, entry in entries.items()} == {
        "BR-9-02": "change",
        "BR-9-04": "add",
        "BR-9-03": "retire",
    }
    changes = {change["field"]: change for change in entries["BR-9-02"]["changes"]}
    assert entries["BR-9-02"]["task_id"] == imported["BR-9-02"]["id"]
    estimate = changes["estimated_minutes"]
    assert [estimate[side] for side in ("base", "mine", "theirs", "result")] == [180, 180, 480, 480]
    assert estimate["place"] == {
        "first_line": 24, "last_line": 24, "rule": "label", "confidence": "explicit",
    }  # fmt: skip
    assert entries["BR-9-04"]["lines"] == [27, 29]
    assert entries["BR-9-03"]["lines"] is None


def test_applying_does_what_was_proposed_and_says_why(
    api: APIClient, repository: Repository, imported: dict[str, Any]
) -> None:
    plan = plan_of(api, repository, CHANGED)
    applied = apply(api, plan)
    assert applied.status_code == 200, applied.content
    assert (applied.json()["state"], applied.json()["progress"]) == ("applied", None)
    second = api.get(f"{API}/tasks/{imported['BR-9-02']['id']}").json()
    assert (second["content"], second["estimated_minutes"]) == ("Build a wide bridge", 480)
    third = api.get(f"{API}/tasks/{imported['BR-9-03']['id']}").json()
    assert (third["status"], third["source_lines"]) == ("cancelled", None)
    assert third["removed_from_prd_at"] is not None
    new = Task.objects.get(external_key__key="BR-9-04")
    assert [str(link.depends_on_id) for link in new.dependency_links.all()] == [second["id"]]
    history = api.get(f"{API}/tasks/{second['id']}/history").json()["results"]
    assert history[0]["reason"] == f"Import of bridge.md, plan {plan['id']}"
    prd = api.get(f"{API}/prds/{applied.json()['prd_id']}").json()
    assert (prd["revision"], prd["task_count"]) == (2, 4)


def test_both_sides_changed(
    api: APIClient, repository: Repository, imported: dict[str, Any]
) -> None:
    """A conflict stops the plan until somebody has chosen; the rest of the task is merged."""
    task = f"{API}/tasks/{imported['BR-9-02']['id']}"
    api.patch(task, {"estimated_minutes": 90, "assignee": "mara"}, format="json")
    plan = plan_of(api, repository, CHANGED)
    entry = entries_of(api, plan)["BR-9-02"]
    assert (entry["kind"], entry["decision"]) == ("conflict", "undecided")
    with nothing_written():
        problem = assert_problem(apply(api, plan), 409, "plan_undecided", f"/entries/{entry['id']}")
    assert "BR-9-02" in problem["errors"][0]["detail"]
    half = decide(api, plan, {"id": entry["id"], "decision": "accepted"})
    assert half.status_code == 200
    assert_problem(apply(api, plan), 409, "plan_undecided", f"/entries/{entry['id']}")
    decided = decide(api, plan, {"id": entry["id"], "choices": {"estimated_minutes": "mine"}})
    assert decided.json()["version"] > plan["version"]
    assert apply(api, plan).status_code == 200
    now = api.get(task).json()
    assert (now["estimated_minutes"], now["assignee"]) == (90, "mara")
    assert now["content"] == "Build a wide bridge"
    assert entries_of(api, plan_of(api, repository, CHANGED)) == {}


def test_another_value_than_either(
    api: APIClient, repository: Repository, imported: dict[str, Any]
) -> None:
    api.patch(f"{API}/tasks/{imported['BR-9-02']['id']}", {"estimated_minutes": 90}, format="json")
    plan = plan_of(api, repository, CHANGED)
    entry = entries_of(api, plan)["BR-9-02"]
    word = {"id": entry["id"], "decision": "accepted", "values": {"estimated_minutes": 300}}
    assert decide(api, plan, word).status_code == 200
    assert apply(api, plan).status_code == 200
    assert api.get(f"{API}/tasks/{imported['BR-9-02']['id']}").json()["estimated_minutes"] == 300


def test_a_proposal_is_edited_another_rejected(api: APIClient, repository: Repository) -> None:
    plan = plan_of(api, repository, PLAN)
    assert plan["prd_id"] is None
    entries = entries_of(api, plan)
    words = (
        {"id": entries["BR-9-01"]["id"], "values": {"content": "Measure it", "priority": "high"}},
        {"id": entries["BR-9-02"]["id"], "decision": "rejected"},
    )
    assert decide(api, plan, *words).status_code == 200
    applied = apply(api, plan).json()
    first, third = Task.objects.order_by("id")
    assert (first.content, first.priority) == ("Measure it", "high")
    assert third.dependency_links.count() == 0
    assert applied["prd_id"] == str(first.prd_id)
    assert entries_of(api, plan_of(api, repository, PLAN)) == {}, "what was rejected stays away"


def test_without_tasks_first_and_with_them_later(api: APIClient, repository: Repository) -> None:
    plan = plan_of(api, repository, PLAN, auto_generate_subtasks=False)
    assert entries_of(api, plan) == {}
    assert apply(api, plan).status_code == 200
    assert not Task.objects.exists()
    body = {"repository": repository.name, "filename": "bridge.md"}
    later = api.post(PLANS, body, format="json").json()
    assert later["counts"]["add"] == 3
    assert apply(api, later).status_code == 200
    assert Task.objects.count() == 3


def test_a_task_that_changed_since_makes_the_plan_stale(
    api: APIClient, repository: Repository, imported: dict[str, Any]
) -> None:
    plan = plan_of(api, repository, CHANGED)
    entries = entries_of(api, plan)
    decide(api, plan, {"id": entries["BR-9-04"]["id"], "decision": "rejected"})
    api.patch(f"{API}/tasks/{imported['BR-9-02']['id']}", {"content": "Mine"}, format="json")
    with nothing_written():
        assert_problem(apply(api, plan), 409, "plan_stale")
    assert api.post(f"{PLANS}/{plan['id']}/refresh").status_code == 200
    fresh = entries_of(api, plan)
    assert fresh["BR-9-02"]["kind"] == "conflict"
    assert fresh["BR-9-04"]["decision"] == "rejected", "what was said stands"
    assert fresh["BR-9-04"]["id"] == entries["BR-9-04"]["id"]


def test_which_of_two_it_is(api: APIClient, repository: Repository) -> None:
    """Two tasks of one name become one of nearly that name: somebody has to say which."""
    lines = "- Paint the north rail\n- Paint the south rail\n"
    text = f"# Rails\n\n## Tasks\n\n{lines}"
    assert apply(api, plan_of(api, repository, text)).status_code == 200
    first = Task.objects.get(content="Paint the north rail")
    changed = text.replace(lines, "- Paint the rail\n")
    plan = plan_of(api, repository, changed)
    (entry,) = entries_of(api, plan).values()
    assert {c["title"] for c in entry["candidates"]} == set(lines.strip("- \n").split("\n- "))
    assert_problem(apply(api, plan), 409, "plan_undecided", f"/entries/{entry['id']}")
    wanted = next(c for c in entry["candidates"] if c["task_id"] == str(first.pk))
    assert decide(api, plan, {"id": entry["id"], "same_as": wanted["item_id"]}).status_code == 200
    kinds = {e["task_id"]: e["kind"] for e in entries_of(api, plan).values()}
    second = Task.objects.get(content="Paint the south rail")
    assert kinds == {str(first.pk): "change", str(second.pk): "retire"}
    assert apply(api, plan).status_code == 200
    first.refresh_from_db()
    assert first.content == "Paint the rail"


@pytest.mark.parametrize(
    ("word", "place"),
    [
        ({"decision": "perhaps"}, "/entries/0/decision"),
        ({"choices": {"estimated_minutes": "ours"}}, "/entries/0/choices/estimated_minutes"),
        ({"choices": {"priority": "mine"}}, "/entries/0/choices/priority"),
        ({"values": {"estimated_minutes": "two"}}, "/entries/0/values/estimated_minutes"),
        ({"values": {"estimated_minutes": -1}}, "/entries/0/values/estimated_minutes"),
        ({"values": {"estimated_minutes": 10**30}}, "/entries/0/values/estimated_minutes"),
        ({"values": {"content": ""}}, "/entries/0/values/content"),
        ({"values": {"content": "x" * 1001}}, "/entries/0/values/content"),
        ({"values": {"content": 5}}, "/entries/0/values/content"),
        ({"values": {"status": "completed"}}, "/entries/0/values/status"),
        ({"values": {"tags": ["a"]}}, "/entries/0/values/tags"),
        ({"values": ["content"]}, "/entries/0/values"),
        ({"same_as": "somebody"}, "/entries/0/same_as"),
        ({"decision": "postponed"}, "/entries/0/decision"),
        ({"colour": "red"}, "/entries/0/colour"),
    ],
)
def test_answers_that_do_not_fit(
    api: APIClient,
    repository: Repository,
    imported: dict[str, Any],
    word: dict[str, Any],
    place: str,
) -> None:
    plan = plan_of(api, repository, CHANGED)
    entry = entries_of(api, plan)["BR-9-02"]
    with nothing_written():
        response = decide(api, plan, {"id": entry["id"], **word})
    assert_problem(response, 400, "invalid_request", place)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("tags", "a"),
        ("tags", [str(n) for n in range(11)]),
        ("tags", ["a", "a"]),
        ("tags", [{"a": 1}]),
        ("acceptance_criteria", [{"text": "a", "met": "yes"}]),
        ("acceptance_criteria", [{"met": True}]),
        ("acceptance_criteria", ["text"]),
        ("acceptance_criteria", None),
        ("priority", "urgent"),
        ("priority", None),
        ("assignee", "x" * 256),
        ("details", "x" * 100_001),
        ("details", None),
        ("content", "a\x00b"),
    ],
)
def test_values_of_a_new_task_follow_the_tables_rules(
    api: APIClient, repository: Repository, field: str, value: Any
) -> None:
    plan = plan_of(api, repository, PLAN)
    entry = entries_of(api, plan)["BR-9-01"]
    with nothing_written():
        response = decide(api, plan, {"id": entry["id"], "values": {field: value}})
    problem = response.json()
    assert response.status_code == 400, response.content
    assert all(e["pointer"].startswith("/entries/0/values") for e in problem["errors"]), problem


def test_an_entry_of_another_plan_or_twice(api: APIClient, repository: Repository) -> None:
    plan, other = (plan_of(api, repository, PLAN) for _ in range(2))
    own, strange = (entries_of(api, each)["BR-9-01"]["id"] for each in (plan, other))
    words = ({"id": own}, {"id": strange}, {"id": own})
    with nothing_written():
        response = decide(api, plan, *words)
    assert_problem(response, 400, "invalid_request", "/entries/1/id", "/entries/2/id")


def test_an_export_comes_home_without_a_change(
    api: APIClient, repository: Repository, imported: dict[str, Any]
) -> None:
    """Its ticks and status lines say what the tasks say already."""
    first = f"{API}/tasks/{imported['BR-9-01']['id']}"
    criteria = api.get(first).json()["acceptance_criteria"]
    for criterion in criteria:
        criterion["met"] = True
    changes = {"acceptance_criteria": criteria, "status": "completed"}
    assert api.patch(first, changes, format="json").status_code == 200
    prd_id = api.get(first).json()["prd_id"]
    exported = api.get(f"{API}/prds/{prd_id}/export").content.decode()
    assert "- [x] The ground on both banks is probed" in exported
    assert "**Status:** completed" in exported
    plan = plan_of(api, repository, exported)
    assert entries_of(api, plan) == {}
    assert apply(api, plan).status_code == 200
    now = api.get(f"{API}/prds/{prd_id}/content", HTTP_ACCEPT="text/markdown").content.decode()
    assert now == PLAN.replace("- [ ] The ground", "- [x] The ground")
    assert api.get(first).json()["status"] == "completed"
