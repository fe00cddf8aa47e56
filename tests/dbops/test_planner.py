"""The database's own planner settings: set once, and not against the operator's."""

from __future__ import annotations

import pytest
from django.db import connection

from apps.dbops.planner import apply_planner_settings

pytestmark = pytest.mark.django_db


@pytest.fixture
def unset(db: None) -> str:
    """The database's name, while it has no setting; the test's transaction brings it back."""
    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" RESET random_page_cost')
        cursor.execute("RESET random_page_cost")
    return name


def in_the_catalogue() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT unnest(setconfig) FROM pg_db_role_setting JOIN pg_database"
            " ON pg_database.oid = setdatabase WHERE datname = current_database()"
        )
        return [setting for (setting,) in cursor.fetchall()]


def test_migrate_has_set_it() -> None:
    assert "random_page_cost=1.1" in in_the_catalogue()


def test_it_is_set_for_the_database_and_for_this_session(unset: str) -> None:
    assert apply_planner_settings()
    assert "random_page_cost=1.1" in in_the_catalogue()
    with connection.cursor() as cursor:
        cursor.execute("SHOW random_page_cost")
        assert cursor.fetchone() == ("1.1",)
    assert not apply_planner_settings()


def test_the_operators_own_value_stays(unset: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{unset}" SET random_page_cost = 2')
    assert not apply_planner_settings()
    assert "random_page_cost=2" in in_the_catalogue()


def test_a_login_that_does_not_own_the_database_leaves_a_warning(
    unset: str, as_app: None, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("WARNING", logger="apps.dbops.planner"):
        assert not apply_planner_settings()
    assert "set random_page_cost to 1.1" in caplog.text
    assert "random_page_cost=1.1" not in in_the_catalogue()
