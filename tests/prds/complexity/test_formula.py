"""The arithmetic of `cx-1`: the same everywhere, never less for more."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import fields, replace
from decimal import ROUND_UP, Decimal, getcontext, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.prds.complexity import COMPLEXITY_VERSION, FACTORS, FAMILIES, Inputs, score_inputs
from apps.prds.complexity.formula import Scope

NUMBERS = [field.name for field in fields(Inputs) if field.name != "risks"]
COUNTS = st.one_of(st.integers(0, 60), st.integers(0, 10**12))
RISKS = st.sets(st.sampled_from(FAMILIES)).map(
    lambda found: tuple(f for f in FAMILIES if f in found)
)
INPUTS = st.builds(Inputs, risks=RISKS, **dict.fromkeys(NUMBERS, COUNTS))
SCOPES = st.sampled_from(["item", "document"])

# By these values one machine's result is compared with another's: they are no approximations.
GOLDEN: list[tuple[Scope, Inputs, float, str, str]] = [
    ("item", Inputs(), 0.0, "simple", "cccb1c13"),
    ("item", Inputs(words=40, criteria=1), 0.046, "simple", "4533df90"),
    ("item", Inputs(120, 8, 4, 2, 1, 1, (), 0), 0.277, "simple", "002e3e58"),
    ("item", Inputs(230, 14, 8, 6, 5, 3, FAMILIES[2:4]), 0.555, "complex", "0c144d87"),
    ("item", Inputs(900, 30, 12, 15, 10, 5, FAMILIES[:4], 3), 0.83, "epic", "963b1fb2"),
    ("item", Inputs(*[9**12] * 6, FAMILIES, 9**12), 0.985, "epic", "39ddb29c"),
    ("document", Inputs(1476, 93, 48, 35, 34, 24, FAMILIES[1:6]), 0.6, "complex", "546f5da0"),
    ("document", Inputs(9000, 400, 300, 90, 60, 80, FAMILIES, 20), 0.925, "epic", "fbf25854"),
]  # fmt: skip


@pytest.mark.parametrize("case", GOLDEN)
def test_the_same_score_on_any_machine(case: tuple[Scope, Inputs, float, str, str]) -> None:
    scope, inputs, score, level, digest = case
    found = score_inputs(inputs, scope)
    assert (found.version, found.score, found.level) == (COMPLEXITY_VERSION, score, level)
    assert found.inputs_hash.startswith(digest)


def test_every_contribution_of_one_score() -> None:
    found = score_inputs(Inputs(230, 14, 8, 6, 5, 3, ("concurrency", "integration"), 1))
    assert {factor.name: factor.contribution for factor in found.factors} == {
        "words": 0.0902,
        "requirements": 0.1214,
        "criteria": 0.1264,
        "files": 0.0528,
        "tests": 0.0283,
        "dependencies": 0.0632,
        "risks": 0.073,
        "uncertainties": 0.0197,
    }
    assert [factor.explanation for factor in found.factors][5:] == [
        "3 dependencies add 0.0632 of at most 0.10.",
        "2 kinds of risk (concurrency, integration) add 0.0730 of at most 0.15.",
        "1 open point adds 0.0197 of at most 0.05.",
    ]
    assert score_inputs(Inputs()).factors[3].explanation == (
        "No files were found, so nothing of 0.10 is added."
    )


@given(INPUTS, SCOPES)
def test_it_is_the_documented_sum(inputs: Inputs, scope: Scope) -> None:
    found = score_inputs(inputs, scope)
    expected = sum(
        factor.weight * (1 - math.exp(-factor.found / factor.k)) for factor in found.factors
    )
    assert abs(found.score - expected) <= 0.0005 + 1e-9
    assert abs(found.score - sum(f.contribution for f in found.factors)) <= 0.0005 + 8 * 0.00005
    assert 0 <= found.score <= 1
    assert found.score == float(format(found.score, ".3f"))


@given(INPUTS, INPUTS, SCOPES)
def test_more_of_anything_is_never_less_complex(one: Inputs, two: Inputs, scope: Scope) -> None:
    risks = tuple(family for family in FAMILIES if family in {*one.risks, *two.risks})
    more = Inputs(
        risks=risks, **{name: getattr(one, name) + getattr(two, name) for name in NUMBERS}
    )
    small, large = score_inputs(one, scope), score_inputs(more, scope)
    assert large.score >= small.score
    for before, after in zip(small.factors, large.factors, strict=True):
        assert after.contribution >= before.contribution


@pytest.mark.parametrize("scope", ["item", "document"])
@pytest.mark.parametrize("name", [factor.name for factor in FACTORS])
def test_each_factor_alone_comes_to_its_weight_and_no_further(name: str, scope: Scope) -> None:
    most = FAMILIES if name == "risks" else 10**9
    found = score_inputs(replace(Inputs(), **{name: most}), scope)
    factor = next(factor for factor in found.factors if factor.name == name)
    if name == "risks":  # there are only so many
        assert 0.7 * factor.weight < factor.contribution < factor.weight
    else:
        assert factor.contribution == factor.weight == found.score
    assert all(other.contribution == 0 for other in found.factors if other is not factor)


def test_the_weights_make_one() -> None:
    assert sum(Decimal(factor.weight) for factor in FACTORS) == 1


@pytest.mark.parametrize(
    ("words", "criteria", "level"),
    [(0, 0, "simple"), (10**6, 10**6, "medium")],
)
def test_levels_come_from_the_score_as_it_is_shown(words: int, criteria: int, level: str) -> None:
    assert score_inputs(Inputs(words=words, criteria=criteria)).level == level


@given(INPUTS, SCOPES)
def test_levels_have_fixed_limits(inputs: Inputs, scope: Scope) -> None:
    found = score_inputs(inputs, scope)
    limits = {"simple": (0, 0.3), "medium": (0.3, 0.55), "complex": (0.55, 0.75), "epic": (0.75, 2)}
    low, high = limits[found.level]
    assert low <= found.score < high


@given(INPUTS, SCOPES)
def test_the_programs_decimal_context_has_no_say(inputs: Inputs, scope: Scope) -> None:
    plain = score_inputs(inputs, scope)
    with localcontext() as context:
        context.prec, context.rounding = 3, ROUND_UP
        assert getcontext().prec == 3
        assert score_inputs(inputs, scope) == plain


@given(INPUTS, INPUTS)
def test_the_hash_tells_inputs_apart(one: Inputs, two: Inputs) -> None:
    assert (one.digest("item") == two.digest("item")) == (one == two)
    assert one.digest("item") != one.digest("document")


def test_the_hash_is_of_canonical_json() -> None:
    """Written out, so that another program can make the same one."""
    text = (
        '{"criteria":1,"dependencies":0,"files":0,"requirements":0,"risks":["security"],'
        '"scope":"item","tests":0,"uncertainties":0,"words":2}'
    )
    assert json.dumps(json.loads(text), sort_keys=True, separators=(",", ":")) == text
    inputs = Inputs(words=2, criteria=1, risks=("security",))
    assert inputs.digest("item") == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    "wrong",
    [{"words": -1}, {"risks": ("witchcraft",)}, {"risks": ("security", "security")},
     {"risks": (FAMILIES[1], FAMILIES[0])}],
)  # fmt: skip
def test_inputs_that_nothing_can_have(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"no time|known families"):
        Inputs(**wrong)  # type: ignore[arg-type]
