"""A PRD's text in, proposals out. Pure: no Django, no files, no clock.

`document` decodes and refuses, `markdown`, `plain` and `frontmatter` make the outline, `sections`
and `labels` tell what a text speaks of, `items` which parts of it are tasks. `fields`, `estimates`,
`priorities`, `inline`, `gherkin` and `tables` read the values; `clauses`, `legend`, `naming`,
`mentions`, `references`, `judging` and `graph` the dependencies. `reading` puts them together, with
`layout`, `gathering`, `linking`, `proposals` and `leftovers`. `model` is what comes out, `schema`
the same as data.
"""

from __future__ import annotations

from .document import check_text, decode_document
from .model import (
    MAX_DOCUMENT_BYTES,
    MAX_TASKS,
    PARSER_VERSION,
    Confidence,
    Criterion,
    DependencyEdge,
    DocumentError,
    Estimate,
    Excerpt,
    MetaField,
    Note,
    Options,
    ParsedDocument,
    Points,
    Section,
    Source,
    TaskProposal,
)
from .reading import parse_document
from .schema import DOCUMENT_SCHEMA, as_data

__all__ = [
    "DOCUMENT_SCHEMA",
    "MAX_DOCUMENT_BYTES",
    "MAX_TASKS",
    "PARSER_VERSION",
    "Confidence",
    "Criterion",
    "DependencyEdge",
    "DocumentError",
    "Estimate",
    "Excerpt",
    "MetaField",
    "Note",
    "Options",
    "ParsedDocument",
    "Points",
    "Section",
    "Source",
    "TaskProposal",
    "as_data",
    "check_text",
    "decode_document",
    "parse_document",
]
