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
    "spaces in titles": "## Tasks\n" + ("- a" + " " * 900 + "b\n") * 2_000,
    "dots in titles": "## Tasks\n" + ("- " + "a. " * 300 + "\n") * 2_000,
    "names in titles": "## Tasks\n" + ("- " + "@a " * 300 + "\n") * 2_000,
    "brackets in items": "## Tasks\n" + ("- " + "(3h) " * 190 + "\n") * 2_000,
    "givens": "## T-1: a\n\n" + "given " * 330_000,
    "given items": "## T-1: a\n\n" + "- given a\n" * 49_000,
    "and items": "## T-1: a\n\n- given a\n" + "- and b\n" * 49_000,
    "front matter": "---\na: x" + " " * 1_900_000 + "y\n---\n",
    "front matter lines": "---\n" + "a: [" * 400_000 + "\n---\n",
    "capitals": "TASKS\n\nA B\n\n" * 12_000,
    "indents": "a\n\n     b\n\n" * 12_000,
    "spaces alone": ("\n" + " " * 400) * 4_900,
    "labels": "## Tasks\n" + "**a**: b\n- c\n" * 24_000,
    "a wide table": "|Task|" + "Owner|" * 900 + "\n|-|" + "-|" * 900 + "\n" + "|a|\n" * 900,
    "same words": "## Tasks\n" + "- same old words (depends on same old)\n" * 4_900,
    "tags": "<a-b>\n" * 49_000,
    "a chain": TASKS + "- " + " \u2192 ".join(f"T-{n}" for n in range(90)),
}
