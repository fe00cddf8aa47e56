"""Tampering beyond rights, triggers and functions: with defaults, and outside of public."""

from __future__ import annotations

import pytest

from apps.dbops.integrity.drift import find_drift

from .tampering import execute, found

pytestmark = pytest.mark.django_db

DEFAULTS = {
    "who wrote history": (
        "ALTER TABLE tasks_events ALTER pgh_login SET DEFAULT 'nobody'",
        "pgh_login of tasks_events is filled in with 'nobody'::text",
    ),
    "who wrote history, by a role that can be set": (
        "ALTER TABLE prds_events ALTER pgh_login SET DEFAULT CURRENT_USER",
        "pgh_login of prds_events is filled in with CURRENT_USER",
    ),
    "in which transaction": (
        "ALTER TABLE tasks_events ALTER pgh_xact SET DEFAULT 1",
        "pgh_xact of tasks_events is filled in with 1",
    ),
    "no more": (
        "ALTER TABLE users_events ALTER pgh_login DROP DEFAULT",
        "pgh_login of users_events has no default",
    ),
    "another value of a row's own": (
        "ALTER TABLE tasks ALTER status SET DEFAULT 'completed'",
        "status of tasks is filled in with 'completed'",
    ),
    "a default that no model has": (
        "ALTER TABLE tasks ALTER content SET DEFAULT SESSION_USER",
        "content of tasks is filled in with SESSION_USER",
    ),
}


@pytest.mark.parametrize(("tampering", "words"), DEFAULTS.values(), ids=list(DEFAULTS))
def test_another_default_is_found_and_its_remedy_works(tampering: str, words: str) -> None:
    execute(tampering)
    (finding,) = find_drift()
    assert words in finding.message
    execute(finding.remedy.removeprefix("as the owner: "))
    assert found() == []


ELSEWHERE = {
    "a view on history": (
        "CREATE VIEW aside.v AS SELECT * FROM tasks_events;;"
        "GRANT SELECT, INSERT, UPDATE, DELETE ON aside.v TO <app>",
        "may DELETE, INSERT, SELECT, UPDATE on the view aside.v",
    ),
    "one of its columns": (
        "CREATE VIEW aside.v AS SELECT * FROM tasks_events;;"
        "GRANT UPDATE (content) ON aside.v TO PUBLIC",
        "may UPDATE on the view aside.v",
    ),
    "a table": ("CREATE TABLE aside.t ();;GRANT TRUNCATE ON aside.t TO <app>", "may TRUNCATE on"),
    "a sequence": ("CREATE SEQUENCE aside.s;;GRANT USAGE ON aside.s TO <app>", "may USAGE on the"),
    "a function with the owner's rights": (
        "CREATE FUNCTION aside.f(text) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        "aside.f(text)",
    ),
}


@pytest.mark.parametrize(("tampering", "words"), ELSEWHERE.values(), ids=list(ELSEWHERE))
def test_what_the_application_may_use_outside_of_public_is_found(
    tampering: str, words: str
) -> None:
    execute(f"CREATE SCHEMA aside;;{tampering}")
    assert found() == []  # out of its reach
    execute("GRANT USAGE ON SCHEMA aside TO <app>")
    usable, finding = sorted(find_drift(), key=lambda finding: "use the schema" not in str(finding))
    assert "may use the schema aside." in usable.message
    assert words in finding.message
    for each in (finding, usable):
        execute(each.remedy.removeprefix("as its owner: "))
    assert found() == []
