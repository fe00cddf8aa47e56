"""The fields that a merge compares, and their values as a document gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.prds.parser import ParsedDocument, TaskProposal

from .model import Item, Place

LABELS = {
    "content": "Title",
    "details": "Details",
    "status": "Status",
    "priority": "Priority",
    "estimated_minutes": "Estimate",
    "assignee": "Assignee",
    "tags": "Tags",
    "acceptance_criteria": "Acceptance criteria",
    "parent": "Parent",
    "dependencies": "Dependencies",
    "external_key": "Id",
    "source_section": "Section",
}
FIELDS = tuple(LABELS)
EDITABLE = (
    "content",
    "details",
    "priority",
    "estimated_minutes",
    "assignee",
    "tags",
    "acceptance_criteria",
)
"""The fields for which a reviewer may give a value of their own."""

PLACED = ("parent", "source_section")
"""A change of only these is a move."""

SECTION_SEPARATOR = " > "
LONGEST_SECTION = 255
USUAL_PRIORITY = "medium"
# How the parser names the source of a field, where that is another name.
_SOURCES = {
    "content": "title",
    "acceptance_criteria": "criteria",
    "estimated_minutes": "estimate",
    "dependencies": "depends_on",
    "status": "done",
}


def read_items(document: ParsedDocument) -> list[Item]:
    """The document's tasks in its order. Groups are none; what stands in one stands above it."""
    proposals = {proposal.key: proposal for proposal in document.tasks}
    return [_item(proposal, proposals) for proposal in document.tasks if not proposal.group]


def _item(proposal: TaskProposal, proposals: Mapping[str, TaskProposal]) -> Item:
    own = Place(proposal.first_line, proposal.first_line, proposal.rule, proposal.confidence)
    sources = {source.field: source for source in proposal.sources}
    places = {}
    for field in FIELDS:
        source = sources.get(_SOURCES.get(field, field))
        places[field] = (
            Place(source.first_line, source.last_line, source.rule, source.confidence)
            if source
            else own
        )
    return Item(
        key=proposal.key,
        external_key=proposal.external_key or "",
        path=proposal.section_path,
        title=proposal.title,
        first_line=proposal.first_line,
        last_line=proposal.last_line,
        rule=proposal.rule,
        confidence=proposal.confidence,
        values=_values(proposal, proposals),
        places=places,
    )


def _values(proposal: TaskProposal, proposals: Mapping[str, TaskProposal]) -> dict[str, Any]:
    return {
        "content": proposal.title,
        "details": proposal.details,
        "status": "completed" if proposal.done else "pending",
        "priority": proposal.priority or USUAL_PRIORITY,
        "estimated_minutes": proposal.estimated_minutes,
        "assignee": proposal.assignee or "",
        "tags": list(proposal.tags),
        "acceptance_criteria": [
            {"text": criterion.text, "met": criterion.met} for criterion in proposal.criteria
        ],
        "parent": _parent(proposal, proposals),
        "dependencies": list(dict.fromkeys(edge.depends_on_key for edge in proposal.depends_on)),
        "external_key": proposal.external_key or "",
        "source_section": SECTION_SEPARATOR.join(proposal.section_path)[:LONGEST_SECTION],
    }


def _parent(proposal: TaskProposal, proposals: Mapping[str, TaskProposal]) -> str | None:
    key = proposal.parent_key
    while key is not None and proposals[key].group:
        key = proposals[key].parent_key
    return key
