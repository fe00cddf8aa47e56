"""A parsed document as plain data, and the JSON Schema that this data always obeys."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from .model import (
    MAX_ASSIGNEE,
    MAX_DEPENDENCIES,
    MAX_MINUTES,
    MAX_NOTES,
    MAX_TAGS,
    MAX_TASKS,
    MAX_TITLE,
    MAX_TOTAL_MINUTES,
    MAX_TOTALS,
    ParsedDocument,
)

Schema = dict[str, Any]


def as_data(document: ParsedDocument) -> dict[str, Any]:
    """The document for `json.dumps`; tuples become lists there."""
    return asdict(document)


def _object(**members: Schema) -> Schema:
    return {
        "type": "object",
        "properties": members,
        "required": list(members),
        "additionalProperties": False,
    }


def _list(items: Schema, limit: int | None = None) -> Schema:
    return {"type": "array", "items": items, **({"maxItems": limit} if limit else {})}


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


_TEXT: Schema = {"type": "string"}
_NAME: Schema = {"type": "string", "minLength": 1}
_FLAG: Schema = {"type": "boolean"}
_LINE: Schema = {"type": "integer", "minimum": 1}
_MINUTES: Schema = {"type": "integer", "minimum": 0, "maximum": MAX_MINUTES}
_POINTS: Schema = {"type": "number", "minimum": 0, "maximum": 1_000}
_CONFIDENCE: Schema = {"enum": ["explicit", "structural", "inferred"]}
_PATH = _list(_TEXT)
_EXCERPTS = _list(_object(text=_NAME, line=_LINE), 1_000)
_ESTIMATE = _object(low_minutes=_MINUTES, high_minutes=_MINUTES, line=_LINE, text=_NAME)
_TOTAL_MINUTES: Schema = {**_MINUTES, "maximum": MAX_TOTAL_MINUTES}
_TOTAL = _object(low_minutes=_TOTAL_MINUTES, high_minutes=_TOTAL_MINUTES, line=_LINE, text=_NAME)
_EDGES = _list(
    _object(
        task_key=_NAME,
        depends_on_key=_NAME,
        line=_LINE,
        rule=_NAME,
        named_by={"enum": ["id", "title", "number", "all", "words"]},
        confidence=_CONFIDENCE,
        text=_NAME,
    ),
    MAX_DEPENDENCIES,
)

_TASK = _object(
    key=_NAME,
    external_key=_or_null(_NAME),
    parent_key=_or_null(_NAME),
    group=_FLAG,
    done=_FLAG,
    title={"type": "string", "minLength": 1, "maxLength": MAX_TITLE},
    details=_TEXT,
    section_path=_PATH,
    first_line=_LINE,
    last_line=_LINE,
    criteria=_list(
        _object(
            text=_NAME,
            met=_FLAG,
            line=_LINE,
            last_line=_LINE,
            rule=_NAME,
            confidence=_CONFIDENCE,
        )
    ),
    requirements=_EXCERPTS,
    tests=_EXCERPTS,
    files=_EXCERPTS,
    estimate=_or_null(_ESTIMATE),
    points=_or_null(_object(low=_POINTS, high=_POINTS, line=_LINE, text=_NAME)),
    priority={"enum": ["low", "medium", "high", None]},
    priority_text=_or_null({"type": "string", "minLength": 1, "maxLength": 100}),
    assignee=_or_null({"type": "string", "minLength": 1, "maxLength": MAX_ASSIGNEE}),
    tags=_list(_NAME, MAX_TAGS),
    depends_on=_EDGES,
    sources=_list(
        _object(field=_NAME, first_line=_LINE, last_line=_LINE, rule=_NAME, confidence=_CONFIDENCE)
    ),
    rule=_NAME,
    confidence=_CONFIDENCE,
)

DOCUMENT_SCHEMA: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **_object(
        version=_NAME,
        title=_or_null(_TEXT),
        metadata=_list(_object(name=_NAME, values=_list(_TEXT), line=_LINE)),
        sections=_list(
            _object(
                title=_TEXT,
                level=_LINE,
                path=_PATH,
                first_line=_LINE,
                last_line=_LINE,
                external_id=_or_null(_NAME),
            )
        ),
        tasks=_list(_TASK, MAX_TASKS),
        totals=_list(_TOTAL, MAX_TOTALS),
        cyclic=_EDGES,
        notes=_list(_object(code=_NAME, message=_NAME, line=_or_null(_LINE)), MAX_NOTES + 1),
    ),
}
