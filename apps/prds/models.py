"""Product requirement documents and every revision of their text."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Length

from apps.audit.tracking import track
from apps.core.jsonschema import load_schema, schema_constraint
from apps.core.models import (
    READ,
    Record,
    SoftDeletedModel,
    choice_constraint,
    deletion_constraints,
    deletion_indexes,
    length_constraint,
    range_constraint,
    record_constraints,
    time_constraint,
)
from apps.core.querysets import all_manager, live_manager
from apps.core.triggers import Frozen, Stamp, record_triggers
from apps.repositories.models import Repository

from .choices import ComplexityLevel, ParseStatus, PRDStatus
from .complexity import COLUMNS as COMPLEXITY_COLUMNS
from .parser import MAX_DOCUMENT_BYTES
from .querysets import PRDQuerySet
from .triggers import revision_triggers

PARSE_ERRORS = load_schema("prds", "parse_errors")
COMPLEXITY_FACTORS = load_schema("prds", "complexity_factors")
METADATA = load_schema("core", "metadata")


class OctetLength(models.Func):
    """`octet_length(column)`: bytes, where `length` counts characters."""

    function = "octet_length"
    arity = 1
    output_field: Any = models.IntegerField()


def _content_size(table: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=f"{table}_content_size",
        condition=models.Q(
            models.lookups.GreaterThanOrEqual(Length("content"), 1),
            models.lookups.LessThanOrEqual(OctetLength("content"), MAX_DOCUMENT_BYTES),
        ),
        violation_error_code="too_large",
        violation_error_message="content must have 1 byte to 2 MiB.",
    )


class PRD(SoftDeletedModel, Record):
    """A document as it stands now, with what the parser made of it."""

    repository = models.ForeignKey(Repository, models.RESTRICT, related_name="prds", db_index=False)
    filename = models.TextField()
    title = models.TextField(blank=True, default="", db_default="")
    content = models.TextField()
    content_hash = models.TextField(
        default="",
        db_default="",
        editable=False,
        help_text="SHA-256 of the content, in hex; set by trigger.",
    )
    status = models.TextField(
        choices=PRDStatus.choices, default=PRDStatus.ACTIVE, db_default=PRDStatus.ACTIVE
    )
    parse_status = models.TextField(
        choices=ParseStatus.choices,
        default=ParseStatus.PENDING,
        db_default=ParseStatus.PENDING,
        editable=False,
    )
    parse_errors = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField()), blank=True, editable=False
    )
    parsed_at = models.DateTimeField(null=True, blank=True, editable=False)
    parser_version = models.TextField(blank=True, default="", db_default="", editable=False)
    task_count = models.IntegerField(default=0, db_default=0, editable=False)
    complexity_score = models.FloatField(null=True, blank=True, editable=False)
    complexity_level = models.TextField(  # noqa: DJ001
        choices=ComplexityLevel.choices, null=True, blank=True, editable=False
    )
    complexity_version = models.TextField(blank=True, default="", db_default="", editable=False)
    complexity_factors = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), blank=True, editable=False
    )
    metadata = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), blank=True
    )
    revision = models.IntegerField(default=1, db_default=1, editable=False)

    label_fields = ("title", "filename")

    objects: ClassVar[Any] = live_manager(PRDQuerySet)
    all_objects: ClassVar[Any] = all_manager(PRDQuerySet)

    class Meta:
        db_table = "prds"
        verbose_name = "PRD"
        base_manager_name = "all_objects"
        permissions = [("purge_prd", "Can delete deleted PRDs for good")]
        constraints = [
            *record_constraints("prds"),
            *deletion_constraints("prds"),
            models.UniqueConstraint(
                fields=["repository", "filename"],
                name="prds_filename_unique",
                condition=models.Q(deleted_at__isnull=True),
                violation_error_message="The repository has a PRD of this filename already.",
            ),
            length_constraint("prds", "filename", 255, minimum=1),
            length_constraint("prds", "title", 1000),
            _content_size("prds"),
            choice_constraint("prds", "status", PRDStatus),
            choice_constraint("prds", "parse_status", ParseStatus),
            schema_constraint("prds", "parse_errors", PARSE_ERRORS),
            schema_constraint("prds", "metadata", METADATA),
            range_constraint("prds", "complexity_score", 0, 1),
            choice_constraint("prds", "complexity_level", ComplexityLevel),
            length_constraint("prds", "complexity_version", 20),
            schema_constraint("prds", "complexity_factors", COMPLEXITY_FACTORS),
            time_constraint("prds", "parsed_at"),
            models.CheckConstraint(
                name="prds_counts_valid",
                condition=models.Q(task_count__gte=0, revision__gte=1),
            ),
        ]
        indexes = [
            *deletion_indexes("prds"),
            models.Index(
                models.F("repository"),
                models.F("id").desc(),
                name="prds_repository_newest",
                condition=models.Q(deleted_at__isnull=True),
            ),
        ]
        triggers = [
            *record_triggers(
                immutable=["id", "repository"],
                # A new formula is no new document.
                untouched_by=["task_count", "complexity_level", *COMPLEXITY_COLUMNS],
            ),
            *revision_triggers(),
        ]

    def __str__(self) -> str:
        return self.title or self.filename


class PRDRevision(Record):
    """One text that a PRD has had; written by a trigger, once, and never changed."""

    prd = models.ForeignKey(PRD, models.CASCADE, related_name="revisions", db_index=False)
    number = models.IntegerField()
    content = models.TextField()
    content_hash = models.TextField()

    app_privileges = READ

    class Meta:
        db_table = "prd_revisions"
        verbose_name = "PRD revision"
        constraints = [
            *record_constraints("prd_revisions"),
            models.UniqueConstraint(fields=["prd", "number"], name="prd_revisions_unique"),
            models.CheckConstraint(
                name="prd_revisions_number_valid", condition=models.Q(number__gte=1)
            ),
            _content_size("prd_revisions"),
        ]
        triggers = [Frozen(), Stamp()]

    def __str__(self) -> str:
        return f"{self.prd} (revision {self.number})"


# The text itself is in prd_revisions for good; an event names it by its hash.
PRDEvent: Any = track(PRD, listed_by=["repository"], exclude=["content", "task_count"])
PRDRevisionEvent: Any = track(PRDRevision, exclude=["content"])
