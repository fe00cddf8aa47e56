"""What reading a PRD costs: `python -m benchmarks.parse_prd`.

CPU seconds of one process, the best of three: documents of several styles in growing sizes up to
the limit of 2 MB, one of 50 pages, the samples of the tests, and hostile ones. The growing ones
are drawn into `benchmarks/reports/parse_prd.svg`; linear time is a straight line there.
"""

from __future__ import annotations

import argparse
import platform
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from apps.prds.parser import MAX_DOCUMENT_BYTES, DocumentError, decode_document, parse_document
from benchmarks.line_chart import line_chart
from tests.prds.parser.hostile import HOSTILE_TEXTS

RUNS = 3
REPORT = Path(__file__).parent / "reports" / "parse_prd.svg"
SAMPLES = Path(__file__).parents[1] / "tests" / "prds" / "samples"
PAGE = 3_000  # characters of a densely written page
MB = 1_000_000

Section = Callable[[int], str]
WORDS = "The station measures what the weather does, and says so in a line of usual length. " * 6


def with_ids(number: int) -> str:
    return f"""## DOC-{number}: Section {number}

{WORDS}

**Acceptance Criteria**

- [ ] The first thing holds, **and** why
- [x] The second thing holds

Estimated time: 3 hours
Depends on DOC-{max(1, number - 1)}

"""


def listed(number: int) -> str:
    return f"""{number}. Build part {number} of the station (3h) @ada #part
   {WORDS}
   - Depends on part {number - 1} of the station

"""


def stories(number: int) -> str:
    return f"""### User Story {number} - Measure the rain (Priority: P2)

{WORDS}

Given rain number {number}
When the gauge tips
Then the screen shows 0.2 mm

"""


def rows(number: int) -> str:
    return f"| {number} | Part {number}: {WORDS} | 3 h | high | ada | {max(1, number - 1)} |\n"


def prose(number: int) -> str:
    return f"## Thought {number}\n\n{WORDS}{WORDS}\n\n- {WORDS}\n- {WORDS}\n\n"


TABLE = (
    "# Plan\n\n| # | Task | Effort | Priority | Owner | Depends on |\n|-|-|-|-|-|-|\n",
    rows,
)
STYLES: dict[str, tuple[str, Section]] = {
    "headings with ids": ("# Plan\n\n", with_ids),
    "a list of tasks": ("# Plan\n\n## Tasks\n\n", listed),
    "user stories": ("# Plan\n\n## User stories\n\n", stories),
    "a table of tasks": TABLE,
    "prose": ("# Plan\n\n", prose),
}


def document(head: str, section: Section, size: int) -> str:
    """A document of at most `size` bytes."""
    parts, length, number = [head], len(head), 1
    while length + len(section(number)) <= size:
        parts.append(section(number))
        length += len(parts[-1])
        number += 1
    return "".join(parts)


def cost(text: str) -> float:
    """CPU seconds of reading `text`, the best of three."""
    best = float("inf")
    for _ in range(RUNS):
        start = time.process_time()
        parse_document(text)
        best = min(best, time.process_time() - start)
    return best


def cost_or_refusal(text: str) -> str:
    start = time.process_time()
    try:
        parse_document(text)
    except DocumentError as error:
        return f"{time.process_time() - start:7.3f} s, refused: {error.code}"
    return f"{time.process_time() - start:7.3f} s"


def grow(head: str, section: Section) -> Iterator[tuple[float, float]]:
    """(megabytes, seconds) in steps of a doubling, to the largest document that is read."""
    for step in range(6):
        text = document(head, section, MAX_DOCUMENT_BYTES >> (5 - step))
        yield len(text) / MB, cost(text)


def main() -> None:
    """Print the tables and draw the lines."""
    parser = argparse.ArgumentParser(description="What reading a PRD costs.")
    parser.add_argument("--plot", type=Path, default=REPORT, help=f"default: {REPORT}")
    plot: Path = parser.parse_args().plot
    stamp = f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}"
    print(f"{stamp}, {platform.machine()}, best of {RUNS}, CPU seconds")

    fifty = document("# Plan\n\n", with_ids, 50 * PAGE)
    print(f"\n50 pages: {len(fifty) / MB:.2f} MB {cost(fifty):.3f} s")

    lines: dict[str, list[tuple[float, float]]] = {}
    for style, (head, section) in STYLES.items():
        points = lines[style] = list(grow(head, section))
        ratio = (points[-1][1] / points[0][1]) / (points[-1][0] / points[0][0])
        print(f"\n{style}: seconds per MB from the smallest to the largest x{ratio:.2f}")
        for size, seconds in points:
            print(f"  {size:5.2f} MB {seconds:7.3f} s {seconds / size:6.2f} s/MB")
    plot.parent.mkdir(parents=True, exist_ok=True)
    chart = line_chart(lines, f"Reading a PRD ({stamp})", "megabytes", "CPU seconds")
    plot.write_text(chart, encoding="utf-8")
    print(f"\n{plot} drawn")

    print("\nsamples")
    for path in sorted(SAMPLES.iterdir()):
        if path.suffix in {".md", ".txt"} and not path.name.endswith(".expected.txt"):
            print(f"{path.name:>26} {cost(decode_document(path.read_bytes())) * 1e3:7.1f} ms")
    print("\nhostile")
    for name, text in HOSTILE_TEXTS.items():
        print(f"{name:>26} {len(text) / MB:6.2f} MB {cost_or_refusal(text)}")


if __name__ == "__main__":
    main()
