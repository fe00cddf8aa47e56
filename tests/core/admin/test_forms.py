"""Writing in the console: through services, against the version seen, or not at all."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import ApiToken, User
from apps.repositories.models import Repository, RepositoryMember
from apps.tasks.admin.moves import MOVES
from apps.tasks.models import Task, TaskDependency, TaskEvent
from apps.tasks.services import create_task, update_task

from .support import form_data, judge, logged_in, page_url, prd, staff, statements, tasks

pytestmark = pytest.mark.django_db


@pytest.fixture
def task(acme: Repository) -> Task:
    return tasks(acme, 1, details="first\n\nsecond  \n", tags=["a"])[0]


def opened(console: Client, record: Any) -> dict[str, Any]:
    return form_data(console.get(page_url(record)))


def shown_errors(response: Any) -> str:
    form = response.context["adminform"].form
    return " ".join(str(text) for texts in form.errors.values() for text in texts)


def test_saving_untouched_changes_nothing(console: Client, task: Task) -> None:
    data = opened(console, task)
    data["details"] = data["details"].replace("\n", "\r\n")  # as browsers do
    before = TaskEvent.objects.count()
    assert console.post(page_url(task), data).status_code == 302
    task.refresh_from_db()
    assert (task.version, task.details) == (1, "first\n\nsecond  \n")
    assert TaskEvent.objects.count() == before


def test_an_edit_is_one_event_with_the_person(console: Client, op: User, task: Task) -> None:
    data = opened(console, task) | {"priority": "high", "tags": "a, b"}
    assert console.post(page_url(task), data).status_code == 302
    task.refresh_from_db()
    assert (task.priority, task.tags, task.version) == ("high", ["a", "b"], 2)
    event = TaskEvent.objects.filter(pgh_obj_id=task.pk).order_by("-pgh_id")[0]
    assert event.pgh_context["actor_name"] == op.username
    assert event.pgh_context["source"] == "console"


def test_a_stale_form_says_what_changed_and_saves_nothing(
    console: Client, op: User, task: Task
) -> None:
    data = opened(console, task) | {"priority": "high"}
    update_task(actor=op, task=task, changes={"status": "in_progress"})
    response = console.post(page_url(task), data)
    assert response.status_code == 200
    text = shown_errors(response)
    assert "changed this record" in text
    assert "Status: Pending → In progress" in text
    task.refresh_from_db()
    assert (task.priority, task.version) == ("medium", 2)


def test_a_form_without_its_version_saves_nothing(console: Client, task: Task) -> None:
    data = opened(console, task) | {"priority": "high"}
    del data["seen_version"]
    assert console.post(page_url(task), data).status_code == 200
    task.refresh_from_db()
    assert task.priority == "medium"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"content": "x" * 1001}, "1 to 1,000 characters"),
        ({"content": "nul \x00 byte"}, "Null characters are not allowed"),
        ({"estimated_minutes": "-5"}, "0 to 10080"),
        ({"estimated_minutes": "soon"}, "whole number"),
        ({"tags": ", ".join(f"t{n}" for n in range(11))}, "at most 10 items"),
        ({"tags": "a, b, a"}, "Twice in the list: a"),
        ({"acceptance_criteria": "no box"}, "Line 1 starts with neither"),
        ({"priority": "urgent"}, "not one of the available choices"),
        ({"due_at_0": "tomorrow"}, "valid date"),
    ],
)
def test_bad_input_is_a_clear_error(
    console: Client, task: Task, change: dict[str, str], says: str
) -> None:
    response = console.post(page_url(task), opened(console, task) | change)
    assert response.status_code == 200
    errors = response.context["adminform"].form.errors
    field = next(iter(change)).removesuffix("_0")
    assert says in errors[field][0]
    assert field not in errors[field][0]  # people know fields by their labels
    task.refresh_from_db()
    assert task.version == 1


def test_a_refused_move_is_shown_at_its_field(console: Client, op: User, task: Task) -> None:
    update_task(actor=op, task=task, changes={"status": "completed"})
    response = console.post(page_url(task), opened(console, task) | {"status": "cancelled"})
    errors = response.context["adminform"].form.errors
    assert "cannot go from completed to cancelled" in errors["status"][0]
    task.refresh_from_db()
    assert task.status == "completed"


def test_a_service_refusal_is_shown_in_the_form(acme: Repository, task: Task) -> None:
    viewer = staff("vera", "view_task", "change_task", "view_repository")
    RepositoryMember.objects.create(repository=acme, user=viewer, role="viewer")
    client = logged_in(viewer)
    response = client.post(page_url(task), opened(client, task) | {"priority": "high"})
    assert response.status_code == 200
    assert "You need the role contributor" in shown_errors(response)
    task.refresh_from_db()
    assert task.priority == "medium"


def test_a_parent_elsewhere_is_refused_at_its_field(console: Client, task: Task) -> None:
    stranger = tasks(Repository.objects.create(name="other"), 1)[0]
    data = opened(console, task) | {"parent_task": str(stranger.pk)}
    response = console.post(page_url(task), data)
    assert "same repository" in response.context["adminform"].form.errors["parent_task"][0]


def test_a_new_task(console: Client, acme: Repository) -> None:
    url = reverse("admin:tasks_task_add")
    data = form_data(console.get(url))
    data |= {
        "content": "Plant the seeds",
        "repository": str(acme.pk),
        "tags": "spring",
        "acceptance_criteria": "[ ] They stand in rows\n[x] The soil is wet",
    }
    assert console.post(url, data).status_code == 302
    task = Task.objects.get(content="Plant the seeds")
    assert task.tags == ["spring"]
    assert [(c["text"], c["met"]) for c in task.acceptance_criteria] == [
        ("They stand in rows", False),
        ("The soil is wet", True),
    ]


def test_criteria_keep_their_evidence(console: Client, acme: Repository) -> None:
    criteria = [{"text": "Works", "met": False, "evidence": "log 7"}]
    task = tasks(acme, 1, acceptance_criteria=criteria)[0]
    data = opened(console, task)
    assert console.get(page_url(task)).context["adminform"].form["acceptance_criteria"].value()
    data["acceptance_criteria"] = "[x] Works\n[ ] And fast"
    console.post(page_url(task), data)
    task.refresh_from_db()
    assert task.acceptance_criteria[0] == {"text": "Works", "met": True, "evidence": "log 7"}
    assert task.acceptance_criteria[1]["text"] == "And fast"


def test_what_triggers_keep_is_never_an_input(console: Client, task: Task) -> None:
    fields = console.get(page_url(task)).context["adminform"].form.fields
    kept = {"id", "created_at", "updated_at", "version", "started_at", "completed_at"}
    assert not kept & set(fields)
    data = opened(console, task) | {"version": "99", "completed_at_0": "2020-01-01"}
    console.post(page_url(task), data)
    task.refresh_from_db()
    assert (task.version, task.completed_at) == (1, None)


def test_the_complexity_is_explained(console: Client, op: User, acme: Repository) -> None:
    task = create_task(actor=op, repository=acme, values={"content": "Dig", "details": "- deep"})
    page = console.get(page_url(task)).content.decode()
    assert "1 requirement adds 0.0129 of at most 0.20." in page
    assert "by cx-1" in page
    unscored = console.get(page_url(tasks(acme, 1)[0])).content.decode()
    assert "of at most" not in unscored


def test_dependencies_are_bounded(console: Client, acme: Repository) -> None:
    centre, *others = tasks(acme, 31)
    for other in others[:15]:
        TaskDependency.objects.create(task=centre, depends_on=other)
    for other in others[15:]:
        TaskDependency.objects.create(task=other, depends_on=centre)
    with statements() as found:
        page = console.get(page_url(centre))
    assert not judge(found, most=23)
    body = page.content.decode()
    assert sum(str(other.pk) in body for other in others) == 24
    assert body.count("… and more") == 3  # and what completing it makes ready


# -- actions -----------------------------------------------------------------------------------
def act(console: Client, record: Any, name: str, **data: str) -> Any:
    return console.post(f"{page_url(record)[:-7]}{name}/", {"_form_submitted": "on", **data})


def test_completing_takes_a_post_and_keeps_the_reason(console: Client, task: Task) -> None:
    url = f"/admin/tasks/task/{task.pk}/complete/"
    assert console.get(url).status_code == 200
    task.refresh_from_db()
    assert task.status == "pending"
    response = act(console, task, "complete", reason="Done on site")
    assert response.headers["HX-Redirect"] == page_url(task)
    task.refresh_from_db()
    assert task.status == "completed"
    assert task.completed_at is not None
    event = TaskEvent.objects.filter(pgh_obj_id=task.pk).order_by("-pgh_id")[0]
    assert event.pgh_context["reason"] == "Done on site"


def test_actions_need_the_csrf_token(op: User, task: Task) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(op)
    assert act(client, task, "complete").status_code == 403


def test_actions_need_the_permission(acme: Repository, task: Task) -> None:
    client = logged_in(staff("vera", "view_task"))
    assert act(client, task, "complete").status_code == 403
    assert act(Client(), task, "complete").status_code == 302


def test_a_refused_action_stays_in_its_dialog(console: Client, task: Task) -> None:
    act(console, task, "complete")
    response = act(console, task, "cancel")
    assert response.status_code == 200
    assert "cannot go from completed to cancelled" in response.content.decode()


def test_only_possible_moves_are_offered(console: Client, task: Task) -> None:
    def offered() -> set[str]:
        page = console.get(page_url(task)).content.decode()
        return {name for name in MOVES if f"/{name.replace('_', '-')}/" in page}

    assert offered() == {"start", "complete", "cancel"}
    act(console, task, "complete")
    assert offered() == {"resume"}
    act(console, task, "resume")
    assert offered() == {"complete", "put_back", "cancel"}
    act(console, task, "cancel")
    assert offered() == {"revive"}
    act(console, task, "revive")
    assert offered() == {"start", "complete", "cancel"}


def test_deleting_hides_the_task_and_keeps_its_history(console: Client, task: Task) -> None:
    deleted = act(console, task, "remove", reason="Twice", seen_version="1")
    assert deleted.headers["HX-Redirect"]
    assert not Task.objects.filter(pk=task.pk).exists()
    assert Task.all_objects.get(pk=task.pk).deleted_by is not None
    history = console.get(page_url(task, "history"))
    assert history.status_code == 200
    assert "Deleted" in history.content.decode()


# -- other pages -------------------------------------------------------------------------------
def test_a_token_is_shown_once_and_revoked(console: Client, op: User, acme: Repository) -> None:
    url = reverse("admin:accounts_apitoken_add")
    data = form_data(console.get(url))
    data |= {"name": "deploy", "scope": "write", "days": "7", "repositories": [str(acme.pk)]}
    response = console.post(url, data)
    secret = response.context["secret"]
    assert secret in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]
    token = ApiToken.objects.get(name="deploy")
    assert token.user == op
    assert token.expires_at is not None
    again = console.get(page_url(token)).content.decode()
    assert secret not in again
    assert token.digest.hex() not in again
    assert acme.name in again
    act(console, token, "revoke")
    token.refresh_from_db()
    assert token.revoked_at is not None
    assert "Revoke…" not in console.get(page_url(token)).content.decode()


def test_a_token_with_bad_days_is_a_clear_error(console: Client) -> None:
    url = reverse("admin:accounts_apitoken_add")
    data = form_data(console.get(url)) | {"name": "x", "days": "99999"}
    response = console.post(url, data)
    assert "1 to 3650" in shown_errors(response)
    assert not ApiToken.objects.exists()


def test_staff_issue_no_tokens_for_others(op: User) -> None:
    client = logged_in(staff("anna", "add_apitoken", "view_apitoken", "view_user"))
    url = reverse("admin:accounts_apitoken_add")
    data = form_data(client.get(url)) | {"name": "x", "user": str(op.pk)}
    assert "Only a superuser" in shown_errors(client.post(url, data))


def test_repositories_are_made_archived_and_described(console: Client) -> None:
    url = reverse("admin:repositories_repository_add")
    data = form_data(console.get(url)) | {"name": "acme/new", "settings": "{}"}
    assert console.post(url, data).status_code == 302
    made = Repository.objects.get(name="acme/new")
    taken = console.post(url, data)
    assert "exists already" in shown_errors(taken)
    bad = console.post(url, data | {"name": "no spaces"})
    assert "1 to 255 of the characters" in shown_errors(bad)
    act(console, made, "archive")
    response = console.post(page_url(made), opened(console, made) | {"description": "late"})
    assert "is archived" in shown_errors(response)


def test_members_are_added_changed_and_removed(console: Client, acme: Repository) -> None:
    anna = User.objects.create_user("anna")
    url = reverse("admin:repositories_repositorymember_add")
    data = {"user": str(anna.pk), "repository": str(acme.pk), "role": "viewer"}
    assert console.post(url, data).status_code == 302
    member = RepositoryMember.objects.get(user=anna)
    console.post(page_url(member), opened(console, member) | {"role": "maintainer"})
    member.refresh_from_db()
    assert member.role == "maintainer"
    act(console, member, "remove")
    assert not RepositoryMember.objects.filter(user=anna).exists()


def test_a_document_is_text_not_markup(console: Client, acme: Repository) -> None:
    document = prd(acme)
    document.content = "# A\n<script>alert(1)</script>"
    document.save()
    body = console.get(page_url(document)).content.decode()
    assert "&lt;script&gt;alert(1)" in body
    assert "<script>alert" not in body


def test_users_and_their_passwords(console: Client) -> None:
    url = reverse("admin:accounts_user_add")
    data = {
        "username": "anna",
        "email": "",
        "usable_password": "true",
        "password1": "soil-and-water-9",
        "password2": "soil-and-water-9",
    }
    assert console.post(url, data).status_code == 302
    anna = User.objects.get(username="anna")
    assert anna.check_password("soil-and-water-9")
    assert (
        console.post(page_url(anna), opened(console, anna) | {"first_name": "A"}).status_code == 302
    )
    change = f"/admin/accounts/user/{anna.pk}/password/"
    data = {"usable_password": "true", "password1": "other-water-8", "password2": "other-water-8"}
    assert console.get(change).status_code == 200
    assert console.post(change, data).status_code == 302
    anna.refresh_from_db()
    assert anna.first_name == "A"
    assert anna.check_password("other-water-8")


def test_staff_do_not_make_themselves_superusers() -> None:
    anna = staff("anna", "view_user", "change_user")
    client = logged_in(anna)
    client.post(page_url(anna), opened(client, anna) | {"is_superuser": "on", "is_staff": "on"})
    anna.refresh_from_db()
    assert not anna.is_superuser


def test_criteria_that_say_the_same_or_have_lines_stay_as_they_are(
    console: Client, acme: Repository
) -> None:
    criteria = [
        {"text": "Works", "met": True, "evidence": "first"},
        {"text": "Works", "met": False, "evidence": "second"},
        {"text": "One\n[x] two", "met": False, "evidence": "third"},
    ]
    task = tasks(acme, 1, acceptance_criteria=criteria)[0]
    page = console.get(page_url(task))
    shown = page.context["adminform"].form["acceptance_criteria"].value()
    data = {**form_data(page), "acceptance_criteria": shown, "assignee": "ada"}
    assert console.post(page_url(task), data).status_code == 302
    task.refresh_from_db()
    assert (task.assignee, task.acceptance_criteria) == ("ada", criteria)
    data = form_data(console.get(page_url(task))) | {"acceptance_criteria": f"{shown}\n[ ] New"}
    assert console.post(page_url(task), data).status_code == 302
    task.refresh_from_db()
    assert task.acceptance_criteria == [*criteria, {"text": "New", "met": False}]
