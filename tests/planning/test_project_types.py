"""What kind of project a repository looks like."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.repositories.models import Repository
from apps.task_templates.project_types import Traces, guess_project_type
from tests.contracts import API, ClientOf, assert_problem
from tests.factories import PRDFactory, RepositoryFactory, TaskFactory, TaskTemplateFactory


def test_with_little_to_go_by_nothing_is_guessed() -> None:
    assert guess_project_type(Traces("acme/rocket")) == []
    assert guess_project_type(Traces("acme/rocket", texts=["Fix the api"])) == []


@pytest.mark.parametrize(
    ("traces", "kind"),
    [
        (Traces("acme/billing-api"), "web_service"),
        (Traces("acme/x", "A handbook of terms"), "documentation"),
        (Traces("acme/x", tags={"terraform": 12, "docker": 4}), "infrastructure"),
        (Traces("acme/x", texts=["Train in train.ipynb"] * 9 + ["model training"]), "machine_"),
        (Traces("acme/cli"), "command_line"),
    ],
)
def test_traces_speak_for_a_type(traces: Traces, kind: str) -> None:
    best = guess_project_type(traces)[0]
    assert best.project_type.value.startswith(kind)
    assert best.score == pytest.approx(sum(reason.weight for reason in best.reasons))


def test_more_hits_weigh_more_up_to_ten() -> None:
    def score(hits: int) -> float:
        return guess_project_type(Traces("acme/api", tags={"backend": hits}))[0].score

    scores = [score(hits) for hits in (1, 2, 5, 10, 100)]
    assert scores == sorted(scores)
    assert scores[3] == scores[4]


@pytest.mark.django_db
def test_the_api_says_why_and_which_templates(
    api: APIClient, repository: Repository, outsider: User, client_of: ClientOf
) -> None:
    address = f"{API}/repositories/{repository.pk}/project-type"
    assert api.get(address).json() == {"rules": "pt-1", "guesses": [], "templates": []}
    TaskFactory.create_batch(3, repository=repository, tags=["api"], content="Mend the endpoint")
    PRDFactory(repository=repository, content="# Service\n\nA REST api in orders.proto\n")
    own = TaskTemplateFactory(repository=repository, project_type="web_service", popularity=2)
    shared = TaskTemplateFactory(project_type="web_service", popularity=9)
    TaskTemplateFactory(repository=RepositoryFactory(), project_type="web_service")
    TaskTemplateFactory(repository=repository, project_type="library")
    body = api.get(address).json()
    assert body["guesses"][0]["project_type"] == "web_service"
    assert body["templates"] == [str(shared.pk), str(own.pk)]
    texts = [reason["text"] for reason in body["guesses"][0]["reasons"]]
    assert "“api” 3 times as a tag of its tasks" in texts
    assert_problem(client_of(outsider).get(address), 404, "not_found")
