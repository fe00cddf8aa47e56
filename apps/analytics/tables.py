"""An answer as tables: flat rows under names, for CSV and for what stands behind a chart."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

# A spreadsheet takes a cell that begins so for a formula, or skips what stands before it; the last
# four are the signs in full width, which some read as the others.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def filename(repository: str, kind: str, table: str) -> str:
    """What a file of a table is called: no slash of a repository's name makes a folder."""
    return f"{repository.replace('/', '-')}-{kind}-{table}.csv"


def table_rows(answer: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The rows of a table."""
    found = answer[name]
    return [found] if isinstance(found, dict) else list(found)


def write_csv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as CSV (RFC 4180) with a line of names; nothing is an empty cell."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow(_cells(row[name] for name in columns))
    return text.getvalue()


def _cells(values: Iterator[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, datetime):
            yield value.isoformat()
        elif isinstance(value, bool):
            yield "true" if value else "false"
        elif isinstance(value, str) and value.startswith(FORMULA_STARTS):
            yield f"'{value}"
        else:
            yield "" if value is None else value
