"""The page of figures, in a browser: charts, tables, CSV, on a phone and in the dark."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from .stack import Stack
from .test_plan_walk import fits
from .test_walk import menu

Shot = Callable[[Page, str], None]
REPOSITORY = "ui/orchard"
# Tasks that were made now and finished over the last weeks, as an import brings them; some open.
WORK = f"""
from datetime import timedelta
from fractions import Fraction
from random import Random
from django.contrib.auth import get_user_model
from django.utils import timezone
from apps.repositories.services import create_repository
from apps.tasks.models import Task
from apps.work_sessions.models import SessionSpan, WorkSession
from apps.work_sessions.productivity import Figures, judge
random = Random(5)
actor = get_user_model().objects.get(username='operator')
where = create_repository(actor=actor, name={REPOSITORY!r})
now = timezone.now()
rows = []
for n in range(40):
    closed = now + timedelta(seconds=1) - timedelta(days=random.randint(0, 25) * (n % 4 > 0))
    rows.append(Task(repository=where, content=f'Prune tree {{n}}', status='completed',
        assignee=random.choice(['ada', 'mara']),
        complexity=random.choice(['simple', 'medium', 'complex']),
        estimated_minutes=60, actual_minutes=random.choice([30, 55, 60, 70, 90, 200]),
        started_at=closed - timedelta(minutes=random.randint(20, 900)), completed_at=closed))
for n in range(12):
    rows.append(Task(repository=where, content=f'=Plant tree {{n}}', assignee='ada',
        status=('pending', 'in_progress', 'cancelled')[n % 3]))
Task.objects.bulk_create(rows)
for n in range(9):
    start = now - timedelta(days=2 * n, hours=3)
    score = judge(Figures(active=Fraction(7200), focused=Fraction(3600 + 360 * n),
        started=1, completed=1))
    session = WorkSession.objects.create(repository=where, session_id=f's-{{n}}', actor=actor,
        state='ended', start_time=start, end_time=start + timedelta(hours=2),
        tools_used=['edit', 'shell', 'browser'][: 1 + n % 3], productivity_score=score.score,
        productivity_version=score.version, productivity_factors=score.factors)
    SessionSpan.objects.create(session=session, started_at=start,
        until=start + timedelta(hours=1 + n / 9))
"""


@pytest.fixture(scope="module")
def orchard(stack: Stack) -> str:
    """A repository with work."""
    stack.manage("shell", "--no-imports", "-c", WORK)
    return REPOSITORY


def test_figures_of_a_repository(operator: Page, orchard: str, shot: Shot) -> None:
    page = operator
    menu(page, "Analytics")
    expect(page.get_by_text("Choose a repository.")).to_be_visible()
    assert fits(page)
    page.get_by_label("Repository", exact=True).select_option(orchard)
    page.get_by_role("button", name="Show").click()
    for title in (
        "Throughput",
        "Cumulative flow",
        "Lead and cycle time",
        "Age of open work",
        "Estimates",
        "Complexity",
        "Sessions and tools",
    ):
        expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible()
    chart = page.get_by_role("img", name=re.compile("^Tasks created, completed and cancelled"))
    expect(chart).to_be_visible()
    expect(chart.locator("rect").first).to_be_attached()
    expect(page.get_by_role("img", name=re.compile("^Tasks by status"))).to_be_visible()
    expect(page.get_by_text("Mean score by ps-1 of 9")).to_be_visible()
    expect(page.get_by_text("0.85: focus 0.70, completion 1.00")).to_be_visible()
    assert fits(page)
    shot(page, "130 analytics")
    for number, title in enumerate(
        ("Cumulative flow", "Lead and cycle time", "Sessions and tools")
    ):
        page.get_by_role("region", name=title).evaluate("part => part.scrollIntoView()")
        shot(page, f"131 {number} analytics")

    throughput = page.get_by_role("region", name="Throughput")
    throughput.get_by_text("Table: buckets").click()
    expect(throughput.get_by_role("columnheader", name="Completed")).to_be_visible()
    expect(throughput.get_by_role("row")).to_have_count(31)
    assert fits(page)
    shot(page, "132 table behind a chart")
    with page.expect_download() as download:
        throughput.get_by_role("link", name="buckets as CSV").click()
    assert download.value.suggested_filename == "ui-orchard-throughput-buckets.csv"
    assert download.value.path().read_text().startswith("start,end,complete,created")

    ages = page.get_by_role("region", name="Age of open work")
    ages.get_by_text("Table: oldest").click()
    with page.expect_download() as download:
        ages.get_by_role("link", name="oldest as CSV").click()
    assert ",'=Plant tree 0," in download.value.path().read_text()


def test_filters_and_what_they_refuse(operator: Page, orchard: str, shot: Shot) -> None:
    page = operator
    menu(page, "Analytics")
    page.get_by_label("Repository", exact=True).select_option(orchard)
    page.get_by_label("Assignee").fill("mara")
    page.get_by_label("Time zone").fill("America/New_York")
    page.get_by_label("By", exact=True).select_option("Weeks")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_label("Assignee")).to_have_value("mara")
    expect(page.get_by_text("Nothing to draw.").first).to_be_visible()
    page.get_by_label("Time zone").fill("Mars/Olympus")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("'Mars/Olympus' is not a time zone")).to_be_visible()
    expect(page.locator(".th-chart")).to_have_count(0)
    shot(page, "133 a wrong time zone")
    page.get_by_label("Time zone").fill("UTC")
    page.get_by_label("From").fill("2001-01-01")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("more than 400 buckets")).to_be_visible()
    assert fits(page)


def test_on_a_phone_and_in_the_dark(operator: Page, stack: Stack, orchard: str, shot: Shot) -> None:
    page = operator
    page.emulate_media(color_scheme="dark")
    page.goto(f"{stack.url}/admin/analytics/?repository={orchard.replace('/', '%2F')}")
    expect(page.get_by_role("heading", name="Throughput", exact=True)).to_be_visible()
    shot(page, "134 analytics in the dark")
    page.set_viewport_size({"width": 390, "height": 800})
    page.reload()
    assert fits(page)
    shot(page, "135 analytics on a phone in the dark")
    page.emulate_media(color_scheme="light")
    page.get_by_role("heading", name="Age of open work").scroll_into_view_if_needed()
    shot(page, "136 ageing on a phone")
