"""Placeholders, values and differences: pure."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.task_templates.definition import Definition, read_definition, unused_variables
from apps.task_templates.differences import compare_versions
from apps.task_templates.filling import complete_values, fill_steps
from apps.task_templates.placeholders import fill, length_of, names_in

from .steps import STEPS, VARIABLES, step

TEXTS = st.text(alphabet="ab{} \\_x\n", max_size=60)
VALUES = st.dictionaries(st.sampled_from(["a", "b", "x"]), st.one_of(TEXTS, st.integers()))


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{{a}}", "1"),
        ("{{ a }}{{a}}", "11"),
        ("\\{{a}}", "{{a}}"),
        ("{{ .Values.a }} ${{a}} {a} {{}}", "{{ .Values.a }} $1 {a} {{}}"),
        ("{{unknown}}", "{{unknown}}"),
        ("{{{a}}}", "{1}"),
        ("{{\na}}", "{{\na}}"),
    ],
)
def test_a_name_in_double_braces_is_a_variable(text: str, filled: str) -> None:
    assert fill(text, {"a": 1}) == filled


@given(TEXTS, VALUES)
def test_the_length_is_known_before(text: str, values: dict[str, Any]) -> None:
    escaped = len(re.findall(r"\\\{\{[ \t]*[A-Za-z_][A-Za-z0-9_]*[ \t]*\}\}", text))
    assert len(fill(text, values)) <= length_of(text, values) <= len(fill(text, values)) + escaped


@given(TEXTS)
def test_without_values_a_text_without_escapes_stays(text: str) -> None:
    if "\\" not in text:
        assert fill(text, {}) == text
    assert set(names_in(text)) <= {"a", "b", "x", "_"} | set(names_in(text))


def test_booleans_are_those_of_json() -> None:
    assert fill("{{a}} {{b}}", {"a": True, "b": 1.5}) == "true 1.5"


def test_defaults_fill_what_is_left_out() -> None:
    values, errors = complete_values(VARIABLES, {"service": "x"})
    assert (values, errors) == ({"service": "x", "weeks": 2, "risky": False}, [])


@pytest.mark.parametrize("values", [None, [], "x", 5, {"service": 10**400}, {"service": ["x"]}])
def test_whatever_the_values_are_they_are_answered(values: Any) -> None:
    assert complete_values(VARIABLES, values)[1]


def test_short_texts_cannot_make_gigabytes() -> None:
    tasks = [step(f"s{n}", details="{{x}}" * 4_000) for n in range(1000)]
    steps, errors = fill_steps(tasks, {"x": "y" * 2_000})
    assert steps == []
    assert len(errors) == 50
    _, errors = fill_steps(tasks, {"x": "abc"})
    assert [error.pointer for error in errors] == ["/tasks"]


def test_equal_tags_are_one() -> None:
    steps, errors = fill_steps([step("a", tags=["{{x}}", "y"])], {"x": "y"})
    assert (steps[0]["tags"], errors) == (["y"], [])


def test_a_value_may_leave_nothing_of_a_text() -> None:
    _, errors = fill_steps([step("a", "{{x}}")], {"x": " "})
    assert [error.pointer for error in errors] == ["/tasks/0/content"]


def test_what_nobody_names_is_told() -> None:
    definition = read_definition([step("a", "{{service}}")], VARIABLES)
    assert isinstance(definition, Definition)
    assert unused_variables(definition) == ["weeks", "risky"]


KEYS = st.lists(st.sampled_from("abcdef"), unique=True)


@given(KEYS, KEYS)
def test_differences_are_told_by_keys(old: list[str], new: list[str]) -> None:
    found = compare_versions([step(k) for k in old], {}, [step(k) for k in new], {})
    assert {one["key"] for one in found.added} == set(new) - set(old)
    assert {one["key"] for one in found.removed} == set(old) - set(new)
    assert found.changed == []
    kept = [k for k in new if k in old and k not in found.moved]
    assert kept == [k for k in old if k in kept]  # the others keep their order
    assert found.is_empty == (old == new)


def test_a_change_is_told_by_field() -> None:
    changed = [{**STEPS[0], "priority": "low"}, *STEPS[1:]]
    found = compare_versions(STEPS, VARIABLES, changed, VARIABLES)
    assert [(c.name, [(f.field, f.before, f.after) for f in c.fields]) for c in found.changed] == [
        ("launch", [("priority", "medium", "low")])
    ]
