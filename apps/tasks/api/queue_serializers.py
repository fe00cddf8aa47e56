"""The shape of the ready queue, of blocked tasks, and of claims."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from apps.core.api.fields import (
    StrictCharField,
    StrictChoiceField,
    StrictIntegerField,
    StrictUUIDField,
)
from apps.core.api.json_fields import SchemaField
from apps.core.api.serializers import StrictModelSerializer, StrictSerializer
from apps.tasks.choices import TaskComplexity, TaskPriority
from apps.tasks.claims import LONGEST_HOLDER, MOST_AT_ONCE, SHORTEST_LEASE, USUAL_LEASE, Claimed
from apps.tasks.models import MOST_MINUTES, Task, TaskClaim
from apps.tasks.models.links import LONGEST_LEASE
from apps.tasks.models.task import MOST_TAGS, TAGS
from apps.tasks.queue import FORMULA, WINDOW, Standing

from .serializers import LONGEST_NAME

LARGEST_FENCE = 2**53 - 1  # as far as every client counts


class QueuedTaskSerializer(StrictModelSerializer):
    """What is needed of a task to choose it; the rest is at its own address."""

    repository = serializers.SerializerMethodField()
    parent_task_id = serializers.UUIDField(read_only=True, allow_null=True)
    prd_id = serializers.UUIDField(read_only=True, allow_null=True)
    tags = SchemaField(schema=TAGS, read_only=True)

    class Meta:
        model = Task
        fields = [
            "id",
            "repository",
            "content",
            "status",
            "priority",
            "complexity",
            "assignee",
            "session_id",
            "estimated_minutes",
            "tags",
            "parent_task_id",
            "prd_id",
            "due_at",
            "created_at",
            "updated_at",
            "version",
        ]
        read_only_fields = fields

    def get_repository(self, task: Task) -> str:
        """The name: all tasks of an answer are of one repository."""
        name: str = self.context["repository"].name
        return name


@extend_schema_serializer(component_name="Standing")
class StandingSerializer(serializers.Serializer):
    """Why a task stands where it does in the queue."""

    rank = serializers.IntegerField(help_text="Its place in the queue, from 1.")
    score = serializers.FloatField(
        help_text="In hours, greater first: the hours since `act_by` (less than 0 before it), 6 for"
        " each open task that waits for it (at most 20 count), 48 on the critical path."
    )
    act_by = serializers.DateTimeField(
        help_text="Its due date, or 24, 168 or 720 hours after its creation (high, medium, low"
        " priority), whichever comes first."
    )
    ready_since = serializers.DateTimeField(
        help_text="The latest that is known of: its creation, the last change of its dependencies,"
        " the end of each blocker and child."
    )
    age_hours = serializers.FloatField(help_text="Since its creation.")
    unblocks = serializers.IntegerField(help_text="Open tasks that wait for it directly.")
    on_critical_path = serializers.BooleanField(
        allow_null=True, help_text="null: no path has been computed for the repository yet."
    )
    text = serializers.CharField(help_text="The same in words.")


class ReadyTaskSerializer(QueuedTaskSerializer):
    """A task that can be begun now, and why it stands where it does."""

    standing = StandingSerializer()

    class Meta(QueuedTaskSerializer.Meta):
        fields = [*QueuedTaskSerializer.Meta.fields, "standing"]
        read_only_fields = fields


class ReadyQueueSerializer(serializers.Serializer):
    """The head of a repository's queue, best first."""

    results = ReadyTaskSerializer(many=True)
    more = serializers.BooleanField(
        help_text=f"More tasks are ready than are shown. The queue's head has {WINDOW}; all that"
        " are ready, newest first, are at `/tasks?state=ready`."
    )
    formula = serializers.CharField(help_text=f"By which the score is computed: {FORMULA}.")
    critical_path_at = serializers.DateTimeField(
        allow_null=True, help_text="When the critical path was computed."
    )


@extend_schema_serializer(component_name="ClaimHolder")
class HolderSerializer(serializers.Serializer):
    """Who holds a task."""

    holder = serializers.CharField()
    expires_at = serializers.DateTimeField()


@extend_schema_serializer(component_name="Blocker")
class BlockerSerializer(StrictModelSerializer):
    """A task that holds up another."""

    claim = HolderSerializer(source="present_claim", allow_null=True, read_only=True)

    class Meta:
        model = Task
        fields = ["id", "content", "status", "assignee", "claim"]
        read_only_fields = fields


class BlockedTaskSerializer(QueuedTaskSerializer):
    """A pending task that waits for others, and for which."""

    blocked_by = BlockerSerializer(
        many=True, read_only=True, help_text="The tasks that hold it up, at most 20."
    )
    blocked_by_count = serializers.IntegerField(
        read_only=True, help_text="How many there are of them."
    )

    class Meta(QueuedTaskSerializer.Meta):
        fields = [*QueuedTaskSerializer.Meta.fields, "blocked_by", "blocked_by_count"]
        read_only_fields = fields


class LeaseSerializer(StrictSerializer):
    """For how long work is taken."""

    lease_seconds = StrictIntegerField(
        default=int(USUAL_LEASE.total_seconds()),
        min_value=int(SHORTEST_LEASE.total_seconds()),
        max_value=int(LONGEST_LEASE.total_seconds()),
        help_text="After so many seconds without a heartbeat the work returns to the queue.",
    )


class ClaimRequestSerializer(LeaseSerializer):
    """Who takes a task."""

    holder = StrictCharField(
        required=False,
        max_length=LONGEST_HOLDER,
        help_text="A name of one's own for each worker; without it, the login's.",
    )


class ClaimNextSerializer(ClaimRequestSerializer):
    """Which work is wanted. Without `assignee`, what is assigned to nobody or to the holder."""

    repository = StrictCharField(max_length=LONGEST_NAME, help_text="The repository's name.")
    limit = StrictIntegerField(default=1, min_value=1, max_value=MOST_AT_ONCE)
    assignee = StrictCharField(required=False, max_length=LONGEST_NAME)
    priority = serializers.ListField(
        child=StrictChoiceField(choices=TaskPriority.choices),
        required=False,
        min_length=1,
        max_length=len(TaskPriority),
        help_text="One of these.",
    )
    complexity = serializers.ListField(
        child=StrictChoiceField(choices=TaskComplexity.choices),
        required=False,
        min_length=1,
        max_length=len(TaskComplexity),
        help_text="One of these.",
    )
    tags = serializers.ListField(
        child=StrictCharField(max_length=100),
        required=False,
        min_length=1,
        max_length=MOST_TAGS,
        help_text="All of these.",
    )
    prd_id = StrictUUIDField(required=False)
    parent_task_id = StrictUUIDField(required=False)
    most_minutes = StrictIntegerField(
        required=False,
        min_value=0,
        max_value=MOST_MINUTES,
        help_text="Estimated at so many minutes or fewer; what has no estimate is left out.",
    )


class FenceSerializer(StrictSerializer):
    """Which claim is meant."""

    fence = StrictIntegerField(
        min_value=1, max_value=LARGEST_FENCE, help_text="The number that came with the claim."
    )


class HeartbeatSerializer(FenceSerializer):
    """The holder is alive."""

    lease_seconds = StrictIntegerField(
        required=False,
        min_value=int(SHORTEST_LEASE.total_seconds()),
        max_value=int(LONGEST_LEASE.total_seconds()),
        help_text="Without it: as long as the last time.",
    )


class ClaimSerializer(StrictModelSerializer):
    """Who holds a task, until when, and the number under which they write."""

    repository = serializers.CharField(source="repository.name", read_only=True)
    task_id = serializers.UUIDField(read_only=True)
    login = serializers.CharField(
        source="actor.username",
        read_only=True,
        allow_null=True,
        default=None,
        help_text="Under which the task was claimed.",
    )
    claimed_at = serializers.DateTimeField(source="created_at", read_only=True)

    class Meta:
        model = TaskClaim
        fields = [
            "id",
            "repository",
            "task_id",
            "holder",
            "login",
            "fence",
            "claimed_at",
            "renewed_at",
            "expires_at",
        ]
        read_only_fields = fields


class HandedOutClaimSerializer(ClaimSerializer):
    """A claim with its task, and why this one was handed out."""

    task = ReadyTaskSerializer(read_only=True)

    class Meta(ClaimSerializer.Meta):
        fields = [*ClaimSerializer.Meta.fields, "task"]
        read_only_fields = fields


class HandedOutSerializer(serializers.Serializer):
    """What was handed out, best first; empty when nothing that fits is ready, but for what others
    are taking at this moment."""

    claims = HandedOutClaimSerializer(many=True)
    formula = serializers.CharField(help_text=f"By which the tasks were chosen: {FORMULA}.")


def show_standings(shown: Iterable[Standing]) -> list[Task]:
    """The tasks of `shown` with what `ReadyTaskSerializer` reads of their standing."""
    now = timezone.now()
    tasks = []
    for each in shown:
        task: Any = each.task
        task.standing = _standing(each, now)
        tasks.append(task)
    return tasks


def show_claims(taken: Sequence[Claimed]) -> list[TaskClaim]:
    """The claims with what `HandedOutClaimSerializer` reads of their tasks."""
    tasks = show_standings(each.standing for each in taken)
    for each, task in zip(taken, tasks, strict=True):
        each.claim.task = task
    return [each.claim for each in taken]


def _standing(each: Standing, now: datetime) -> dict[str, Any]:
    created = each.task.created_at
    return {
        "rank": each.rank,
        "score": each.score,
        "act_by": each.act_by,
        "ready_since": each.ready_since,
        "age_hours": round((now - created).total_seconds() / 3600, 2),
        "unblocks": each.unblocks,
        "on_critical_path": each.on_critical_path,
        "text": each.text(now),
    }
