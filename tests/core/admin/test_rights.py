"""Nobody takes over, hands out or sees more in the console than they have."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from apps.accounts.choices import TokenScope
from apps.accounts.models import ApiToken, User
from apps.accounts.services import create_user, issue_token, set_password, update_user
from apps.core.errors import DomainError, InvalidInputError
from apps.core.ids import uuid7
from apps.repositories.models import Repository, RepositoryMember
from apps.tasks.models import Task
from tests.factories import deletion

from .support import form_data, list_url, logged_in, page_url, prd, repository, staff, tasks

pytestmark = pytest.mark.django_db

NEW = {"usable_password": "true", "password1": "other-water-8", "password2": "other-water-8"}
UNKNOWN = "Select a valid choice"


@pytest.fixture
def anna(as_app: None) -> User:
    """Staff that looks after accounts."""
    return staff("anna", "view_user", "change_user", "add_user")


def has_role(user: User, where: Repository, role: str = "contributor") -> None:
    RepositoryMember.objects.create(repository=where, user=user, role=role)


def set_password_url(user: User) -> str:
    return f"/admin/accounts/user/{user.pk}/password/"


def errors(response: Any, field: str) -> str:
    return " ".join(response.context["adminform"].form.errors.get(field, []))


# -- accounts ----------------------------------------------------------------------------------
@pytest.fixture(params=["superuser", "switched-off superuser", "more rights", "switched-off staff"])
def stronger(request: pytest.FixtureRequest, op: User) -> User:
    user = op if "superuser" in request.param else staff("bob", "view_user", "view_task")
    user.is_active = "switched-off" not in request.param
    user.save()
    return user


def test_staff_do_not_take_over_a_stronger_account(anna: User, stronger: User) -> None:
    client = logged_in(anna)
    before = User.objects.get(pk=stronger.pk)
    assert client.get(set_password_url(stronger)).status_code == 403
    assert client.post(set_password_url(stronger), NEW).status_code == 403
    page = client.get(page_url(stronger))
    assert page.status_code == 200  # to look at
    assert before.password not in page.content.decode()
    assert "password" not in page.context["adminform"].form.changed_data
    for change in ({"email": "a@b.org"}, {"username": "x"}, {"is_active": ""}):
        data = {"username": stronger.username, "seen_version": before.version} | change
        assert client.post(page_url(stronger), data).status_code == 403
    after = User.objects.get(pk=stronger.pk)
    fields = ("password", "email", "username", "is_active", "version")
    assert [getattr(after, f) for f in fields] == [getattr(before, f) for f in fields]


def test_the_service_refuses_it_too(anna: User, stronger: User) -> None:
    with pytest.raises(DomainError, match="more rights than yours"):
        set_password(actor=anna, user=stronger, password="other-water-8")
    with pytest.raises(DomainError, match="more rights than yours"):
        update_user(actor=anna, user=stronger, changes={"email": "a@b.org"})


def test_staff_change_accounts_that_have_no_more_than_theirs(anna: User) -> None:
    carl = User.objects.create_user("carl")
    client = logged_in(anna)
    data = form_data(client.get(page_url(carl))) | {"email": "carl@example.org"}
    assert client.post(page_url(carl), data).status_code == 302
    carl.refresh_from_db()
    assert carl.email == "carl@example.org"
    assert client.post(set_password_url(anna), NEW).status_code == 302  # one's own


def test_only_a_superuser_sets_anothers_password(anna: User, op: User) -> None:
    carl = User.objects.create_user("carl")
    assert logged_in(anna).post(set_password_url(carl), NEW).status_code == 403
    carl.refresh_from_db()
    assert not carl.has_usable_password()
    assert logged_in(op).post(set_password_url(carl), NEW).status_code == 302
    carl.refresh_from_db()
    assert carl.check_password("other-water-8")


def test_only_a_superuser_hands_out_rights(op: User, anna: User) -> None:
    right = Permission.objects.get(codename="view_task")
    for rights in ({"is_staff": True}, {"is_superuser": True}, {"user_permissions": [right]}):
        carl = User.objects.create_user(f"carl {next(iter(rights))}")
        with pytest.raises(DomainError, match="hands out rights"):
            update_user(actor=anna, user=carl, changes=rights)
        with pytest.raises(DomainError, match="hands out rights"):
            create_user(actor=anna, values={"username": "dora", **rights}, password=None)
        update_user(actor=op, user=carl, changes=rights)
    assert User.objects.filter(is_staff=True, username__startswith="carl").count() == 1
    assert User.objects.filter(is_superuser=True, username__startswith="carl").count() == 1
    assert User.objects.get(pk=carl.pk).has_perm("tasks.view_task")


def test_a_superuser_gives_rights_in_the_form(op: User) -> None:
    carl, client = User.objects.create_user("carl"), logged_in(op)
    right = Permission.objects.get(codename="view_task")
    data = form_data(client.get(page_url(carl))) | {"user_permissions": [str(right.pk)]}
    assert client.post(page_url(carl), data).status_code == 302
    assert [p.pk for p in carl.user_permissions.all()] == [right.pk]


def test_an_account_without_a_password_and_a_taken_name(console: Client) -> None:
    made = create_user(actor=User.objects.get(), values={"username": "dora"}, password=None)
    assert not made.has_usable_password()
    url = reverse("admin:accounts_user_add")
    taken = console.post(url, {"username": "dora", **NEW})
    assert "already exists" in errors(taken, "username")


def test_a_stale_form_does_not_overwrite_an_account(op: User) -> None:
    carl, client = User.objects.create_user("carl"), logged_in(op)
    data = form_data(client.get(page_url(carl))) | {"email": "late@example.org"}
    update_user(actor=op, user=carl, changes={"email": "first@example.org"})
    assert client.post(page_url(carl), data).status_code == 200
    carl.refresh_from_db()
    assert carl.email == "first@example.org"


# -- tokens ------------------------------------------------------------------------------------
def test_tokens_of_others_are_out_of_sight(op: User) -> None:
    anna = staff("anna", "view_apitoken", "change_apitoken")
    own = issue_token(user=anna, scope=TokenScope.READ, name="mine").record
    other = issue_token(user=op, scope=TokenScope.WRITE, name="hers").record
    client = logged_in(anna)
    assert [t.pk for t in client.get(list_url(ApiToken)).context["cl"].result_list] == [own.pk]
    for page in ("change", "history"):
        assert client.get(page_url(other, page)).status_code == 302
    for token, status in ((other, 404), (own, 200)):
        url = f"/admin/accounts/apitoken/{token.pk}/revoke/"
        assert client.get(url).status_code == status
        assert client.post(url, {"_form_submitted": "on"}).status_code == status
    other.refresh_from_db()
    own.refresh_from_db()
    assert (other.revoked_at, own.revoked_at is None) == (None, False)


def test_a_token_for_a_repository_out_of_sight_is_one_for_nothing(acme: Repository) -> None:
    secret = repository("acme/secret")
    anna = staff("anna", "add_apitoken", "view_apitoken", "view_user", "view_repository")
    has_role(anna, acme)
    client, url = logged_in(anna), reverse("admin:accounts_apitoken_add")
    data = form_data(client.get(url)) | {"name": "x"}
    said = []
    for key in (secret.pk, uuid7()):
        answer = client.post(url, data | {"repositories": [str(key)]})
        assert "acme/secret" not in answer.content.decode()
        said.append(errors(answer, "repositories").replace(str(key), "KEY"))
    assert said[0] == said[1]
    assert UNKNOWN in said[0]
    assert client.post(url, data | {"repositories": [str(acme.pk)]}).status_code == 200
    assert ApiToken.objects.get().name == "x"


# -- what forms offer --------------------------------------------------------------------------
@pytest.fixture
def worker(acme: Repository) -> User:
    user = staff("anna", "view_task", "change_task", "add_task", "view_prd", "view_repository")
    user.user_permissions.add(
        *Permission.objects.filter(codename__in=["view_repositorymember", "add_repositorymember"])
    )
    has_role(user, acme)
    return user


def test_what_is_out_of_sight_does_not_exist_for_a_form(worker: User, acme: Repository) -> None:
    secret = repository("acme/secret")
    task, hidden = tasks(acme, 1)[0], tasks(secret, 1)[0]
    Task.objects.filter(pk=hidden.pk).update(content="Burn the papers")
    hidden.refresh_from_db()
    references = {"parent_task": hidden, "prd": prd(secret, "secret.md")}
    client = logged_in(worker)
    data = form_data(client.get(page_url(task)))
    for name, record in references.items():
        said = []
        for key in (record.pk, uuid7()):
            answer = client.post(page_url(task), data | {name: str(key)})
            assert str(record) not in answer.content.decode()
            said.append(errors(answer, name))
        assert said[0] == said[1]
        assert UNKNOWN in said[0]
    assert Task.objects.get(pk=task.pk).version == 1


@pytest.mark.parametrize("kind", ["tasks_task", "repositories_repositorymember"])
def test_a_repository_out_of_sight_is_not_named(worker: User, kind: str) -> None:
    secret, client = repository("acme/secret"), logged_in(worker)
    url = reverse(f"admin:{kind}_add")
    prefilled = client.get(url, {"repository": str(secret.pk)})
    assert "acme/secret" not in prefilled.content.decode()
    said = []
    for key in (secret.pk, uuid7()):
        data = {"content": "x", "priority": "low", "repository": str(key), "role": "viewer"}
        answer = client.post(url, data)
        assert "acme/secret" not in answer.content.decode()
        said.append(errors(answer, "repository"))
    assert said[0] == said[1]
    assert UNKNOWN in said[0]


def test_a_filter_does_not_name_what_is_out_of_sight(worker: User, acme: Repository) -> None:
    secret, client = repository("acme/secret"), logged_in(worker)
    tasks(acme, 1)
    for where, shown in ((acme, True), (secret, False)):
        url = f"{list_url(Task)}?repository__id__exact={where.pk}"
        chosen = f'value="{where.pk}" selected'
        assert (chosen in client.get(url).content.decode()) is shown
        assert (where.name in client.get(url).content.decode()) is shown


def test_the_autocomplete_offers_what_fits(worker: User, acme: Repository) -> None:
    second, secret = repository("acme/second"), repository("acme/secret")
    has_role(worker, second)
    here, there = prd(acme, "pump a.md"), prd(second, "pump b.md")
    prd(secret, "pump c.md")
    task = tasks(acme, 1)[0]
    client = logged_in(worker)
    query = "app_label=tasks&model_name=task&field_name=prd&term=pump"

    def offered(url: str) -> set[str]:
        return {row["id"] for row in client.get(url + query).json()["results"]}

    assert offered("/admin/autocomplete/?") == {str(here.pk), str(there.pk)}
    form = client.get(page_url(task)).context["adminform"].form
    for name in ("prd", "parent_task"):
        url = form.fields[name].widget.get_url()
        assert f'data-ajax--url="{url}"' in str(form[name])
        assert offered(f"{url}&") == {str(here.pk)}


@pytest.mark.parametrize(
    ("pointer", "field"),
    [("/prd", "prd"), ("/prd_id", "prd"), ("/parent_task_id", "parent_task")],
)
def test_what_the_service_says_of_a_reference_stands_at_its_field(
    console: Client,
    acme: Repository,
    monkeypatch: pytest.MonkeyPatch,
    pointer: str,
    field: str,
) -> None:
    def refuse(**values: Any) -> None:
        raise InvalidInputError(pointer, "It must be one of the same repository.")

    monkeypatch.setattr("apps.tasks.admin.tasks.update_task", refuse)
    task = tasks(acme, 1)[0]
    data = form_data(console.get(page_url(task))) | {"priority": "high"}
    assert "same repository" in errors(console.post(page_url(task), data), field)


def test_a_prd_of_another_repository_is_refused_at_its_field(
    console: Client, acme: Repository
) -> None:
    task, other = tasks(acme, 1)[0], prd(repository("acme/second"))
    data = form_data(console.get(page_url(task))) | {"prd": str(other.pk)}
    assert "same repository" in errors(console.post(page_url(task), data), "prd")


def test_a_deleted_parent_stays_when_its_child_is_edited(op: User, acme: Repository) -> None:
    parent, child = tasks(acme, 2)
    Task.objects.filter(pk=child.pk).update(parent_task=parent)
    Task.objects.filter(pk=parent.pk).update(**deletion())
    client = logged_in(op)
    page = client.get(page_url(child))
    assert f'<option value="{parent.pk}" selected' in page.content.decode()
    data = form_data(page) | {"content": "Edited", "parent_task": str(parent.pk)}
    assert client.post(page_url(child), data).status_code == 302
    child.refresh_from_db()
    assert (child.content, child.parent_task_id) == ("Edited", parent.pk)
