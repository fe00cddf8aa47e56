"""What is learnt from finished work: patterns that go on, and what came after similar tasks."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.planning.choices import SuggestionSource
from apps.repositories.models import Repository
from apps.task_patterns.models import TaskPattern
from apps.task_patterns.work_types import WORK_TYPES_VERSION
from tests.contracts import API, ClientOf
from tests.factories import (
    MiningRunFactory,
    PatternFeedbackFactory,
    PatternRepositoryFactory,
    RepositoryFactory,
    TaskFactory,
    TaskPatternFactory,
)

from .support import ask, completed, contents, source, sources


def mined(repository: Repository | None, steps: str, **values: Any) -> TaskPattern:
    """A pattern as the miner keeps it."""
    kinds = steps.split()
    pattern: TaskPattern = TaskPatternFactory(
        repository=repository,
        run=MiningRunFactory(work_types=values.pop("work_types", WORK_TYPES_VERSION)),
        signature=f"{WORK_TYPES_VERSION}:{'>'.join(kinds)}",
        task_sequence=[{"work_type": kind} for kind in kinds],
        **{
            "support": 12,
            "occurrence_count": 14,
            "lift": 8.31,
            "q_value": 0.0042,
            "success_low": 0.712,
            "success_high": 0.93,
            "confidence": 0.8,
            "weight": 5.0,
            **values,
        },
    )
    return pattern


def test_a_pattern_goes_on(api: APIClient, repository: Repository) -> None:
    pattern = mined(repository, "design implement test document")
    parent = TaskFactory(repository=repository, status="in_progress")
    completed(repository, "Design the gate", hours_ago=3, session_id="s-1")
    last = completed(
        repository, "Implement the gate", hours_ago=1, session_id="s-1", parent_task=parent
    )
    completed(repository, "Review something", hours_ago=0.5, session_id="another")
    answer = ask(api, repository, session_id="s-1")
    [suggestion] = [each for each in answer["suggestions"] if "pattern" in sources(each)]
    assert suggestion["content"] == "Write tests for: the gate"
    assert (suggestion["kind"], suggestion["pattern_id"]) == ("new", str(pattern.pk))
    assert suggestion["values"]["parent_task_id"] == str(parent.pk)
    assert suggestion["reasons"][0]["text"] == (
        "After design → implement comes test in “design → implement → test → document”:"
        " 12 streams here, 8.3 times as often as in shuffled work, q 0.0042, success 71% to 93%."
    )
    values = suggestion["reasons"][0]["values"]
    assert (values["matched"], values["next"], values["lift"]) == (2, "test", 8.31)
    assert answer["cold_start"] is False
    assert answer["basis"]["by"] == "session"
    assert answer["basis"]["last_task_id"] == str(last.pk)

    created = api.post(f"{API}/suggestions/{suggestion['id']}/accept").json()["task"]
    assert (created["pattern_id"], created["parent_task_id"]) == (str(pattern.pk), str(parent.pk))
    assert created["ai_suggested"] is True


def test_a_ready_task_of_the_next_kind_comes_first(api: APIClient, repository: Repository) -> None:
    mined(repository, "implement test")
    completed(repository, "Implement the gate", hours_ago=1, session_id="s-1")
    for number in range(3):
        TaskFactory(repository=repository, content=f"Paint fence {number}")
    TaskFactory(repository=repository, content="Test the fence")
    first = ask(api, repository, session_id="s-1")["suggestions"][0]
    assert (first["content"], first["kind"]) == ("Test the fence", "existing")
    assert sources(first) == ["pattern", "ready"]
    assert first["score"] == pytest.approx(1 / 61 + 1 / 64)


def test_what_the_caller_finished_is_continued(
    owner: User, collaborator: User, client_of: ClientOf, repository: Repository
) -> None:
    mined(repository, "implement test")
    mined(repository, "fix deploy")
    completed(repository, "Implement the gate", hours_ago=1, assignee="owner")
    completed(repository, "Fix the fence", hours_ago=1, assignee="collaborator")
    mine, theirs = (ask(client_of(user), repository) for user in (owner, collaborator))
    assert contents(mine)[0] == "Write tests for: the gate"
    assert contents(theirs)[0] == "Deploy: the fence"
    assert mine["basis"]["by"] == "assignee"


def test_of_nobody_in_particular_the_repositorys_last(
    api: APIClient, repository: Repository
) -> None:
    mined(repository, "fix deploy")
    completed(repository, "Implement the gate", hours_ago=2, assignee="x")
    completed(repository, "Fix the fence", hours_ago=1, assignee="y")
    answer = ask(api, repository)
    assert contents(answer)[0] == "Deploy: the fence"
    assert answer["basis"]["by"] == "repository"


def test_the_task_at_hand_counts_as_the_last_one(api: APIClient, repository: Repository) -> None:
    mined(repository, "design implement test")
    completed(repository, "Design the gate", hours_ago=1, session_id="s-1")
    task = TaskFactory(
        repository=repository, content="Implement it", status="in_progress", session_id="s-1"
    )
    answer = ask(api, repository, task_id=str(task.pk))
    assert contents(answer)[0] == "Write tests for: it"
    assert answer["basis"]["by"] == "task"
    assert len(answer["basis"]["task_ids"]) == 2


def test_a_long_pause_ends_the_tail(api: APIClient, repository: Repository) -> None:
    mined(repository, "design implement test")
    completed(repository, "Design the gate", hours_ago=10, session_id="s-1")
    completed(repository, "Implement the gate", hours_ago=1, session_id="s-1")
    [suggestion] = ask(api, repository, session_id="s-1")["suggestions"]
    assert suggestion["reasons"][0]["values"]["matched"] == 1


def test_patterns_that_do_not_count(api: APIClient, owner: User, repository: Repository) -> None:
    """Retired, of other rules, of another repository, mined over all and not found here."""
    now = timezone.now()
    mined(repository, "implement test", retired_at=now)
    mined(repository, "implement document", work_types="wt-0")
    mined(RepositoryFactory(), "implement deploy")
    PatternRepositoryFactory(pattern=mined(None, "implement review"))
    completed(repository, "Implement the gate", hours_ago=1, session_id="s-1")
    answer = ask(api, repository, session_id="s-1")
    assert answer["suggestions"] == []
    assert answer["cold_start"] is True
    assert source(answer, "pattern")["note"] == "No pattern is mined for this repository."


def test_a_pattern_over_all_says_only_what_is_of_the_repository(
    api: APIClient, repository: Repository
) -> None:
    pattern = mined(None, "implement test", support=4321)
    PatternRepositoryFactory(pattern=pattern, repository=repository, support=7)
    PatternRepositoryFactory(pattern=pattern)
    completed(repository, "Implement the gate", hours_ago=1, session_id="s-1")
    [suggestion] = ask(api, repository, session_id="s-1")["suggestions"]
    [reason] = suggestion["reasons"]
    assert ", mined over all repositories: 7 streams here," in reason["text"]
    assert "4321" not in str(suggestion)


def test_what_people_say_of_a_pattern(api: APIClient, repository: Repository) -> None:
    """The last word in the repository counts; that of another one does not."""
    pattern = mined(repository, "implement test")
    completed(repository, "Implement the gate", hours_ago=1, session_id="s-1")

    def suggested() -> list[str]:
        return contents(ask(api, repository, session_id="s-1"))

    PatternFeedbackFactory(pattern=pattern, verdict="rejected")
    assert suggested() == ["Write tests for: the gate"]
    PatternFeedbackFactory(pattern=pattern, repository=repository, verdict="rejected")
    assert suggested() == []
    PatternFeedbackFactory(pattern=pattern, repository=repository, verdict="accepted")
    assert suggested() == ["Write tests for: the gate"]


def test_no_pattern_goes_on(api: APIClient, repository: Repository) -> None:
    mined(repository, "implement test")
    completed(repository, "Test the gate", hours_ago=1, session_id="s-1")
    answer = ask(api, repository, session_id="s-1")
    assert source(answer, "pattern")["note"] == "None of 1 patterns goes on from test."
    assert answer["cold_start"] is False


def pair(repository: Repository, first: str, second: str, *, days: int, **values: Any) -> Any:
    """Two tasks that somebody completed half an hour after each other, some days ago."""
    session = values.pop("session_id", f"session {days}")
    hours = days * 24
    completed(repository, first, hours_ago=hours, session_id=session)
    return completed(
        repository, second, hours_ago=hours - values.pop("hours", 0.5), session_id=session
    )


def test_what_came_after_similar_tasks(api: APIClient, repository: Repository) -> None:
    pair(repository, "Implement the login form", "Document the login form", days=9)
    pair(repository, "Implement a new login form", "Test everything", days=8)
    pair(repository, "Implement the old login form", "Write tests for it", days=7)
    pair(repository, "Implement the ledger", "Deploy the ledger", days=6)
    completed(repository, "Implement the login form again", hours_ago=1, session_id="now")
    answer = ask(api, repository, session_id="now")
    assert answer["cold_start"] is False
    found = [each for each in answer["suggestions"] if sources(each) == ["similar"]]
    assert [each["content"] for each in found] == [
        "Write tests for: the login form again",
        "Document: the login form again",
    ]
    reason = found[0]["reasons"][0]
    assert reason["text"].endswith(
        "was closed 30 minutes later. The same kind came after 2 of 4 similar tasks."
    )
    assert reason["values"]["followed"] == 2
    assert 0.6 <= reason["values"]["similarity"] <= 1


def test_work_of_no_kind_keeps_its_own_words(api: APIClient, repository: Repository) -> None:
    pair(repository, "Paint the gate", "Varnish the gate", days=9)
    completed(repository, "Paint the gate", hours_ago=1, session_id="now")
    [suggestion] = ask(api, repository, session_id="now")["suggestions"]
    assert suggestion["content"] == "Varnish the gate"
    assert "(similarity 1.00)" in suggestion["reasons"][0]["text"]


def test_what_came_much_later_or_from_another_hand_is_no_successor(
    api: APIClient, repository: Repository
) -> None:
    pair(repository, "Paint the gate", "Varnish the gate", days=9, hours=9)
    completed(repository, "Paint the gate", hours_ago=100, session_id="one")
    completed(repository, "Oil the gate", hours_ago=99, session_id="two")
    completed(repository, "Paint the gate", hours_ago=50, assignee="ada")
    completed(repository, "Rub the gate", hours_ago=49, assignee="bo")
    completed(repository, "Paint the gate", hours_ago=1, session_id="now")
    answer = ask(api, repository, session_id="now")
    assert answer["suggestions"] == []
    assert source(answer, "similar")["note"] == "Nothing came soon after 3 similar tasks."


def test_pattern_and_similar_work_add_up(api: APIClient, repository: Repository) -> None:
    mined(repository, "implement test")
    pair(repository, "Implement the gate", "Test the gate", days=9)
    completed(repository, "Implement the gate", hours_ago=1, session_id="now")
    [suggestion] = ask(api, repository, session_id="now")["suggestions"]
    assert suggestion["content"] == "Write tests for: the gate"
    assert sorted(sources(suggestion)) == ["pattern", "similar"]
    assert suggestion["score"] == pytest.approx(2 / 61)


def test_no_text_breaks_the_search(api: APIClient, repository: Repository) -> None:
    for text in ("' & | ! ( :* <->", "or or or", "the a of", "\\'", "%s %(x)s", "ß" * 1000, "🌳"):
        task = completed(repository, text, hours_ago=1)
        ask(api, repository, task_id=str(task.pk))


@pytest.mark.parametrize("noise", [400])
def test_a_near_duplicate_among_many_open_tasks_is_found(
    api: APIClient, repository: Repository, noise: int
) -> None:
    """More tasks share words with the suggestion than are compared: full text finds the one."""
    mined(repository, "implement test")
    completed(repository, "Implement the login form", hours_ago=1, session_id="now")
    TaskFactory(repository=repository, content="the login form: write tests", status="in_progress")
    for number in range(noise):
        TaskFactory(
            repository=repository,
            content=f"Paint form {number} of the login page",
            status="in_progress",
        )
    answer = ask(api, repository, session_id="now")
    assert source(answer, "pattern")["found"] == 1
    assert answer["suggestions"] == []


def test_an_open_task_that_is_ready_takes_its_share(api: APIClient, repository: Repository) -> None:
    mined(repository, "implement test")
    completed(repository, "Implement the login form", hours_ago=1, session_id="now")
    TaskFactory(repository=repository, content="Write tests for the login form")
    [suggestion] = ask(api, repository, session_id="now")["suggestions"]
    assert (suggestion["kind"], sources(suggestion)) == ("existing", ["pattern", "ready"])


def test_a_closed_task_is_no_reason_against_doing_it_again(
    api: APIClient, repository: Repository
) -> None:
    mined(repository, "implement test")
    completed(repository, "Write tests for the login form", hours_ago=90)
    completed(repository, "Implement the login form", hours_ago=1, session_id="now")
    assert contents(ask(api, repository, session_id="now")) == ["Write tests for: the login form"]


def test_all_sources_answer(api: APIClient, repository: Repository) -> None:
    answer = ask(api, repository)
    assert {each["source"] for each in answer["sources"]} <= set(SuggestionSource.values)
    for each in answer["sources"]:
        assert each["found"] or each["note"]
