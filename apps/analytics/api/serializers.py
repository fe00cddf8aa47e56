"""The shape of figures in the API. docs/analytics.md says what each of them means."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.analytics.figures.sessions import FACTORS
from apps.analytics.periods import BucketSize
from apps.tasks.choices import TaskComplexity, TaskStatus

UNIT_HELP = {
    "minutes": "In minutes, to two decimals; null where there is none.",
    "ratio": "Actual by estimated minutes, to four decimals; null where there is none.",
}


class FigureSerializer(serializers.Serializer):
    """Figures are written as they are read; this tells of their shape."""


class AboutSerializer(FigureSerializer):
    """Whose work it is."""

    repository = serializers.CharField()
    assignee = serializers.CharField(allow_null=True)
    prd_id = serializers.UUIDField(allow_null=True)
    as_of = serializers.DateTimeField(help_text="When this was asked.")


class PeriodSerializer(AboutSerializer):
    """… and when."""

    since = serializers.DateTimeField(help_text="The first moment of the period.")
    until = serializers.DateTimeField(help_text="The first moment after it.")
    tz = serializers.CharField()


class BucketsSerializer(PeriodSerializer):
    """… and how it is cut."""

    bucket = serializers.ChoiceField(choices=[size.value for size in BucketSize])


class BucketSerializer(FigureSerializer):
    """A part of the period."""

    start = serializers.DateTimeField()
    end = serializers.DateTimeField(help_text="The first moment after it.")
    complete = serializers.BooleanField(
        help_text="A whole day, week or month that is over; the period may cut the ends."
    )


def count(text: str = "") -> serializers.IntegerField:
    """A number of something."""
    return serializers.IntegerField(min_value=0, help_text=text or None)


def share(text: str) -> serializers.FloatField:
    """A part of one."""
    return serializers.FloatField(
        min_value=0, max_value=1, allow_null=True, help_text=f"{text} To four decimals."
    )


def spread(name: str) -> dict[str, Any]:
    """Mean and percentiles, for instance `lead_minutes_p50`."""
    help_text = UNIT_HELP[name.rpartition("_")[2]]
    return {
        f"{name}_{suffix}": serializers.FloatField(allow_null=True, help_text=help_text)
        for suffix in ("mean", "p50", "p80", "p95")
    }


def shape(name: str, *bases: type, doc: str, **fields: Any) -> Any:
    """A serializer of these fields."""
    return type(f"{name}Serializer", bases or (FigureSerializer,), {"__doc__": doc, **fields})


# -- throughput ----
THROUGHPUT = {
    "created": count("Live tasks that were made then."),
    "completed": count("Live tasks that are completed, and were so for the last time then."),
    "cancelled": count("Live tasks that are cancelled, and were so for the last time then."),
}
ThroughputTotal = shape("ThroughputTotal", doc="Of the whole period.", **THROUGHPUT)
ThroughputBucket = shape("ThroughputBucket", BucketSerializer, doc="Of one bucket.", **THROUGHPUT)
Throughput = shape(
    "ThroughputFigures",
    BucketsSerializer,
    doc="How much work came, was done and was dropped.",
    total=ThroughputTotal(),
    buckets=ThroughputBucket(many=True),
)

# -- lead and cycle time ----
TIMES = {
    "completed": count("Tasks that were completed then."),
    "lead_count": count("Those whose lead time can be told: created, then completed."),
    **spread("lead_minutes"),
    "cycle_count": count("Those whose cycle time can be told: started, then completed."),
    **spread("cycle_minutes"),
}
TimesTotal = shape("TimesTotal", doc="Of the whole period.", **TIMES)
TimesBucket = shape("TimesBucket", BucketSerializer, doc="Of one bucket.", **TIMES)
Times = shape(
    "TimesFigures",
    BucketsSerializer,
    doc="How long work took.",
    total=TimesTotal(),
    buckets=TimesBucket(many=True),
)

# -- cumulative flow ----
FLOW = {status: count() for status in TaskStatus.values}
FlowCounts = shape("FlowCounts", doc="Live tasks in each status.", **FLOW)
FlowBucket = shape(
    "FlowBucket", BucketSerializer, doc="Live tasks in each status when it ended.", **FLOW
)
Flow = shape(
    "FlowFigures",
    BucketsSerializer,
    doc="How many tasks stood where.",
    opening=FlowCounts(help_text="When the period began."),
    buckets=FlowBucket(many=True),
)

# -- ageing ----
Ages = shape("Ages", doc="Ages of open tasks.", count=count(), **spread("age_minutes"))
AgeBin = shape(
    "AgeBin",
    doc="Open tasks of these ages; a day is 24 hours.",
    from_days=count(),
    to_days=serializers.IntegerField(allow_null=True, help_text="Less than so many; null: any."),
    open=count("By the time since they were made."),
    in_progress=count("Those in progress, by the time since work began."),
)
Hand = shape(
    "Hand",
    doc="What somebody has in work.",
    assignee=serializers.CharField(allow_null=True, help_text="Null: nobody."),
    in_progress=count(),
    in_progress_minutes_max=serializers.FloatField(help_text=UNIT_HELP["minutes"]),
)
OldTask = shape(
    "OldTask",
    doc="An open task.",
    id=serializers.UUIDField(),
    content=serializers.CharField(),
    status=serializers.ChoiceField(choices=TaskStatus.choices),
    assignee=serializers.CharField(allow_null=True),
    created_at=serializers.DateTimeField(),
    started_at=serializers.DateTimeField(allow_null=True),
    age_minutes=serializers.FloatField(),
    in_progress_minutes=serializers.FloatField(allow_null=True),
)
Ageing = shape(
    "AgeingFigures",
    AboutSerializer,
    doc="How old open work is.",
    open=Ages(help_text="Since they were made."),
    in_progress=Ages(help_text="Since work began, of those in progress."),
    bins=AgeBin(many=True),
    assignees=Hand(many=True, help_text="Who has work in progress, the most first: 50 at most."),
    other_assignees=count("How many more have some."),
    oldest=OldTask(many=True, help_text="The open tasks that were made first."),
)

# -- estimates ----
# Fields stand in the order in which they are made; it is that of CSV's columns, too.
COMPLEXITY_FIELD = {
    "complexity": serializers.ChoiceField(
        choices=TaskComplexity.choices, allow_null=True, help_text="Null: not rated."
    )
}
ESTIMATES = {
    "count": count("Completed tasks with an estimate over 0 and actual minutes."),
    "estimated_minutes": count(),
    "actual_minutes": count(),
    **spread("ratio"),
    "within": count("Actual within 25 % of the estimate, both ends included."),
    "over": count("Took more than that."),
    "under": count("Took less than that."),
    "within_share": share("Of `count`."),
    "over_share": share("Of `count`."),
    "under_share": share("Of `count`."),
}
EstimatesTotal = shape("EstimatesTotal", doc="Of all complexities.", **ESTIMATES)
EstimatesGroup = shape("EstimatesGroup", doc="Of one complexity.", **COMPLEXITY_FIELD, **ESTIMATES)
RatioBin = shape(
    "RatioBin",
    doc="Tasks by actual / estimated.",
    from_ratio=serializers.FloatField(),
    to_ratio=serializers.FloatField(allow_null=True, help_text="Less than this; null: any."),
    count=count(),
)
Estimates = shape(
    "EstimatesFigures",
    PeriodSerializer,
    doc="How well estimates foretold the work.",
    completed=count("All tasks completed in the period, with estimates or without."),
    total=EstimatesTotal(),
    complexities=EstimatesGroup(many=True),
    bins=RatioBin(many=True),
)

# -- complexity ----
COMPLEXITY = {
    "created": count("Live tasks that were made in the period."),
    "created_completed": count("Those of them that are completed by now."),
    "completion_share": share("`created_completed` of `created`."),
    "completed": count("Tasks completed in the period, whenever they were made."),
    "lead_count": count(),
    **spread("lead_minutes"),
    "cycle_count": count(),
    **spread("cycle_minutes"),
    "actual_count": count("Those with actual minutes."),
    **spread("actual_minutes"),
    "actual_minutes": count("All together."),
}
ComplexityTotal = shape("ComplexityTotal", doc="Of all complexities.", **COMPLEXITY)
ComplexityGroup = shape(
    "ComplexityGroup", doc="Of one complexity.", **COMPLEXITY_FIELD, **COMPLEXITY
)
Complexity = shape(
    "ComplexityFigures",
    PeriodSerializer,
    doc="What becomes of simple work, and of hard work.",
    total=ComplexityTotal(),
    complexities=ComplexityGroup(many=True),
)


# -- sessions ----
def spent() -> dict[str, Any]:
    """What was done in sessions; made anew, since the order of making is that of columns."""
    text = "Minutes in which sessions were active then, to two decimals; two at once count twice."
    return {
        "active_minutes": serializers.FloatField(min_value=0, help_text=text),
        "tasks_completed": count("Live tasks that were completed in a session then."),
    }


SessionsTotal = shape(
    "SessionsTotal",
    doc="Of the whole period.",
    sessions=count("Sessions that began in the period."),
    active_sessions=count("Those of them that go on."),
    ended_sessions=count(),
    abandoned_sessions=count("Those that nobody has heard of any more."),
    people=count("Whose they are: how many users."),
    **spent(),
    scored=count("Those with a score."),
)
SessionsBucket = shape(
    "SessionsBucket",
    BucketSerializer,
    doc="Of one bucket.",
    sessions=count("Sessions that began then."),
    **spent(),
)


def factor_means() -> dict[str, Any]:
    """What a mean score follows from, for instance `focus_value_mean`."""
    found: dict[str, Any] = {}
    for name in FACTORS:
        found[f"{name}_sessions"] = count(f"Sessions that were judged by {name}.")
        found[f"{name}_value_mean"] = share("Mean over these; null without any.")
        found[f"{name}_contribution_mean"] = share(
            f"What {name} brought to the score, over all: the contributions make `score_mean`."
        )
    return found


SessionScores = shape(
    "SessionScores",
    doc="The scores of sessions that began in the period, by one version of the formula.",
    version=serializers.CharField(help_text="Of the formula."),
    sessions=count("Of so many."),
    score_mean=serializers.FloatField(min_value=0, max_value=1, help_text="To four decimals."),
    **factor_means(),
)
ToolUse = shape(
    "ToolUse",
    doc="In how many sessions a tool was used.",
    tool=serializers.CharField(),
    sessions=count(),
)
Sessions = shape(
    "SessionsFigures",
    BucketsSerializer,
    doc="Work sessions.",
    total=SessionsTotal(),
    scores=SessionScores(many=True),
    tools=ToolUse(many=True, help_text="Of sessions that began in the period: 50 at most."),
    other_tools=count("How many more tools there are."),
    buckets=SessionsBucket(many=True),
)
