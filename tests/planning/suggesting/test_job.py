"""The job that marks what nobody decided on in time."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.planning.jobs import mark_expired_suggestions
from apps.planning.models import Suggestion, SuggestionEvent
from tests.factories import SuggestionFactory


@pytest.mark.usefixtures("as_app")
def test_it_marks_what_is_due_and_says_so_in_history() -> None:
    late = SuggestionFactory(expires_at=timezone.now() - timedelta(minutes=1))
    live = SuggestionFactory()
    for _ in range(2):
        mark_expired_suggestions(timestamp=0)
    states = dict(Suggestion.objects.values_list("pk", "state"))
    assert states == {late.pk: "expired", live.pk: "open"}
    [event] = SuggestionEvent.objects.filter(pgh_obj_id=late.pk, pgh_label="update")
    assert event.pgh_context["name"] == "mark_expired_suggestions"
