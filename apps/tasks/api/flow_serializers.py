"""The shape of what is said of a graph of tasks."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from apps.tasks.choices import TaskPriority, TaskStatus

MINUTES_RULE = (
    "The estimate, or `assumed_minutes` where there is none. 0 for a parent of open children, whose"
    " time is theirs, and for a cancelled task."
)


class GraphTaskSerializer(serializers.Serializer):
    """A task in the graph."""

    id = serializers.UUIDField()
    content = serializers.CharField()
    status = serializers.ChoiceField(choices=TaskStatus.choices)
    minutes = serializers.IntegerField(help_text=MINUTES_RULE)
    assumed = serializers.BooleanField(help_text="It has no estimate.")
    slack_minutes = serializers.IntegerField(
        help_text="So much longer it can take without making the whole longer."
    )


class GraphChainSerializer(serializers.Serializer):
    """A chain of tasks of which each waits for the one before it."""

    count = serializers.IntegerField(help_text="How many tasks the chain has.")
    minutes = serializers.IntegerField(help_text="How long they take, one after the other.")
    left_out = serializers.IntegerField(
        help_text="So many at the end of the chain are not in `tasks`."
    )
    tasks = GraphTaskSerializer(many=True, help_text="What is to be done first comes first.")


@extend_schema_serializer(component_name="TaskGraphCircleStep")
class CircleStepSerializer(serializers.Serializer):
    """A task on a circle, which waits for the one in the next step; the last for the first."""

    id = serializers.UUIDField()
    content = serializers.CharField()
    status = serializers.ChoiceField(choices=TaskStatus.choices)
    waits_for_id = serializers.UUIDField()
    is_child = serializers.BooleanField(help_text="Because that one is its open child.")
    is_dependency = serializers.BooleanField(help_text="Because it depends on that one.")


@extend_schema_serializer(component_name="TaskGraphCircle")
class CircleSerializer(serializers.Serializer):
    """Tasks that wait for one another: as things stand none of them can be done."""

    count = serializers.IntegerField(help_text="How many tasks wait for one another.")
    length = serializers.IntegerField(help_text="How many steps the shown way around has.")
    left_out = serializers.IntegerField(help_text="So many of these steps are not in `steps`.")
    steps = CircleStepSerializer(many=True)


@extend_schema_serializer(component_name="TaskGraphCircles")
class CirclesSerializer(serializers.Serializer):
    """The circles, those of the oldest tasks first."""

    count = serializers.IntegerField()
    left_out = serializers.IntegerField(help_text="So many are not in `circles`.")
    circles = CircleSerializer(many=True)


@extend_schema_serializer(component_name="TaskGraphCounts")
class CountsSerializer(serializers.Serializer):
    """What the graph is made of."""

    tasks = serializers.IntegerField(help_text="All that are open, and cancelled ones that block.")
    pending = serializers.IntegerField()
    in_progress = serializers.IntegerField()
    cancelled = serializers.IntegerField(
        help_text="Cancelled ones that hold up others, where the repository's setting says so."
    )
    waits = serializers.IntegerField(help_text="How often one waits for another.")
    assumed = serializers.IntegerField(help_text="How many have no estimate.")
    in_circles = serializers.IntegerField(help_text="They are in no sum and on no chain.")
    behind_circles = serializers.IntegerField(
        help_text="They wait for a circle, and are counted as if it were not there."
    )
    outside = serializers.IntegerField(
        help_text="So many tasks beyond the PRD hold up tasks of the PRD."
    )


class TaskGraphSerializer(serializers.Serializer):
    """What the open work of a repository or PRD waits for."""

    repository = serializers.CharField()
    prd_id = serializers.UUIDField(allow_null=True)
    computed_at = serializers.DateTimeField()
    counts = CountsSerializer()
    assumed_minutes = serializers.IntegerField(
        help_text="What a task without an estimate counts for: the median of the repository's"
        " estimates of open tasks, or 60 where there are none."
    )
    total_minutes = serializers.IntegerField(help_text="All the work together.")
    critical_path = GraphChainSerializer(
        help_text="The chain of the most minutes: so long it all takes, however many share it."
    )
    longest_blocked_chain = GraphChainSerializer(
        help_text="The chain of the most tasks that wait one for another; empty where none does."
    )
    circles = CirclesSerializer()


class UnblockedTaskSerializer(serializers.Serializer):
    """A task that would become ready."""

    id = serializers.UUIDField()
    content = serializers.CharField()
    priority = serializers.ChoiceField(choices=TaskPriority.choices)
    assignee = serializers.CharField()


class UnblockedSerializer(serializers.Serializer):
    """What becomes ready."""

    count = serializers.IntegerField()
    left_out = serializers.IntegerField(help_text="So many are not in `tasks`.")
    tasks = UnblockedTaskSerializer(many=True, help_text="The oldest first.")


class UnblocksSerializer(serializers.Serializer):
    """What closing a task makes ready that is not ready now."""

    task_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=TaskStatus.choices)
    completed = UnblockedSerializer(help_text="When it is completed.")
    cancelled = UnblockedSerializer(
        help_text="When it is cancelled: where cancelled tasks go on blocking, at most its parent."
    )


def _example_task(number: int, content: str, status: str, minutes: int) -> dict[str, Any]:
    return {
        "id": f"01936c5e-8f2a-7{number:03}-8a1b-0c2d4e6f8a90",
        "content": content,
        "status": status,
        "minutes": minutes,
        "assumed": False,
        "slack_minutes": 0,
    }


_CHAIN = [
    _example_task(1, "Design the schema", "in_progress", 120),
    _example_task(2, "Write the migration", "pending", 240),
]
_PARENT, _CHILD = (
    {key: value for key, value in task.items() if key in ("id", "content", "status")}
    for task in (
        _example_task(3, "Documentation", "pending", 0),
        _example_task(4, "Write the guide", "pending", 60),
    )
)
GRAPH_EXAMPLE = {
    "repository": "acme/rocket",
    "prd_id": None,
    "computed_at": "2026-11-23T12:00:00.000000Z",
    "counts": {
        "tasks": 5,
        "pending": 4,
        "in_progress": 1,
        "cancelled": 0,
        "waits": 3,
        "assumed": 1,
        "in_circles": 2,
        "behind_circles": 0,
        "outside": 0,
    },
    "assumed_minutes": 60,
    "total_minutes": 420,
    "critical_path": {"count": 2, "minutes": 360, "left_out": 0, "tasks": _CHAIN},
    "longest_blocked_chain": {"count": 2, "minutes": 360, "left_out": 0, "tasks": _CHAIN},
    "circles": {
        "count": 1,
        "left_out": 0,
        "circles": [
            {
                "count": 2,
                "length": 2,
                "left_out": 0,
                "steps": [
                    {
                        **_PARENT,
                        "waits_for_id": _CHILD["id"],
                        "is_child": True,
                        "is_dependency": False,
                    },
                    {
                        **_CHILD,
                        "waits_for_id": _PARENT["id"],
                        "is_child": False,
                        "is_dependency": True,
                    },
                ],
            }
        ],
    },
}
UNBLOCKS_EXAMPLE = {
    "task_id": _CHAIN[0]["id"],
    "status": "in_progress",
    "completed": {
        "count": 1,
        "left_out": 0,
        "tasks": [
            {
                "id": _CHAIN[1]["id"],
                "content": _CHAIN[1]["content"],
                "priority": "high",
                "assignee": "",
            }
        ],
    },
    "cancelled": {"count": 0, "left_out": 0, "tasks": []},
}
