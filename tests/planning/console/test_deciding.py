"""Deciding in the console: what is kept, what is refused, what others did meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.core.ids import uuid7
from apps.planning.models import PRDPlan
from apps.planning.services import EntryDecision, decide, discard_plan, refresh_plan
from apps.repositories.models import Repository
from apps.tasks.models import Task
from apps.tasks.services import update_task
from tests.contracts import nothing_written
from tests.core.admin.support import logged_in, page_url, words
from tests.planning.documents import PLAN

from .support import apply, entry, inputs, opened, plan_of, put, said

pytestmark = pytest.mark.usefixtures("as_app")


def test_an_untouched_page_is_no_write(console: Client, conflict: PRDPlan) -> None:
    with nothing_written():
        response = console.post(page_url(conflict), opened(console, conflict))
    assert response["Location"] == page_url(conflict)


def test_decisions_choices_and_values_are_kept(console: Client, conflict: PRDPlan) -> None:
    data = opened(console, conflict)
    data |= put(conflict, "BR-9-02", choice__estimated_minutes="mine", choice__content="own")
    data |= put(conflict, "BR-9-02", value__content="Build a bridge of stone")
    data |= put(conflict, "BR-9-04", decision="rejected", value__tags="a, b")
    data |= put(conflict, "BR-9-03", choice__status="mine")
    response = console.post(page_url(conflict), data | {"then": "apply"})
    assert response["Location"] == page_url(conflict, "apply"), words(response)
    assert said(conflict, "BR-9-02") == (
        "accepted",  # every question is answered
        {
            "choices": {"estimated_minutes": "mine"},
            "values": {"content": "Build a bridge of stone"},
        },
    )
    assert said(conflict, "BR-9-04") == (
        "rejected",
        {"choices": {}, "values": {"tags": ["a", "b"]}},
    )
    assert said(conflict, "BR-9-03")[1]["choices"] == {"status": "mine"}
    assert opened(console, conflict)[f"e-{entry(conflict, 'BR-9-04').pk}-value-tags"] == "a, b"
    outlook = words(console.get(response["Location"]))
    for sentence in ("1 task will be changed.", "1 proposal was rejected.", "revision 2"):
        assert sentence in outlook
    assert "cancelled" not in outlook
    assert apply(console, conflict)["Location"] == page_url(conflict)
    task = Task.objects.get(external_key__key="BR-9-02")
    assert (task.content, task.estimated_minutes) == ("Build a bridge of stone", 90)
    done = words(console.get(page_url(conflict)))
    assert "What was done 1 task was changed." in done
    assert "Another value." not in done, "the title was no conflict"


def test_the_values_of_a_new_task(console: Client, writer: User, repository: Repository) -> None:
    plan = plan_of(writer, repository, PLAN)
    data = opened(console, plan) | put(
        plan,
        "BR-9-01",
        value__content="Measure it",
        value__details="Twice.\r\nIn March.",
        value__priority="high",
        value__estimated_minutes="45",
        value__assignee="mara",
        value__tags="water, stone",
        value__acceptance_criteria="[x] Wide\n[ ] Deep",
    )
    assert console.post(page_url(plan), data).status_code == 302
    apply(console, plan)
    task = Task.objects.get(external_key__key="BR-9-01")
    assert (task.content, task.details) == ("Measure it", "Twice.\nIn March.")
    assert (task.priority, task.estimated_minutes, task.assignee) == ("high", 45, "mara")
    assert task.tags == ["water", "stone"]
    assert task.acceptance_criteria == [
        {"text": "Wide", "met": True},
        {"text": "Deep", "met": False},
    ]


def test_an_edit_can_be_taken_back(console: Client, writer: User, repository: Repository) -> None:
    plan = plan_of(writer, repository, PLAN)
    for text, values in (("Other", {"content": "Other"}), ("Measure the brook", {})):
        data = opened(console, plan) | put(plan, "BR-9-01", value__content=text)
        assert console.post(page_url(plan), data).status_code == 302
        assert said(plan, "BR-9-01")[1]["values"] == values


def test_which_of_two_it_is(console: Client, writer: User, repository: Repository) -> None:
    lines = "- Paint the north rail\n- Paint the south rail\n"
    text = f"# Rails\n\n## Tasks\n\n{lines}"
    apply(console, plan_of(writer, repository, text))
    plan = plan_of(writer, repository, text.replace(lines, "- Paint the rail\n"))
    (row,) = plan.entries.all()
    page = console.get(page_url(plan))
    assert "Question" in words(page)
    assert "It is Paint the north rail" in words(page)
    wanted = next(c for c in row.candidates if "south" in c["title"])
    data = inputs(page) | {f"e-{row.pk}-same_as": wanted["item_id"]}
    assert console.post(page_url(plan), data).status_code == 302
    kinds = dict(plan.entries.values_list("task__content", "kind"))
    assert kinds == {"Paint the south rail": "change", "Paint the north rail": "retire"}


def test_the_undecided_ones_at_once(console: Client, writer: User, repository: Repository) -> None:
    plan = plan_of(writer, repository, PLAN)
    waiting = [EntryDecision(row.pk, decision="undecided") for row in plan.entries.all()[:2]]
    decide(actor=writer, plan=plan, decisions=waiting)
    assert console.post(page_url(plan), opened(console, plan) | {"rest": "odd"}).status_code == 302
    assert plan.entries.filter(decision="undecided").count() == 2
    console.post(page_url(plan), opened(console, plan) | {"rest": "postponed"})
    assert sorted(plan.entries.values_list("decision", flat=True)) == [
        "accepted",
        "postponed",
        "postponed",
    ]


@pytest.mark.parametrize(
    ("key", "name", "value", "sentence"),
    [
        ("BR-9-02", "decision", "accepted", "Say which value it shall have."),
        ("BR-9-02", "decision", "postponed", "Select a valid choice."),
        ("BR-9-02", "choice__estimated_minutes", "ours", "Select a valid choice."),
        ("BR-9-04", "decision", "perhaps", "Select a valid choice."),
        ("BR-9-04", "value__estimated_minutes", "two", "Give whole minutes"),
        ("BR-9-04", "value__estimated_minutes", "-1", "Give no less than 0"),
        ("BR-9-04", "value__estimated_minutes", "9" * 40, "Give no more than 10080"),
        ("BR-9-04", "value__content", "", "cannot be blank"),
        ("BR-9-04", "value__content", "x" * 1001, "content"),
        ("BR-9-04", "value__content", "a\0b", "Null characters are not allowed."),
        ("BR-9-04", "value__details", "x" * 100_001, "details"),
        ("BR-9-04", "value__priority", "urgent", "Select a valid choice."),
        ("BR-9-04", "value__assignee", "x" * 256, "at most 255"),
        ("BR-9-04", "value__tags", "a, a", "Twice in the list"),
        ("BR-9-04", "value__tags", ", ".join(map(str, range(11))), "at most 10 items"),
        ("BR-9-04", "value__acceptance_criteria", "no box", "neither"),
    ],
)
def test_what_does_not_fit_stands_at_its_field(
    console: Client, conflict: PRDPlan, key: str, name: str, value: str, sentence: str
) -> None:
    other = put(conflict, "BR-9-03", decision="rejected")
    wrong = put(conflict, key, **{name: value})
    with nothing_written():
        response = console.post(page_url(conflict), opened(console, conflict) | other | wrong)
    assert response.status_code == 200
    forms = {each.row.key: each.form for each in response.context["entries"]}
    errors = forms[key].errors
    assert any(sentence in message for messages in errors.values() for message in messages), errors
    assert forms["BR-9-03"]["decision"].value() == "rejected", "nothing is lost"


def test_hand_made_posts(console: Client, conflict: PRDPlan) -> None:
    """Other plans' entries, ids that are none, no version: refused, and nothing is written."""
    other = plan_of(
        User.objects.get(username="writer"), conflict.repository, PLAN.replace("BR", "XX"), "x.md"
    )
    strange = put(other, "XX-9-01", seen="1", decision="rejected")
    odd = {f"e-{uuid7()}-seen": "1", "e-zzz-seen": "1", "e--decision": "x", "version": "\0"}
    for data in (strange, odd, {}, {"version": "9" * 30}, put(conflict, "BR-9-04", seen="x")):
        with nothing_written():
            assert console.post(page_url(conflict), data).status_code in (200, 302)
    wrong = opened(console, conflict) | put(conflict, "BR-9-04", decision="rejected")
    with nothing_written():
        response = console.post(page_url(conflict), wrong | {"version": ""})
    assert "The plan has changed since you opened this page." in words(response)


def test_a_stale_page_says_who_did_what_and_keeps_the_input(
    console: Client, other: User, conflict: PRDPlan
) -> None:
    data = opened(console, conflict)
    theirs = EntryDecision(entry(conflict, "BR-9-04").pk, decision="rejected")
    logged_in(other).post(
        page_url(conflict),
        opened(console, conflict) | put(conflict, "BR-9-04", decision="rejected"),
    )
    data |= put(conflict, "BR-9-03", decision="rejected", choice__status="mine")
    with nothing_written():
        response = console.post(page_url(conflict), data)
    page = words(response)
    assert "other changed the plan after you opened this page" in page
    assert "BR-9-04 “Paint it”: now rejected (by other)" in page
    again = inputs(response)
    assert again[f"e-{entry(conflict, 'BR-9-03').pk}-decision"] == "rejected"
    assert again[f"e-{theirs.entry_id}-decision"] == "rejected", "theirs, since mine was untouched"
    assert console.post(page_url(conflict), again).status_code == 302
    assert said(conflict, "BR-9-03")[0] == said(conflict, "BR-9-04")[0] == "rejected"


def test_input_for_proposals_that_are_gone_is_shown(
    console: Client, writer: User, conflict: PRDPlan, imported: dict[str, Task]
) -> None:
    data = opened(console, conflict)
    data |= put(conflict, "BR-9-02", choice__estimated_minutes="own", value__content="My words")
    task = Task.objects.get(pk=imported["BR-9-02"].pk)
    update_task(actor=writer, task=task, changes={"estimated_minutes": 30})
    refresh_plan(actor=writer, plan=conflict)
    with nothing_written():
        response = console.post(page_url(conflict), data)
    assert "value-content: My words" in words(response)


@pytest.mark.parametrize("close", [discard_plan, None])
def test_a_closed_plan_takes_no_more(
    console: Client, writer: User, repository: Repository, close: Callable[..., Any] | None
) -> None:
    plan = plan_of(writer, repository, PLAN)
    data = opened(console, plan) | put(plan, "BR-9-01", decision="rejected")
    if close:
        close(actor=writer, plan=plan)
    else:
        apply(console, plan)
    with nothing_written():
        response = console.post(page_url(plan), data)
        page = words(response)
        assert "Measure the brook: Decision: rejected" in page
        assert not response.context["editable"]
        for name in ("apply", "refresh", "discard"):
            console.post(page_url(plan, name), {"version": PRDPlan.objects.get().version})
    assert "Edit" not in page
