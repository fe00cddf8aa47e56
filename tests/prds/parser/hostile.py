"""Texts that look for a weak spot of the parser: deep, long, or full of half-open marks."""

from __future__ import annotations

from apps.prds.parser.model import MAX_LINES

TASKS = "# Plan\n" + "".join(f"## T-{number}: a\n" for number in range(4_000)) + "## Dependencies\n"

HOSTILE_TEXTS = {
    "lists in lists": "- - x\n" * (MAX_LINES - 1),
    "quotes on one line": ">" * 100_000,
    "lists on one line": "- " * 100_000,
    "ever deeper": "".join(" " * (2 * n) + "- x\n" for n in range(300)),
    "lazy lines": "> " * 14 + "a\n" + "a\n" * 49_000,
    "brackets": "[" * 1_000_000,
    "emphasis": "*a " * 600_000,
    "one line": "a" * 2_000_000,
    "brackets in titles": ("# T-1 " + "[" * 29 + "\n") * 49_000,
    "emphasis in titles": ("# T-1 " + "*a_" * 330 + "\n") * 2_000,
    "arrows": "## T-1: a\n### Dependencies\n- " + "->" * 900_000,
    "open brackets": "## T-1: a\n### Dependencies\n- " + "(" * 1_900_000,
    "spaces": "## T-1: a\n### Dependencies\n- can" + " " * 1_900_000 + "x",
    "ids": "## T-1: a\n\nDepends on " + "X-1, " * 350_000,
    "all others": TASKS + "- T-1 \u2192 all other tasks\n" * 30_000,
    "parallel": TASKS + "- T-1 can run in parallel with others\n" * 30_000,
    "a chain": TASKS + "- " + " \u2192 ".join(f"T-{n}" for n in range(90)),
}
