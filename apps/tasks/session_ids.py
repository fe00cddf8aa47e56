"""Which session ids a task may be written with: what keeps sessions (an upper app) has the rule."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from apps.accounts.models import User
from apps.core.errors import DomainError
from apps.repositories.models import Repository

# Raises `DomainError` when `actor` may not name one of these ids in the repository.
Rule = Callable[[User, Repository, frozenset[str]], None]

_rules: list[Rule] = []


def register_session_rule(rule: Rule) -> None:
    """Have writers of tasks ask `rule` before they give a task another session id. Call it in an
    `AppConfig.ready`."""
    _rules.append(rule)


def check_session_ids(actor: User, repository: Repository, ids: Iterable[str]) -> None:
    """Raise `DomainError` unless `actor` may write these session ids; an empty one is none."""
    named = frozenset(ids) - {""}
    if named:
        for rule in _rules:
            rule(actor, repository, named)


def usable_session_id(actor: User, repository: Repository, session_id: str) -> str:
    """The id, or none where `actor` may not write it."""
    try:
        check_session_ids(actor, repository, [session_id])
    except DomainError:
        return ""
    return session_id
