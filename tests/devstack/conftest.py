from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.devstack.support import short_folder


@pytest.fixture
def place() -> Iterator[Path]:
    """A short folder for one test."""
    with short_folder() as folder:
        yield folder
