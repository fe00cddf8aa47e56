"""Templates in the console: the list, the editor, the live preview."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.task_templates.models import TaskTemplate
from apps.task_templates.services import create_template, delete_template, update_template
from tests.contracts import nothing_written
from tests.core.admin.support import (
    form_data,
    judge,
    list_url,
    logged_in,
    member,
    operator,
    page_url,
    staff,
    statements,
    words,
)
from tests.factories import RepositoryFactory
from tests.task_templates.steps import STEPS, TEMPLATE, VARIABLES, step

pytestmark = pytest.mark.usefixtures("as_app")

MAY = (
    "view_tasktemplate",
    "add_tasktemplate",
    "change_tasktemplate",
    "add_task",
    "view_task",
    "view_repository",
)
ADD = "/admin/task_templates/tasktemplate/add/"
PREVIEW = "/admin/task_templates/tasktemplate/preview/"


@pytest.fixture
def author(repository: Repository) -> User:
    return member("author", repository, MemberRole.CONTRIBUTOR, *MAY)


@pytest.fixture
def console(author: User) -> Client:
    return logged_in(author)


@pytest.fixture
def template(author: User, repository: Repository) -> TaskTemplate:
    return create_template(
        actor=author, repository=repository, values={"name": "New service", **TEMPLATE}
    )


def texts(tasks: Any, variables: Any) -> dict[str, str]:
    return {"tasks": json.dumps(tasks), "variables": json.dumps(variables)}


def preview(client: Client, tasks: Any = STEPS, variables: Any = VARIABLES, **values: str) -> Any:
    given = {f"value-{name}": value for name, value in values.items()}
    return client.post(PREVIEW, texts(tasks, variables) | given)


# -- the editor ----
def test_the_starter_is_a_template(console: Client, repository: Repository) -> None:
    page = console.get(ADD)
    assert "Launch service" not in words(page)  # the example, not the name
    assert "Launch billing" in words(page)
    data = form_data(page) | {"name": "From the starter", "repository": str(repository.pk)}
    assert console.post(ADD, data).status_code == 302
    made = TaskTemplate.objects.get()
    assert [one["key"] for one in made.tasks] == ["launch", "build", "test"]
    assert (made.repository, made.template_version) == (repository, 1)


def test_a_change_of_steps_is_a_new_version(console: Client, template: TaskTemplate) -> None:
    data = form_data(console.get(page_url(template)))
    assert console.post(page_url(template), data).status_code == 302
    template.refresh_from_db()
    assert (template.version, template.template_version) == (1, 1)  # untouched: no change
    steps = [*STEPS, step("announce", depends_on=["test"])]
    console.post(page_url(template), data | {"tasks": json.dumps(steps)})
    template.refresh_from_db()
    assert (template.template_version, len(template.tasks)) == (2, 5)


FAULTY = {
    "no JSON": ('[{"key": "a",}]', "{}", "This is no JSON: ", "line 1"),
    "unknown key": (
        json.dumps([step("a"), step("b", depends_on=["zebra"])]),
        "{}",
        "Step 2 (b), depends_on 1: must be the key of a step of this template; 'zebra' is none.",
    ),
    "circle": (
        json.dumps([step("a", depends_on=["b"]), step("b", depends_on=["a"])]),
        "{}",
        "Step 1 (a), depends_on: must not run in a circle",
    ),
    "unknown variable": (
        json.dumps([step("a", acceptance_criteria=["ok", "{{nope}}"])]),
        "{}",
        "Step 1 (a), criterion 2: names the variable 'nope', which is not defined",
    ),
    "no content": ('[{"key": "a"}]', "{}", "Step 1 (a), content: "),
    "bad default": (
        json.dumps([step("a")]),
        json.dumps({"type": "object", "properties": {"n": {"type": "integer", "default": "x"}}}),
        "Variable n, default: ",
    ),
    "no list": ('{"key": 1}', "[]", "Steps: ", "Variables: "),
    "a number": ("1", "2", "Steps: ", "Variables: "),
    "not finite": (
        json.dumps([step("a")]),
        '{"type": "object", "properties": {"n": {"type": "number", "minimum": NaN}}}',
        "Variable",
    ),
    "NUL": (json.dumps([step("a", "\x00")]), "{}", "Step 1 (a), content: "),
    "nested deeply": ("[" * 100_000 + "]" * 100_000, "{}", "nested too deeply"),
}


@pytest.mark.parametrize("name", FAULTY)
def test_faults_have_a_place_and_lose_nothing(
    console: Client, template: TaskTemplate, name: str
) -> None:
    tasks, variables, *said = FAULTY[name]
    data = form_data(console.get(page_url(template)))
    data |= {"name": "Renamed", "tasks": tasks, "variables": variables}
    with nothing_written():
        page = console.post(page_url(template), data)
    assert page.status_code == 200
    for sentence in said:
        assert sentence in words(page), words(page)
    shown = form_data(page)
    assert (shown["name"], shown["tasks"], shown["variables"]) == ("Renamed", tasks, variables)
    tried = words(console.post(PREVIEW, {"tasks": tasks, "variables": variables}))
    for sentence in said:
        assert sentence.rstrip(".") in tried


def test_who_was_faster_is_not_overwritten(
    console: Client, author: User, template: TaskTemplate
) -> None:
    data = form_data(console.get(page_url(template)))
    update_template(actor=author, template=template, changes={"description": "Mine."})
    typed = json.dumps([step("other")])
    with nothing_written():
        page = console.post(page_url(template), data | {"tasks": typed})
    assert "Somebody changed this record after you opened it" in words(page)
    assert form_data(page)["tasks"] == typed


def test_a_taken_name_is_said_at_its_field(
    console: Client, repository: Repository, template: TaskTemplate
) -> None:
    data = form_data(console.get(ADD)) | {
        "name": template.name,
        "repository": str(repository.pk),
    }
    with nothing_written():
        assert "A template of this name exists already." in words(console.post(ADD, data))


# -- who may what ----
def test_templates_for_all_are_made_by_superusers(console: Client, repository: Repository) -> None:
    data = form_data(console.get(ADD)) | {"name": "Everywhere", "repository": ""}
    with nothing_written():
        assert "This field is required" in words(console.post(ADD, data))
    boss = logged_in(operator())
    assert boss.post(ADD, data).status_code == 302
    made = TaskTemplate.objects.get(name="Everywhere")
    assert made.repository is None
    page = console.get(page_url(made))
    assert "Launch billing" in words(page)
    assert 'name="tasks"' not in page.content.decode()
    assert "data-preview" not in page.content.decode()
    assert console.post(page_url(made), data).status_code == 403
    assert "For all" in words(console.get(list_url(TaskTemplate)))


def test_outsiders_see_nothing_and_viewers_change_nothing(
    template: TaskTemplate, repository: Repository
) -> None:
    stranger = logged_in(member("stranger", RepositoryFactory(), MemberRole.MAINTAINER, *MAY))
    names = ("versions", "compare", "instances", "use")
    urls = [page_url(template, name) for name in names]
    assert stranger.get(page_url(template)).status_code == 302
    assert "New service" not in words(stranger.get(list_url(TaskTemplate)))
    for url in urls:
        assert stranger.get(url).status_code == 404
    nobody = logged_in(staff("nobody"))
    for url in (page_url(template), list_url(TaskTemplate), ADD, *urls):
        assert nobody.get(url).status_code == 403
        assert Client().get(url).status_code == 302
    assert nobody.post(PREVIEW, texts(STEPS, VARIABLES)).status_code == 403
    assert Client().post(PREVIEW, texts(STEPS, VARIABLES)).status_code == 302
    viewer = logged_in(member("viewer", repository, MemberRole.VIEWER, *MAY))
    data = form_data(viewer.get(page_url(template))) | {"name": "Mine"}
    with nothing_written():
        assert "You need the role contributor" in words(viewer.post(page_url(template), data))
    looker = logged_in(member("looker", repository, MemberRole.VIEWER, "view_tasktemplate"))
    assert "Launch service" in words(looker.get(page_url(template)))
    assert preview(looker).status_code == 403


def test_csrf_is_checked(author: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(author)
    assert preview(client).status_code == 403


def test_a_deleted_template_is_read_only_and_not_used(
    console: Client, author: User, template: TaskTemplate
) -> None:
    delete_template(actor=author, template=template)
    page = console.get(page_url(template))
    assert 'name="tasks"' not in page.content.decode()
    assert "Use template" not in words(page)
    assert console.get(page_url(template, "use")).status_code == 404
    assert console.get(page_url(template, "versions")).status_code == 200
    assert "New service" not in words(console.get(list_url(TaskTemplate)))
    assert "New service" in words(console.get(f"{list_url(TaskTemplate)}?deleted=only"))


# -- the preview ----
def test_the_preview_shows_the_tasks_and_writes_nothing(console: Client) -> None:
    with nothing_written():
        answer = preview(console, service="Billing", weeks="3", risky="true")
    said = words(answer)
    for sentence in (
        "4 tasks",
        "120 minutes estimated (1 of 4 have an estimate)",
        "Launch Billing",
        "Within 3 weeks. Risky: true.",
        "Billing answers",
        "waits for build , design",
    ):
        assert sentence in said, said
    rows = answer.context["preview"].rows
    assert [(row.step["key"], row.depth) for row in rows] == [
        ("launch", 0),
        ("design", 1),
        ("build", 1),
        ("test", 1),
    ]


def test_a_bad_value_is_said_with_its_name(console: Client) -> None:
    with nothing_written():
        said = words(preview(console, service="Billing", weeks="many", risky="true"))
    assert "Value of weeks: must be a whole number" in said
    assert "Launch Billing" not in said
    assert "Value of weeks: " in words(preview(console, service="Billing", weeks="99"))


def test_hostile_texts_are_escaped(console: Client) -> None:
    evil = "<script>alert(1)</script>"
    tasks = [step("a", evil, details=f"{evil}{{{{v}}}}", tags=[evil], acceptance_criteria=[evil])]
    rule = {"type": "string", "title": evil, "description": evil, "default": evil}
    variables = {"type": "object", "properties": {"v": rule}, "additionalProperties": False}
    faulty = [step("a"), {"key": evil, "content": evil, evil: 1}]
    for answer in (
        preview(console, tasks, variables),
        preview(console, tasks, variables, v=f'"{evil}'),
        preview(console, faulty, {}),
        console.post(PREVIEW, {"tasks": evil, "variables": evil}),
    ):
        assert answer.status_code == 200
        assert "<script" not in answer.content.decode()


def test_a_huge_draft_is_refused_clearly(console: Client) -> None:
    answer = console.post(PREVIEW, {"tasks": " " * 1_000_001, "variables": "{}"})
    assert answer.status_code == 413
    assert "more than 1,000,000 characters" in words(answer)
    many = [step(f"s{n}", parent=f"s{n - 1}" if n % 20 else None) for n in range(1000)]
    long = preview(console, many, {})
    assert "… and 800 more tasks" in words(long)


def test_samples_fit_their_variables(console: Client) -> None:
    rules: dict[str, Any] = {
        "text": {"type": "string"},
        "short": {"type": "string", "maxLength": 2},
        "shown": {"type": "string", "example": "like this"},
        "size": {"type": "string", "enum": ["s", "m"]},
        "count": {"type": "integer", "minimum": 3},
        "share": {"type": "number", "maximum": 0.5},
        "flag": {"type": "boolean"},
    }
    variables = {"type": "object", "properties": rules, "required": list(rules)}
    tasks = [step("a", " ".join(f"{{{{{name}}}}}" for name in rules))]
    answer = preview(console, tasks, variables)
    given = {one.name: one.given for one in answer.context["preview"].inputs}
    assert given == {
        "text": "text",
        "short": "",  # nothing that fits is known: it is asked for
        "shown": "like this",
        "size": "s",
        "count": "3",
        "share": "0.5",
        "flag": "false",
    }
    assert "Value of short: " in words(answer)
    assert "text ab like this s 3 0.5 false" in words(
        preview(console, tasks, variables, short="ab")
    )


# -- the list ----
def test_the_list_asks_little_and_leaves_the_steps(
    console: Client, author: User, repository: Repository, template: TaskTemplate
) -> None:
    for n in range(30):
        create_template(actor=author, repository=repository, values={"name": f"T{n}", **TEMPLATE})
    console.get(list_url(TaskTemplate))
    with statements() as found:
        page = console.get(list_url(TaskTemplate))
    assert judge(found, most=12) == []
    rows = [sql for sql in found if 'FROM "task_templates"' in sql and "LIMIT" in sql]
    assert rows
    assert all('"task_templates"."tasks",' not in sql for sql in rows)
    assert [row.steps_counted for row in page.context["cl"].result_list] == [4] * 25
    for query in ("scope=one", "project_type__exact=other", "q=T1", "deleted=all"):
        assert "T1" in words(console.get(f"{list_url(TaskTemplate)}?{query}"))
    assert "T1" not in words(console.get(f"{list_url(TaskTemplate)}?scope=all"))


def test_the_sidebar_leads_there(console: Client) -> None:
    assert (
        reverse("admin:task_templates_tasktemplate_changelist")
        in console.get("/admin/").content.decode()
    )
