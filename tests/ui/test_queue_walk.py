"""The walk: work is claimed through the API; the console shows the holder, takes it away, hands it
over, and remembers why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from .stack import Stack
from .test_plan_walk import fits
from .test_walk import call, menu

Shot = Callable[[Page, str], None]
REPOSITORY = "ui/shipyard"
KEEL = "Lay the keel, on blocks that are level to a hair over the whole length of the slip"


@pytest.fixture(scope="module")
def shipyard(stack: Stack) -> Callable[..., Any]:
    """A repository with work of which something is ready and something waits: its API."""
    issued = stack.manage("issue_token", "operator", "--scope", "write").split()
    token = next(word for word in issued if word.startswith("thub_"))

    def api(path: str, method: str = "POST", **body: Any) -> Any:
        return call(stack, token, f"/api/v1/{path}", method, **body)

    def make(content: str, **values: Any) -> str:
        return str(api("tasks", repository=REPOSITORY, content=content, **values)["id"])

    api("repositories", name=REPOSITORY)
    keel = make(KEEL, priority="high", due_at="2026-01-05T08:00:00Z")
    frames = make("Raise the frames", dependencies=[keel], assignee="mara")
    make("Plank the hull", dependencies=[frames, keel])
    make("磨利所有的斧头和凿子", priority="low")
    for n in range(1, 5):
        make(f"Caulk seam {n}")
    return api


def row(page: Page, title: str) -> Locator:
    """The entry of the queue that is about the task of this title."""
    return page.get_by_role("listitem", name=title)


def open_queue(page: Page) -> None:
    menu(page, "Queue")
    page.get_by_label("Repository", exact=True).select_option(REPOSITORY)
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("heading", name="Ready: to be begun in this order")).to_be_visible()


def test_claim_take_away_and_hand_over(
    operator: Page, shipyard: Callable[..., Any], shot: Shot
) -> None:
    page = operator
    menu(page, "Queue")
    expect(page.get_by_text("Choose a repository.")).to_be_visible()
    open_queue(page)
    expect(page.get_by_text("6 ready")).to_be_visible()
    expect(page.locator(".th-queue").first.get_by_role("listitem").first).to_contain_text(KEEL)
    expect(row(page, KEEL)).to_contain_text("it is due then; 2 open tasks wait for it.")
    page.get_by_text("How the order comes about").click()
    expect(page.get_by_text("48 hours more on the critical path.")).to_be_visible()
    shot(page, "140 queue")
    assert fits(page)

    # A program takes the first of the queue; the console says so.
    (first,) = shipyard("tasks/claim-next", repository=REPOSITORY, holder="agent-7")["claims"]
    assert first["task"]["content"] == KEEL
    open_queue(page)
    expect(page.get_by_text("5 ready")).to_be_visible()
    held = row(page, KEEL)
    expect(held).to_contain_text("held by agent-7 (login operator)")
    expect(held).to_contain_text("expires in 14 minutes")
    expect(row(page, "Raise the frames")).to_contain_text("held by agent-7")
    held.scroll_into_view_if_needed()
    shot(page, "141 queue with a holder")

    # Taken away: not without a reason.
    held.get_by_role("button", name="Take away").click()
    dialog = page.locator("#modal-content")
    expect(dialog).to_contain_text("Held by agent-7")
    reason = dialog.get_by_label("Reason")
    expect(reason).to_be_focused()
    dialog.get_by_role("button", name="Take it away").click()
    expect(dialog).to_contain_text("This field is required.")
    shot(page, "142 taken away without a reason")
    reason.fill("agent-7 has been silent since the morning")
    dialog.get_by_role("button", name="Take it away").click()
    expect(page.get_by_text("The work is taken away")).to_be_visible()
    expect(page.get_by_text("6 ready")).to_be_visible()
    expect(page.get_by_text("Nobody holds a task here.")).to_be_visible()
    shot(page, "143 taken away")

    # Claimed again, and handed over from the list of claims.
    claims = shipyard("tasks/claim-next", repository=REPOSITORY, holder="agent-8", limit=2)
    assert len(claims["claims"]) == 2
    menu(page, "Claims")
    listed = page.get_by_role("row").filter(has_text=KEEL[:40])
    expect(listed).to_contain_text("agent-8")
    shot(page, "144 claims")
    assert fits(page)
    listed.get_by_role("button", name="Hand over").click()
    expect(dialog.get_by_label("New holder")).to_be_focused()
    dialog.get_by_label("New holder").fill("agent-9")
    dialog.get_by_role("combobox", name="For").select_option("4 hours")
    dialog.get_by_label("Reason").fill("agent-9 knows keels")
    shot(page, "145 hand over")
    dialog.get_by_role("button", name="Hand it over").click()
    expect(page.get_by_text("agent-9 holds the task now, with fence")).to_be_visible()
    expect(listed).to_contain_text("agent-9")
    shot(page, "146 handed over")

    listed.get_by_role("link", name="agent-9").click()
    expect(page.get_by_text("held by agent-9")).to_be_visible()
    shot(page, "147 claim")
    page.get_by_role("link", name="History", exact=True).click()
    expect(page.locator(".th-event").first).to_contain_text("“agent-9 knows keels”")
    menu(page, "Claim history")
    expect(page.get_by_text("agent-7 has been silent since the morning").first).to_be_visible()
    shot(page, "148 claim history")

    # The same from the task's own page.
    page.goto(f"{page.url.split('/admin/')[0]}/admin/tasks/task/{first['task']['id']}/change/")
    expect(page.get_by_text("held by agent-9", exact=True)).to_be_visible()
    shot(page, "149 a held task")
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("link", name="Take away…").click()
    expect(dialog).to_contain_text("Held by agent-9")

    # Meanwhile its holder finishes it: the dialog says so, and takes nothing from anybody.
    shipyard(f"tasks/{first['task']['id']}", "PATCH", status="completed")
    dialog.get_by_label("Reason").fill("Silent again")
    dialog.get_by_role("button", name="Take it away").click()
    expect(dialog).to_contain_text("Nobody holds the task now. Nothing was changed.")
    expect(dialog.get_by_label("Reason")).to_have_value("Silent again")
    shot(page, "150 too late")


def test_on_a_phone_and_in_the_dark(
    operator: Page, shipyard: Callable[..., Any], shot: Shot
) -> None:
    page = operator
    open_queue(page)
    page.emulate_media(color_scheme="dark")
    page.reload()
    shot(page, "151 queue in the dark")
    page.set_viewport_size({"width": 390, "height": 844})
    shot(page, "152 queue on a phone")
    assert fits(page)
    page.get_by_role("heading", name="Held: somebody works on it").scroll_into_view_if_needed()
    shot(page, "153 holders on a phone")
    page.goto(f"{page.url.split('/admin/')[0]}/admin/tasks/taskclaim/")
    shot(page, "154 claims on a phone")
    assert fits(page)
