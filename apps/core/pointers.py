"""JSON pointers (RFC 6901): how a place within a JSON value is written."""

from __future__ import annotations


def escape(key: str) -> str:
    """`key` as one token of a pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def pointer(*keys: str | int) -> str:
    """The pointer to what lies under `keys`; empty for the whole value."""
    return "".join(f"/{escape(str(key))}" for key in keys)
