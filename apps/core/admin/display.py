"""Small pieces of HTML that lists and forms share. Every text is escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from .diffs import EMPTY

TITLE_LENGTH = 110
TEXT_LENGTH = 200_000


def state(value: str, label: str) -> SafeString:
    """A label in the colour of its value: the same value, the same colour, everywhere."""
    return format_html('<span class="th-state th-state-{}">{}</span>', value, label)


DELETED = state("deleted", "Deleted")


def title(text: str, length: int = TITLE_LENGTH) -> SafeString:
    """A one-line title, whole in its tooltip."""
    line = " ".join(text.split())
    shown = line if len(line) <= length else f"{line[:length]}…"
    return format_html('<span class="th-title" title="{}">{}</span>', line, shown)


def link(url: str, text: Any) -> SafeString:
    """A link."""
    return format_html('<a class="th-link" href="{}">{}</a>', url, text)


def change_url(record: Any) -> str:
    """The console's page of `record`."""
    meta = record._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[record.pk])


def is_deleted(record: Any) -> bool:
    """Whether `record` is in the bin; only some kinds of records can be."""
    return getattr(record, "deleted_at", None) is not None


def label(record: Any) -> str:
    """The record's name as plain text, which says so when it is deleted."""
    return f"{record} (deleted)" if is_deleted(record) else str(record)


def related(record: Any, *, marked: bool = True) -> SafeString:
    """What a record refers to: a link to its page if there is one, and a mark if it is deleted."""
    if record is None:
        return dash()
    try:
        shown = link(change_url(record), str(record)[:TITLE_LENGTH])
    except NoReverseMatch:
        shown = format_html("{}", str(record)[:TITLE_LENGTH])
    return format_html("{} {}", shown, DELETED) if marked and is_deleted(record) else shown


def items(parts: Iterable[Any]) -> SafeString:
    """Pieces of HTML one below the other; a dash when there is none."""
    listed = format_html_join("", "<li>{}</li>", ((part,) for part in parts))
    return format_html('<ul class="th-list">{}</ul>', listed) if listed else SafeString(EMPTY)


def text_block(text: str) -> SafeString:
    """Text as it was written, never interpreted, cut at 200,000 characters."""
    rest = len(text) - TEXT_LENGTH
    shown = text if rest <= 0 else f"{text[:TEXT_LENGTH]}\n… {rest:,} more characters"
    return format_html('<pre class="th-text" tabindex="0">{}</pre>', shown) if text else dash()


def json_block(value: Any) -> SafeString:
    """JSON, indented."""
    return text_block(json.dumps(value, ensure_ascii=False, indent=2)) if value else dash()


def ago(moment: datetime) -> str:
    """How long ago, in one unit."""
    if timezone.now() - moment < timedelta(minutes=1):
        return "just now"
    return f"{timesince(moment, depth=1)} ago"


def dash() -> SafeString:
    """What stands for nothing."""
    return SafeString(EMPTY)
