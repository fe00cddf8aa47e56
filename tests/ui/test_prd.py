"""A PRD in the browser: the document with its lines, its revisions, what differs."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from .stack import Stack

Shot = Callable[[Page, str], None]
FIRST = """# Rain barrel

## RB-1 Mount the barrel

- [ ] The barrel stands **level**
- [x] The lid shuts

Estimate: 3 hours

## RB-2 Fit the tap

Depends on: RB-9. See [the maker](https://example.org/tap) or <script>alert(1)</script>.

| Part | Size |
|---|---|
| Tap | 3/4 inch |

```
- [ ] not a box
```
"""
IMPORT = """
from django.contrib.auth import get_user_model
from apps.core.context import Source, acting
from apps.planning.import_prd import import_prd
from apps.prds.models import PRD
from apps.prds.services import read_document, store_revision
from apps.repositories.services import create_repository
actor = get_user_model().objects.get(username="operator")
with acting(source=Source.COMMAND, name="shell", actor=actor):
    repository = create_repository(actor=actor, name="ui/barrel")
    content = {content!r}
    prd = import_prd(
        actor=actor, repository=repository, filename="barrel.md", content=content
    ).prd
    content = content.replace("3 hours", "5 hours").replace("- [x] The lid shuts\\n", "")
    content += "\\n## RB-3 Paint it\\n"
    store_revision(actor=actor, prd=prd, content=content, document=read_document(content))
print(prd.pk)
"""


def test_a_document_and_its_revisions(operator: Page, stack: Stack, shot: Shot) -> None:
    page = operator
    key = stack.manage("shell", "--no-imports", "-c", IMPORT.format(content=FIRST)).split()[-1]
    page.goto(f"{stack.url}/admin/prds/prd/{key}/change/")
    document = page.get_by_role("region", name="Document")
    expect(document.get_by_role("heading", name="Rain barrel")).to_be_visible()
    expect(document.get_by_role("img", name="not done")).to_have_count(1)
    expect(document.get_by_text("<script>alert(1)</script>")).to_be_visible()
    shot(page, "60 prd page")
    page.get_by_text("What adds up to it").click()
    expect(page.get_by_role("rowheader", name="Words")).to_be_visible()

    page.get_by_role("link", name=re.compile("^Line ")).first.click()
    expect(page.locator(".th-document :target")).to_be_in_viewport()
    shot(page, "61 prd with an open question")
    with page.expect_download() as started:
        page.get_by_role("link", name="Export with status").click()
    assert started.value.suggested_filename == "barrel.md"
    assert "> **Status:** pending" in Path(started.value.path()).read_text()
    document.get_by_role("link", name=re.compile("^RB-1")).click()
    expect(page.get_by_role("textbox", name="Content")).to_have_value("Mount the barrel")
    page.go_back()

    page.get_by_role("link", name="Findings").click()
    shot(page, "61b prd findings")
    page.get_by_role("row", name="RB-9 is no task").get_by_role("link").click()
    expect(page.locator("#line-11:target")).to_be_in_viewport()
    page.go_back()
    page.get_by_role("link", name="Source").click()
    expect(page.locator("#line-5")).to_contain_text("- [ ] The barrel stands **level**")
    shot(page, "62 prd source")
    page.get_by_role("link", name="Revisions", exact=True).click()
    expect(page.get_by_role("row")).to_have_count(3)
    shot(page, "63 prd revisions")
    page.get_by_role("button", name="Compare").click()
    changes = page.get_by_role("region", name="Changes from revision 1 to revision 2")
    expect(changes).to_contain_text("removed: - [x] The lid shuts")
    expect(changes).to_contain_text("added: ## RB-3 Paint it")
    shot(page, "64 prd diff")
    page.get_by_label("Shown").select_option("Side by side")
    page.get_by_role("button", name="Compare").click()
    expect(changes).to_contain_text("added: Estimate: 5 hours")
    shot(page, "65 prd diff side by side")

    page.emulate_media(color_scheme="dark")
    shot(page, "66 prd diff dark")
    page.goto(f"{stack.url}/admin/prds/prd/{key}/change/")
    shot(page, "67 prd page dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 390, "height": 800})
    for path, name in (
        ("change/", "68 prd on a phone"),
        ("revisions/", "69 prd revisions on a phone"),
        ("revisions/compare/?view=split", "70 prd diff on a phone"),
        ("source/", "71 prd source on a phone"),
    ):
        page.goto(f"{stack.url}/admin/prds/prd/{key}/{path}")
        shot(page, name)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
