"""Reading a queryset in one order from any position: the part of paging that is about SQL.

Every order ends with the id in the same direction, so that it is total and one row comparison,
`(key, id) < (…, …)`, finds the next rows by an index on both columns. Null keys come last, as a
stretch of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import FieldDoesNotExist
from django.db.models import BooleanField, Expression, F, Field, Func, Model, QuerySet, Value

_KEY: Final = "_order_key"  # the annotation under which an expression is selected


@dataclass(frozen=True, slots=True)
class Order:
    """One order that clients may ask for.

    `key` is a field's name, the name of one of the queryset's annotations, or an expression.
    `nullable` is known for a model's own field; for the others say it.
    """

    key: str | Expression
    descending: bool = False
    nullable: bool | None = None
    description: str = ""


NEWEST_FIRST: Final = Order("id", descending=True, description="newest first")


class RowComparison(Func):
    """`(a, b) < (c, d)` or `>`: the form that PostgreSQL answers from an index on (a, b)."""

    output_field = BooleanField()

    def __init__(self, left: list[Any], operator: str, right: list[Any], **extra: Any) -> None:
        if operator not in {"<", ">"}:
            raise ValueError(operator)
        self.operator = operator
        super().__init__(*left, *right, **extra)

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> tuple[str, Any]:
        """SQL and parameters."""
        compiled = [compiler.compile(part) for part in self.source_expressions]
        half = len(compiled) // 2
        left, right = (
            ", ".join(sql for sql, _ in part) for part in (compiled[:half], compiled[half:])
        )
        parameters = tuple(parameter for _, some in compiled for parameter in some)
        return f"(({left}) {self.operator} ({right}))", parameters


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page ended: the key of its last row (None for a null key) and its id."""

    key: Any
    id: Any


class Walk:
    """A queryset in one order, readable from any position."""

    def __init__(self, queryset: QuerySet[Any], order: Order) -> None:
        self.descending = order.descending
        self.operator = "<" if order.descending else ">"
        self.id_field: Field[Any, Any] = queryset.model._meta.pk
        if isinstance(order.key, str):
            self.path = order.key
        else:
            self.path = _KEY
            queryset = queryset.annotate(**{_KEY: order.key})
        self.by_id = self.path in {"id", "pk", self.id_field.name}
        self.key_field, nullable = _resolve(queryset, self.path)
        self.nullable = nullable if order.nullable is None else order.nullable
        self.queryset = queryset.order_by(*self._ordering())

    def rows(self, after: Position | None, count: int) -> list[Any]:
        """The first `count` rows after a position; in one statement, but for two where the page
        spans the last set keys and the first null ones."""
        if after is None:
            return list(self.queryset[:count])
        if self.by_id:
            side = "lt" if self.descending else "gt"
            return list(self.queryset.filter(**{f"pk__{side}": after.id})[:count])
        rows: list[Any] = []
        if after.key is not None:
            left = [F(self.path), F(self.id_field.name)]
            right = [Value(after.key, self.key_field), Value(after.id, self.id_field)]
            # A row whose key is null compares as unknown, so it is left out here.
            rows = list(self.queryset.filter(RowComparison(left, self.operator, right))[:count])
        if self.nullable and len(rows) < count:
            nulls = self.queryset.filter(**{f"{self.path}__isnull": True})
            if after.key is None:
                side = "lt" if self.descending else "gt"
                nulls = nulls.filter(**{f"pk__{side}": after.id})
            rows.extend(nulls[: count - len(rows)])
        return rows

    def position(self, row: Any) -> list[str | None]:
        """Where `row` stands, for a cursor."""
        if self.by_id:
            return [None, str(row.pk)]
        key = row
        for name in self.path.split("__") if self.path != _KEY else [_KEY]:
            key = getattr(key, name, None)  # None where a relation on the way is unset
        return [None if key is None else _text(key), str(row.pk)]

    def parse(self, position: Any) -> Position:
        """The inverse of `position`; raises for what it did not make."""
        key, identifier = position
        if key is None and not (self.by_id or self.nullable):
            raise ValueError(position)
        key = None if key is None else self.key_field.to_python(key)
        return Position(key, self.id_field.to_python(identifier))

    def _ordering(self) -> list[Any]:
        identifier = f"-{self.id_field.name}" if self.descending else self.id_field.name
        if self.by_id:
            return [identifier]
        if not self.descending:
            # PostgreSQL's ascending order puts nulls last by itself.
            return [self.path, identifier]
        # NULLS LAST only where there can be nulls: a plain index cannot serve it.
        key = F(self.path).desc(nulls_last=True) if self.nullable else f"-{self.path}"
        return [key, identifier]


def _resolve(queryset: QuerySet[Any], path: str) -> tuple[Field[Any, Any], bool]:
    annotation = queryset.query.annotations.get(path)
    if annotation is not None:
        return annotation.output_field, True
    model: type[Model] = queryset.model
    nullable = False
    field: Any = model._meta.pk
    for name in path.split("__"):
        try:
            field = model._meta.get_field(name if name != "pk" else model._meta.pk.name)
        except FieldDoesNotExist:
            raise ValueError(f"{path} is no field or annotation of {queryset.model}") from None
        nullable = nullable or field.null
        model = field.related_model
    return field, nullable


def _text(key: Any) -> str:
    # Exact both ways through the field's `to_python`; str() of a datetime keeps microseconds.
    return repr(key) if isinstance(key, float) else str(key)
