"""Schemas of the subset, and values at every distance from them."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import strategies as st

from apps.core.jsonschema import LARGEST_NUMBER, MAX_DEPTH

KEYS = ["a", "b", "key", "it's 100%", 'q"uote', "back\\slash", "ü", "🌱", "", "$", "@.x", "null"]
TEXTS = [
    "",
    " ",
    "a",
    "ab",
    "abc",
    "a1",
    "x" * 9,
    "ü🌱",
    "a\nb",
    "abc\n",
    "%s",
    "it's",
    "\\",
    "🌱" * 5,
]
PATTERNS = [
    "^[a-z]+$",
    "^[a-z][a-z0-9_]{0,5}$",
    "^[^ ]*$",
    "^a\\.b$",
    "^[A-Z]{2,3}-[0-9]+$",
    "^🌱?$",
]
NUMBERS: list[float] = [
    *(0, 1, -1, 2, 3, 5, 10, 0.5, 1.5, -0.5, 1.0, 3.0, 1e-7, 0.1),
    *(LARGEST_NUMBER, -LARGEST_NUMBER, LARGEST_NUMBER + 1, -LARGEST_NUMBER - 1, 1e300, 2**80),
]
BOUNDS = [-5, -1, 0, 1, 2, 3, 0.5, 1.5, 10]

texts = st.sampled_from(TEXTS) | st.text("ab c\nü🌱", max_size=12)
scalars = st.none() | st.booleans() | st.sampled_from(NUMBERS) | texts
keys = st.sampled_from(KEYS)
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=8,
)
too_deep = st.integers(MAX_DEPTH - 1, MAX_DEPTH + 2).map(
    lambda levels: eval("[" * levels + "0" + "]" * levels)
)


def _pair(low: str, high: str, values: Any) -> Any:
    one = st.fixed_dictionaries({}, optional={low: values, high: values})
    return one.filter(lambda d: low not in d or high not in d or d[low] <= d[high])


sizes = st.integers(0, 4)
strings = st.one_of(
    _pair("minLength", "maxLength", sizes).map(lambda d: {"type": "string", **d}),
    st.lists(texts, min_size=1, max_size=3, unique=True).map(
        lambda values: {"type": "string", "enum": values}
    ),
    st.sampled_from(PATTERNS)
    .filter(lambda p: "🌱" not in p)
    .map(lambda p: {"type": "string", "pattern": p, "maxLength": 20}),
    st.sampled_from([254, 255, 256, 600]).map(lambda n: {"type": "string", "maxLength": n}),
)
numbers = st.builds(
    lambda kind, bounds: {"type": kind, **bounds},
    st.sampled_from(["integer", "number"]),
    _pair("minimum", "maximum", st.sampled_from(BOUNDS)),
) | st.lists(st.sampled_from([0, 1, 2, -1]), min_size=1, max_size=3, unique=True).map(
    lambda values: {"type": "integer", "enum": values}
)
leaves = strings | numbers | st.just({"type": "boolean"}) | st.just({})


def _array(inner: Any) -> Any:
    return st.builds(
        lambda bounds, more: {"type": "array", **bounds, **more},
        _pair("minItems", "maxItems", sizes),
        st.fixed_dictionaries({}, optional={"items": inner, "uniqueItems": st.booleans()}),
    )


def _object(inner: Any) -> Any:
    def build(members: dict[str, Any]) -> Any:
        made: dict[str, Any] = {"type": "object"}
        needed = st.none()
        if members:
            made["properties"] = members
            # Names from among them: of names drawn for themselves hardly any is a member.
            needed |= st.lists(st.sampled_from(list(members)), min_size=1, max_size=2, unique=True)
        more = {"required": needed, "additionalProperties": st.none() | st.booleans() | inner}
        return st.fixed_dictionaries(more).map(
            lambda drawn: {**made, **{k: v for k, v in drawn.items() if v is not None}}
        )

    return st.dictionaries(keys, inner, max_size=3).flatmap(build)


def _nullable(definition: dict[str, Any]) -> dict[str, Any]:
    made = {**definition, "nullable": True}
    if "enum" in made:
        made["enum"] = [*made["enum"], None]
    return made


def perhaps_nullable(inner: Any) -> Any:
    return inner | inner.filter(lambda d: "type" in d).map(_nullable)


definitions = perhaps_nullable(
    st.recursive(
        leaves, lambda inner: perhaps_nullable(_array(inner) | _object(inner)), max_leaves=5
    )
)


def fitting(definition: dict[str, Any]) -> Any:
    """Values of the right shape, mostly right."""
    kind = definition.get("type")
    made: Any
    if "enum" in definition:
        made = st.sampled_from(definition["enum"])
    elif kind == "string":
        longest = definition.get("maxLength", 9)
        edge = st.sampled_from([longest, longest + 1]).map(lambda n: "🌱" * n)
        made = texts | edge | st.sampled_from(["AB-1", "a.b", "abc", "a_1"])
    elif kind in ("integer", "number"):
        made = st.sampled_from([*BOUNDS, *NUMBERS])
    elif kind == "boolean":
        made = st.booleans()
    elif kind == "array":
        most = definition.get("maxItems", 3)
        made = st.lists(fitting(definition.get("items", {})), max_size=most + 1)
    elif kind == "object":
        properties = definition.get("properties", {})
        made = st.fixed_dictionaries(
            {name: fitting(properties[name]) for name in definition.get("required", ())},
            optional={
                name: fitting(child)
                for name, child in properties.items()
                if name not in definition.get("required", ())
            },
        )
        others = definition.get("additionalProperties", True)
        if others is not False:
            more = fitting(others if isinstance(others, dict) else {})
            made = st.builds(lambda m, o: {**o, **m}, made, st.dictionaries(keys, more, max_size=2))
    else:
        made = anything
    return made | st.none() if definition.get("nullable") else made


@st.composite
def near(draw: Any, definition: dict[str, Any]) -> Any:
    """A value that fits, with one place of it changed, dropped or added."""
    value = copy.deepcopy(draw(fitting(definition)))
    holders = [
        (container, key)
        for container in _containers(value)
        for key in (container if isinstance(container, dict) else range(len(container)))
    ]
    if not holders:
        return draw(anything)
    container, key = draw(st.sampled_from(holders))
    change = draw(st.sampled_from(["replace", "drop", "add"]))
    if change == "replace":
        container[key] = draw(anything | too_deep)
    elif change == "drop":
        del container[key]
    elif isinstance(container, dict):
        container[draw(keys)] = draw(anything)
    else:
        container.append(copy.deepcopy(container[key]))
    return value


def _containers(value: Any) -> list[Any]:
    if not isinstance(value, dict | list):
        return []
    children = value.values() if isinstance(value, dict) else value
    return [value, *(deep for child in children for deep in _containers(child))]


def values(definition: dict[str, Any]) -> Any:
    """Of every distance from the schema."""
    return fitting(definition) | near(definition) | anything | too_deep
