"""The walk: a PRD in, people at work on its tasks, a new text, and what became of both.

Import, edit two tasks, complete one, change the document, import it again, resolve a conflict,
apply, and read in the history who did what and why.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from .stack import Stack
from .test_walk import menu, open_task

Shot = Callable[[Page, str], None]
REPOSITORY = "ui/kiln"
FIRST = """# KL Kiln

A kiln that the whole village can use, fired with what the saw mill leaves.

## Tasks

### KL-01 Lay the floor

The floor carries the chamber and keeps the damp out.

**Acceptance criteria**

- [ ] The floor is level to 5 mm
- [ ] It carries two tonnes

Estimate: 2 hours

### KL-02 Build the chamber

Of firebricks, with an arch.

**Acceptance criteria**

- [ ] The arch stands without its form

Estimate: 4 hours
Depends on KL-01

### KL-03 Put up the chimney

Estimate: 3 hours
Depends on KL-02

### KL-04 Paint a sign
"""
SECOND = (
    FIRST.replace("Estimate: 4 hours", "Estimate: 8 hours")
    .replace("Of firebricks, with an arch.", "Of firebricks, with a flat arch.")
    .replace("- [ ] The arch stands", "- [ ] The door shuts tightly\n- [ ] The arch stands")
    .replace("\n### KL-04 Paint a sign\n", "\n### KL-05 Test the draught\n\nDepends on KL-03\n")
)


@pytest.fixture(scope="module")
def kiln(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The changed document as a file, and a repository for it."""
    code = (
        "from django.contrib.auth import get_user_model\n"
        "from apps.repositories.services import create_repository\n"
        "actor = get_user_model().objects.get(username='operator')\n"
        f"create_repository(actor=actor, name={REPOSITORY!r})"
    )
    stack.manage("shell", "--no-imports", "-c", code)
    file = tmp_path_factory.mktemp("prd") / "kiln.md"
    file.write_text(SECOND)
    return file


# Ids that stand twice, and controls without a name; headings that skip a level.
FLAWS = """() => {
    const content = document.getElementById("content");
    const find = (root, selector) => [...root.querySelectorAll(selector)];
    const ids = find(document, "[id]").map((element) => element.id);
    const controls = find(content, "a, button, input:not([type=hidden]), select, textarea");
    const levels = find(content, "h2, h3, h4, h5, h6").map((heading) => Number(heading.tagName[1]));
    const isNamed = (one) => one.textContent.trim() || one.labels?.length || one.ariaLabel;
    return [
        ...ids.filter((id, place) => ids.indexOf(id) !== place).map((id) => `twice: ${id}`),
        ...controls.filter((one) => !isNamed(one)).map((one) => `no name: ${one.outerHTML}`),
        ...levels.filter((level, place) => place && level > levels[place - 1] + 1)
            .map((level) => `skipped to h${level}`),
    ];
}"""


def proposal(page: Page, title: str) -> Locator:
    return page.get_by_role("article", name=re.compile(re.escape(title)))


def fits(page: Page) -> bool:
    """Whether nothing stands out at the side; names, ids and headings are looked at, too."""
    assert page.evaluate(FLAWS) == []
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def save_task(page: Page) -> None:
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()


def test_the_document_comes_again(operator: Page, stack: Stack, kiln: Path, shot: Shot) -> None:
    page = operator
    menu(page, "Plans")
    page.locator('a[href$="/prdplan/add/"]').first.click()
    page.get_by_role("button", name="Compare with tasks").click()
    expect(page.get_by_text("Choose a file or paste a text.")).to_be_visible()
    shot(page, "80 import refused")
    page.get_by_label("Repository").select_option(REPOSITORY)
    page.get_by_label("Or the text itself").fill(FIRST)
    page.get_by_label("Filename").fill("kiln.md")
    shot(page, "81 import")
    page.get_by_role("button", name="Compare with tasks").click()

    expect(page.get_by_role("heading", name="Proposals")).to_contain_text("1 to 4 of 4")
    shot(page, "82 plan of a new document")
    chimney = proposal(page, "Put up the chimney")
    chimney.get_by_text("Edit", exact=True).click()
    chimney.get_by_label("Assignee").fill("mara")
    shot(page, "83 proposal edited")
    page.get_by_role("button", name="Save and apply…").click()
    expect(page.get_by_text("4 new tasks will be made.")).to_be_visible()
    shot(page, "84 before applying")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("4 new tasks were made.")).to_be_visible()
    shot(page, "85 applied")

    # People work on the tasks.
    open_task(page, "Build the chamber")
    page.get_by_label("Estimated minutes").fill("300")
    page.get_by_label("Assignee").fill("jonas")
    save_task(page)
    shot(page, "86 task with its source")
    page.get_by_role("link", name=re.compile("^lines ")).click()
    expect(page.locator(".th-document :target")).to_contain_text("KL-02 Build the chamber")
    open_task(page, "Put up the chimney")
    expect(page.get_by_label("Assignee")).to_have_value("mara")
    page.get_by_label("Priority").select_option("High")
    save_task(page)
    open_task(page, "Lay the floor")
    page.get_by_role("link", name="Complete…").click()
    page.get_by_role("button", name="Complete the task", exact=True).click()
    expect(page.get_by_text("The task is completed now.")).to_be_visible()

    # The document has changed; it comes again, as a file, from its own page.
    menu(page, "PRDs")
    page.get_by_role("link", name="KL Kiln").first.click()
    page.get_by_role("link", name="New text…").click()
    expect(page.get_by_label("Repository")).to_have_value(REPOSITORY)
    expect(page.get_by_label("Filename")).to_have_value("kiln.md")
    page.get_by_label("File", exact=True).set_input_files(kiln)
    page.get_by_role("button", name="Compare with tasks").click()
    shot(page, "87 plan of the new text")
    assert fits(page)
    chamber = proposal(page, "Build the chamber")
    expect(chamber).to_contain_text("Conflict")
    expect(chamber).to_contain_text("The door shuts tightly")
    expect(proposal(page, "Paint a sign")).to_contain_text("No longer in the document")
    expect(page.get_by_role("article")).to_have_count(3)

    # From the proposal to its lines and back.
    chamber.get_by_role("link", name=re.compile("^lines ")).click()
    place = page.locator(".th-document :target")
    expect(place).to_be_in_viewport()
    expect(place).to_contain_text("KL-02 Build the chamber")
    shot(page, "88 lines of a proposal")
    place.get_by_role("link", name="KL-02").click()
    expect(chamber).to_be_in_viewport()

    # It cannot be applied before the conflict is resolved.
    page.get_by_role("link", name="First undecided").click()
    page.get_by_role("button", name="Save and apply…").click()
    expect(page.get_by_role("heading", name="First decide on these")).to_be_visible()
    expect(page.get_by_role("button", name="Apply")).to_have_count(0)
    shot(page, "89 undecided")
    page.get_by_role("link", name="KL-02 Build the chamber").click()
    estimate = chamber.get_by_role("group", name="Estimate")
    estimate.get_by_label("Another value").check()
    own = chamber.get_by_label("Estimate in minutes")
    own.fill("99999")
    page.get_by_role("button", name="Save and apply…").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved yet")
    expect(own).to_have_value("99999")
    shot(page, "90 bad value")
    own.fill("420")
    shot(page, "91 conflict resolved")
    page.get_by_role("button", name="Save and apply…").click()
    for sentence in ("1 new task will be made.", "1 task will be changed."):
        expect(page.get_by_text(sentence)).to_be_visible()
    expect(page.get_by_text("The text becomes revision 2")).to_be_visible()
    shot(page, "92 before applying the new text")
    assert fits(page)
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("heading", name="What was done")).to_be_visible()
    shot(page, "93 new text applied")

    # Nothing that people did is lost, and the history says who did what and why.
    open_task(page, "Build the chamber")
    expect(page.get_by_label("Estimated minutes")).to_have_value("420")
    expect(page.get_by_label("Assignee")).to_have_value("jonas")
    expect(page.get_by_label("Acceptance criteria")).to_have_value(
        re.compile("The door shuts tightly")
    )
    page.get_by_role("link", name="History", exact=True).click()
    estimates = page.locator(".th-event").filter(has_text="Estimated minutes")
    newest, edit = (estimates.nth(n) for n in (0, 1))
    expect(newest).to_contain_text(re.compile("“Import of kiln.md, plan [0-9a-f-]{36}”"))
    expect(newest).to_contain_text(re.compile(r"Estimated minutes\s+300 → 420"))
    expect(edit).to_contain_text(re.compile(r"Assignee\s+— → jonas"))
    shot(page, "94 history of a task")
    open_task(page, "Paint a sign")
    expect(page.get_by_text("no longer in the document since")).to_be_visible()
    shot(page, "95 task that is gone from the document")
    open_task(page, "Lay the floor")
    expect(page.get_by_text("Completed").first).to_be_visible()
    menu(page, "Plans")
    page.get_by_role("link", name="kiln.md").first.click()
    page.get_by_role("link", name="History", exact=True).click()
    expect(page.locator(".th-event").first).to_contain_text(re.compile("In review → Applied"))
    shot(page, "96 history of a plan")


def test_on_a_phone_and_in_the_dark(operator: Page, stack: Stack, kiln: Path, shot: Shot) -> None:
    page = operator
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{stack.url}/admin/planning/prdplan/add/?repository={REPOSITORY}&filename=oven.md")
    shot(page, "97 import on a phone")
    assert fits(page)
    page.get_by_label("Or the text itself").fill(FIRST.replace("KL-", "OV-"))
    page.get_by_role("button", name="Compare with tasks").click()
    expect(page.get_by_role("article")).to_have_count(4)
    shot(page, "98 plan on a phone")
    assert fits(page)
    page.get_by_role("article").nth(1).scroll_into_view_if_needed()
    shot(page, "99 proposal on a phone")
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size({"width": 1360, "height": 860})
    page.reload()
    shot(page, "100 plan in the dark")
    page.goto(page.url.split("#")[0].replace("/change/", "/discard/"))
    shot(page, "101 discard")
    page.get_by_role("button", name="Discard the plan").click()
    expect(page.get_by_text("The plan is discarded.")).to_be_visible()
