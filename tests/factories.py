"""Makes records for tests, with sensible values where a test does not care."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from apps.accounts.models import User
from apps.core.ids import uuid7, uuid7_floor
from apps.planning.models import (
    ComplexityScore,
    PatternEvidence,
    PatternOccurrence,
    PRDItem,
    PRDPlan,
    PRDPlanEntry,
    Suggestion,
    TemplateInstance,
    TemplateInstanceTask,
)
from apps.prds.models import PRD
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository, RepositoryMember
from apps.task_patterns.models import (
    MiningRun,
    PatternFeedback,
    PatternRepository,
    TaskPattern,
)
from apps.task_templates.models import TaskTemplate
from apps.tasks.models import Task, TaskClaim, TaskDependency
from apps.work_sessions.models import SessionSpan, SessionTask, WorkSession


class UserFactory(DjangoModelFactory):
    """A person without any rights."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"person-{n}")
    password = factory.django.Password("a-good-password-1")


class RepositoryFactory(DjangoModelFactory):
    """A repository without members."""

    class Meta:
        model = Repository

    name = factory.Sequence(lambda n: f"acme/repository-{n}")


class MemberFactory(DjangoModelFactory):
    """A contributor."""

    class Meta:
        model = RepositoryMember

    repository = factory.SubFactory(RepositoryFactory)
    user = factory.SubFactory(UserFactory)
    role = MemberRole.CONTRIBUTOR


class PRDFactory(DjangoModelFactory):
    """A short document."""

    class Meta:
        model = PRD

    repository = factory.SubFactory(RepositoryFactory)
    filename = factory.Sequence(lambda n: f"document-{n}.md")
    title = "A document"
    content = "# A document\n\nIt says little.\n"


class TaskPatternFactory(DjangoModelFactory):
    """A sequence."""

    class Meta:
        model = TaskPattern

    pattern_type = "sequence"
    signature = factory.Sequence(lambda n: f"build>test>{n}")
    task_sequence = factory.LazyFunction(
        lambda: [{"work_type": "implement"}, {"work_type": "test"}]
    )


class MiningRunFactory(DjangoModelFactory):
    """A run over all repositories that found nothing."""

    class Meta:
        model = MiningRun

    algorithm = "seq-0"
    work_types = "wt-0"
    parameters = factory.LazyFunction(dict)
    input_hash = "0" * 64
    result_hash = "0" * 64
    task_count = 0
    stream_count = 0
    pattern_count = 0
    seconds = 0.0


class PatternRepositoryFactory(DjangoModelFactory):
    """A pattern's share in a repository."""

    class Meta:
        model = PatternRepository

    pattern = factory.SubFactory(TaskPatternFactory)
    repository = factory.SubFactory(RepositoryFactory)
    occurrence_count = 3
    support = 3
    last_seen_at = factory.LazyFunction(timezone.now)


class PatternFeedbackFactory(DjangoModelFactory):
    """Somebody finds a pattern true of a repository."""

    class Meta:
        model = PatternFeedback

    pattern = factory.SubFactory(TaskPatternFactory)
    repository = factory.SubFactory(RepositoryFactory)
    user = factory.SubFactory(UserFactory)
    verdict = "accepted"


class TaskTemplateFactory(DjangoModelFactory):
    """A template for all repositories."""

    class Meta:
        model = TaskTemplate

    name = factory.Sequence(lambda n: f"Template {n}")


class TaskFactory(DjangoModelFactory):
    """A pending task."""

    class Meta:
        model = Task

    repository = factory.SubFactory(RepositoryFactory)
    content = factory.Sequence(lambda n: f"Task {n}")


class TaskDependencyFactory(DjangoModelFactory):
    """A task that waits for another of its repository."""

    class Meta:
        model = TaskDependency

    task = factory.SubFactory(TaskFactory)
    depends_on = factory.SubFactory(
        TaskFactory, repository=factory.SelfAttribute("..task.repository")
    )


class PRDItemFactory(DjangoModelFactory):
    """An item of a document, without a task."""

    class Meta:
        model = PRDItem

    repository = factory.SubFactory(RepositoryFactory)
    prd = factory.SubFactory(PRDFactory, repository=factory.SelfAttribute("..repository"))
    key = factory.Sequence(lambda n: f"#item-{n}")
    title = "An item"
    revision = 1


class ComplexityScoreFactory(DjangoModelFactory):
    """A score by a formula of old; of which document or task is for the caller to say."""

    class Meta:
        model = ComplexityScore

    formula = "cx-0"
    score = 0.5
    level = "medium"
    factors = factory.LazyFunction(list)
    inputs_hash = "0" * 64


class PRDPlanFactory(DjangoModelFactory):
    """A plan of a short document, in review."""

    class Meta:
        model = PRDPlan

    repository = factory.SubFactory(RepositoryFactory)
    filename = factory.Sequence(lambda n: f"planned-{n}.md")
    content = "# A document\n\nIt says little.\n"


class PRDPlanEntryFactory(DjangoModelFactory):
    """A change of nothing."""

    class Meta:
        model = PRDPlanEntry

    plan = factory.SubFactory(PRDPlanFactory)
    position = factory.Sequence(lambda n: n + 1)
    kind = "change"
    key = "#item"
    title = "An item"


class TemplateInstanceFactory(DjangoModelFactory):
    """An instance without steps."""

    class Meta:
        model = TemplateInstance

    repository = factory.SubFactory(RepositoryFactory)
    template = factory.SubFactory(TaskTemplateFactory)


class TemplateInstanceTaskFactory(DjangoModelFactory):
    """A step of an instance, and its task."""

    class Meta:
        model = TemplateInstanceTask

    instance = factory.SubFactory(TemplateInstanceFactory)
    key = factory.Sequence(lambda n: f"step-{n}")
    position = factory.Sequence(lambda n: n + 1)
    task = factory.SubFactory(
        TaskFactory, repository=factory.SelfAttribute("..instance.repository")
    )


class PatternOccurrenceFactory(DjangoModelFactory):
    """A pattern occurred just now."""

    class Meta:
        model = PatternOccurrence

    pattern = factory.SubFactory(TaskPatternFactory)
    repository = factory.SubFactory(RepositoryFactory)
    first_at = factory.LazyFunction(timezone.now)
    last_at = factory.SelfAttribute("first_at")
    minutes = 0.0
    succeeded = True


class PatternEvidenceFactory(DjangoModelFactory):
    """A task of an occurrence."""

    class Meta:
        model = PatternEvidence

    occurrence = factory.SubFactory(PatternOccurrenceFactory)
    position = 1
    task = factory.SubFactory(
        TaskFactory, repository=factory.SelfAttribute("..occurrence.repository")
    )


class SuggestionFactory(DjangoModelFactory):
    """An open suggestion of a new task."""

    class Meta:
        model = Suggestion

    repository = factory.SubFactory(RepositoryFactory)
    kind = "new"
    content = factory.Sequence(lambda n: f"Suggested {n}")
    sources = factory.LazyFunction(list)
    reasons = factory.LazyFunction(list)
    score = 0.5
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=7))


def id_at(moment: datetime) -> UUID:
    """An id that was made at `moment`."""
    return UUID(int=uuid7_floor(moment).int | uuid7().int & ((1 << 80) - 1))


def expire(claim: TaskClaim) -> None:
    """Let the lease have ended just now."""
    now = timezone.now()
    TaskClaim.objects.filter(pk=claim.pk).update(
        renewed_at=now - timedelta(hours=1), expires_at=now - timedelta(milliseconds=1)
    )


def deletion() -> dict[str, Any]:
    """The columns of a row that was deleted by itself, just now."""
    return {"deleted_at": timezone.now(), "deletion_batch": uuid7()}


class TaskClaimFactory(DjangoModelFactory):
    """A claim of an hour from now."""

    class Meta:
        model = TaskClaim

    task = factory.SubFactory(TaskFactory)
    repository = factory.SelfAttribute("task.repository")
    holder = "a helper"
    renewed_at = factory.LazyAttribute(lambda claim: claim.expires_at - timedelta(hours=1))
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(hours=1))


class WorkSessionFactory(DjangoModelFactory):
    """A session that began just now and belongs to nobody."""

    class Meta:
        model = WorkSession

    repository = factory.SubFactory(RepositoryFactory)
    session_id = factory.Sequence(lambda n: f"session-{n}")


class SessionSpanFactory(DjangoModelFactory):
    """A session's span without a length."""

    class Meta:
        model = SessionSpan

    session = factory.SubFactory(WorkSessionFactory)
    started_at = factory.SelfAttribute("session.start_time")
    until = factory.SelfAttribute("started_at")


class SessionTaskFactory(DjangoModelFactory):
    """A task that is under way in a session."""

    class Meta:
        model = SessionTask

    session = factory.SubFactory(WorkSessionFactory)
    task = factory.SubFactory(TaskFactory, repository=factory.SelfAttribute("..session.repository"))
    started_at = factory.SelfAttribute("session.start_time")


def create(factory_class: Any, **values: Any) -> Any:
    """`factory_class(**values)`, read back: with what triggers set."""
    record = factory_class(**values)
    record.refresh_from_db()
    return record
