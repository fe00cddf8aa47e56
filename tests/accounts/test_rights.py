"""Who was given which right, and by whom, is kept."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission

from apps.accounts.models import User, UserPermissionEvent
from apps.core.context import Source, acting


@pytest.mark.django_db
def test_rights_of_a_user_have_a_history(owner: User, viewer: User, as_app: None) -> None:
    right = Permission.objects.get(codename="view_task")
    with acting(source=Source.CONSOLE, actor=owner):
        viewer.user_permissions.add(right)
        viewer.user_permissions.clear()
    events = list(UserPermissionEvent.objects.order_by("pgh_id"))
    assert [event.pgh_label for event in events] == ["insert", "delete"]
    assert {(event.user_id, event.permission_id) for event in events} == {(viewer.pk, right.pk)}
    assert {event.pgh_context["actor_name"] for event in events} == {"owner"}
