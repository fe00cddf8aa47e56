"""Each change of a password is seen: when, by which login, for which account; the hash is not."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User, UserEvent
from apps.accounts.services import set_password
from apps.core.context import Source, acting

pytestmark = pytest.mark.usefixtures("as_app")

FORGED = "2001-01-01T00:00:00Z"


def story(user: User) -> list[Any]:
    return list(UserEvent.objects.filter(pgh_obj=user.pk).order_by("pgh_id"))


def execute(sql: str, *parameters: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


def test_a_new_account_has_changed_nothing(owner: User) -> None:
    owner.refresh_from_db()
    assert owner.password_changed_at is None
    execute(
        "INSERT INTO users (username, password, password_changed_at, first_name, last_name, email,"
        " is_superuser, is_staff, is_active, date_joined)"
        " VALUES ('new', 'x', %s, '', '', '', false, false, true, now())",
        FORGED,
    )
    assert User.objects.get(username="new").password_changed_at is None


def test_a_change_is_a_version_and_an_event_without_the_hash(owner: User) -> None:
    before = timezone.now()
    with acting(source=Source.CONSOLE, actor=owner):
        changed = set_password(actor=owner, user=owner, password="another-good-one-2")
    assert changed.version == 2
    assert changed.password_changed_at is not None
    assert changed.password_changed_at >= before
    insert, update = story(owner)
    assert (insert.password_changed_at, insert.version) == (None, 1)
    assert (update.password_changed_at, update.version) == (changed.password_changed_at, 2)
    assert update.pgh_context["actor_name"] == "owner"
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(users_events)::text FROM users_events")
        assert not any(changed.password in row for (row,) in cursor.fetchall())


def test_the_old_hash_again_is_another_change(owner: User) -> None:
    old = User.objects.get(pk=owner.pk).password
    times = []
    for password in (make_password("mine now"), old):
        User.objects.filter(pk=owner.pk).update(password=password)
        times.append(User.objects.get(pk=owner.pk).password_changed_at)
    assert times[0] < times[1]
    assert [event.version for event in story(owner)] == [1, 2, 3]
    assert [event.password_changed_at for event in story(owner)] == [None, *times]


@pytest.mark.parametrize("moment", ["NULL", f"'{FORGED}'", "'infinity'"])
def test_nobody_says_when_it_was(owner: User, moment: str) -> None:
    execute(f"UPDATE users SET password_changed_at = {moment}")
    assert User.objects.get(pk=owner.pk).password_changed_at is None
    assert len(story(owner)) == 1
    start = timezone.now()
    execute(f"UPDATE users SET password = 'x', password_changed_at = {moment}")
    stamped = User.objects.get(pk=owner.pk).password_changed_at
    assert stamped is not None
    assert stamped >= start
    execute(f"UPDATE users SET password = 'x', password_changed_at = {moment}")
    assert User.objects.get(pk=owner.pk).password_changed_at == stamped
    assert len(story(owner)) == 2


def test_a_login_changes_nothing_unless_it_renews_the_hash(owner: User, settings: Any) -> None:
    versions = []
    renewing = ["django.contrib.auth.hashers.PBKDF2PasswordHasher", *settings.PASSWORD_HASHERS]
    for hashers in (settings.PASSWORD_HASHERS, renewing, renewing):
        settings.PASSWORD_HASHERS = hashers
        assert Client().login(username="owner", password="a-good-password-1")
        user = User.objects.get(pk=owner.pk)
        assert user.last_login is not None
        versions.append(user.version)
    assert versions == [1, 2, 2]
    assert len(story(owner)) == 2


def test_the_console_shows_when_and_takes_nothing(owner: User) -> None:
    op = User.objects.create_superuser("op")
    set_password(actor=op, user=owner, password="another-good-one-2")
    client = Client()
    client.force_login(op)
    page = client.get(f"/admin/accounts/user/{owner.pk}/change/")
    assert "Password changed at" in page.content.decode()
    form = page.context["adminform"]
    assert "password_changed_at" in form.readonly_fields
    assert "password_changed_at" not in form.form.fields
