"""The walk: a PRD in, its tasks in the console and the API, one completed, who did what when."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

from playwright.sync_api import Page, expect

from .conftest import REPOSITORY
from .stack import Stack

Shot = Callable[[Page, str], None]


def call(stack: Stack, token: str, path: str, method: str = "GET", **body: Any) -> Any:
    """The API's answer to one request."""
    request = Request(
        f"{stack.url}{path}",
        data=json.dumps(body).encode() if body else None,
        method=method,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urlopen(request, timeout=10) as answer:
        return json.load(answer)


def menu(page: Page, name: str) -> None:
    """Follow a link of the sidebar."""
    page.locator("#nav-sidebar-apps").get_by_role("link", name=name, exact=True).click()


def open_task(page: Page, title: str) -> None:
    """Find a task by its words and open it."""
    menu(page, "Tasks")
    page.get_by_placeholder("Words in content").fill(title)
    page.keyboard.press("Enter")
    page.locator("#result_list, .result-list, table").get_by_role(
        "link", name=re.compile(re.escape(title))
    ).first.click()
    expect(page.locator("#id_content")).to_be_visible()


def test_import_edit_complete_and_history(operator: Page, titles: list[str], shot: Shot) -> None:
    page, title = operator, titles[0]
    shot(page, "01 home")
    menu(page, "Tasks")
    shot(page, "02 task list")
    listed = page.url.split("?")[0]
    for name in titles:  # other walks may have filled the first page since
        page.goto(f"{listed}?q={quote(name)}")
        expect(page.get_by_role("link", name=re.compile(re.escape(name))).first).to_be_visible()
    menu(page, "Tasks")

    open_task(page, title)
    expect(page.get_by_label("Acceptance criteria")).to_have_value(re.compile(r"^\[[ x]\] "))
    shot(page, "03 task")

    page.get_by_label("Estimated minutes").fill("-5")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Estimated minutes must be from 0 to 10080")).to_be_in_viewport()
    expect(page.get_by_label("Estimated minutes")).to_be_focused()
    shot(page, "04 bad input")

    page.get_by_label("Estimated minutes").fill("45")
    page.get_by_label("Tags").fill("soil, sensors")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    expect(page.get_by_label("Tags")).to_have_value("soil, sensors")

    page.get_by_role("link", name="Complete…").click()
    reason = page.get_by_label("Reason")
    expect(reason).to_be_focused()
    reason.fill("Measured in bed three")
    shot(page, "05 complete")
    page.get_by_role("button", name="Complete the task", exact=True).click()
    expect(page.get_by_text("The task is completed now.")).to_be_visible()
    shot(page, "06 completed")

    page.get_by_role("link", name="History", exact=True).click()
    newest, edit, first = (page.locator(".th-event").nth(n) for n in (0, 1, 2))
    expect(newest).to_contain_text("by operator")
    expect(newest).to_contain_text("Console")
    expect(newest).to_contain_text("“Measured in bed three”")
    expect(newest).to_contain_text(re.compile(r"Status\s+Pending → Completed"))
    expect(edit).to_contain_text(re.compile(r"Estimated minutes\s+\S+ → 45"))
    expect(edit).to_contain_text("soil, sensors")
    expect(first).to_contain_text("First recorded")
    expect(first).to_contain_text("Command")
    shot(page, "07 history")

    menu(page, "Task history")
    expect(page.get_by_text("Measured in bed three").first).to_be_visible()
    shot(page, "08 all changes")


def test_a_stale_form_is_refused(
    operator: Page, titles: list[str], stack: Stack, shot: Shot
) -> None:
    page, title = operator, titles[1]
    open_task(page, title)
    other = page.context.new_page()
    other.goto(page.url)
    other.get_by_label("Assignee").fill("anna")
    other.get_by_role("button", name="Save and continue editing").click()
    expect(other.get_by_text("was changed successfully")).to_be_visible()
    other.close()
    page.get_by_label("Assignee").fill("bob")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Somebody changed this record")).to_be_visible()
    expect(page.get_by_text("Assignee: — → anna")).to_be_visible()
    shot(page, "09 stale form")
    page.get_by_role("link", name="load the current state").click()
    expect(page.get_by_label("Assignee")).to_have_value("anna")


def test_the_document(operator: Page, titles: list[str], shot: Shot) -> None:
    page = operator
    menu(page, "PRDs")
    shot(page, "10 prd list")
    row = page.locator("tr", has_text=REPOSITORY)
    row.get_by_role("link").first.click()
    expect(page.get_by_role("region", name="Document")).to_contain_text(titles[0])
    shot(page, "11 prd")
    page.get_by_role("link", name=f"{len(titles)} tasks from this document").click()
    expect(page.get_by_text(f"{len(titles)} shown")).to_be_visible()


def test_a_token_opens_the_api_and_history_says_so(
    operator: Page, titles: list[str], stack: Stack, shot: Shot
) -> None:
    page = operator
    menu(page, "API tokens")
    page.locator('a[href$="/apitoken/add/"]').first.click()
    page.get_by_label("Name").fill("walk")
    page.get_by_label("Scope").select_option("write")
    shot(page, "12 new token")
    page.get_by_role("button", name="Save", exact=True).click()
    token = page.locator("#token-secret").inner_text()
    shot(page, "13 token shown once")
    menu(page, "API tokens")
    expect(page.get_by_text("walk").first).to_be_visible()
    assert token not in page.content()
    shot(page, "14 tokens")

    listed = call(stack, token, f"/api/v1/tasks?repository={REPOSITORY}")
    tasks = next(value for value in listed.values() if isinstance(value, list))
    assert len(tasks) == len(titles)
    chosen = next(task for task in tasks if titles[2] in task["content"])
    issued = stack.manage("issue_token", "operator", "--scope", "write").split()
    by_command = next(word for word in issued if word.startswith("thub_"))
    done = call(stack, by_command, f"/api/v1/tasks/{chosen['id']}", "PATCH", status="completed")
    assert done["status"] == "completed"

    page.goto(f"{stack.url}/admin/tasks/task/{chosen['id']}/history/")
    newest = page.locator(".th-event").first
    expect(newest).to_contain_text("API")
    expect(newest).to_contain_text("by operator")
    expect(newest).to_contain_text(re.compile(r"Status\s+Pending → Completed"))
    shot(page, "15 history through the api")


def test_api_documentation(page: Page, stack: Stack, told: list[str], shot: Shot) -> None:
    page.goto(f"{stack.url}/api/docs/")
    expect(page.locator(".opblock").first).to_be_visible()
    expect(page.get_by_text("/api/v1/prd/import").first).to_be_visible()
    shot(page, "16 swagger ui")
    page.goto(f"{stack.url}/api/docs/redoc/")
    # It draws the whole description before it shows any of it.
    expect(page.get_by_role("heading", name="TaskHub API").first).to_be_visible(timeout=60_000)
    shot(page, "17 redoc")
