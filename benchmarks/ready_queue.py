"""What asking for work costs, over HTTP, with eight clients; on throw-away servers:

    .venv/bin/python -m taskhub.devstack exec -- .venv/bin/python -m benchmarks.ready_queue

200,000 seeded tasks with 400,000 dependencies (`manage.py seed` and, at random among the older
tasks of a repository, what is missing). gunicorn serves with two processes of eight threads. Each
client keeps its connection and asks of one repository after another, the larger the more often:
the ready queue, what is blocked, `claim-next` (and releases it), and, to compare, one repository's
own record, which costs what every request costs. Once paced (each client five times a second, so
that time waiting for others is not counted as the query's) and once as fast as the answers come.
Writes `benchmarks/reports/<date>-ready-queue.md`.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

import django
from django.core.management import call_command

from .queries import machine, p95

REPORTS = Path(__file__).parent / "reports"
UNTIL = datetime(2026, 11, 1, tzinfo=UTC)
CLIENTS = 8
PACE = 0.2  # seconds between two requests of a client

NUMBERED = """
    CREATE TEMPORARY TABLE numbered AS
    SELECT id, repository_id, row_number() OVER (PARTITION BY repository_id ORDER BY id) AS n
    FROM tasks;
    CREATE UNIQUE INDEX ON numbered (repository_id, n);
    ANALYZE numbered
"""
MORE_DEPENDENCIES = """
    INSERT INTO task_dependencies (id, task_id, depends_on_id, kind)
    SELECT uuid7(), waiting.id, earlier.id, 'blocks'
    FROM (
        SELECT id, repository_id, 1 + floor(random() * (n - 1))::bigint AS pick
        FROM numbered WHERE n > 1 ORDER BY random() LIMIT %s
    ) AS waiting
    JOIN numbered AS earlier ON earlier.repository_id = waiting.repository_id
        AND earlier.n = waiting.pick
    ON CONFLICT DO NOTHING
"""


class Client:
    """One connection that is kept."""

    def __init__(self, port: int, token: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
        }

    def call(self, method: str, path: str, body: Any = None) -> bytes:
        """The body of an answer that went well."""
        text = None if body is None else json.dumps(body)
        self.connection.request(method, f"/api/v1{path}", text, self.headers)
        response = self.connection.getresponse()
        answer = response.read()
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {answer[:300]!r}")
        return answer


Call = Callable[[Client, str, str], float]


def timed(method: str, path: str) -> Call:
    """One request of a repository, in milliseconds."""

    def call(client: Client, name: str, key: str) -> float:
        start = time.perf_counter()
        client.call(method, path.format(name=name, key=key))
        return (time.perf_counter() - start) * 1000

    return call


def take(client: Client, name: str, key: str) -> float:
    """`claim-next`, in milliseconds; what it gave is released, untimed."""
    start = time.perf_counter()
    body = {"repository": name, "holder": threading.current_thread().name}
    answer = client.call("POST", "/tasks/claim-next", body)
    elapsed = (time.perf_counter() - start) * 1000
    for claim in json.loads(answer)["claims"]:
        client.call("POST", f"/tasks/{claim['task_id']}/release", {"fence": claim["fence"]})
    return elapsed


CALLS: dict[str, Call] = {
    "the repository itself": timed("GET", "/repositories/{key}"),
    "ready, 20 rows": timed("GET", "/tasks/ready?repository={name}"),
    "blocked, 20 rows": timed("GET", "/tasks/blocked?repository={name}&limit=20"),
    "claim-next": take,
}


def run(
    call: Call, port: int, token: str, repositories: list[tuple[str, str, int]], seconds: float,
    pace: float,
) -> list[float]:  # fmt: skip
    """The milliseconds of every request that eight clients make in so many seconds."""
    found: list[float] = []
    failures: list[BaseException] = []
    until = time.monotonic() + seconds

    def work(number: int) -> None:
        random, client = Random(number), Client(port, token)
        weights = [size for _, _, size in repositories]
        time.sleep(pace * number / CLIENTS)
        try:
            while time.monotonic() < until:
                began = time.monotonic()
                (name, key, _), *_ = random.choices(repositories, weights)
                found.append(call(client, name, key))
                time.sleep(max(0.0, pace - (time.monotonic() - began)))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,), name=f"client {n}") for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return found


@contextmanager
def serving(port: int) -> Any:
    """gunicorn, with the application's login."""
    command = [
        *(sys.executable, "-m", "gunicorn", "taskhub.wsgi:application", "--log-level", "error"),
        *("--bind", f"127.0.0.1:{port}", "--no-control-socket"),
        *("--worker-class", "gthread", "--workers", "2", "--threads", "8"),
    ]
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "taskhub.settings.development",
        "TASKHUB_DATABASE_ROLE": "application",
    }
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def main() -> None:
    """Seed, serve, ask, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=200_000)
    parser.add_argument("--dependencies", type=int, default=400_000)
    parser.add_argument("--seconds", type=float, default=15, help="for each line of the table")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "taskhub.settings.test"
    django.setup()
    from django.db import connection
    from django.db.models import Count

    from apps.accounts.choices import TokenScope
    from apps.accounts.models import User
    from apps.planning.seed.request import make_request
    from apps.planning.seed.writer import write
    from apps.repositories.models import Repository
    from apps.repositories.services import issue_repository_token
    from apps.tasks.critical_paths import refresh_critical_path
    from apps.tasks.models import Task, TaskDependency

    load = os.getloadavg()[0]
    call_command("migrate", verbosity=0)
    now = datetime.now(UTC)
    request = make_request(tasks=options.tasks, repositories=None, seed=1, until=UNTIL, now=now)
    write(request, outbox=False, progress=lambda done: None)
    with connection.cursor() as cursor:
        cursor.execute(NUMBERED)
        cursor.execute("ALTER TABLE task_dependencies DISABLE TRIGGER USER")
        for _ in range(20):
            missing = options.dependencies - TaskDependency.objects.count()
            if missing > 0:
                cursor.execute(MORE_DEPENDENCIES, [missing])
        cursor.execute("ALTER TABLE task_dependencies ENABLE TRIGGER USER")
        cursor.execute("VACUUM ANALYZE")
    actor = User.objects.create(username="bench", is_superuser=True)
    token = issue_repository_token(user=actor, scope=TokenScope.WRITE, name="bench").secret
    largest = list(Repository.objects.annotate(n=Count("tasks")).order_by("-n"))
    for repository in largest[:20]:
        refresh_critical_path(repository)
    repositories = [(each.name, str(each.pk), each.n) for each in largest]
    pending = Task.objects.filter(status="pending").count()
    rows = []
    port = free_port()
    with serving(port):
        for call in CALLS.values():
            run(call, port, token, repositories, 3, PACE)
        for name, call in CALLS.items():
            paced = run(call, port, token, repositories, options.seconds, PACE)
            flat_out = run(call, port, token, repositories, options.seconds, 0)
            rows.append((name, paced, flat_out))
    base = median(rows[0][1])
    lines = [
        f"# The ready queue over HTTP, {now:%Y-%m-%d}",
        "",
        f"`{' '.join(['python -m benchmarks.ready_queue', *sys.argv[1:]])}` on {machine()}. Load"
        f" average {load:.1f} at the start, {os.getloadavg()[0]:.1f} at the end.",
        "",
        f"{options.tasks:,} tasks ({pending:,} pending), {TaskDependency.objects.count():,}"
        f" dependencies, {len(repositories)} repositories of"
        f" {repositories[-1][2]:,} to {repositories[0][2]:,} tasks. {CLIENTS} clients,"
        f" {options.seconds:.0f} s a line, milliseconds of the client; the ratio is that of the"
        " paced medians to the first line's.",
        "",
        "| | paced: n | p50 | p95 | ratio | flat out: requests/s | p50 | p95 |",
        "|---|---|---|---|---|---|---|---|",
        *(
            f"| {name} | {len(paced)} | {median(paced):.1f} | {p95(paced):.1f} |"
            f" {median(paced) / base:.1f} | {len(flat_out) / options.seconds:.0f} |"
            f" {median(flat_out):.1f} | {p95(flat_out):.1f} |"
            for name, paced, flat_out in rows
        ),
        "",
    ]
    path = REPORTS / f"{now:%Y-%m-%d}-ready-queue.md"
    path.write_text("\n".join(lines), encoding="utf-8")
    print("\n".join(lines))
    print(f"written: {path}")


if __name__ == "__main__":
    main()
