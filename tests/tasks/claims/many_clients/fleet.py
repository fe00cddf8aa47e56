"""Clients that take work over HTTP, do it, and do not survive all of it."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LEASE = 10  # seconds: the shortest


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; status 0: nothing, for the connection broke or the server was not there."""

    status: int
    body: Any


@dataclass(slots=True)
class Work:
    """A task as it was handed to one client."""

    task: str
    fence: int
    holder: str


@dataclass
class Fleet:
    """`size` clients on the repository's queue, until its tasks are all done.

    Some of them are killed: they stop in the middle of their work and never say a word again.
    What all of them saw is kept for the test.
    """

    port: int
    token: str
    repository: str
    size: int
    killed: int
    deadline: float = field(default_factory=lambda: time.monotonic() + 240)
    handed: list[Work] = field(default_factory=list)
    completed: list[Work] = field(default_factory=list)
    lost: list[Work] = field(default_factory=list)
    abandoned: list[Work] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """Start all clients and wait for the last one."""
        threads = [
            threading.Thread(target=self._client, args=(number,)) for number in range(self.size)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Answer:
        """One request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            connection.request(
                method, f"/api/v1{path}", None if body is None else json.dumps(body), headers
            )
            response = connection.getresponse()
            text = response.read()
            return Answer(response.status, json.loads(text) if text else None)
        except (OSError, http.client.HTTPException):
            return Answer(0, None)
        finally:
            connection.close()

    def is_done(self) -> bool:
        """Whether no task is open any more."""
        query = f"/tasks?repository={self.repository}&status=pending,in_progress&limit=1"
        answer = self.call("GET", query)
        return answer.status == 200 and not answer.body["results"]

    def _client(self, number: int) -> None:
        chance = random.Random(number)
        holder = f"client {number}"
        # The first ones die, each after so many of its tasks.
        life = chance.randint(1, 8) if number < self.killed else None
        while time.monotonic() < self.deadline:
            answer = self.call(
                "POST",
                "/tasks/claim-next",
                {
                    "repository": self.repository,
                    "holder": holder,
                    "limit": chance.choice([1, 1, 1, 3]),
                    "lease_seconds": LEASE,
                },
            )
            if answer.status != 200:
                self._expect(answer, {0, 503}, "claim-next")
                time.sleep(0.2)
                continue
            works = [
                Work(claim["task"]["id"], claim["fence"], claim["holder"])
                for claim in answer.body["claims"]
            ]
            with self._lock:
                self.handed += works
            if not works:
                if self.is_done():
                    return
                time.sleep(0.5)
            for work in works:
                if life is not None:
                    life -= 1
                    if life <= 0:
                        self._die(works[works.index(work) :], in_progress=number % 2 == 0)
                        return
                self._do(work, chance)
        with self._lock:
            self.surprises.append(f"{holder} was not done in time")

    def _die(self, works: list[Work], *, in_progress: bool) -> None:
        if in_progress:
            self._write(works[0], {"status": "in_progress"})
        with self._lock:
            self.abandoned += works

    def _do(self, work: Work, chance: random.Random) -> None:
        steps: list[Mapping[str, Any]] = [{"status": "completed"}]
        if chance.random() < 0.5:
            steps.insert(0, {"status": "in_progress"})
        for step in steps:
            answer = self._write(work, step)
            if answer.status == 409:
                # Too late (or the answer to a first attempt was lost): it is not ours any more.
                with self._lock:
                    self.lost.append(work)
                return
        with self._lock:
            self.completed.append(work)

    def _write(self, work: Work, changes: Mapping[str, Any]) -> Answer:
        """Try until there is an answer."""
        while True:
            body = {**changes, "fence": work.fence}
            answer = self.call("PATCH", f"/tasks/{work.task}", body)
            if answer.status in {200, 409} or time.monotonic() > self.deadline:
                self._expect(answer, {200, 409}, f"PATCH {changes}")
                return answer
            self._expect(answer, {0, 503}, f"PATCH {changes}")
            time.sleep(0.2)

    def _expect(self, answer: Answer, statuses: set[int], what: str) -> None:
        if answer.status not in statuses:
            with self._lock:
                self.surprises.append(f"{what}: {answer.status} {answer.body}")
