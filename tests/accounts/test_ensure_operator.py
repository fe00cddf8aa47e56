"""`manage.py ensure_operator`: one account, its password shown once."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from apps.accounts.models import User
from taskhub.env import Environment
from tests.contracts import nothing_written
from tests.factories import UserFactory

pytestmark = pytest.mark.usefixtures("as_app")


@pytest.fixture
def environment(settings: Any) -> Any:
    """Sets the variables that the command may read."""

    def given(**values: str) -> None:
        settings.ENVIRONMENT = Environment(values)

    given()
    return given


def ensure() -> str:
    """What the command says."""
    out = StringIO()
    call_command("ensure_operator", stdout=out)
    text = out.getvalue()
    assert text.count("\n") == 1
    return text


def test_a_generated_password_is_shown_once(environment: Any) -> None:
    first = ensure()
    operator = User.objects.get()
    assert (operator.username, operator.is_superuser, operator.is_staff) == ("operator", True, True)
    password = first.split("password: ")[1].split()[0]
    assert len(password) >= 16
    assert operator.check_password(password)
    with nothing_written():
        second = ensure()
    assert password not in second
    assert "exists" in second
    operator.refresh_from_db()
    assert operator.check_password(password)


@pytest.mark.parametrize("kind", ["variable", "file"])
def test_a_given_password_is_used_and_not_shown(
    environment: Any, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "password"
    path.write_text("correct horse\n")
    if kind == "file":
        environment(TASKHUB_ADMIN_PASSWORD_FILE=str(path))
    else:
        environment(TASKHUB_ADMIN_PASSWORD="correct horse")
    said = ensure()
    assert "correct" not in said
    assert User.objects.get().check_password("correct horse")
    environment(TASKHUB_ADMIN_PASSWORD="another")
    ensure()
    assert User.objects.get().check_password("correct horse")


@pytest.mark.parametrize("content", [None, ""])
def test_a_file_without_a_password_is_no_reason_to_make_one_up(
    environment: Any, tmp_path: Path, content: str | None
) -> None:
    path = tmp_path / "password"
    if content is not None:
        path.write_text(content)
    environment(TASKHUB_ADMIN_PASSWORD_FILE=str(path))
    with nothing_written(), pytest.raises(CommandError, match="TASKHUB_ADMIN_PASSWORD_FILE") as e:
        ensure()
    assert "\n" not in str(e.value)


def test_any_superuser_will_do(environment: Any) -> None:
    UserFactory(username="root", is_superuser=True)
    with nothing_written():
        assert "exists" in ensure()


def test_a_plain_user_of_that_name_is_left_alone(environment: Any) -> None:
    UserFactory(username="operator")
    with nothing_written(), pytest.raises(CommandError, match="is no superuser"):
        ensure()
