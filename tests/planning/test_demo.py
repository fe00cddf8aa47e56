"""`manage.py load_demo`: sample data, once."""

from __future__ import annotations

from collections import Counter
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from apps.accounts.models import User
from apps.planning.demo import DEMO_USER, PRD_FILENAME, REPOSITORY
from apps.prds.models import PRD
from apps.repositories.models import Repository
from apps.tasks.models import Task, TaskDependency
from tests.contracts import nothing_written
from tests.factories import UserFactory

pytestmark = pytest.mark.usefixtures("as_app")


def load() -> str:
    """What the command says."""
    out = StringIO()
    call_command("load_demo", stdout=out)
    return out.getvalue()


def test_loads_once() -> None:
    assert load() == f"Loaded {REPOSITORY}.\n"
    with nothing_written():
        assert load() == f"{REPOSITORY} is there already.\n"


def test_what_there_is_to_look_at() -> None:
    load()
    tasks = Task.objects.filter(repository__name=REPOSITORY)
    assert Counter(tasks.values_list("status", flat=True)).keys() == {
        "pending",
        "in_progress",
        "completed",
        "cancelled",
    }
    prd = PRD.objects.get()
    assert (prd.filename, prd.parse_status, prd.task_count) == (PRD_FILENAME, "parsed", 4)
    assert TaskDependency.objects.count() == 3


def test_history_names_the_demo_user() -> None:
    load()
    for record in (*Task.objects.all(), Repository.objects.get()):
        made: Any = record
        for event in made.events.all():
            assert event.pgh_context["actor_name"] == DEMO_USER
            assert event.pgh_context["name"] == "load_demo"


def test_nobody_can_log_in_as_the_demo_user() -> None:
    load()
    user = User.objects.get(username=DEMO_USER)
    assert not user.has_usable_password()
    assert not user.is_staff


def test_a_user_of_that_name_is_taken_as_they_are() -> None:
    user = UserFactory(username=DEMO_USER)
    load()
    user.refresh_from_db()
    assert user.has_usable_password()


def test_a_repository_of_that_name_is_left_alone() -> None:
    Repository.objects.create(name=REPOSITORY)
    with nothing_written():
        load()
