"""A PRD's text in, proposals out. Pure: no Django, no files, no clock.

`document` decodes and refuses, `markdown` makes the outline, `labels` tells what a text speaks of,
`fields` and `estimates` read the values, `clauses`, `legend`, `graph` and `references` the
dependencies, `reading` puts them together.
"""

from __future__ import annotations

from .document import check_text, decode_document
from .model import (
    MAX_DOCUMENT_BYTES,
    MAX_TASKS,
    PARSER_VERSION,
    Criterion,
    DependencyEdge,
    DocumentError,
    Estimate,
    Note,
    ParsedDocument,
    Section,
    TaskProposal,
)
from .reading import parse_document

__all__ = [
    "MAX_DOCUMENT_BYTES",
    "MAX_TASKS",
    "PARSER_VERSION",
    "Criterion",
    "DependencyEdge",
    "DocumentError",
    "Estimate",
    "Note",
    "ParsedDocument",
    "Section",
    "TaskProposal",
    "check_text",
    "decode_document",
    "parse_document",
]
