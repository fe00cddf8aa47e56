"""Deletion in the browser: what goes along, what is deleted, and the way back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from .stack import Stack
from .test_walk import call, menu

Shot = Callable[[Page, str], None]


def test_delete_look_and_restore(operator: Page, stack: Stack, shot: Shot) -> None:
    page = operator
    issued = stack.manage("issue_token", "operator", "--scope", "write").split()
    token = next(word for word in issued if word.startswith("thub_"))

    def make(content: str, **values: Any) -> str:
        body = {"repository": "ui/grove", "content": content, **values}
        return str(call(stack, token, "/api/v1/tasks", "POST", **body)["id"])

    # Of its own: the other tests count what is in theirs.
    call(stack, token, "/api/v1/repositories", "POST", name="ui/grove")
    top = make("Prune the apple trees before the first frost of the year, row by row")
    rows = [make(f"Prune row {n}", parent_task_id=top) for n in range(1, 13)]
    sweep = make("Sweep up the twigs", dependencies=rows[:1])
    alone = make("Sharpen the saw")
    page.request.delete(
        f"{stack.url}/api/v1/tasks/{alone}", headers={"Authorization": f"Bearer {token}"}
    )

    task = f"{stack.url}/admin/tasks/task/{top}/change/"
    page.goto(task)
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("link", name="Delete…").click()
    dialog = page.locator("#modal-content")
    expect(dialog).to_contain_text("12 tasks")
    expect(dialog).to_contain_text("1 open task waits for this")
    expect(page.get_by_label("Reason")).to_be_focused()
    page.get_by_label("Reason").fill("The grove is sold")
    shot(page, "40 delete dialog")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("with 12 more")).to_be_visible()
    shot(page, "41 deleted message")

    menu(page, "Deleted")
    row = page.locator("tr", has_text="Prune the apple")
    expect(row).to_contain_text("13 tasks")
    expect(row).to_contain_text("operator")
    shot(page, "42 deleted list")
    page.locator(".select2-selection").click()
    page.keyboard.type("ui/grov")
    page.get_by_role("option", name="ui/grove").click()
    page.get_by_label("Kind").select_option("task")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("2 shown")).to_be_visible()
    shot(page, "43 deleted list filtered")

    row.get_by_role("link").first.click()
    expect(page.locator(".th-share")).to_contain_text("… and 3 more")
    shot(page, "44 deletion")
    deletion = page.url
    page.get_by_role("link", name="Purge for good…").click()
    expect(dialog).to_contain_text("The database allows it from")
    shot(page, "45 purge dialog")
    page.get_by_role("button", name="Purge for good", exact=True).click()
    expect(dialog).to_contain_text(
        "What was deleted or changed less than 24 hours ago cannot be purged yet."
    )
    shot(page, "46 purge refused")
    page.keyboard.press("Escape")

    page.goto(task)
    expect(page.locator(".th-banner")).to_contain_text("with 12 others")
    expect(page.locator("#id_content")).to_have_count(0)
    shot(page, "47 deleted task")
    page.goto(f"{stack.url}/admin/tasks/task/{sweep}/change/")
    waits_for = page.locator(".th-list li", has_text="Prune row 1")
    expect(waits_for).to_contain_text("Deleted")
    waits_for.evaluate("item => item.scrollIntoView({block: 'center'})")
    shot(page, "48 live task that waits for a deleted one")
    page.goto(f"{stack.url}/admin/tasks/task/?deleted=only")
    shot(page, "49 list of deleted tasks")

    page.set_viewport_size({"width": 390, "height": 800})
    for name, url in (
        ("list", f"{stack.url}/admin/deletions/"),
        ("page", deletion),
        ("task", task),
    ):
        page.goto(url)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), url
        shot(page, f"50 deleted {name} on a phone")
    page.set_viewport_size({"width": 1360, "height": 860})

    page.goto(deletion)
    page.get_by_role("link", name="Restore…").click()
    expect(dialog).to_contain_text("13 tasks")
    page.get_by_label("Reason").fill("The sale fell through")
    shot(page, "51 restore dialog")
    page.get_by_role("button", name="Restore", exact=True).click()
    expect(page.get_by_text("Restored: 13 tasks.")).to_be_visible()
    expect(page.locator("tr", has_text="Prune the apple")).to_have_count(0)
    shot(page, "52 restored")
    page.goto(task)
    expect(page.locator("#id_content")).to_have_value(re.compile("^Prune the apple"))
    page.get_by_role("link", name="History", exact=True).click()
    expect(page.locator(".th-event").first).to_contain_text("The sale fell through")
