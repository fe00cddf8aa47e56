"""A new formula scores anew, and the scores of the old one are kept."""

from __future__ import annotations

from collections.abc import Sequence
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError

from apps.accounts.models import User
from apps.planning.models import ComplexityScore
from apps.planning.services import rescoring
from apps.planning.services.rescoring import Rescored, rescore_complexity
from apps.prds.complexity import score_document
from apps.prds.models import PRD
from apps.prds.services import read_document, store_prd
from apps.repositories.models import Repository
from apps.tasks.models import Task
from apps.tasks.services import create_task
from tests.contracts import nothing_written
from tests.factories import ComplexityScoreFactory, PRDFactory, TaskFactory, create, deletion

TEXT = "# Plan\n\n## T-1: Dig\n\n- [ ] It is 3 m deep\n"
pytestmark = pytest.mark.usefixtures("as_app")


def counts(batches: Sequence[Rescored]) -> list[tuple[str, int, int]]:
    return [(batch.kind, batch.looked_at, batch.rescored) for batch in batches]


@pytest.fixture
def subjects(owner: User, repository: Repository) -> tuple[PRD, Task]:
    """A document and a task, with scores of this formula."""
    prd = store_prd(
        actor=owner,
        repository=repository,
        filename="a.md",
        content=TEXT,
        document=read_document(TEXT),
    )
    return prd, create_task(actor=owner, repository=repository, values={"content": "Dig"})


def age(*records: Any) -> None:
    """As if an older formula had made the scores."""
    for record in records:
        type(record).all_objects.filter(pk=record.pk).update(
            complexity_version="cx-0", complexity_score=0.9
        )


def test_nothing_is_done_twice(subjects: tuple[PRD, Task]) -> None:
    with nothing_written():
        assert list(rescore_complexity()) == []
        assert counts(list(rescore_complexity(everything=True))) == [
            ("PRDs", 1, 0),
            ("tasks", 1, 0),
        ]


def test_an_old_score_is_kept_beside_the_new_one(subjects: tuple[PRD, Task]) -> None:
    prd, task = subjects
    age(prd, task)
    assert counts(list(rescore_complexity())) == [("PRDs", 1, 1), ("tasks", 1, 1)]
    for name, record in (("prd", prd), ("task", task)):
        expected, version = record.complexity_score, record.version
        record.refresh_from_db()
        assert (record.complexity_score, record.complexity_version) == (expected, "cx-1")
        assert record.version == version  # a new formula is no new document
        rows = ComplexityScore.objects.filter(**{name: record}).order_by("formula")
        assert [(row.formula, row.score) for row in rows] == [("cx-0", 0.9), ("cx-1", expected)]
        assert rows[1].factors == record.complexity_factors["factors"]
    assert ComplexityScore.objects.count() == 4
    with nothing_written():
        assert list(rescore_complexity()) == []


def test_what_never_had_a_score_gets_one(repository: Repository) -> None:
    prd = create(PRDFactory, repository=repository, content=TEXT)
    task = create(TaskFactory, repository=repository)
    gone = create(TaskFactory, repository=repository, **deletion())
    list(rescore_complexity())
    prd.refresh_from_db()
    assert prd.complexity_score == score_document(TEXT).score
    assert prd.complexity_level == "simple"
    assert set(ComplexityScore.objects.values_list("prd", "task", "formula")) == {
        (prd.pk, None, "cx-1"),
        (None, task.pk, "cx-1"),
        (None, gone.pk, "cx-1"),
    }


def test_what_was_changed_past_taskhub(subjects: tuple[PRD, Task]) -> None:
    prd, task = subjects
    PRD.objects.filter(pk=prd.pk).update(content=f"{TEXT}\n- [ ] and wide\n")
    Task.objects.filter(pk=task.pk).update(details="- deep\n- wide\n")
    assert list(rescore_complexity()) == []
    assert counts(list(rescore_complexity(everything=True))) == [("PRDs", 1, 1), ("tasks", 1, 1)]
    before = task.complexity_score
    task.refresh_from_db()
    assert task.complexity_score > before
    hashes = ComplexityScore.objects.filter(task=task).values_list("inputs_hash", flat=True)
    assert len(set(hashes)) == 2


def test_a_run_that_was_stopped_goes_on(
    monkeypatch: pytest.MonkeyPatch, repository: Repository
) -> None:
    monkeypatch.setattr(rescoring, "MOST_TASKS", 2)
    for _ in range(5):
        create(TaskFactory, repository=repository)
    run = rescore_complexity()
    assert next(run) == Rescored("tasks", 2, 2)
    run.close()
    assert Task.objects.filter(complexity_version="cx-1").count() == 2
    assert counts(list(rescore_complexity())) == [("tasks", 2, 2), ("tasks", 1, 1)]
    assert ComplexityScore.objects.count() == 5


def test_the_command(subjects: tuple[PRD, Task], repository: Repository) -> None:
    task = subjects[1]
    create(TaskFactory, repository=repository)
    out = StringIO()
    call_command("rescore_complexity", "--all", stdout=out)
    assert out.getvalue() == (
        "PRDs: 1 looked at, 0 rescored by cx-1.\ntasks: 2 looked at, 1 rescored by cx-1.\n"
    )
    event = Task.objects.exclude(pk=task.pk).get().events.order_by("pgh_id").last()
    assert event.pgh_context["reason"] == "Complexity by cx-1"


# -- What the database keeps true ------------------------------------------------------------------


def test_a_score_never_changes(repository: Repository) -> None:
    score = create(ComplexityScoreFactory, task=create(TaskFactory, repository=repository))
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        ComplexityScore.objects.filter(pk=score.pk).update(score=0.1)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        ComplexityScore.objects.filter(pk=score.pk).delete()
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
    with pytest.raises(IntegrityError, match="cannot change"), transaction.atomic():
        ComplexityScore.objects.filter(pk=score.pk).update(score=0.1)


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"task": None}, "complexity_scores_one_subject"),
        ({"prd": True}, "complexity_scores_one_subject"),
        ({"score": 1.1}, "complexity_scores_score_range"),
        ({"level": "huge"}, "complexity_scores_level_valid"),
        ({"formula": ""}, "complexity_scores_formula_length"),
        ({"inputs_hash": "abc"}, "complexity_scores_inputs_hash_length"),
        ({"factors": {}}, "complexity_scores_factors_schema"),
    ],
)
def test_what_no_score_can_be(
    repository: Repository, wrong: dict[str, Any], constraint: str
) -> None:
    values: dict[str, Any] = {"task": create(TaskFactory, repository=repository), **wrong}
    if values.get("prd"):
        values["prd"] = create(PRDFactory, repository=repository)
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ComplexityScoreFactory(**values)


def test_one_score_of_one_state_by_one_formula(repository: Repository) -> None:
    task = create(TaskFactory, repository=repository)
    create(ComplexityScoreFactory, task=task)
    create(ComplexityScoreFactory, task=task, formula="cx-9")
    with pytest.raises(IntegrityError, match="task_unique"), transaction.atomic():
        ComplexityScoreFactory(task=task)
