"""History in the browser: links with their task, the record as of an instant, a whole request."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from .stack import Stack
from .test_walk import call, menu

Shot = Callable[[Page, str], None]


def test_a_task_through_time(operator: Page, stack: Stack, shot: Shot) -> None:
    page = operator
    issued = stack.manage("issue_token", "operator", "--scope", "write").split()
    token = next(word for word in issued if word.startswith("thub_"))

    def api(path: str, method: str, **body: Any) -> Any:
        return call(stack, token, f"/api/v1/{path}", method, **body)

    # Of its own: the other tests count what is in theirs.
    api("repositories", "POST", name="ui/beds")
    made = [
        api("tasks", "POST", repository="ui/beds", content=f"Water bed {n}", details="Twice\na day")
        for n in (1, 2, 3)
    ]
    first, *others = (row["id"] for row in made)
    api(f"tasks/{first}", "PATCH", dependencies=others, priority="high")
    api(
        f"tasks/{first}",
        "PATCH",
        dependencies=others[:1],
        details="Once\na day",
        metadata={"valve": {"open": True}},
    )

    page.goto(f"{stack.url}/admin/tasks/task/{first}/history/")
    newest, older, creation = (page.locator(".th-event").nth(n) for n in (0, 1, 2))
    expect(newest).to_contain_text(re.compile(r"Dependencies\s+removed: Water bed 3 \(blocks\)"))
    expect(older).to_contain_text("added: Water bed 2 (blocks)")
    shot(page, "30 history with links")

    creation.get_by_role("link", name="View as of then").click()
    image = page.locator(".th-image")
    expect(image.locator(".th-differs")).not_to_have_count(0)
    expect(image).to_contain_text(re.compile(r"Priority\s+Medium\s+Now:\s+Medium → High"))
    expect(image).to_contain_text("Twice")
    shot(page, "31 as of its creation")

    page.get_by_label("As of (UTC)").fill("2020-05-01T08:00:00")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("It did not exist then")).to_be_visible()
    shot(page, "32 before it existed")

    page.get_by_role("link", name="Whole history").click()
    newest.get_by_role("link", name=re.compile("^request ")).click()
    expect(page.locator(".th-deeds")).to_contain_text("Water bed 1")
    shot(page, "33 one request")

    page.set_viewport_size({"width": 390, "height": 800})
    page.go_back()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shot(page, "34 history with links on a phone")
    creation.get_by_role("link", name="View as of then").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shot(page, "35 as of on a phone")


def test_the_lists_of_history(operator: Page, titles: list[str], shot: Shot) -> None:
    for name in ("PRD", "Repository", "Member", "User", "Token"):
        menu(operator, f"{name} history")
        expect(operator.locator("#main")).to_be_visible()
        shot(operator, f"36 {name} history")
