"""`ps-1`: how a session went, in [0, 1], out of few figures; docs/sessions.md publishes it.

A session that was not active, or in which no task was worked on, has no score. Each factor is a
ratio. One that there is nothing to judge by is left out, and its weight is shared out among the
others in proportion. A score never comes without its factors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

VERSION = "ps-1"
WEIGHTS = {"focus": Fraction(2, 5), "completion": Fraction(2, 5), "estimates": Fraction(1, 5)}
DECIMALS = 4
STEPS = 10**DECIMALS
# In what a time is told: the first of which there are ten, in seconds, with its decimals.
UNITS = (
    ("minutes", Fraction(60), 1),
    ("seconds", Fraction(1), 1),
    ("milliseconds", Fraction(1, 1000), 3),
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a completed task was expected to take, and what was measured, in minutes."""

    estimated: Fraction
    measured: Fraction


@dataclass(frozen=True, slots=True)
class Figures:
    """What is judged of a session: times in seconds."""

    active: Fraction
    focused: Fraction
    started: int
    completed: int
    comparisons: Sequence[Comparison] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """A score, and by what it came about."""

    score: float
    version: str
    factors: dict[str, Any]


def judge(figures: Figures) -> Score | None:
    """The score of a session; None when it was not active or no task was worked on: there is
    nothing to judge."""
    if figures.started == 0 or figures.active <= 0:
        return None
    values = _values(figures)
    shared = sum((WEIGHTS[name] for name in values), Fraction(0))
    weights = {name: WEIGHTS[name] / shared for name in values}
    exact = {name: values[name] * weights[name] for name in values}
    contributions = _rounded_together(exact)
    explanations = _explanations(figures)
    return Score(
        score=sum(contributions.values()) / STEPS,
        version=VERSION,
        factors={
            "figures": {
                "active_seconds": _nearest(figures.active),
                "focused_seconds": _nearest(figures.focused),
                "tasks_started": figures.started,
                "tasks_completed": figures.completed,
                "tasks_compared": len(figures.comparisons),
            },
            "factors": [
                {
                    "name": name,
                    "value": _nearest(values[name] * STEPS) / STEPS,
                    "weight": _nearest(weights[name] * STEPS) / STEPS,
                    "contribution": contributions[name] / STEPS,
                    "explanation": explanations[name],
                }
                for name in values
            ],
        },
    )


def agreement(comparison: Comparison) -> Fraction:
    """1 when what was measured is what was estimated; half when one is twice the other."""
    smaller, larger = sorted((comparison.estimated, comparison.measured))
    return smaller / larger


def _values(figures: Figures) -> dict[str, Fraction]:
    values = {
        "focus": min(Fraction(1), figures.focused / figures.active),
        "completion": min(Fraction(1), Fraction(figures.completed, figures.started)),
    }
    if figures.comparisons:
        agreements = sum((agreement(each) for each in figures.comparisons), Fraction(0))
        values["estimates"] = agreements / len(figures.comparisons)
    return values


def _explanations(figures: Figures) -> dict[str, str]:
    unit, size, decimals = next(
        (each for each in UNITS if figures.active >= 10 * each[1]), UNITS[-1]
    )
    active = _plain(figures.active / size, decimals)
    focused = _plain(figures.focused / size, decimals)
    compared = len(figures.comparisons)
    return {
        "focus": f"A task was under way in {focused} of {active} active {unit}.",
        "completion": f"{figures.completed} of {figures.started} tasks were completed.",
        "estimates": f"Measured minutes against the estimates of {compared} completed tasks.",
    }


def _plain(value: Fraction, decimals: int) -> str:
    """Rounded, and without decimals that say nothing."""
    text = f"{float(value):.{decimals}f}"
    return text.rstrip("0").rstrip(".")


def _nearest(value: Fraction) -> int:
    """To the nearest whole number, half up."""
    return int(value + Fraction(1, 2))


def _rounded_together(exact: dict[str, Fraction]) -> dict[str, int]:
    """In steps of the last decimal, so that the parts make exactly the rounded sum."""
    steps = {name: int(value * STEPS) for name, value in exact.items()}
    missing = _nearest(sum(exact.values(), Fraction(0)) * STEPS) - sum(steps.values())
    by_rest = sorted(exact, key=lambda name: (steps[name] - exact[name] * STEPS, name))
    for name in by_rest[:missing]:
        steps[name] += 1
    return steps
