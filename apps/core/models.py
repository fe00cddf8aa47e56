"""Abstract bases of every table: identity, version, soft deletion; their rules are triggers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Length

from .fields import IsUuid7, created_at_field, id_field, updated_at_field, version_field
from .querysets import all_manager

# What the application's login may do with a table (`dbops.grants`).
Privileges = frozenset[str]
READ: Privileges = frozenset({"SELECT"})
WRITE: Privileges = frozenset({"SELECT", "INSERT", "UPDATE"})
WRITE_AND_DELETE: Privileges = WRITE | {"DELETE"}

# PostgreSQL also knows infinite times, years BC and years past 9999; Python can read none of them.
# A year of room at both ends: what is stored must have a date in every time zone.
EARLIEST = datetime(2, 1, 1, tzinfo=UTC)
LATEST = datetime(9998, 12, 31, tzinfo=UTC)


class VersionedModel(models.Model):
    """Times and version, all kept by the database; `created_at` is read from the id."""

    created_at = created_at_field()
    updated_at = updated_at_field()
    version = version_field()

    app_privileges: ClassVar[Privileges] = WRITE

    class Meta:
        abstract = True


class Record(VersionedModel):
    """A versioned row under a UUIDv7 id."""

    id = id_field()

    objects: ClassVar[Any] = all_manager()

    class Meta:
        abstract = True


class SoftDeletedModel(models.Model):
    """A row that is hidden when deleted and can come back.

    A concrete model declares `objects = live_manager(…)`, `all_objects = all_manager(…)` and
    `base_manager_name = "all_objects"`: relations to deleted rows must still resolve. Its `Meta`
    takes in `deletion_constraints(…)` and `deletion_indexes(…)`. What goes along with a row when it
    is deleted is said by the models below it, in `deleted_with` (`core.deletion`).
    """

    # Names of own foreign keys: a live row is deleted together with the row that such a key names.
    deleted_with: ClassVar[tuple[str, ...]] = ()
    # The columns that `str()` reads: what a preview loads of a row.
    label_fields: ClassVar[tuple[str, ...]]

    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    deleted_by = models.ForeignKey(
        "accounts.User",
        models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        db_index=False,
    )
    deletion_batch = models.UUIDField(
        null=True,
        blank=True,
        editable=False,
        help_text="The deletion that took this row along: one UUIDv7 for all rows of it.",
    )

    class Meta:
        abstract = True

    @property
    def is_deleted(self) -> bool:
        """Whether the row is in the bin."""
        return self.deleted_at is not None


def record_constraints(table: str) -> list[models.BaseConstraint]:
    """The constraints of every record's identity."""
    return [
        models.CheckConstraint(
            name=f"{table}_id_uuid7",
            condition=IsUuid7("id"),
            violation_error_code="invalid_id",
            violation_error_message="The id is no UUID of version 7.",
        )
    ]


def deletion_constraints(table: str) -> list[models.BaseConstraint]:
    """Of every soft-deleted table: a deletion has a time and a batch, or neither."""
    neither = models.Q(deleted_at__isnull=True, deletion_batch__isnull=True)
    both = models.Q(deleted_at__isnull=False, deletion_batch__isnull=False)
    return [
        models.CheckConstraint(
            name=f"{table}_deletion_complete",
            condition=neither | both,
            violation_error_message="What is deleted has a time of deletion and a batch.",
        ),
        time_constraint(table, "deleted_at"),
    ]


def deletion_indexes(table: str) -> list[models.Index]:
    """Two partial indexes over what is deleted, all of it and by repository, newest first.

    A batch is a UUIDv7, so its order is that of the deletions: the first also finds a batch and
    those that have expired.
    """
    newest_first = (models.F("deletion_batch").desc(), models.F("id").desc())
    deleted = models.Q(deletion_batch__isnull=False)
    return [
        models.Index(*newest_first, name=f"{table}_deletion_batch", condition=deleted),
        models.Index(models.F("repository"), *newest_first, name=f"{table}_bin", condition=deleted),
    ]


def length_constraint(
    table: str, field: str, maximum: int, *, minimum: int = 0
) -> models.CheckConstraint:
    """Text from `minimum` to `maximum` characters.

    A CHECK, not a varchar: PostgreSQL refuses to retype a column that a generated one reads.
    """
    rule = f"at most {maximum:,}" if minimum == 0 else f"{minimum} to {maximum:,}"
    return models.CheckConstraint(
        name=f"{table}_{field}_length",
        condition=models.Q(
            models.lookups.GreaterThanOrEqual(Length(field), minimum),
            models.lookups.LessThanOrEqual(Length(field), maximum),
        ),
        violation_error_code="invalid_length",
        violation_error_message=f"{field} must have {rule} characters.",
    )


def choice_constraint(
    table: str, field: str, choices: type[models.TextChoices]
) -> models.CheckConstraint:
    """One of the values of `choices` (or null, where the column may be null)."""
    return models.CheckConstraint(
        name=f"{table}_{field}_valid",
        condition=models.Q(**{f"{field}__in": choices.values}),
        violation_error_code="invalid_choice",
        violation_error_message=f"{field} must be one of: {', '.join(choices.values)}.",
    )


def range_constraint(
    table: str, field: str, minimum: float, maximum: float
) -> models.CheckConstraint:
    """A number from `minimum` to `maximum`, both included."""
    return models.CheckConstraint(
        name=f"{table}_{field}_range",
        condition=models.Q(**{f"{field}__gte": minimum, f"{field}__lte": maximum}),
        violation_error_code="out_of_range",
        violation_error_message=f"{field} must be from {minimum} to {maximum}.",
    )


def time_constraint(table: str, field: str) -> models.CheckConstraint:
    """A time that Python can read. One that it cannot would fail every list with the row in it.

    Every time that a statement may set has one (`updated_at` may not: the trigger `Stamp`).
    """
    return models.CheckConstraint(
        name=f"{table}_{field}_in_range",
        condition=models.Q(**{f"{field}__gte": EARLIEST, f"{field}__lte": LATEST}),
        violation_error_code="out_of_range",
        violation_error_message=(
            f"{field} must be from {EARLIEST.isoformat()} to {LATEST.isoformat()}."
        ),
    )


class JsonType(models.Func):
    """`jsonb_typeof(column)`: 'object', 'array', 'string' and so on."""

    function = "jsonb_typeof"
    arity = 1
    output_field: Any = models.TextField()


def json_type_constraint(table: str, field: str, json_type: str) -> models.CheckConstraint:
    """JSON whose outermost value is of `json_type` ("object" or "array")."""
    return models.CheckConstraint(
        name=f"{table}_{field}_{json_type}",
        condition=models.Q(models.lookups.Exact(JsonType(field), json_type)),
        violation_error_code="invalid_type",
        violation_error_message=f"{field} must be a JSON {json_type}.",
    )


class DistinctStrings(models.Func):
    """`is_list_of_distinct_strings(column, longest, most)`."""

    function = "is_list_of_distinct_strings"
    arity = 3
    output_field: Any = models.BooleanField()
