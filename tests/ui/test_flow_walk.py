"""The walk: what waits for what, drawn; a circle found and opened; what completing makes ready."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from .stack import Stack
from .test_plan_walk import fits
from .test_walk import menu

Shot = Callable[[Page, str], None]
REPOSITORY = "ui/bakery"
TITLES = (
    "Choose the flour",
    "Grind the grain with the stone mill that has to be repaired first, as finely as rye allows",
    "研磨谷物并在烤箱预热之前准备好所有的面团和其他原料以及必要的工具",
    "Anorderlessnonstopingredientlistwithoutanyspaceatallinit",
    "Knead",
    "Bake",
)
WORK = f"""
from django.contrib.auth import get_user_model
from apps.repositories.services import create_repository
from apps.tasks.critical_paths import refresh_critical_path
from apps.tasks.models import Task, TaskDependency
actor = get_user_model().objects.get(username='operator')
where = create_repository(actor=actor, name={REPOSITORY!r})
def chain(titles, minutes):
    last = None
    for number, title in enumerate(titles):
        task = Task.objects.create(repository=where, content=title, estimated_minutes=minutes)
        if last is not None:
            TaskDependency.objects.create(task=task, depends_on=last)
        last = task
    return last
chain({TITLES!r}, 240)
chain([f'Errand {{n}}' for n in range(1, 20)], 5)
Task.objects.filter(content='Choose the flour').update(status='in_progress')
Task.objects.filter(content='Bake').update(estimated_minutes=None)
parent = Task.objects.create(repository=where, content='Open the shop')
child = Task.objects.create(repository=where, content='Paint the sign', parent_task=parent)
TaskDependency.objects.create(task=child, depends_on=parent)
refresh_critical_path(where)
"""


@pytest.fixture(scope="module")
def bakery(stack: Stack) -> None:
    """Two chains and a circle."""
    stack.manage("shell", "--no-imports", "-c", WORK)


def drawing(page: Page, name: str) -> Locator:
    """The drawing of a chain that is to be seen."""
    return page.get_by_role("group", name=name).filter(visible=True)


def open_flow(page: Page) -> None:
    menu(page, "Flow")
    page.get_by_role("link", name=REPOSITORY, exact=True).click()
    expect(page.get_by_role("heading", name="Critical path")).to_be_visible()


def overflowing(page: Page) -> list[str]:
    """Texts of the drawings that stand out of their box."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll(".th-flow a")]
        .filter((link) => link.getClientRects().length)
        .flatMap((link) => {
            const box = link.querySelector("rect").getBoundingClientRect();
            return [...link.querySelectorAll("text")].filter((text) => {
                const place = text.getBoundingClientRect();
                return place.left < box.left || place.right > box.right
                    || place.top < box.top || place.bottom > box.bottom;
            }).map((text) => text.textContent);
        })"""
    )
    return found


@pytest.mark.usefixtures("bakery")
def test_from_the_path_to_a_task(operator: Page, shot: Shot) -> None:
    page = operator
    menu(page, "Flow")
    expect(page.get_by_role("link", name=REPOSITORY, exact=True)).to_be_visible()
    shot(page, "130 all paths")
    assert fits(page)
    open_flow(page)
    path = drawing(page, "Critical path")
    expect(path).to_have_count(1)
    expect(path.get_by_role("link")).to_have_count(len(TITLES))
    expect(path).to_contain_text("In progress")
    expect(path).to_contain_text("assumed")
    chain = drawing(page, "Longest blocked chain")
    expect(chain.get_by_role("link")).to_have_count(11)
    expect(chain).to_contain_text("and 8 more")
    shot(page, "131 flow with a circle")
    assert fits(page)
    assert overflowing(page) == []

    # The circle is opened as the page says.
    expect(page.get_by_text("2 tasks wait for one another")).to_be_visible()
    page.get_by_role("link", name="Paint the sign").click()
    expect(page.locator("#id_content")).to_have_value("Paint the sign")
    page.go_back()

    path.get_by_role("link").first.click()
    expect(page.locator("#id_content")).to_have_value(TITLES[0])
    row = page.get_by_text("Completing it makes ready")
    row.scroll_into_view_if_needed()
    expect(page.get_by_role("link", name=TITLES[1]).first).to_be_visible()
    shot(page, "132 what completing makes ready")


@pytest.mark.usefixtures("bakery")
def test_on_a_phone_and_in_the_dark(operator: Page, shot: Shot) -> None:
    page = operator
    open_flow(page)
    page.emulate_media(color_scheme="dark")
    page.reload()
    shot(page, "133 flow in the dark")
    page.set_viewport_size({"width": 390, "height": 844})
    path = drawing(page, "Critical path")
    expect(path).to_have_count(1)
    expect(path.get_by_role("link")).to_have_count(len(TITLES))
    path.scroll_into_view_if_needed()
    shot(page, "134 flow on a phone")
    assert fits(page)
    assert overflowing(page) == []
