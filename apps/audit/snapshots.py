"""How a record and its links were at any instant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model

from .events import (
    event_model_of,
    events_of,
    key_after,
    link_sources,
    newest_before,
    record_of,
)


def event_as_of(model: type[Model], key: Any, moment: datetime) -> Any:
    """The newest event of the record `key` at `moment`; None before its first one."""
    return events_of(model, key).filter(pgh_id__lt=key_after(moment)).first()


def state_as_of(model: type[Model], key: Any, moment: datetime) -> Any:
    """The record as it was at `moment`; None before it existed and after it was removed.

    A change counts from the instant at which it was written, also if it was committed a little
    later. One event is read, in the partitions between the record's id and `moment`.
    """
    event = event_as_of(model, key, moment)
    return None if event is None or event.pgh_label == "delete" else record_of(event)


def links_as_of(model: type[Model], key: Any, moment: datetime) -> dict[str, list[Any]]:
    """The links of the record `key` at `moment`, by their name, in the order of their making."""
    found: dict[str, list[Any]] = {}
    for source in link_sources(model):
        newest = (
            source.events(key)
            .filter(pgh_id__lt=key_after(moment))
            .order_by("pgh_obj_id", "-pgh_id")
            .distinct("pgh_obj_id")
        )
        found[source.link.name] = [record_of(e) for e in newest if e.pgh_label != "delete"]
    return found


def states_as_of(model: type[Model], keys: Sequence[UUID], moment: datetime) -> dict[UUID, Any]:
    """As `state_as_of` for many records, in two queries; who did not exist then is left out."""
    bound = key_after(moment)
    found = newest_before(event_model_of(model), [(key, key, bound) for key in set(keys)])
    return {key: record_of(event) for key, event in found.items() if event.pgh_label != "delete"}
