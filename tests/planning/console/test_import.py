"""Importing in the console: a file or a text becomes a plan; what is refused loses no input."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.planning.models import PRDPlan
from apps.prds.models import PRD
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository, RepositoryMember
from apps.tasks.models import Task
from tests.contracts import nothing_written
from tests.core.admin.support import page_url, words
from tests.factories import RepositoryFactory
from tests.planning.documents import PLAN

from .support import IMPORT

pytestmark = pytest.mark.usefixtures("as_app")


def test_a_pasted_text_becomes_a_plan(console: Client, repository: Repository) -> None:
    text = PLAN.replace("\n", "\r\n")  # as browsers send it
    data = {"repository": repository.name, "text": text, "filename": "bridge.md"}
    response = console.post(IMPORT, data | {"generate_tasks": "on"})
    plan = PRDPlan.objects.get()
    assert response["Location"] == page_url(plan)
    assert (plan.content, plan.filename, plan.generate_tasks) == (PLAN, "bridge.md", True)
    assert not Task.objects.exists()
    page = words(console.get(page_url(plan)))
    assert "New task 3" in page
    assert "BR-9-02 Build the bridge Explicit, by heading id." in page
    assert "Line 29 : BR-9-77 is no task of this document." in page


def test_a_file_becomes_a_plan_of_its_name(console: Client, repository: Repository) -> None:
    file = SimpleUploadedFile("bridge.md", PLAN.encode())
    response = console.post(IMPORT, {"repository": repository.name, "file": file})
    plan = PRDPlan.objects.get()
    assert response["Location"] == page_url(plan)
    assert (plan.content, plan.filename, plan.generate_tasks) == (PLAN, "bridge.md", False)
    assert "only the text is kept" in words(console.get(page_url(plan)))


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("bridge.pdf", b"%PDF-1.7 ...", "Choose a Markdown or text file"),
        ("bridge.md", b"%PDF-1.7 ...", "The document is a PDF, not text"),
        ("bridge.md", "Brücke".encode("latin-1"), "bytes that are not UTF-8"),
        ("bridge.md", "Brücke".encode("utf-16"), "save it as UTF-8"),
        ("bridge.md", b"# A\nb\0c\n", "a binary file, not text"),
        ("bridge.txt", b" \n", "The document is empty"),
        ("bridge.txt", b"", "The document is empty"),
        ("bridge.md", b"a" * (2 * 1024**2 + 1), "The file has more than 2 MiB"),
    ],
)
def test_a_file_that_is_no_document(
    console: Client, repository: Repository, name: str, content: bytes, sentence: str
) -> None:
    file = SimpleUploadedFile(name, content)
    with nothing_written():
        response = console.post(IMPORT, {"repository": repository.name, "file": file})
    assert response.status_code == 200
    assert sentence in response.context["form"].errors["file"][0]


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("repository", "", "Choose the repository"),
        ("repository", "other/garden", "no repository of this name"),
        ("repository", "acme/locked", "no repository of this name"),
        ("repository", "a\0b", "no repository of this name"),
        ("text", "", "Choose a file or paste a text."),
        ("text", " \n ", "The document is empty"),
        ("text", "# A\n\0", "Null characters are not allowed."),
        ("filename", "", "A pasted text needs a name"),
        ("filename", "a\nb.md", "printable characters"),
        ("filename", "x" * 256, "printable characters"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(
    console: Client,
    writer: User,
    repository: Repository,
    field: str,
    value: str,
    sentence: str,
) -> None:
    RepositoryFactory(name="other/garden")
    locked = RepositoryFactory(name="acme/locked")
    RepositoryMember.objects.create(repository=locked, user=writer, role=MemberRole.VIEWER)
    data = {"repository": repository.name, "text": PLAN, "filename": "bridge.md"} | {field: value}
    with nothing_written():
        response = console.post(IMPORT, data)
    assert response.status_code == 200
    form = response.context["form"]
    assert sentence in " ".join(form.errors[field])
    kept = {name: form[name].value() for name in data if name != field}
    assert kept == {name: data[name] for name in kept}


def test_the_text_of_a_file_is_kept_when_something_else_is_wrong(
    console: Client, repository: Repository
) -> None:
    file = SimpleUploadedFile("bridge.md", PLAN.encode())
    response = console.post(IMPORT, {"repository": "", "file": file, "generate_tasks": "on"})
    again = {name: response.context["form"][name].value() for name in ("text", "filename")}
    assert again == {"text": PLAN, "filename": "bridge.md"}
    assert console.post(IMPORT, again | {"repository": repository.name}).status_code == 302


def test_a_file_and_a_text_are_one_too_many(console: Client, repository: Repository) -> None:
    file = SimpleUploadedFile("bridge.md", PLAN.encode())
    data = {"repository": repository.name, "file": file, "text": "# Other\n", "filename": "b.md"}
    with nothing_written():
        response = console.post(IMPORT, data)
    assert "not both" in response.context["form"].errors["file"][0]
    assert response.context["form"]["text"].value() == "# Other\n"


def test_a_prd_offers_a_new_text_and_a_comparison(
    console: Client, repository: Repository, imported: dict[str, Task]
) -> None:
    prd = PRD.objects.get()
    page = console.get(page_url(prd)).content.decode()
    link = f"{IMPORT}?repository=acme%2Frocket&amp;filename=bridge.md"
    assert link in page
    form = console.get(link.replace("&amp;", "&")).context["form"]
    assert (form["repository"].value(), form["filename"].value()) == (repository.name, "bridge.md")
    response = console.post(reverse("admin:planning_prdplan_compare", args=[prd.pk]))
    plan = PRDPlan.objects.latest("id")
    assert response["Location"] == page_url(plan)
    assert (plan.prd_id, plan.content, plan.entries.count()) == (prd.pk, PLAN, 0)
    assert "tasks and document agree" in words(console.get(page_url(plan)))
