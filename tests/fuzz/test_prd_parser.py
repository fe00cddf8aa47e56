"""A bounded run of the coverage-guided fuzz target, with a fixed seed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNS = 1_500


def test_no_input_breaks_a_promise(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.fuzz.prd_parser", f"-runs={RUNS}", "-seed=7"]
    command += ["-max_len=600", f"-artifact_prefix={tmp_path}/"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(rf"Done {RUNS} runs", done.stderr), done.stderr
    assert list(tmp_path.iterdir()) == []
