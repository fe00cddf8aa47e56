"""A PRD goes out with what its tasks have become: to whom, under which name, and back again."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core.ids import uuid7
from apps.planning.export_prd import export_prd, safe_filename
from apps.planning.import_prd import import_prd
from apps.planning.models import PRDItem
from apps.prds.live_text import MARKER, strip_status_lines
from apps.prds.models import PRD
from apps.prds.services import read_document, store_prd
from apps.repositories.models import Repository
from apps.tasks.models import Task, TaskExternalKey
from apps.tasks.services import update_task
from tests.contracts import API, assert_problem, nothing_written
from tests.contracts.answers import ClientOf, outline, query_count
from tests.factories import PRDFactory, TaskFactory, deletion

TEXT = """# Brücke

## BR-1 Measure the brook

- [ ] The depth is known
- [x] The **width** is known

## BR-2 Build it

Depends on: BR-1

## Tasks

- [ ] BR-3 Open it
- [x] BR-4 Paint it

```
- [ ] BR-3 Open it
```
"""
pytestmark = pytest.mark.usefixtures("as_app")


@pytest.fixture
def prd(owner: User, repository: Repository) -> PRD:
    return import_prd(actor=owner, repository=repository, filename="brücke.md", content=TEXT).prd


def task_of(key: str) -> Task:
    return TaskExternalKey.objects.get(key=key).task


def change(owner: User, key: str, *statuses: str, **changes: Any) -> None:
    task = update_task(actor=owner, task=task_of(key), changes=changes)
    for status in statuses:
        task = update_task(actor=owner, task=task, changes={"status": status})


def address(prd: Any) -> str:
    return f"{API}/prds/{getattr(prd, 'pk', prd)}/export"


def test_the_text_as_its_tasks_stand(api: APIClient, owner: User, prd: PRD) -> None:
    criteria = [
        {"text": "The depth is known", "met": True},
        {"text": "The **width** is known", "met": False},
        {"text": "Nobody fell in", "met": True},
    ]
    change(owner, "BR-1", "in_progress", acceptance_criteria=criteria, assignee="anna_b")
    change(owner, "BR-3", "in_progress", "completed")
    expected = f"""# Brücke

## BR-1 Measure the brook
> **Status:** in progress · 2 of 3 criteria met · anna\\_b {MARKER}

- [x] The depth is known
- [ ] The **width** is known

## BR-2 Build it
> **Status:** pending {MARKER}

Depends on: BR-1

## Tasks

- [x] BR-3 Open it
  > **Status:** completed {MARKER}
- [x] BR-4 Paint it
  > **Status:** completed {MARKER}

```
- [ ] BR-3 Open it
```
"""
    got = api.get(address(prd))
    assert got.content.decode() == expected
    assert got["Content-Type"] == "text/markdown; charset=utf-8"
    assert got["Content-Disposition"] == "attachment; filename*=utf-8''br%C3%BCcke.md"
    again = api.get(address(prd), HTTP_IF_NONE_MATCH=got["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    change(owner, "BR-2", "in_progress")
    assert api.get(address(prd), HTTP_IF_NONE_MATCH=got["ETag"]).status_code == 200


def test_tasks_are_found_however_they_came(owner: User, repository: Repository) -> None:
    prd = store_prd(
        actor=owner,
        repository=repository,
        filename="a.md",
        content=TEXT,
        document=read_document(TEXT),
    )
    by_id = TaskFactory(repository=repository, prd=prd, status="in_progress")
    TaskExternalKey.objects.create(repository=repository, task=by_id, key="BR-1")
    TaskFactory(
        repository=repository,
        prd=prd,
        status="cancelled",
        source_first_line=8,
        source_last_line=10,
    )
    linked = TaskFactory(repository=repository, assignee="lena")
    PRDItem.objects.create(
        repository=repository, prd=prd, task=linked, key="BR-4", title="Paint it", revision=1
    )
    statuses = [
        line.strip().removesuffix(MARKER)
        for line in export_prd(prd).content.splitlines()
        if "**Status:**" in line
    ]
    assert statuses == [
        "> **Status:** in progress ",
        "> **Status:** cancelled ",
        "> **Status:** pending · lena ",
    ]


def test_what_has_no_live_task_stays_as_it_is(api: APIClient, owner: User, prd: PRD) -> None:
    Task.objects.filter(prd=prd).update(**deletion())
    assert api.get(address(prd)).content.decode() == TEXT


def test_an_export_is_the_text_but_for_the_ticks(owner: User, prd: PRD) -> None:
    change(owner, "BR-1", acceptance_criteria=[{"text": "The **width** is known", "met": True}])
    exported = export_prd(prd).content
    assert exported.count(MARKER) == 4
    assert strip_status_lines(exported) == TEXT


def test_a_text_that_cannot_be_parsed_stays_as_it_is(
    api: APIClient, repository: Repository
) -> None:
    prd = PRDFactory(repository=repository, content=">" * 500 + " deep\n")
    assert api.get(address(prd)).content.decode() == prd.content


def test_many_tasks_take_as_many_statements_as_few(
    api: APIClient, owner: User, repository: Repository, prd: PRD
) -> None:
    few = query_count(api, address(prd), {})
    text = "# Long\n\n" + "".join(f"## LO-{n} Step {n}\n\n" for n in range(1, 60))
    long = import_prd(actor=owner, repository=repository, filename="l.md", content=text).prd
    assert query_count(api, address(long), {}) == few <= 10


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a.md", "a.md"),
        ("docs/plans/b.markdown", "b.markdown"),
        ("c:\\plans\\c.txt", "c.txt"),
        ("../../etc/passwd", "passwd.md"),
        ("plan", "plan.md"),
        ('a"b;c\r\nX: y.md', "a_b;c__X_ y.md"),
        ("..", "prd.md"),
        ("docs/", "prd.md"),
        (".md", "md.md"),
        ("gnp\u202edm.md", "gnp_dm.md"),
        ("ü 🌱.MD", "ü 🌱.MD"),
        ("x" * 255 + ".md", "x" * 200 + ".md"),
    ],
)
def test_a_filename_is_safe_anywhere(name: str, safe: str) -> None:
    assert safe_filename(name) == safe


def test_a_filename_makes_no_header_of_its_own(api: APIClient, repository: Repository) -> None:
    prd = PRDFactory(repository=repository, filename='a"; x="b\\c.md')
    assert api.get(address(prd))["Content-Disposition"] == 'attachment; filename="c.md"'
    quoted = PRDFactory(repository=repository, filename='it\'s "it"; x=1.md')
    header = api.get(address(quoted))["Content-Disposition"]
    assert header == 'attachment; filename="it\'s _it_; x=1.md"'


def test_a_viewer_may_read_and_an_outsider_learns_nothing(
    viewer: User, outsider: User, collaborator: User, client_of: ClientOf, prd: PRD
) -> None:
    assert client_of(viewer, "read").get(address(prd)).status_code == 200
    assert client_of(collaborator).get(address(prd)).status_code == 200
    stranger = client_of(outsider)
    hidden = stranger.get(address(prd))
    assert_problem(hidden, 404, "not_found")
    assert outline(hidden) == outline(stranger.get(address(uuid7())))
    assert_problem(APIClient().get(address(prd)), 401, "not_authenticated")


def test_an_export_changes_nothing(api: APIClient, prd: PRD) -> None:
    with nothing_written():
        api.get(address(prd))
        assert_problem(api.post(address(prd), {}), 405, "method_not_allowed")
        assert_problem(api.get(address(prd), {"form": "x"}), 400, "unknown_parameter", "form")
    refused = api.get(address(prd), HTTP_ACCEPT="application/json")
    assert_problem(refused, 406, "not_acceptable")
    for tail in ("/", "%0a"):
        assert_problem(api.get(address(prd) + tail), 404, "not_found")
    PRD.objects.filter(pk=prd.pk).update(**deletion())
    assert_problem(api.get(address(prd)), 404, "not_found")


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("export_prd", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_prints_or_writes_the_text(prd: PRD, tmp_path: Path) -> None:
    PRD.objects.filter(pk=prd.pk).update(content=TEXT.replace("\n", "\r\n"))
    prd.refresh_from_db()
    assert run(str(prd.pk)) == export_prd(prd).content
    path = tmp_path / "out.md"
    assert run(str(prd.pk), "--output", str(path)) == ""
    assert path.read_bytes() == export_prd(prd).content.encode()


def test_the_command_refuses_in_one_line(prd: PRD, tmp_path: Path) -> None:
    nobody = str(uuid7())
    for arguments, words in (
        (["x"], "'x' is no id of a PRD."),
        ([nobody], f"There is no PRD with the id {nobody}."),
        ([str(prd.pk), "--output", str(tmp_path)], "cannot be written: Is a directory."),
        ([str(prd.pk), "--output", str(tmp_path / "no" / "a.md")], "No such file or directory."),
    ):
        with pytest.raises(CommandError) as error:
            run(*arguments)
        assert str(error.value).endswith(words)
        assert "\n" not in str(error.value)
