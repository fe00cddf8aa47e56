"""A browser that tells on the pages it shows, and a TaskHub to look at."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page

from .stack import PASSWORD, ROOT, Stack, imported_titles, running_stack

SHOTS = Path(__file__).parent / "shots"
SAMPLE = ROOT / "tests/prds/samples/greenhouse-controller.md"
REPOSITORY = "ui/greenhouse"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(autouse=True)
def clean_cache() -> None:
    """Nothing to clean: the suite talks to a stack that has a cache of its own."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium; without it the suite fails, since nothing would have been looked at."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.fail("The browser tests need Chromium: apt-get install -y chromium", pytrace=False)
    return {**browser_type_launch_args, "executable_path": chromium, "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": {"width": 1360, "height": 860}}


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture(scope="session")
def titles(stack: Stack) -> list[str]:
    """The sample is imported; the titles of its tasks."""
    report = stack.manage(
        "import_prd", str(SAMPLE), "--repository", REPOSITORY, "--create-repository"
    )
    found = list(imported_titles(report))
    assert len(found) >= 4, report
    return found


@pytest.fixture
def told(context: BrowserContext, stack: Stack) -> Iterator[list[str]]:
    """What the browser complained about: it must be empty at the end of each test.

    A page may load nothing from elsewhere, log no error and get no failing answer.
    """
    complaints: list[str] = []
    host = urlsplit(stack.url).netloc

    def request_made(request: Any) -> None:
        address = urlsplit(request.url)
        if address.scheme not in ("data", "blob") and address.netloc != host:
            complaints.append(f"foreign request: {request.url}")

    def answered(response: Any) -> None:
        if response.status >= 400:
            complaints.append(f"{response.status}: {response.url}")

    def logged(message: Any) -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"console: {message.text}")

    context.on("request", request_made)
    context.on("response", answered)
    context.on("console", logged)
    context.on("weberror", lambda error: complaints.append(f"script: {error.error}"))
    yield complaints
    assert not complaints, "\n".join(dict.fromkeys(complaints))


@pytest.fixture
def operator(page: Page, stack: Stack, told: list[str]) -> Page:
    """A page of the operator, who has just logged in."""
    page.goto(f"{stack.url}/admin/")
    page.get_by_label("Username").fill("operator")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{stack.url}/admin/")
    return page


@pytest.fixture
def shot(request: pytest.FixtureRequest) -> Callable[[Page, str], None]:
    """Keep a picture of a page, to be looked at by people."""
    SHOTS.mkdir(exist_ok=True)

    def take(page: Page, name: str) -> None:
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(350)  # transitions
        page.screenshot(path=SHOTS / f"{re.sub('[^a-z0-9]+', '-', name.lower())}.png")

    return take
