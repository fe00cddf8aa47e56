"""Documents to import, and the file whose sample the issue counts."""

from __future__ import annotations

PLAN = """\
# BR-9 Bridge over the brook

Somebody should be able to cross with dry feet.

## Tasks

### BR-9-01 Measure the brook

How wide is it in March?

**Acceptance criteria**

- [x] The width is known to 10 cm
- [ ] The ground on both banks is probed

Estimated time: 2 hours

### BR-9-02 Build the bridge

**Acceptance criteria**

- [ ] It carries 500 kg

Estimated time: 2-4 h
Depends on BR-9-01

### BR-9-03 Open it

Depends on BR-9-02, BR-9-77
"""

# The sections' places in PLAN, counted by hand.
LINES = {"BR-9-01": [7, 16], "BR-9-02": [18, 25], "BR-9-03": [27, 29]}

PROSE = "# Notes\n\n" + "Nothing here is a task, however long the text may be. " * 5 + "\n"
