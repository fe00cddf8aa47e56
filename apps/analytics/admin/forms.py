"""What the page of figures asks: whose work, and when."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from apps.analytics.periods import DEFAULT_ZONE, BucketSize, zone_names
from apps.prds.models import PRD
from apps.repositories.models import Repository
from apps.repositories.visibility import MOST_REPOSITORIES, visible_repositories

MOST_PRDS = 500
SIZES = {BucketSize.DAY: "Days", BucketSize.WEEK: "Weeks", BucketSize.MONTH: "Months"}


class DateInput(UnfoldAdminTextInputWidget):
    """A date, by the browser's own calendar."""

    input_type = "date"


class FilterForm(forms.Form):
    """The filters. Their names and values are those of the API."""

    repository = forms.ChoiceField(widget=UnfoldAdminSelectWidget)
    assignee = forms.CharField(
        required=False, max_length=255, widget=UnfoldAdminTextInputWidget(attrs={"maxlength": 255})
    )
    prd_id = forms.ChoiceField(required=False, label="PRD", widget=UnfoldAdminSelectWidget)
    since = forms.CharField(required=False, label="From", widget=DateInput)
    until = forms.CharField(required=False, label="Until (not included)", widget=DateInput)
    tz = forms.CharField(
        required=False,
        label="Time zone",
        widget=UnfoldAdminTextInputWidget(attrs={"list": "time-zones", "autocomplete": "off"}),
    )
    bucket = forms.ChoiceField(
        required=False,
        label="By",
        choices=[(size.value, name) for size, name in SIZES.items()],
        widget=UnfoldAdminSelectWidget,
    )

    def __init__(self, user: Any, data: Any) -> None:
        super().__init__(data)
        visible = visible_repositories(user).order_by("name")
        names = list(visible.values_list("name", flat=True)[:MOST_REPOSITORIES])
        self.has_repositories = bool(names)
        asked = str(data.get("repository") or "").replace("\0", "")
        if asked not in names and asked and visible.filter(name=asked).exists():
            names.append(asked)
        repositories: Any = self.fields["repository"]
        repositories.choices = [("", "Choose one"), *((name, name) for name in names)]
        self.chosen: Repository | None = None
        if asked in names:
            self.chosen = visible.filter(name=asked).first()
        prds: Any = self.fields["prd_id"]
        prds.choices = [("", "All"), *self._prds()]

    def _prds(self) -> list[tuple[str, str]]:
        if self.chosen is None:
            return []
        rows = PRD.objects.filter(repository=self.chosen).order_by("-pk")
        found = rows.values_list("pk", "title", "filename")[:MOST_PRDS]
        return [(str(key), title or filename) for key, title, filename in found]

    @property
    def zones(self) -> list[str]:
        """What is offered while one types."""
        return sorted(zone_names())


def with_defaults(query: Any) -> dict[str, str]:
    """The query with what it leaves out: the time zone of the server, days."""
    zone = timezone.get_current_timezone()
    name = zone.key if isinstance(zone, ZoneInfo) else DEFAULT_ZONE
    given = {key: value for key, value in query.items() if value.strip()}
    return {"tz": name, "bucket": BucketSize.DAY.value, **given}
