"""`/api/v1/analytics/…`: who sees what, in which form, and what is refused."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.analytics.api import serializers
from apps.analytics.api.urls import VIEWS
from apps.audit.events import event_time
from apps.core.ids import uuid7
from apps.prds.services import delete_prd
from apps.repositories.models import Repository
from apps.tasks.deletion import delete_task
from apps.tasks.models import Task, TaskEvent
from apps.tasks.services import create_task, update_task
from tests.contracts import API
from tests.factories import PRDFactory, RepositoryFactory, TaskFactory, WorkSessionFactory

KINDS = [view.kind for view in VIEWS]
OVER_TIME = [kind for kind in KINDS if kind != "ageing"]
FACTORS = {
    "figures": {
        "active_seconds": 1,
        "focused_seconds": 1,
        "tasks_started": 1,
        "tasks_completed": 1,
        "tasks_compared": 0,
    },
    "factors": [],
}
TABLES = [(view.kind, table) for view in VIEWS for table in view.filters["table"].choices]  # type: ignore[attr-defined]

VALUES = {
    "assignee": "ada",
    "complexity": "simple",
    "estimated_minutes": 60,
    "actual_minutes": 45,
}

pytestmark = pytest.mark.django_db
each_kind = pytest.mark.parametrize("kind", KINDS)


def url(kind: str) -> str:
    return f"{API}/analytics/{kind}"


@pytest.fixture
def work(repository: Repository, owner: User) -> list[Task]:
    """Some work, by the services: in every status, one deleted, one reopened."""
    made = [
        create_task(actor=owner, repository=repository, values={"content": f"Dig {n}", **VALUES})
        for n in range(6)
    ]
    moves = [[], ["in_progress"], ["completed"], ["cancelled"], ["completed"], ["in_progress"]]
    for task, statuses in zip(made, moves, strict=True):
        for status in statuses:
            update_task(actor=owner, task=task, changes={"status": status})
    update_task(actor=owner, task=made[4], changes={"status": "in_progress"})
    WorkSessionFactory(
        repository=repository,
        actor=owner,
        state="ended",
        start_time=timezone.now() - timedelta(minutes=5),
        end_time=timezone.now(),
        tools_used=["edit"],
        productivity_score=0.5,
        productivity_version="ps-1",
        productivity_factors=FACTORS,
    )
    delete_task(actor=owner, task=made[5])
    return made


@each_kind
def test_members_see_their_repository(
    api: APIClient, repository: Repository, work: list[Task], kind: str
) -> None:
    answer = api.get(url(kind), {"repository": repository.name})
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "application/json"
    assert answer.json()["repository"] == repository.name


@each_kind
def test_others_are_told_that_there_is_none(
    client_of: Callable[..., APIClient], outsider: User, repository: Repository, kind: str
) -> None:
    answer = client_of(outsider).get(url(kind), {"repository": repository.name})
    assert answer.status_code == 404
    assert answer.json()["errors"][0]["parameter"] == "repository"


@each_kind
def test_a_bound_token_needs_no_name_and_opens_no_other(
    client_of: Callable[..., APIClient], owner: User, repository: Repository, kind: str
) -> None:
    bound = client_of(owner, "read", repository)
    assert bound.get(url(kind)).json()["repository"] == repository.name
    other = RepositoryFactory()
    assert bound.get(url(kind), {"repository": other.name}).status_code == 404


@each_kind
def test_without_a_login_nothing(client: APIClient, repository: Repository, kind: str) -> None:
    assert APIClient().get(url(kind), {"repository": repository.name}).status_code == 401


def test_real_writes_leave_the_history_that_is_read(
    api: APIClient, repository: Repository, work: list[Task]
) -> None:
    """The made-up histories of the other tests are like this one."""
    given = {"repository": repository.name}
    total = api.get(url("throughput"), given).json()["total"]
    assert total == {"created": 5, "completed": 1, "cancelled": 1}
    flow = api.get(url("flow"), given).json()
    assert flow["opening"] == dict.fromkeys(flow["opening"], 0)
    last = flow["buckets"][-1]
    counts = {"pending": 1, "in_progress": 2, "completed": 1, "cancelled": 1}
    assert {status: last[status] for status in counts} == counts
    times = api.get(url("times"), given).json()["total"]
    assert (times["completed"], times["lead_count"], times["cycle_count"]) == (1, 1, 0)
    ages = api.get(url("ageing"), given).json()
    assert (ages["open"]["count"], ages["in_progress"]["count"]) == (3, 2)
    assert [each["id"] for each in ages["oldest"]] == [str(work[n].pk) for n in (0, 1, 4)]
    estimates = api.get(url("estimates"), given).json()["total"]
    assert (estimates["count"], estimates["ratio_p50"], estimates["within"]) == (1, 0.75, 1)
    complexity = api.get(url("complexity"), given).json()["complexities"][0]
    assert (complexity["complexity"], complexity["completion_share"]) == ("simple", 0.2)


def test_flow_step_by_step(api: APIClient, repository: Repository, work: list[Task]) -> None:
    """Just before each event, and just after it, to the millisecond."""
    events = TaskEvent._base_manager.filter(repository=repository).order_by("pgh_id")
    moments = [event_time(event.pgh_id) for event in events]
    for moment in (moments[0], moments[len(moments) // 2]):
        given = {"repository": repository.name, "until": moment.isoformat()}
        last = api.get(url("flow"), given).json()["buckets"][-1]
        first_of_millisecond = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        stood: dict[Any, str] = {}
        for event in events:
            if event_time(event.pgh_id) < first_of_millisecond:
                stood[event.pgh_obj_id] = event.status if event.deleted_at is None else ""
        for status in ("pending", "in_progress", "completed", "cancelled"):
            assert last[status] == list(stood.values()).count(status)


def test_narrowed(api: APIClient, repository: Repository, work: list[Task]) -> None:
    prd = PRDFactory(repository=repository)
    TaskFactory(repository=repository, prd=prd, assignee="mara", status="completed")
    for given, expected in (
        ({"assignee": "mara"}, 1),
        ({"assignee": "nobody"}, 0),
        ({"prd_id": str(prd.pk)}, 1),
        ({"prd_id": str(prd.pk), "assignee": "ada"}, 0),
    ):
        answer = api.get(url("throughput"), {"repository": repository.name, **given}).json()
        assert answer["total"]["created"] == answer["total"]["completed"] == expected, given
        assert {name: answer[name] for name in given} == given


def fields_of(serializer: Any) -> Any:
    """The names that a serializer promises, all the way down."""
    inner = getattr(serializer, "child", serializer)
    if not hasattr(inner, "fields"):
        return None
    return {name: fields_of(field) for name, field in inner.fields.items()}


def shape_of(value: Any) -> Any:
    if isinstance(value, list):
        return shape_of(value[0])
    return {k: shape_of(v) for k, v in value.items()} if isinstance(value, dict) else None


@each_kind
def test_the_answer_is_what_the_schema_promises(
    api: APIClient, repository: Repository, work: list[Task], kind: str
) -> None:
    answer = api.get(url(kind), {"repository": repository.name}).json()
    promised = getattr(serializers, kind.capitalize())()
    assert shape_of(answer) == fields_of(promised)


# -- CSV ----
def rows_of(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.content
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


@pytest.mark.parametrize(("kind", "table"), TABLES)
def test_every_table_is_to_be_had_as_csv(
    api: APIClient, repository: Repository, work: list[Task], kind: str, table: str
) -> None:
    given = {"repository": repository.name}
    answer = api.get(url(kind), {**given, "format": "csv", "table": table})
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    name = f"acme-rocket-{kind}-{table}.csv"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    found = api.get(url(kind), given).json()[table]
    expected = found if isinstance(found, list) else [found]
    rows = rows_of(answer)
    assert [list(row) for row in rows] == [list(row) for row in expected]
    texts = {None: "", True: "true", False: "false"}
    for row, wanted in zip(rows, expected, strict=True):
        for column, value in wanted.items():
            if "_minutes" in column and table in ("oldest", "assignees", "open", "in_progress"):
                continue  # these ages grow from one request to the next
            shown = texts[value] if value is None or isinstance(value, bool) else str(value)
            assert row[column].replace("+00:00", "Z") == shown, column


def test_csv_by_the_accept_header(api: APIClient, repository: Repository) -> None:
    given = {"repository": repository.name, "since": "2026-03-28", "until": "2026-03-31"}
    given["tz"] = "Europe/Berlin"
    answer = api.get(url("throughput"), given, HTTP_ACCEPT="text/csv")
    rows = rows_of(answer)
    assert [row["start"] for row in rows] == [
        "2026-03-28T00:00:00+01:00",
        "2026-03-29T00:00:00+01:00",
        "2026-03-30T00:00:00+02:00",
    ]
    both = api.get(url("throughput"), {**given, "format": "json"}, HTTP_ACCEPT="text/csv")
    assert both["Content-Type"] == "application/json"
    assert "Accept" in both["Vary"]
    assert api.get(url("throughput"), given, HTTP_ACCEPT="text/html").status_code == 406


@pytest.mark.parametrize("start", [*"=+-@\t\r\n", *"\uff1d\uff0b\uff0d\uff20"])
def test_cells_of_people_make_no_formula(
    api: APIClient, repository: Repository, start: str
) -> None:
    text = f'{start}cmd|"/c calc"!A0'
    TaskFactory(repository=repository, content=text, assignee=text, status="in_progress")
    given = {"repository": repository.name, "format": "csv"}
    [row] = rows_of(api.get(url("ageing"), {**given, "table": "oldest"}))
    assert row["content"] == row["assignee"] == f"'{text}"
    [row] = rows_of(api.get(url("ageing"), {**given, "table": "assignees"}))
    assert row["assignee"] == f"'{text}"


@pytest.mark.parametrize(
    "text",
    [
        'Dig, "deep"; then\tfill',
        "one\nline\r\nand another\rand the last",
        "Gr\u00e4ben \u2013 \u6398\u308b \U0001f573\ufe0f \u202e\u0627\u062d\u0641\u0631",
        " =1+1",
        '""',
        "'quoted'",
        "\u00a0",
        "a" * 1000,
    ],
)
def test_texts_come_back_as_they_are(api: APIClient, repository: Repository, text: str) -> None:
    TaskFactory(repository=repository, content=text, assignee=text[:255], status="in_progress")
    given = {"repository": repository.name, "format": "csv"}
    [row] = rows_of(api.get(url("ageing"), {**given, "table": "oldest"}))
    assert (row["content"], row["assignee"]) == (text, text[:255])
    answer = api.get(url("ageing"), {**given, "table": "oldest"}).content
    assert answer.startswith(b"id,content,")
    assert answer.endswith(b"\r\n")


def test_a_mean_score_as_csv_has_its_factors(
    api: APIClient, repository: Repository, work: list[Task]
) -> None:
    given = {"repository": repository.name, "format": "csv", "table": "scores"}
    [row] = rows_of(api.get(url("sessions"), given))
    assert list(row)[:3] == ["version", "sessions", "score_mean"]
    assert set(list(row)[3:]) == {
        f"{name}_{figure}"
        for name in ("focus", "completion", "estimates")
        for figure in ("sessions", "value_mean", "contribution_mean")
    }


def test_a_table_without_rows_has_its_columns(api: APIClient, repository: Repository) -> None:
    given = {"repository": repository.name, "format": "csv", "table": "oldest"}
    answer = api.get(url("ageing"), given)
    assert answer.content.decode().split("\r\n") == [
        "id,content,status,assignee,created_at,started_at,age_minutes,in_progress_minutes",
        "",
    ]


# -- what is refused ----
REFUSED: list[tuple[str, dict[str, Any], int, str, str]] = [
    ("throughput", {"since": "2026-05-02", "until": "2026-05-01"}, 400, "since", "before until"),
    ("throughput", {"since": "1999-01-01"}, 400, "bucket", "400 buckets"),
    ("flow", {"since": "0001-01-01", "until": "9999-12-31"}, 400, "until", "2999"),
    ("times", {"tz": "Mars/Olympus"}, 400, "tz", "'Mars/Olympus'"),
    ("times", {"bucket": "hour"}, 400, "bucket", "day, week, month"),
    ("times", {"bucket": "day,week"}, 400, "bucket", "day, week, month"),
    ("estimates", {"bucket": "day"}, 400, "bucket", "not a parameter here"),
    ("complexity", {"oldest": "3"}, 400, "oldest", "not a parameter here"),
    ("ageing", {"since": "2026-05-01"}, 400, "since", "not a parameter here"),
    ("ageing", {"oldest": "0"}, 400, "oldest", "1 to 100"),
    ("ageing", {"oldest": "101"}, 400, "oldest", "1 to 100"),
    ("ageing", {"oldest": "٣"}, 400, "oldest", "1 to 100"),
    ("ageing", {"oldest": "-1"}, 400, "oldest", "1 to 100"),
    ("flow", {"format": "xml"}, 400, "format", "json, csv"),
    ("flow", {"table": "buckets"}, 400, "table", "CSV"),
    ("flow", {"format": "csv", "table": "oldest"}, 400, "table", "buckets, opening"),
    ("flow", {"prd_id": "x"}, 400, "prd_id", "UUID"),
    ("flow", {"assignee": "a\0"}, 400, "assignee", "NUL"),
    ("flow", {"assignee": "a" * 256}, 400, "assignee", "255"),
    ("flow", {"since": "2026-05-01\0"}, 400, "since", "NUL"),
    ("flow", {"prd_id": str(uuid7())}, 404, "prd_id", "no PRD"),
]


@pytest.mark.parametrize(("kind", "given", "status", "parameter", "words"), REFUSED)
def test_what_is_wrong_is_named(
    api: APIClient,
    repository: Repository,
    kind: str,
    given: dict[str, Any],
    status: int,
    parameter: str,
    words: str,
) -> None:
    answer = api.get(url(kind), {"repository": repository.name, **given})
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    [error] = answer.json()["errors"]
    assert error["parameter"] == parameter
    assert words in error["detail"]


@each_kind
def test_a_prd_of_another_repository_is_none(
    api: APIClient, owner: User, repository: Repository, kind: str
) -> None:
    deleted = PRDFactory(repository=repository)
    delete_prd(actor=owner, prd=deleted)
    for prd in (PRDFactory(), deleted):
        given = {"repository": repository.name, "prd_id": str(prd.pk)}
        assert api.get(url(kind), given).status_code == 404


@each_kind
def test_a_repository_must_be_named(api: APIClient, kind: str) -> None:
    answer = api.get(url(kind))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["parameter"] == "repository"


# -- what it costs ----
@each_kind
def test_the_number_of_statements_does_not_grow(
    api: APIClient, repository: Repository, kind: str
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert api.get(url(kind), {"repository": repository.name}).status_code == 200
        own = [query for query in captured.captured_queries if "FROM tasks" in query["sql"]]
        assert len(own) == 1
        return len(captured)

    statements()
    before = statements()
    for n in range(30):
        TaskFactory(repository=repository, status=("completed", "in_progress")[n % 2])
    assert statements() == before


@pytest.mark.parametrize("kind", OVER_TIME)
def test_a_huge_period(api: APIClient, repository: Repository, work: list[Task], kind: str) -> None:
    given = {"repository": repository.name, "since": "1994-01-01", "until": "2027-04-01"}
    if kind in ("throughput", "times", "flow", "sessions"):
        given["bucket"] = "month"
    answer = api.get(url(kind), given)
    assert answer.status_code == 200, answer.content
    assert len(answer.json().get("buckets", [])) in (0, 399)
