"""JSON columns in the console's forms: a schema refuses a value and names the place."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.repositories.models import Repository

from .support import form_data, page_url


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"a": [9007199254740992]}', "/a/0 must lie between"),
        ('{"a": NaN}', "/a must be a number"),
        ('{"a": ' + "9" * 5000 + "}", "too many digits"),
        ("[]", "It must be an object."),
        ('{"a": "\\ud800"}', "/a must not contain half of a surrogate pair"),
    ],
)
def test_json_that_a_schema_refuses_is_named_by_its_place(
    console: Client, acme: Repository, text: str, told: str
) -> None:
    data = form_data(console.get(page_url(acme))) | {"settings": text}
    page = console.post(page_url(acme), data)
    assert page.status_code == 200
    errors = page.context["adminform"].form.errors["settings"]
    assert any(told in message for message in errors), errors


def test_a_repository_takes_only_the_settings_that_there_are(
    console: Client, acme: Repository
) -> None:
    url = page_url(acme)
    data = form_data(console.get(url)) | {"settings": '{"cancelled_blockers": "ignore"}'}
    page = console.post(url, data)
    errors = page.context["adminform"].form.errors["settings"]
    assert errors == ['/cancelled_blockers must be one of: "release", "block".']
