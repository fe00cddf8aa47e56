"""The walk of a template: written beside its preview, mended, saved, used, changed."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from .stack import Stack
from .test_plan_walk import fits
from .test_walk import menu, open_task

Shot = Callable[[Page, str], None]
REPOSITORY = "ui/templates"
NAME = "New service of the mill"


@pytest.fixture(scope="module")
def mill(stack: Stack) -> str:
    """A repository."""
    code = (
        "from django.contrib.auth import get_user_model\n"
        "from apps.repositories.services import create_repository\n"
        "actor = get_user_model().objects.get(username='operator')\n"
        f"create_repository(actor=actor, name={REPOSITORY!r})"
    )
    stack.manage("shell", "--no-imports", "-c", code)
    return REPOSITORY


def test_write_try_save_use_and_change(operator: Page, stack: Stack, mill: str, shot: Shot) -> None:
    page = operator
    menu(page, "Templates")
    page.locator('a[href$="/tasktemplate/add/"]').first.click()
    shot(page, "120 new template")
    preview = page.get_by_role("region", name="Preview")
    expect(preview).to_contain_text("Launch billing")
    expect(preview).to_contain_text("3 tasks")

    # The preview follows what is typed.
    steps = page.get_by_label("Steps")
    written = steps.input_value()
    steps.fill(written.replace("Launch {{service}}", "Put up {{service}} <b>at once</b>"))
    expect(preview).to_contain_text("Put up billing <b>at once</b>")
    preview.get_by_label("Name of the service").fill("the mill")
    expect(preview).to_contain_text("Put up the mill")
    expect(preview).to_contain_text("Write tests for the mill")
    expect(preview.get_by_label("Name of the service")).to_be_focused()
    preview.get_by_label("weeks").fill("40")
    expect(preview).to_contain_text(re.compile("Value of weeks: .*12"))
    preview.get_by_label("weeks").fill("4")
    expect(preview).to_contain_text("within 4 weeks")
    shot(page, "121 live preview")

    # A fault, with its place; so says the form, and keeps what was typed.
    faulty = written.replace('"depends_on": ["build"]', '"depends_on": ["biuld"]')
    steps.fill(faulty)
    sentence = "Step 3 (test), depends_on 1: must be the key of a step"
    expect(preview).to_contain_text(sentence)
    shot(page, "122 fault in the preview")
    page.locator("#id_name").fill(NAME)
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.locator("#tasktemplate_form")).to_contain_text(sentence)
    expect(page.get_by_label("Steps")).to_have_value(faulty)
    expect(page.get_by_role("region", name="Preview")).to_contain_text(sentence)
    shot(page, "123 refused")
    assert fits(page)
    page.get_by_label("Steps").fill(written)
    expect(page.get_by_role("region", name="Preview")).to_contain_text("3 tasks")
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    expect(page.get_by_text("For all").first).to_be_visible()
    shot(page, "124 saved")

    # Use it.
    page.get_by_role("link", name="Use template…").click()
    page.get_by_label("Repository").select_option(mill)
    page.get_by_role("button", name="Make the tasks").click()
    expect(page.get_by_role("alert")).to_contain_text("No task was made yet")
    expect(page.get_by_label("Repository")).to_have_value(mill)
    shot(page, "125 use refused")
    page.get_by_label("Name of the service").fill("flour")
    made = page.get_by_role("region", name="What would be made")
    expect(made).to_contain_text("Build flour")
    shot(page, "126 use")
    assert fits(page)
    page.get_by_role("button", name="Make the tasks").click()
    expect(page.get_by_text(f"3 tasks made of {NAME}.")).to_be_visible()
    shot(page, "127 instance")
    assert fits(page)
    here = page.url

    # The template changes; the instance stays, and says what is other now.
    page.get_by_role("link", name=f"← {NAME}").click()
    changed = page.get_by_label("Steps").input_value().replace("Build {{", "Really build {{")
    page.get_by_label("Steps").fill(changed)
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    page.get_by_role("link", name="2 versions").click()
    shot(page, "128 versions")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator(".th-versions")).to_contain_text("Really build")
    shot(page, "129 difference")
    assert fits(page)
    page.goto(here)
    page.get_by_role("link", name="what changed").click()
    expect(page.get_by_text("The tasks were made of version 1")).to_be_visible()
    page.get_by_role("link", name="Uses and outcomes").click()
    expect(page.get_by_role("table")).to_contain_text("0 of 3")
    shot(page, "130 uses")
    open_task(page, "Build flour")
    menu(page, "Templates")
    expect(page.get_by_role("link", name=NAME)).to_be_visible()
    shot(page, "131 templates")


def test_on_a_phone_and_in_the_dark(operator: Page, stack: Stack, mill: str, shot: Shot) -> None:
    page = operator
    page.emulate_media(color_scheme="dark")
    page.goto(f"{stack.url}/admin/task_templates/tasktemplate/add/")
    expect(page.get_by_role("region", name="Preview")).to_contain_text("Launch billing")
    shot(page, "132 new template in the dark")
    assert fits(page)
    page.set_viewport_size({"width": 390, "height": 800})
    page.reload()
    shot(page, "133 new template on a phone")
    assert fits(page)
    page.get_by_role("region", name="Preview").scroll_into_view_if_needed()
    shot(page, "134 preview on a phone")
    menu_url = f"{stack.url}/admin/task_templates/tasktemplate/"
    page.goto(menu_url)
    shot(page, "135 templates on a phone")
    page.get_by_role("link", name=NAME).click()
    page.get_by_role("link", name="Use template…").click()
    shot(page, "136 use on a phone")
    assert fits(page)
