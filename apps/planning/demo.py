"""Sample data of our own, for `make run`: enough to look at every page."""

from __future__ import annotations

from importlib import resources

from django.contrib.auth.hashers import make_password
from django.db import transaction

from apps.accounts.models import User
from apps.core.context import name_actor
from apps.repositories.models import Repository
from apps.repositories.services import create_repository
from apps.tasks.models import Task
from apps.tasks.services import create_task, update_task

from .import_prd import import_prd

REPOSITORY = "demo/greenhouse"
PRD_FILENAME = "seed-library.md"
DEMO_USER = "demo"

# Content, priority, complexity, minutes, tags, and the statuses it goes through.
TASKS = [
    (
        "Choose the humidity sensor",
        "high",
        "simple",
        60,
        ["hardware"],
        ["in_progress", "completed"],
    ),
    ("Wire the irrigation valves", "high", "medium", 180, ["hardware"], ["in_progress"]),
    ("Calibrate the soil probes", "medium", "medium", 120, ["hardware", "calibration"], []),
    ("Write the night mode for the lamps", "medium", "complex", 300, ["firmware"], []),
    ("Draw the dashboard for growers", "low", "medium", 240, ["design"], ["cancelled"]),
    ("Explain the wiring to new volunteers", "low", "simple", 45, ["docs"], []),
]


def load_demo() -> bool:
    """Make the demo repository with its tasks and its PRD; False when it exists already."""
    with transaction.atomic():
        if Repository.objects.filter(name=REPOSITORY).exists():
            return False
        user, _ = User.objects.get_or_create(
            username=DEMO_USER,
            defaults={"first_name": "Demo", "password": make_password(None)},  # nobody logs in
        )
        name_actor(user)
        repository = create_repository(
            actor=user, name=REPOSITORY, description="Sample data; delete it as you like."
        )
        for content, priority, complexity, minutes, tags, statuses in TASKS:
            task = create_task(
                actor=user,
                repository=repository,
                values={
                    "content": content,
                    "priority": priority,
                    "complexity": complexity,
                    "estimated_minutes": minutes,
                    "tags": tags,
                },
            )
            _walk(user, task, statuses)
        import_prd(
            actor=user,
            repository=repository,
            filename=PRD_FILENAME,
            content=sample_prd(),
        )
    return True


def sample_prd() -> str:
    """The sample document."""
    return resources.files(__package__).joinpath("samples", PRD_FILENAME).read_text("utf-8")


def _walk(user: User, task: Task, statuses: list[str]) -> None:
    for status in statuses:
        task = update_task(actor=user, task=task, changes={"status": status})
