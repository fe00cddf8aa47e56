"""The sum: eight factors, each of which saturates. Pure arithmetic on decimals.

The exponential is computed with `decimal`, which the specification of decimal arithmetic requires
to round correctly. So no machine's mathematical library has a say in a score.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Literal

from .lexicon import FAMILIES

COMPLEXITY_VERSION = "cx-1"
"""Changes whenever the same text could get another score."""

Scope = Literal["item", "document"]
Level = Literal["simple", "medium", "complex", "epic"]
LEVELS: tuple[Level, ...] = ("simple", "medium", "complex", "epic")

_ARITHMETIC = Context(prec=28, rounding=ROUND_HALF_EVEN, traps=[])
_FULL = 100  # e^-100 is nothing at 28 digits; larger exponents would only cost time
_LEVELS: tuple[tuple[Decimal, Level], ...] = (
    (Decimal("0.30"), "simple"),
    (Decimal("0.55"), "medium"),
    (Decimal("0.75"), "complex"),
)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What was counted in a text. `risks` are names of risk families, each once."""

    words: int = 0
    requirements: int = 0
    criteria: int = 0
    files: int = 0
    tests: int = 0
    dependencies: int = 0
    risks: tuple[str, ...] = ()
    uncertainties: int = 0

    def __post_init__(self) -> None:
        if any(self.found(factor.name) < 0 for factor in FACTORS):
            raise ValueError("Nothing can be found less than no time.")
        if list(self.risks) != [family for family in FAMILIES if family in self.risks]:
            raise ValueError("Risks are known families, each once, in the order of the lexicon.")

    def found(self, name: str) -> int:
        return len(self.risks) if name == "risks" else int(getattr(self, name))

    def digest(self, scope: Scope) -> str:
        """SHA-256, in hex, of the canonical JSON of what was counted and at which scale."""
        data = {field.name: getattr(self, field.name) for field in fields(self)}
        text = json.dumps({"scope": scope, **data}, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Rule:
    """One factor: its weight, and at how much of `k` it has brought 63 % of that."""

    name: str
    weight: str
    k_item: int
    k_document: int
    one: str
    many: str


# Six full items make a document as full as one item is by itself. Of risks there are only seven.
FACTORS = (
    _Rule("words", "0.15", 250, 1_500, "word", "words"),
    _Rule("requirements", "0.20", 15, 90, "requirement", "requirements"),
    _Rule("criteria", "0.20", 8, 48, "acceptance criterion", "acceptance criteria"),
    _Rule("files", "0.10", 8, 48, "file", "files"),
    _Rule("tests", "0.05", 6, 36, "test", "tests"),
    _Rule("dependencies", "0.10", 3, 18, "dependency", "dependencies"),
    _Rule("risks", "0.15", 3, 5, "kind of risk", "kinds of risk"),
    _Rule("uncertainties", "0.05", 2, 12, "open point", "open points"),
)


FACTOR_NAMES = tuple(factor.name for factor in FACTORS)


@dataclass(frozen=True, slots=True)
class Factor:
    """What one factor brought: `contribution` = weight * (1 - e^(-found / k)), at 4 decimals."""

    name: str
    found: int
    k: int
    weight: float
    contribution: float
    explanation: str


@dataclass(frozen=True, slots=True)
class Complexity:
    """A score of 0 to 1 at 3 decimals, its level, and why. Equal inputs give an equal value."""

    version: str
    score: float
    level: Level
    factors: tuple[Factor, ...]
    inputs_hash: str


def score_inputs(inputs: Inputs, scope: Scope = "item") -> Complexity:
    """Score what was counted. No input that grows ever lowers the score."""
    total = Decimal(0)
    factors: list[Factor] = []
    for rule in FACTORS:
        k = rule.k_item if scope == "item" else rule.k_document
        found = inputs.found(rule.name)
        share = _saturate(found, k)
        total = _ARITHMETIC.add(total, _ARITHMETIC.multiply(Decimal(rule.weight), share))
        factors.append(_factor(rule, found, k, share, inputs))
    score = _ARITHMETIC.quantize(total, Decimal("0.001"))
    digest = inputs.digest(scope)
    return Complexity(COMPLEXITY_VERSION, float(score), _level(score), tuple(factors), digest)


def _saturate(found: int, k: int) -> Decimal:
    exponent = _ARITHMETIC.divide(Decimal(min(found, k * _FULL)), Decimal(k))
    return _ARITHMETIC.subtract(Decimal(1), _ARITHMETIC.exp(_ARITHMETIC.minus(exponent)))


def _level(score: Decimal) -> Level:
    """From the score as it is shown, so that nobody sees a level that its score denies."""
    return next((level for limit, level in _LEVELS if score < limit), "epic")


def _factor(rule: _Rule, found: int, k: int, share: Decimal, inputs: Inputs) -> Factor:
    contribution = _ARITHMETIC.multiply(Decimal(rule.weight), share)
    contribution = _ARITHMETIC.quantize(contribution, Decimal("0.0001"))
    return Factor(
        name=rule.name,
        found=found,
        k=k,
        weight=float(rule.weight),
        contribution=float(contribution),
        explanation=_explain(rule, found, contribution, inputs),
    )


def _explain(rule: _Rule, found: int, contribution: Decimal, inputs: Inputs) -> str:
    if not found:
        return f"No {rule.many} were found, so nothing of {rule.weight} is added."
    names = f" ({', '.join(inputs.risks)})" if rule.name == "risks" else ""
    word, verb = (rule.one, "adds") if found == 1 else (rule.many, "add")
    return f"{found:,} {word}{names} {verb} {contribution} of at most {rule.weight}."
