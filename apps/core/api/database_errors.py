"""What PostgreSQL refuses, in the API's words: constraint names become codes and pointers.

A constraint declared in a model's Meta speaks through its `violation_error_message` and
`violation_error_code`. One raised by a trigger speaks through its own message, since that is ours
too; its name's ending (`_transition`, `_cycle`) tells the code. A message that PostgreSQL itself
made is never shown: it quotes stored values.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from typing import Any, Final

import psycopg
from django.apps import apps
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.db.models import (
    CheckConstraint,
    F,
    Field,
    Model,
    ProtectedError,
    Q,
    RestrictedError,
    UniqueConstraint,
)
from django.db.models.constraints import BaseConstraint
from django.db.models.expressions import BaseExpression
from psycopg import errors as pg

from apps.core.errors import DomainError, ErrorCode, FieldError

# Connection trouble passes in seconds; a lost race is over at once.
RETRY_OUTAGE_SECONDS: Final = 5
RETRY_RACE_SECONDS: Final = 1

SUFFIX_CODES: Final = {
    "_transition": ErrorCode.INVALID_TRANSITION,
    "_cycle": ErrorCode.DEPENDENCY_CYCLE,
    "_id_not_in_future": ErrorCode.INVALID_ID,
}
_ERROR_CODES: Final = {code.value: code for code in ErrorCode}
_KEY_DETAIL = re.compile(r'Key \((?P<columns>[a-z0-9_", ]+)\)=')


def translate(
    exc: BaseException, *, members: Collection[str] = (), reading: bool = False
) -> DomainError | None:
    """The `DomainError` that `exc` stands for; None when it is a fault of ours.

    `members` are the names in the request's body: of a foreign key's two names (`parent`,
    `parent_id`) the pointer takes the one that the client used. `reading`: the request writes
    nothing, so a value that will not do is one that we have stored or made.
    """
    if isinstance(exc, (ProtectedError, RestrictedError)):
        return DomainError(ErrorCode.CONFLICT, "Other records still refer to this one.")
    cause = exc if isinstance(exc, psycopg.Error) else exc.__cause__
    if isinstance(cause, (pg.SerializationFailure, pg.DeadlockDetected, pg.LockNotAvailable)):
        return DomainError(
            ErrorCode.SERVICE_UNAVAILABLE,
            "A concurrent change was in the way; nothing was written. Send the request again.",
            extra={"retry_after": RETRY_RACE_SECONDS},
        )
    if isinstance(cause, psycopg.IntegrityError):
        return _integrity(cause, members)
    if isinstance(exc, IntegrityError):
        return DomainError(ErrorCode.CONFLICT, "The change breaks a rule of the data.")
    if isinstance(exc, (DataError, psycopg.DataError)):
        if reading:
            return None
        return DomainError(
            ErrorCode.INVALID_REQUEST, "A value is out of range or cannot be stored as text."
        )
    if isinstance(cause, pg.ReadOnlySqlTransaction) or isinstance(
        exc, (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError)
    ):
        return DomainError(
            ErrorCode.SERVICE_UNAVAILABLE,
            "The database does not answer or is too busy. Send the request again in a few seconds.",
            extra={"retry_after": RETRY_OUTAGE_SECONDS},
        )
    return None


def _integrity(error: psycopg.IntegrityError, members: Collection[str]) -> DomainError | None:
    name = error.diag.constraint_name
    raised_by_us = error.diag.source_function == "exec_stmt_raise"  # RAISE in PL/pgSQL
    if isinstance(error, pg.CheckViolation) and not name and not raised_by_us:
        return _no_partition(error)
    declared = _declared_constraints().get(name or "")
    code, detail = _code_and_detail(error, name or "")
    entry_code = code.value
    if declared is not None:
        constraint = declared[1]
        if constraint.violation_error_message != constraint.default_violation_error_message:
            detail = str(constraint.get_violation_error_message())
        entry_code = constraint.violation_error_code or entry_code
        code = _ERROR_CODES.get(entry_code, code)
        fields = list(_constraint_fields(*declared, members))
    else:
        columns = _columns(error)
        detail = _unique_message(error, columns) or detail
        fields = [_member(column, members) for column in columns]
    if raised_by_us and error.diag.message_primary:
        detail = error.diag.message_primary
    return DomainError(
        code, detail, [FieldError(f"/{field}", entry_code, detail) for field in fields]
    )


def _no_partition(error: pg.CheckViolation) -> DomainError | None:
    """The client's fault only where it may choose the key; a history without partitions is ours."""
    model = _models_by_table().get(error.diag.table_name or "")
    partitioning = getattr(model, "_partitioning_meta", None)
    if list(getattr(partitioning, "key", [])) != ["id"]:
        return None
    detail = "No partition takes this id: its time lies outside the range that is kept."
    entry = FieldError("/id", ErrorCode.INVALID_ID.value, detail)
    return DomainError(ErrorCode.INVALID_ID, detail, [entry])


def _code_and_detail(error: psycopg.IntegrityError, name: str) -> tuple[ErrorCode, str]:
    for suffix, code in SUFFIX_CODES.items():
        if name.endswith(suffix):
            return code, "The change is not allowed."
    if isinstance(error, pg.UniqueViolation):
        return ErrorCode.ALREADY_EXISTS, "A record with the same key exists already."
    if isinstance(error, pg.ForeignKeyViolation):
        if _is_referenced(error):
            return ErrorCode.CONFLICT, "Other records still refer to this one."
        return ErrorCode.INVALID_REQUEST, "The record that is referred to does not exist."
    if isinstance(error, (pg.RestrictViolation, pg.ExclusionViolation)):
        return ErrorCode.CONFLICT, "Other records are in the way of this change."
    if isinstance(error, pg.NotNullViolation):
        return ErrorCode.INVALID_REQUEST, "A value is needed here."
    # Our constraints' names say what they demand, so the name is better than nothing.
    rule = f": {name}" if name else ""
    return ErrorCode.INVALID_REQUEST, f"A value breaks a rule of the data{rule}."


@cache
def _declared_constraints() -> dict[str, tuple[type[Model], BaseConstraint]]:
    return {
        constraint.name: (model, constraint)
        for model in apps.get_models()
        for constraint in model._meta.constraints
    }


def _constraint_fields(
    model: type[Model], constraint: BaseConstraint, members: Collection[str]
) -> Iterator[str]:
    names: Iterable[str] = ()
    if isinstance(constraint, UniqueConstraint):
        names = constraint.fields or _references(constraint.expressions)
    elif isinstance(constraint, CheckConstraint):
        names = _references([constraint.condition])
    for name in sorted(dict.fromkeys(names)):
        attname = getattr(model._meta.get_field(name), "attname", name)
        yield attname if attname in members and name not in members else name


def _member(column: str, members: Collection[str]) -> str:
    """What a client calls `column`: a reference may be written without its `_id`."""
    name = column.removesuffix("_id")
    return name if name in members and column not in members else column


def _references(expressions: Iterable[Any]) -> Iterator[str]:
    for expression in expressions:
        if isinstance(expression, Q):
            yield from _references(expression.children)
        elif isinstance(expression, tuple):  # a condition: path, value
            yield expression[0].split("__")[0]
            yield from _references(expression[1:])
        elif isinstance(expression, F):
            yield str(expression.name).split("__")[0]  # type: ignore[attr-defined]
        elif isinstance(expression, BaseExpression):
            yield from _references(expression.get_source_expressions())


@cache
def _models_by_table() -> dict[str, type[Model]]:
    return {model._meta.db_table: model for model in apps.get_models()}


def _unique_message(error: psycopg.IntegrityError, columns: list[str]) -> str | None:
    """What a field declared `unique` says of itself, where it says more than Django."""
    model = _models_by_table().get(error.diag.table_name or "")
    if model is None or not isinstance(error, pg.UniqueViolation) or len(columns) != 1:
        return None
    for field in model._meta.concrete_fields:
        message = field.error_messages.get("unique")
        if field.column == columns[0] and message != Field.default_error_messages["unique"]:
            return str(message)
    return None


def _columns(error: psycopg.IntegrityError) -> list[str]:
    if _is_referenced(error):
        return []  # the key named is the other table's
    if error.diag.column_name:
        return [error.diag.column_name]
    # "Key (a, b)=(…) already exists." The values behind it are not for the client.
    found = _KEY_DETAIL.match(error.diag.message_detail or "")
    return [column.strip(' "') for column in found["columns"].split(",")] if found else []


def _is_referenced(error: psycopg.IntegrityError) -> bool:
    # ON DELETE RESTRICT has a code of its own since PostgreSQL 18.
    detail = error.diag.message_detail or ""
    return isinstance(error, pg.RestrictViolation) or (
        isinstance(error, pg.ForeignKeyViolation) and "still referenced" in detail
    )
