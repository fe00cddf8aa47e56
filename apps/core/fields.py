"""Fields and SQL functions that TaskHub's tables share. The functions are made by `core.0001`."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now

from .ids import uuid7


class GenerateUuid7(models.Func):
    """`uuid7()`: a new UUIDv7, made by the database, in the order of the calls of one session."""

    function = "uuid7"
    arity = 0
    output_field = models.UUIDField()


class Uuid7Time(models.Func):
    """`uuid7_time(id)`: when a UUIDv7 was made, to the millisecond; immutable."""

    function = "uuid7_time"
    arity = 1
    output_field = models.DateTimeField()


class IsUuid7(models.Func):
    """`is_uuid7(id)`: whether version and variant say UUIDv7; immutable."""

    function = "is_uuid7"
    arity = 1
    output_field = models.BooleanField()


class GeneratedDateTimeField(models.GeneratedField, models.DateTimeField):
    """A stored generated column that admin, API and filters recognise as a date and time."""

    def __init__(self, *, expression: Any, **kwargs: Any) -> None:
        kwargs.update(output_field=models.DateTimeField(), db_persist=True)
        models.GeneratedField.__init__(self, expression=expression, **kwargs)

    def check(self, **kwargs: Any) -> list[Any]:
        return models.GeneratedField.check(self, **kwargs)


class HiddenGeneratedField(models.GeneratedField):
    """A generated column that an INSERT does not send back (a search vector can have 400 kB)."""

    db_returning = False  # type: ignore[assignment]


class WideTextField(models.TextField):
    """Text with a default in the database that an INSERT does not send back: Python knows it."""

    db_returning = False


def id_field() -> models.UUIDField[Any, Any]:
    """The primary key. A partitioned model declares it itself: psqlextra looks nowhere else."""
    return models.UUIDField(
        primary_key=True, default=uuid7, db_default=GenerateUuid7(), editable=False
    )


def created_at_field() -> GeneratedDateTimeField:
    """When the row was created, read from its id."""
    return GeneratedDateTimeField(expression=Uuid7Time("id"))


def updated_at_field() -> models.DateTimeField[Any, Any]:
    """When the row last changed, set by the trigger `touch`."""
    return models.DateTimeField(db_default=Now(), editable=False)


def version_field() -> models.IntegerField[Any, Any]:
    """1 at first, one more with each change, set by the trigger `touch`: the ETag."""
    return models.IntegerField(db_default=1, editable=False)
