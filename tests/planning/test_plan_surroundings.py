"""A plan sees what stands around the document's tasks: what cannot be done is said before."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.planning import progress
from apps.planning.models import PRDPlan
from apps.planning.plans import progress_of
from apps.repositories.models import Repository
from apps.tasks.graph import lock_graph
from apps.tasks.models import Task
from tests.contracts import API, assert_problem, nothing_written

from .test_plans_api import apply, decide, entries_of, plan_of

pytestmark = pytest.mark.usefixtures("as_app")
TEXT = "# Bridge\n\n## Tasks\n\n- [ ] AB-1 First\n- [ ] AB-2 Second (depends on AB-1)\n"


def imported(api: APIClient, repository: Repository, text: str = TEXT) -> dict[str, Task]:
    assert apply(api, plan_of(api, repository, text)).status_code == 200
    tasks = Task.objects.filter(prd__filename="bridge.md").select_related("external_key")
    return {task.external_key.key: task for task in tasks}


def new_task(api: APIClient, repository: Repository, **values: Any) -> str:
    body = {"repository": repository.name, "content": "Outside", **values}
    response = api.post(f"{API}/tasks", body, format="json")
    assert response.status_code == 201, response.content
    return response.json()["id"]


def test_a_tick_over_open_work_is_a_conflict(api: APIClient, repository: Repository) -> None:
    tasks = imported(api, repository)
    plan = plan_of(api, repository, TEXT.replace("[ ] AB-2", "[x] AB-2"))
    (entry,) = entries_of(api, plan).values()
    assert (entry["kind"], entry["decision"]) == ("conflict", "undecided")
    (change,) = entry["changes"]
    assert change["reason"] == "Open work stands in the way. It waits for “First”."
    word = {"id": entry["id"], "decision": "accepted", "choices": {"status": "theirs"}}
    assert decide(api, plan, word).status_code == 200
    with nothing_written():
        problem = assert_problem(apply(api, plan), 409, "open_work", f"/entries/{entry['id']}")
    assert problem["errors"][0]["detail"].startswith("AB-2 “Second”: ")
    assert decide(api, plan, {**word, "choices": {"status": "mine"}}).status_code == 200
    assert apply(api, plan).status_code == 200
    tasks["AB-2"].refresh_from_db()
    assert tasks["AB-2"].status == "pending"


def test_a_tick_of_both_is_none(api: APIClient, repository: Repository) -> None:
    imported(api, repository)
    plan = plan_of(api, repository, TEXT.replace("[ ]", "[x]"))
    assert {e["kind"] for e in entries_of(api, plan).values()} == {"change"}
    assert apply(api, plan).status_code == 200
    assert set(Task.objects.values_list("status", flat=True)) == {"completed"}


@pytest.mark.parametrize("rule", ["allow", "warn"])
def test_where_it_is_allowed_it_is_done(api: APIClient, repository: Repository, rule: str) -> None:
    Repository.objects.filter(pk=repository.pk).update(settings={"closing_with_open_work": rule})
    imported(api, repository)
    plan = plan_of(api, repository, TEXT.replace("[ ] AB-2", "[x] AB-2"))
    assert plan["counts"]["undecided"] == 0
    assert apply(api, plan).status_code == 200


def test_a_tick_over_an_open_child_or_a_task_outside(
    api: APIClient, repository: Repository
) -> None:
    tasks = imported(api, repository)
    new_task(api, repository, parent_task_id=str(tasks["AB-1"].pk), content="Below")
    outside = new_task(api, repository)
    body = {"dependencies": [str(tasks["AB-1"].pk), outside]}
    api.patch(f"{API}/tasks/{tasks['AB-2'].pk}", body, format="json")
    plan = plan_of(api, repository, TEXT.replace("[ ]", "[x]"))
    reasons = {
        key: change["reason"]
        for key, entry in entries_of(api, plan).items()
        for change in entry["changes"]
        if change["verdict"] == "conflict"
    }
    assert reasons.keys() == {"AB-1", "AB-2"}
    assert "Below it is" in reasons["AB-1"]
    assert "It waits for" in reasons["AB-2"]


def test_a_circle_through_a_task_outside_is_a_conflict(
    api: APIClient, repository: Repository
) -> None:
    text = TEXT.replace(" (depends on AB-1)", "")
    tasks = imported(api, repository, text)
    between = new_task(api, repository, dependencies=[str(tasks["AB-2"].pk)])
    outside = new_task(api, repository, dependencies=[between])
    body = {"dependencies": [outside]}
    assert api.patch(f"{API}/tasks/{tasks['AB-1'].pk}", body, format="json").status_code == 200
    plan = plan_of(api, repository, TEXT)
    (entry,) = entries_of(api, plan).values()
    (change,) = (c for c in entry["changes"] if c["field"] == "dependencies")
    assert (change["verdict"], "circle" in change["reason"]) == ("conflict", True)
    word = {"id": entry["id"], "decision": "accepted", "choices": {"dependencies": "theirs"}}
    assert decide(api, plan, word).status_code == 200
    with nothing_written():
        assert_problem(apply(api, plan), 409, "dependency_cycle", f"/entries/{entry['id']}")


def test_what_others_wait_for_is_not_cancelled_unasked(
    api: APIClient, repository: Repository
) -> None:
    tasks = imported(api, repository)
    outside = new_task(api, repository, dependencies=[str(tasks["AB-2"].pk)])
    plan = plan_of(api, repository, "# Bridge\n\n## Tasks\n\n- [ ] AB-1 First\n")
    (entry,) = entries_of(api, plan).values()
    change = entry["changes"][0]
    assert (change["field"], change["verdict"]) == ("status", "conflict")
    assert change["reason"] == "Other work waits for it, and would wait no longer."
    api.delete(f"{API}/tasks/{outside}")
    assert api.post(f"{API}/prd/plans/{plan['id']}/refresh").status_code == 200
    assert entries_of(api, plan)["AB-2"]["kind"] == "retire"


@pytest.mark.parametrize(
    ("texts", "new", "expected"),
    [
        ("[ ] [ ]", "[ ] [x]", [False, True]),
        ("[ ] [ ]", "[x] [ ]", [True, False]),
        ("[ ] [ ]", "[ ]", [False]),
    ],
)
def test_criteria_of_one_text_are_told_by_their_order(
    api: APIClient, repository: Repository, texts: str, new: str, expected: list[bool]
) -> None:
    def text(boxes: str) -> str:
        lines = "".join(
            f"- {box}] Tests pass\n" for box in boxes.replace("] ", "]").split("]")[:-1]
        )
        return f"# Bridge\n\n## AB-1 First\n\n**Acceptance criteria**\n\n{lines}"

    tasks = imported(api, repository, text(texts))
    assert apply(api, plan_of(api, repository, text(new))).status_code == 200
    tasks["AB-1"].refresh_from_db()
    assert [c["met"] for c in tasks["AB-1"].acceptance_criteria] == expected


def test_evidence_of_the_second_of_one_text_is_not_lost(
    api: APIClient, repository: Repository
) -> None:
    box = "- [ ] Tests pass\n"
    text = f"# Bridge\n\n## AB-1 First\n\n**Acceptance criteria**\n\n{box}{box}"
    tasks = imported(api, repository, text)
    criteria = [
        {"text": "Tests pass", "met": False},
        {"text": "Tests pass", "met": True, "evidence": "log 7"},
    ]
    body = {"acceptance_criteria": criteria}
    assert api.patch(f"{API}/tasks/{tasks['AB-1'].pk}", body, format="json").status_code == 200
    plan = plan_of(api, repository, "# Bridge\n\n## AB-1 First\n\nNo criteria any more.\n")
    (entry,) = entries_of(api, plan).values()
    verdicts = {c["field"]: c["verdict"] for c in entry["changes"]}
    assert verdicts["acceptance_criteria"] == "conflict"


def test_a_criterion_that_one_side_removed_and_the_other_reworded(
    api: APIClient, repository: Repository
) -> None:
    text = "# Bridge\n\n## AB-1 First\n\n**Acceptance criteria**\n\n- [ ] It opens within 3 s\n"
    tasks = imported(api, repository, text)
    body: dict[str, Any] = {"acceptance_criteria": []}
    assert api.patch(f"{API}/tasks/{tasks['AB-1'].pk}", body, format="json").status_code == 200
    plan = plan_of(api, repository, text.replace("3 s", "4 s"))
    (entry,) = entries_of(api, plan).values()
    verdicts = {c["field"]: c["verdict"] for c in entry["changes"]}
    assert verdicts == {"details": "take", "acceptance_criteria": "conflict"}


def test_where_titles_are_too_many_to_compare_nothing_is_taken_unseen(
    api: APIClient, repository: Repository
) -> None:
    def text(word: str) -> str:
        items = "".join(f"- [ ] Water {word} tree {n} of the orchard\n" for n in range(501))
        return f"# Big\n\n## Tasks\n\n{items}"

    assert apply(api, plan_of(api, repository, text("the"))).status_code == 200
    plan = plan_of(api, repository, text("this"))
    counts = plan["counts"]
    assert (counts["add"], counts["retire"], counts["undecided"]) == (501, 501, 1_002)
    assert any("not compared" in note["message"] for note in plan["notes"])


def test_mine_is_no_answer_for_a_new_task(api: APIClient, repository: Repository) -> None:
    plan = plan_of(api, repository, TEXT)
    entry = entries_of(api, plan)["AB-1"]
    with nothing_written():
        response = decide(api, plan, {"id": entry["id"], "choices": {"content": "mine"}})
    assert_problem(response, 400, "invalid_request", "/entries/0/choices/content")


def test_progress_is_told_only_while_somebody_applies(
    api: APIClient, repository: Repository
) -> None:
    """What a killed process has said of itself is not believed."""
    plan = PRDPlan.objects.get(pk=plan_of(api, repository, TEXT)["id"])
    progress.report(plan.pk, "creating", 3)
    assert progress_of(plan) is None
    assert api.get(f"{API}/prd/plans/{plan.pk}").json()["progress"] is None
    lock_graph(repository.pk)
    assert progress_of(plan) == {"step": "creating", "number": 3, "of": 5, "tasks": 3}
