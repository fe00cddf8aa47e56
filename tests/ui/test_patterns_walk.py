"""The walk: finished work in, its pattern mined and read, what comes next suggested and taken."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from .stack import Stack
from .test_plan_walk import fits
from .test_walk import menu

Shot = Callable[[Page, str], None]
REPOSITORY = "ui/pottery"
# A dozen sessions that go the same way among others that do not; one task is finished last of all.
WORK = f"""
from datetime import timedelta
from django.contrib.auth import get_user_model
from django.utils import timezone
from apps.repositories.services import create_repository
from apps.tasks.models import Task
actor = get_user_model().objects.get(username='operator')
where = create_repository(actor=actor, name={REPOSITORY!r})
titles = dict(design='Design the glaze', implement='Implement the glaze', test='Test the glaze',
    review='Review the glaze', deploy='Deploy the glaze', fix='Fix the glaze',
    document='Document the glaze')
streams = (
    ['design implement test review'] * 14
    + ['fix review document fix', 'review document deploy fix'] * 4
    + ['document test design fix', 'implement fix deploy review'] * 4)
start = timezone.now() - timedelta(days=60)
rows = []
for number, stream in enumerate(streams):
    for place, kind in enumerate(stream.split()):
        closed = start + timedelta(days=number, minutes=20 * (place + 1))
        rows.append(Task(repository=where, content=titles[kind], session_id=f'kiln-{{number}}',
            assignee='operator', status='completed', started_at=closed - timedelta(minutes=15),
            completed_at=closed))
now = timezone.now()
for minutes, content in ((50, 'Design the handle'), (20, 'Implement the handle')):
    closed = now - timedelta(minutes=minutes)
    rows.append(Task(repository=where, content=content, session_id='kiln-last',
        assignee='operator', status='completed', started_at=closed, completed_at=closed))
Task.objects.bulk_create(rows)
"""
# Contrast of the drawing's texts with what they stand on, by WCAG's formula.
CONTRASTS = """() => {
    const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
    const light = (colour) => {
        probe.clearRect(0, 0, 1, 1);
        probe.fillStyle = colour;
        probe.fillRect(0, 0, 1, 1);
        return [...probe.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => part / 255)
            .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
            .reduce((sum, part, n) => sum + part * [0.2126, 0.7152, 0.0722][n], 0);
    };
    const drawing = [...document.querySelectorAll(".th-drawing")]
        .find((one) => one.getClientRects().length);
    const box = light(getComputedStyle(drawing.querySelector("rect")).fill);
    const part = light(getComputedStyle(drawing.closest(".th-part")).backgroundColor);
    return [...drawing.querySelectorAll("text")].map((text) => {
        const behind = text.matches(".th-drawing-label") ? part : box;
        const [dark, bright] = [light(getComputedStyle(text).fill), behind].sort((a, b) => a - b);
        return (bright + 0.05) / (dark + 0.05);
    });
}"""


@pytest.fixture(scope="module")
def pottery(stack: Stack) -> str:
    """Finished work, mined by the command."""
    stack.manage("shell", "--no-imports", "-c", WORK)
    return stack.manage("mine_patterns", "--repository", REPOSITORY)


def card(page: Page, words: str) -> Locator:
    return page.get_by_role("article", name=re.compile(re.escape(words)))


def drawing(page: Page) -> Locator:
    """The drawing that is to be seen."""
    return page.get_by_role("img", name="design → implement → test → review")


def open_pattern(page: Page) -> None:
    menu(page, "Patterns")
    page.get_by_role("link", name="design → implement → test → review").first.click()
    expect(drawing(page)).to_be_visible()


def legible(page: Page) -> bool:
    contrasts: Any = page.evaluate(CONTRASTS)
    return bool(contrasts) and min(contrasts) >= 4.5


def test_from_finished_work_to_the_next_task(operator: Page, pottery: str, shot: Shot) -> None:
    page = operator
    menu(page, "Patterns")
    expect(page.get_by_role("link", name="design → implement → test → review")).to_have_count(1)
    shot(page, "110 patterns")
    assert fits(page)

    open_pattern(page)
    expect(drawing(page)).to_have_count(1)
    expect(drawing(page).locator("rect")).to_have_count(4)
    expect(drawing(page).locator("desc")).to_contain_text("4 steps: design, then implement")
    expect(drawing(page)).to_contain_text("20 min")
    assert legible(page)
    shot(page, "111 pattern")
    expect(page.get_by_text("14 of 31")).to_be_visible()
    evidence = page.get_by_role("list", name="Occurrences").get_by_role("listitem")
    expect(evidence.filter(has_text="Review the glaze").first).to_be_visible()
    page.get_by_role("heading", name="Evidence").scroll_into_view_if_needed()
    shot(page, "112 evidence")
    assert fits(page)
    page.get_by_role("link", name="Older").click()
    expect(page.get_by_role("link", name="Older")).to_have_count(0)
    page.get_by_role("link", name="Newest").click()
    page.get_by_role("heading", name="The run that").scroll_into_view_if_needed()
    shot(page, "113 run of a pattern")

    page.get_by_role("link", name="True of us…", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    dialog.get_by_label("Repository").select_option(REPOSITORY)
    dialog.get_by_label("Comment").fill("So we work since the new kiln.")
    shot(page, "114 true of us")
    dialog.get_by_role("button", name="Say so").click()
    expect(page.get_by_text(f"Noted for {REPOSITORY}: true of us.")).to_be_visible()
    expect(page.get_by_text("“So we work since the new kiln.”")).to_be_visible()
    page.get_by_role("heading", name="What people say").scroll_into_view_if_needed()
    shot(page, "115 feedback")

    menu(page, "Suggestions")
    shot(page, "116 empty inbox")
    page.get_by_label("Repository", exact=True).select_option(REPOSITORY)
    page.get_by_role("button", name="Suggest now").click()
    next_step = card(page, "Write tests for: the handle")
    expect(next_step).to_contain_text("After design → implement comes test")
    expect(next_step).to_contain_text("Next in a pattern")
    shot(page, "117 inbox")
    assert fits(page)
    next_step.get_by_role("button", name="Accept…").click()
    expect(dialog.get_by_label("Task")).to_have_value("Write tests for: the handle")
    dialog.get_by_label("Task").fill("")
    dialog.get_by_label("Assignee").fill("mara")
    dialog.get_by_role("button", name="Accept it").click()
    expect(dialog.get_by_text("This field is required.")).to_be_visible()
    expect(dialog.get_by_label("Assignee")).to_have_value("mara")
    shot(page, "118 accept refused")
    dialog.get_by_label("Task").fill("Test the handle with hot tea")
    dialog.get_by_label("Priority").select_option("High")
    dialog.get_by_role("button", name="Accept it").click()
    created = page.get_by_role("link", name="Test the handle with hot tea")
    expect(page.get_by_text("Accepted; created:")).to_be_visible()
    expect(page).to_have_url(re.compile("repository__id__exact"))
    expect(next_step).to_have_count(0)
    shot(page, "119 accepted")
    created.first.click()
    expect(page.locator("#id_content")).to_have_value("Test the handle with hot tea")
    expect(page.get_by_label("Assignee")).to_have_value("mara")
    expect(page.get_by_label("Priority")).to_have_value("high")

    menu(page, "Suggestions")
    page.get_by_role("button", name="Reject…").first.click()
    dialog.get_by_label("Comment").fill("Not before spring.")
    shot(page, "120 reject")
    dialog.get_by_role("button", name="Reject it").click()
    expect(page.get_by_text("Rejected; the same is not suggested again")).to_be_visible()
    expect(page.get_by_text("1 of 2").first).to_be_visible()
    page.goto(f"{page.url.split('?')[0]}?state=all")
    shot(page, "121 all suggestions")
    card(page, "Write tests for: the handle").get_by_role("link").first.click()
    expect(page.get_by_text("Accepted by")).to_be_visible()
    shot(page, "122 a suggestion")
    assert fits(page)


def test_a_cold_start_says_so(operator: Page, stack: Stack, shot: Shot) -> None:
    code = (
        "from django.contrib.auth import get_user_model\n"
        "from apps.repositories.services import create_repository\n"
        "actor = get_user_model().objects.get(username='operator')\n"
        "create_repository(actor=actor, name='ui/new-pottery')"
    )
    stack.manage("shell", "--no-imports", "-c", code)
    page = operator
    menu(page, "Suggestions")
    page.get_by_label("Repository", exact=True).select_option("ui/new-pottery")
    page.get_by_role("button", name="Suggest now").click()
    expect(page.get_by_text("Nothing has been learnt in this repository yet")).to_be_visible()
    shot(page, "123 cold start")


def test_on_a_phone_and_in_the_dark(operator: Page, pottery: str, shot: Shot) -> None:
    page = operator
    open_pattern(page)
    page.emulate_media(color_scheme="dark")
    page.reload()
    assert legible(page)
    shot(page, "124 pattern in the dark")
    address = page.url
    menu(page, "Suggestions")
    page.get_by_label("Repository", exact=True).select_option(REPOSITORY)
    page.get_by_role("button", name="Suggest now").click()
    expect(page.get_by_role("article").first).to_be_visible()
    shot(page, "125 inbox in the dark")
    inbox = page.url
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(address)
    expect(drawing(page)).to_have_count(1)
    assert legible(page)
    assert fits(page)
    shot(page, "126 pattern on a phone in the dark")
    page.emulate_media(color_scheme="light")
    page.goto(address.split("/task_patterns/")[0] + "/task_patterns/taskpattern/")
    shot(page, "127 patterns on a phone")
    assert fits(page)
    page.goto(inbox)
    shot(page, "128 inbox on a phone")
    assert fits(page)
    page.get_by_role("article").first.scroll_into_view_if_needed()
    shot(page, "129 suggestion on a phone")
