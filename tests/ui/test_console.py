"""The console in other hands: keyboard, dark theme, phone, filters, palette, every page."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from .stack import PASSWORD, Stack

Shot = Callable[[Page, str], None]
PAGES = {
    "tasks": "/admin/tasks/task/",
    "new task": "/admin/tasks/task/add/",
    "prds": "/admin/prds/prd/",
    "repositories": "/admin/repositories/repository/",
    "new repository": "/admin/repositories/repository/add/",
    "members": "/admin/repositories/repositorymember/",
    "new member": "/admin/repositories/repositorymember/add/",
    "users": "/admin/accounts/user/",
    "new user": "/admin/accounts/user/add/",
    "tokens": "/admin/accounts/apitoken/",
    "events": "/admin/tasks/taskevent/",
    "own password": "/admin/password_change/",
}


@pytest.mark.usefixtures("titles")
def test_every_page_is_quiet(operator: Page, stack: Stack, shot: Shot) -> None:
    for name, path in PAGES.items():
        answer = operator.goto(f"{stack.url}{path}")
        assert answer is not None
        assert answer.status == 200, path
        assert operator.locator("#main[role=main]").count() == 1
        shot(operator, f"20 {name}")


@pytest.mark.usefixtures("titles")
def test_records_and_their_histories_are_quiet(operator: Page, stack: Stack, shot: Shot) -> None:
    for kind in ("tasks/task", "prds/prd", "repositories/repository", "accounts/user"):
        operator.goto(f"{stack.url}/admin/{kind}/")
        operator.locator("#result_list tbody a, table tbody th a").first.click()
        expect(operator.get_by_role("link", name="History", exact=True)).to_be_visible()
        shot(operator, f"21 {kind}")
        operator.get_by_role("link", name="History", exact=True).click()
        expect(operator.locator(".th-event").first).to_be_visible()


def test_filters(operator: Page, titles: list[str], stack: Stack, shot: Shot) -> None:
    page = operator
    page.goto(f"{stack.url}/admin/tasks/task/")
    control = page.get_by_role("button", name="Filters")
    control.focus()
    page.keyboard.press("Enter")
    drawer = page.locator("#changelist-filter")
    expect(drawer.get_by_text("By status")).to_be_visible()
    drawer.locator(".select2-selection").click()
    page.keyboard.type("ui/green")
    page.get_by_role("option", name="ui/greenhouse").click()
    drawer.get_by_text("Last 7 days").click()
    shot(page, "22 filters")
    drawer.get_by_role("button", name="Apply").click()
    expect(page.get_by_text(f"{len(titles)} shown")).to_be_visible()


def test_palette(operator: Page, titles: list[str], shot: Shot) -> None:
    page = operator
    page.keyboard.press("Control+k")
    word = titles[0].split()[0]
    page.locator("#search-input-command").fill(word)
    page.keyboard.press("ArrowRight")  # the search waits for a key
    found = page.locator("#command-results-list a")
    expect(found.first).to_be_visible()
    shot(page, "23 palette")
    found.first.click()
    expect(page.get_by_role("link", name="History", exact=True)).to_be_visible()


def test_dialogs_by_keyboard_alone(operator: Page, titles: list[str], stack: Stack) -> None:
    page = operator
    page.goto(f"{stack.url}/admin/tasks/task/?q={titles[-1].split()[0]}")
    page.get_by_role("link", name=re.compile(re.escape(titles[-1]))).first.click()
    start = page.get_by_role("link", name="Start…")
    start.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    for _ in range(8):
        page.keyboard.press("Tab")
        assert dialog.evaluate("box => box.contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(start).to_be_focused()


def test_dark_and_on_a_phone(browser: Browser, stack: Stack, titles: list[str], shot: Shot) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 800}, color_scheme="dark", is_mobile=True
    )
    page = context.new_page()
    page.goto(f"{stack.url}/admin/")
    shot(page, "24 login on a phone")
    page.get_by_label("Username").fill("operator")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{stack.url}/admin/")
    page.goto(f"{stack.url}/admin/tasks/task/")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shot(page, "25 tasks on a phone")
    page.get_by_role("link", name=re.compile(re.escape(titles[0]))).first.click()
    expect(page.locator("#id_content")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shot(page, "26 task on a phone")
    page.goto(f"{page.url.partition('/change/')[0]}/history/")
    shot(page, "27 history on a phone")
    page.set_viewport_size({"width": 1360, "height": 860})
    shot(page, "28 history in the dark")
    page.goto(f"{stack.url}/admin/tasks/task/")
    shot(page, "29 tasks in the dark")
    context.close()
