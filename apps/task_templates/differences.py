"""What one version of a template has that another has not. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .definition import STEPS

Steps = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of a step or variable, before and after."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Changed:
    """A step or variable that is in both, and what differs."""

    name: str
    fields: list[FieldChange]


@dataclass(frozen=True, slots=True)
class Difference:
    """By the keys of steps and the names of variables. `moved`: steps whose order among those in
    both differs."""

    added: list[Mapping[str, Any]] = field(default_factory=list)
    removed: list[Mapping[str, Any]] = field(default_factory=list)
    changed: list[Changed] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    added_variables: list[str] = field(default_factory=list)
    removed_variables: list[str] = field(default_factory=list)
    changed_variables: list[Changed] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether the versions say the same."""
        return self == Difference()


def compare_versions(
    old_tasks: Steps, old_variables: Mapping[str, Any], new_tasks: Steps, new_variables: Any
) -> Difference:
    """What makes the new version of the old one. Steps are told by their keys: another key is
    another step."""
    # A default that was left out is no difference from one that was written.
    old = {step["key"]: step for step in STEPS.with_defaults(old_tasks)}
    new = {step["key"]: step for step in STEPS.with_defaults(new_tasks)}
    old_names = _variables(old_variables)
    new_names = _variables(new_variables)
    return Difference(
        added=[step for key, step in new.items() if key not in old],
        removed=[step for key, step in old.items() if key not in new],
        changed=_changes(old, new),
        moved=_moved([key for key in old if key in new], [key for key in new if key in old]),
        added_variables=[name for name in new_names if name not in old_names],
        removed_variables=[name for name in old_names if name not in new_names],
        changed_variables=_changes(old_names, new_names),
    )


def _variables(definition: Mapping[str, Any]) -> dict[str, Any]:
    required = definition.get("required", ())
    return {
        name: {**rule, "required": name in required}
        for name, rule in definition.get("properties", {}).items()
    }


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Changed]:
    found = []
    for name in new:
        if name not in old:
            continue
        before, after = old[name], new[name]
        fields = [
            FieldChange(key, before.get(key), after.get(key))
            for key in dict.fromkeys([*before, *after])
            if before.get(key) != after.get(key)
        ]
        if fields:
            found.append(Changed(name, fields))
    return found


def _moved(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """The steps outside of a longest run that kept its order: as few as can have moved."""
    places = {key: position for position, key in enumerate(old)}
    before: list[int] = []  # of each step of `new`: the one before it in the longest run up to it
    tails: list[int] = []  # where the best run of each length ends, in `new` …
    ends: list[int] = []  # … and in `old`
    for position, key in enumerate(new):
        at = bisect_left(ends, places[key])
        before.append(tails[at - 1] if at else -1)
        tails[at : at + 1] = [position]
        ends[at : at + 1] = [places[key]]
    kept = set()
    position = tails[-1] if tails else -1
    while position >= 0:
        kept.add(new[position])
        position = before[position]
    return [key for key in new if key not in kept]
