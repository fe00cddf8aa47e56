"""What reading a PRD costs: `python -m benchmarks.parse_prd`.

CPU seconds of one process, the best of three, for a plain document in growing sizes (the ratio to
the smallest should follow the size) and for hostile ones.
"""

from __future__ import annotations

import time

from apps.prds.parser import DocumentError, parse_document
from tests.prds.parser.hostile import HOSTILE_TEXTS

RUNS = 3
SECTION = """## DOC-{number}: Section {number}

Some words about what has to be done, **and** why, in a line of usual length.

**Acceptance Criteria**

- [ ] The first thing holds
- [x] The second thing holds

Estimated time: 3 hours
Depends on DOC-{before}

"""


def cost(text: str) -> float:
    """CPU seconds of reading `text`, the best of three."""
    best = float("inf")
    for _ in range(RUNS):
        start = time.process_time()
        try:
            parse_document(text)
        except DocumentError:
            pass
        best = min(best, time.process_time() - start)
    return best


def main() -> None:
    """Print both tables."""
    base = 0.0
    for sections in (40, 400, 4_000):
        text = "# Plan\n\n" + "".join(
            SECTION.format(number=number, before=max(1, number - 1))
            for number in range(1, sections + 1)
        )
        seconds = cost(text)
        base = base or seconds
        ratio = seconds / base
        print(f"{sections:>6} sections {len(text) / 1e6:6.2f} MB {seconds:7.3f} s  x{ratio:.1f}")
    for name, text in HOSTILE_TEXTS.items():
        print(f"{name:>22} {len(text) / 1e6:6.2f} MB {cost(text):7.3f} s")


if __name__ == "__main__":
    main()
