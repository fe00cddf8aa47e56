"""The console's page of figures: who sees it, what it shows and what it says of wrong filters."""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.analytics.admin.charts import (
    BOTTOM,
    HEIGHT,
    TOP,
    Axis,
    Series,
    areas,
    bars,
    count_step,
    lines,
    minute_step,
    plain_number,
)
from apps.analytics.admin.sections import DRAWN
from apps.repositories.choices import MemberRole
from apps.repositories.models import Repository
from apps.work_sessions.productivity import Figures, judge
from tests.core.admin.support import logged_in, member, statements, words
from tests.factories import PRDFactory, RepositoryFactory, TaskFactory, WorkSessionFactory

MAY = ("view_task", "view_worksession")
COUNTS = Axis(plain_number, count_step)
HOSTILE = '<script>alert(1)</script>"'


def page(client: Client, **query: Any) -> str:
    answer = client.get(reverse("admin:analytics"), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.fixture
def console(repository: Repository, as_app: None) -> Client:
    """Of a member who may see tasks."""
    return logged_in(member("reader", repository, MemberRole.VIEWER, *MAY))


def test_a_member_sees_all_kinds(console: Client, repository: Repository) -> None:
    TaskFactory(repository=repository, status="in_progress", assignee=HOSTILE, content=HOSTILE)
    shown = page(console, repository=repository.name)
    for kind in DRAWN:
        assert f'id="{kind}"' in shown
        assert f"/api/v1/analytics/{kind}?repository=acme%2Frocket&" in shown
    assert "<script>alert" not in shown
    assert re.search(r'<rect class="th-series-1"', shown)


def test_csv_links_give_what_the_page_shows(console: Client, repository: Repository) -> None:
    prd = PRDFactory(repository=repository)
    TaskFactory(repository=repository, prd=prd, assignee="ada", status="completed")
    given = {"repository": repository.name, "assignee": "ada", "prd_id": prd.pk}
    given |= {"since": (timezone.now() - timedelta(days=2)).date().isoformat(), "bucket": "week"}
    shown = page(console, **given)
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="(/api/v1/[^"]+)"', shown)]
    assert len(links) == 12
    for link in links:
        answer = console.get(link)
        assert answer.status_code == 200, (link, answer.content)
        assert answer["Content-Type"].startswith("text/csv")


def test_it_opens_with_the_form_alone(console: Client, repository: Repository) -> None:
    other = RepositoryFactory(name="other/hidden")
    shown = page(console)
    assert repository.name in shown
    assert other.name not in shown
    assert "<svg viewBox" not in shown


def test_a_repository_out_of_sight_is_no_choice(console: Client) -> None:
    other = RepositoryFactory(name="other/hidden")
    TaskFactory(repository=other)
    shown = page(console, repository=other.name)
    assert "is not one of the available choices" in shown
    assert 'id="throughput"' not in shown


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"tz": "Mars/Olympus"}, "is not a time zone"),
        ({"since": "2026-05-02", "until": "2026-05-01"}, "must lie before until"),
        ({"since": "1999-01-01"}, "more than 400 buckets"),
        ({"since": "soon"}, "is a date"),
        ({"bucket": "hour"}, "is not one of the available choices"),
        ({"prd_id": "01a20ac8-dcff-795b-9e3a-672142e3cf10"}, "is not one of the available choices"),
        ({"assignee": "a\0"}, "Null characters are not allowed"),
    ],
)
def test_what_is_wrong_is_said_at_the_form(
    console: Client, repository: Repository, query: dict[str, str], words: str
) -> None:
    shown = page(console, repository=repository.name, **query)
    assert words in shown
    assert 'id="throughput"' not in shown


def test_who_may_not_see_tasks_sees_no_figures(repository: Repository, as_app: None) -> None:
    client = logged_in(member("clerk", repository, MemberRole.VIEWER, "view_prd"))
    assert client.get(reverse("admin:analytics")).status_code == 403
    assert reverse("admin:analytics") not in client.get(reverse("admin:index")).content.decode()


def test_who_may_not_see_sessions_sees_the_rest(repository: Repository, as_app: None) -> None:
    client = logged_in(member("reader", repository, MemberRole.VIEWER, "view_task"))
    shown = page(client, repository=repository.name)
    assert 'id="throughput"' in shown
    assert 'id="sessions"' not in shown


def test_a_mean_score_is_shown_with_its_factors_only(
    console: Client, repository: Repository
) -> None:
    score = judge(Figures(Fraction(3600), Fraction(1800), started=4, completed=3))
    assert score is not None
    now = timezone.now()
    WorkSessionFactory(
        repository=repository,
        state="ended",
        start_time=now,
        end_time=now,
        productivity_score=score.score,
        productivity_version=score.version,
        productivity_factors=score.factors,
    )
    shown = words(console.get(reverse("admin:analytics"), {"repository": repository.name}))
    assert "Mean score by ps-1 of 1 0.62: focus 0.50, completion 0.75" in shown
    assert "estimates 0" not in shown
    for heading in ("Focus value mean", "Completion contribution mean", "Estimates sessions"):
        assert heading in shown


def test_the_number_of_statements_does_not_grow(console: Client, repository: Repository) -> None:
    def asked() -> int:
        with statements() as sent:
            page(console, repository=repository.name)
        return len(sent)

    asked()
    before = asked()
    for n in range(20):
        TaskFactory(repository=repository, status=("completed", "in_progress")[n % 2])
    assert asked() == before


# -- what is drawn ----
def test_bars_are_as_high_as_their_values() -> None:
    chart = bars("Tasks", ["a", "b"], [Series("Made", [8, 0]), Series("Done", [4, None])], COUNTS)
    high, half = (float(shape.height) for shape in chart.shapes)
    assert high == HEIGHT - TOP - BOTTOM == 2 * half
    assert [shape.series for shape in chart.shapes] == [1, 2]
    assert [level.text for level in chart.levels] == ["0", "2", "4", "6", "8"]
    assert "Made: at most 8 (a), at last 0." in chart.sentence


def test_areas_stand_on_each_other() -> None:
    chart = areas("Flow", ["a", "b"], [Series("Done", [1, 2]), Series("Open", [3, 2])], COUNTS)
    lower, upper = (
        [tuple(map(float, point.split(","))) for point in shape.points.split()]
        for shape in chart.shapes
    )
    assert upper[2:] == lower[:2][::-1]
    assert {y for _, y in upper[:2]} == {TOP}


def test_lines_stop_where_there_is_nothing() -> None:
    chart = lines("Times", list("abcd"), [Series("P50", [1, 2, None, 3])], COUNTS)
    assert [shape.kind for shape in chart.shapes] == ["polyline", "circle", "circle", "circle"]
    assert len(chart.shapes[0].points.split()) == 2
    assert not chart.is_empty
    assert lines("Times", ["a"], [Series("P50", [None])], COUNTS).is_empty


@pytest.mark.parametrize(
    ("least", "step"),
    [(0, 1), (0.3, 1), (3, 5), (16, 30), (61, 120), (721, 1440), (1500, 2880), (9000, 14_400)],
)
def test_axes_of_minutes_count_in_hours_and_days(least: float, step: float) -> None:
    assert minute_step(least) == step
