"""The database's share of a schema, as one SQL/JSON path that finds what breaks it.

`strict $ ? (…)`: strict, because the lax mode takes a list for its items and hides errors. In
strict mode the look at a member that is not there, or at the items of what is no list, is
*unknown*, and so is a comparison of different types. Unknown does not harm: each such look stands
in an `exists(…)` of its own, so that it hides nothing beside it (`unknown || true` is true), and
beside each there is the rule that a wrong type breaks. That no value slips through is for
tests/core/jsonschema to show.

What is left to the API is what `share` takes out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from .plain import LARGEST_NUMBER, MAX_DEPTH
from .subset import is_free, number_bounds

# A length is compared by a regular expression, of which PostgreSQL makes a state a character.
LONGEST_MEASURED: Final = 5_000
# The most that PostgreSQL's regular expressions repeat.
MOST_REPEATED: Final = 255
# Of so many items a path compares each with those behind it; of more a function does.
MOST_COMPARED: Final = 16
_SCALARS: Final = ("string", "integer", "number", "boolean")

_KEPT: Final = frozenset(
    {
        *("type", "nullable", "enum", "minimum", "maximum", "minLength", "maxLength", "pattern"),
        *("minItems", "maxItems", "required"),
    }
)


def share(definition: Mapping[str, Any], *, outermost: bool = True) -> dict[str, Any]:
    """`definition` without what only the API checks.

    That is `format`, `x-not-blank`, what `x-api-only` names, what stands within a part with
    `x-database: false`, lengths beyond `LONGEST_MEASURED`, and `uniqueItems` of a list within
    another value.
    """
    if definition.get("x-database") is False:
        return {name: definition[name] for name in ("type", "nullable") if name in definition}
    declared = _KEPT - set(definition.get("x-api-only", ()))
    kept = {name: value for name, value in definition.items() if name in declared}
    for name in ("minLength", "maxLength"):
        if kept.get(name, 0) > LONGEST_MEASURED:
            del kept[name]
    if outermost and definition.get("uniqueItems"):
        kept["uniqueItems"] = True
    if "items" in definition:
        kept["items"] = share(definition["items"], outermost=False)
    if "properties" in definition:
        kept["properties"] = {
            name: share(child, outermost=False) for name, child in definition["properties"].items()
        }
    others = definition.get("additionalProperties", True)
    if isinstance(others, dict):
        others = share(others, outermost=False)
    if definition.get("type") == "object":
        kept["additionalProperties"] = others
    return kept


def violation_path(definition: Mapping[str, Any]) -> str:
    """A SQL/JSON path that finds something exactly in what breaks the database's share."""
    kept = share(definition)
    found = _violations(kept)
    if kept.get("uniqueItems") and _compares_items(kept):
        found.append(_same(0, kept["maxItems"]))
    if is_free(definition):
        # To compare what is no number is unknown.
        found.append(f"exists(@.** ? (@ > {LARGEST_NUMBER} || @ < -{LARGEST_NUMBER}))")
        found.append(f"exists(@.**{{{MAX_DEPTH + 1} to last}})")
    return f"strict $ ? ({' || '.join(found)})"


def needs_function(definition: Mapping[str, Any]) -> bool:
    """Whether `violation_path` leaves `uniqueItems` to `has_distinct_items`."""
    kept = share(definition)
    return kept.get("uniqueItems", False) and not _compares_items(kept)


def _compares_items(kept: Mapping[str, Any]) -> bool:
    """Paths compare only what is neither a list nor an object."""
    return (
        1 < kept.get("maxItems", MOST_COMPARED + 1) <= MOST_COMPARED
        and kept.get("items", {}).get("type") in _SCALARS
    )


def types_alone(definition: Mapping[str, Any]) -> list[str] | None:
    """What `jsonb_typeof` may say, if the share is no more than that."""
    kept = share(definition)
    if is_free(definition) or kept.get("type") in ("integer", "number"):
        return None
    if not kept.keys() <= {"type", "nullable"}:
        return None
    return [kept["type"], *(["null"] if kept.get("nullable") is True else [])]


def legal_when_empty(definition: Mapping[str, Any]) -> str | None:
    """`[]` or `{}` if that keeps all rules of the share, or None."""
    kept = share(definition)
    if kept.get("type") == "array" and not kept.get("minItems"):
        return "[]"
    if kept.get("type") == "object" and not kept.get("required"):
        return "{}"
    return None


def quote(text: str) -> str:
    """`text` as a string of a path, with no character that SQL or Django's templates would read."""
    return json.dumps(text).replace("'", "\\u0027").replace("%", "\\u0025")


def _same(first: int, most: int) -> str:
    """That an item of the outermost list from `first` on is there again, of at most `most` items.

    Each look stands behind the number of items that it needs, so a short list has few.
    """
    again = f"exists(@[{first}] ? (@ == $[{first + 1} to last]))"
    further = f" || {_same(first + 1, most)}" if first + 2 < most else ""
    return f"(@.size() > {first + 1} && ({again}{further}))"


def _violations(definition: Mapping[str, Any]) -> list[str]:
    kind = definition.get("type")
    if kind is None:
        return []
    in_path = "number" if kind == "integer" else kind
    found = [f'@.type() != "{in_path}"', *_OF_TYPE[kind](definition)]
    if "enum" in definition:
        values = (value for value in definition["enum"] if value is not None)
        found.append("(" + " && ".join(f"@ != {_literal(value)}" for value in values) + ")")
    if definition.get("nullable") is True:
        return [f'(@.type() != "null" && ({" || ".join(found)}))']
    return found


def _literal(value: Any) -> str:
    return quote(value) if isinstance(value, str) else json.dumps(value)


def _of_string(definition: Mapping[str, Any]) -> list[str]:
    found = []
    least, most = definition.get("minLength", 0), definition.get("maxLength")
    if least == 1:
        found.append('@ == ""')
    elif least:
        found.append(f"!({_has_characters(least)})")
    if most is not None:
        found.append(_has_characters(most + 1))
    if "pattern" in definition:
        found.append(f'!(@ like_regex {quote(definition["pattern"])} flag "s")')
    return found


def _has_characters(number: int) -> str:
    whole, rest = divmod(number, MOST_REPEATED)
    characters = f".{{{MOST_REPEATED}}}" * whole + (f".{{{rest}}}" if rest else "")
    return f'@ like_regex "^{characters}" flag "s"'


def _of_number(definition: Mapping[str, Any]) -> list[str]:
    least, most = number_bounds(definition)
    found = [f"@ < {json.dumps(least)}", f"@ > {json.dumps(most)}"]
    return [*found, "@.floor() != @"] if definition["type"] == "integer" else found


def _of_array(definition: Mapping[str, Any]) -> list[str]:
    found = []
    if definition.get("minItems"):
        found.append(f"@.size() < {definition['minItems']}")
    if "maxItems" in definition:
        found.append(f"@.size() > {definition['maxItems']}")
    within = _violations(definition.get("items", {}))
    return [*found, f"exists(@[*] ? ({' || '.join(within)}))"] if within else found


def _of_object(definition: Mapping[str, Any]) -> list[str]:
    found = [f"(exists(@.{quote(name)})) is unknown" for name in definition.get("required", ())]
    properties = definition.get("properties", {})
    for name, child in properties.items():
        within = _violations(child)
        if len(within) == 1 and within[0].startswith("@.type()"):
            found.append(f"@.{quote(name)}{within[0][1:]}")  # the same, and faster
        elif within:
            found.append(f"exists(@.{quote(name)} ? ({' || '.join(within)}))")
    others = definition.get("additionalProperties", True)
    if others is False and not properties:
        found.append("exists(@.*)")
    elif others is False:
        unknown = " && ".join(f"@ != {quote(name)}" for name in properties)
        found.append(f"exists(@.keyvalue().key ? ({unknown}))")
    elif isinstance(others, dict):
        within = _violations(others)
        if within and not properties:
            found.append(f"exists(@.* ? ({' || '.join(within)}))")
        elif within:
            unknown = " && ".join(f"@.key != {quote(name)}" for name in properties)
            value = f"exists(@.value ? ({' || '.join(within)}))"
            found.append(f"exists(@.keyvalue() ? ({unknown} && {value}))")
    return found


_OF_TYPE: Final = {
    "string": _of_string,
    "integer": _of_number,
    "number": _of_number,
    "boolean": lambda definition: [],
    "array": _of_array,
    "object": _of_object,
}
