"""`run`: all of TaskHub on one machine, from nothing to a page in the browser, until Ctrl-C."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from taskhub.devstack.errors import ProcessFailedError, StackError, StopRequestedError
from taskhub.devstack.folder import (
    ServerFolder,
    data_folder_path,
    hold_folder,
    secret_key_file,
    write_stack,
)
from taskhub.devstack.interrupts import Interrupts
from taskhub.devstack.processes import ROOT, Child, launch_command, start_child, stop_all, tail
from taskhub.devstack.report import say, stage
from taskhub.devstack.servers import (
    GivenServers,
    given_servers,
    refuse_first_problem,
    start_missing_servers,
)
from taskhub.env import Environment

HOST = "127.0.0.1"
READY_SECONDS = 60
WATCH_SECONDS = 0.25
# The predecessor's web process may need a moment to let go of the port after a `kill -9`.
PORT_PATIENCE_SECONDS = 3


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What the person who types `make run` can choose."""

    data: Path
    port: int
    given: GivenServers

    @property
    def web_url(self) -> str:
        """Where the web process answers."""
        return f"http://{HOST}:{self.port}"


@dataclass(frozen=True, slots=True)
class Service:
    """One process of TaskHub itself and how it wants to be stopped."""

    name: str
    command: Sequence[str]
    role: str
    # SIGKILL would leave gunicorn's workers with the port for a second.
    death_signal: signal.Signals = signal.SIGKILL
    patience: float = 10.0


def read_settings(values: Mapping[str, str]) -> RunSettings:
    """Check everything that can be checked before something is started or written."""
    environment = Environment(values)
    port = environment.integer("TASKHUB_PORT", 8000, minimum=1, maximum=65535)
    refuse_first_problem(environment)
    return RunSettings(data_folder_path(values, ROOT), port, given_servers(values))


def services(settings: RunSettings, folder: ServerFolder) -> list[Service]:
    """Every process of TaskHub, in the order in which they start; they stop web first.

    This list is the only place that knows which processes there are. An embedded Qdrant (search
    without `QDRANT_URL`) can be opened by one process only: then `web`, `worker` and `outbox`
    become a single entry here, and nothing else changes.
    """
    manage = (sys.executable, "manage.py")
    gunicorn = (
        *(sys.executable, "-m", "gunicorn", "taskhub.wsgi:application"),
        *("--bind", f"{HOST}:{settings.port}"),
        *("--worker-class", "gthread", "--workers", "1", "--threads", "8"),
        *("--graceful-timeout", "8", "--no-control-socket"),
        *("--worker-tmp-dir", str(folder.part("gunicorn"))),
    )
    return [
        Service("scheduler", (*manage, "run_scheduler"), role="owner"),
        Service("worker", (*manage, "run_worker"), role="application"),
        Service("outbox", (*manage, "run_outbox"), role="application"),
        Service("web", gunicorn, role="application", death_signal=signal.SIGQUIT),
    ]


def run(values: Mapping[str, str]) -> int:
    """Start everything, wait for Ctrl-C or SIGTERM, stop everything.

    0 after a stop that was asked for (Ctrl-C included: `make run` then ends without an error
    line); `StackError` when nothing could be started, `ProcessFailedError` when something broke.
    """
    settings = read_settings(values)
    interrupts = Interrupts()
    interrupts.install()
    children: list[Child] = []
    with hold_folder(settings.data) as folder:
        await_port(settings, interrupts, crashed=folder.stack.exists())
        folder.stack.unlink(missing_ok=True)
        try:
            start(settings, folder, values, children, interrupts)
            watch(children, interrupts)
        except StopRequestedError:
            pass
        finally:
            folder.stack.unlink(missing_ok=True)
            if children:
                cause = f" on {interrupts.last.name}" if interrupts.last else ""
                say(f"\nStopping{cause} …", end="")
                stop_all(children, lambda: interrupts.hurried)
                say(" stopped.")
    return 0


def await_port(settings: RunSettings, interrupts: Interrupts, *, crashed: bool) -> None:
    """Return when the port is free; a busy one is an error, after a crash with some patience."""

    def free() -> bool:
        with socket.socket(socket.AF_INET) as trial:
            # As gunicorn does: connections that just ended do not count.
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((HOST, settings.port))
                trial.listen()
            except PermissionError:
                raise StackError(
                    f"Port {settings.port} is not open to ordinary users. "
                    "Set TASKHUB_PORT to a number from 1024."
                ) from None
            except OSError:
                return False
        return True

    with suppress(StopRequestedError):
        if not interrupts.wait_for(free, PORT_PATIENCE_SECONDS if crashed else 0):
            raise StackError(
                f"Port {settings.port} is in use by another program. "
                f"Set TASKHUB_PORT to a free one, for instance TASKHUB_PORT={settings.port + 1}."
            )


def start(
    settings: RunSettings,
    folder: ServerFolder,
    values: Mapping[str, str],
    children: list[Child],
    interrupts: Interrupts,
) -> None:
    """Bring up servers, schema and services, one announced stage after the other."""
    began = time.monotonic()
    say(f"TaskHub starts, with its data in {folder.path}")
    servers = start_missing_servers(
        settings.given, folder, children, interrupts, durable=True, stage=stage
    )
    secret = stack_secret(folder, values)
    shared = {**servers, **secret}
    environment = {
        **{name: value for name, value in values.items() if name != "TASKHUB_DATABASE_ROLE"},
        **shared,
        "TASKHUB_DATA": str(folder.path),
        "PYTHONUNBUFFERED": "1",
    }
    environment.setdefault("DJANGO_SETTINGS_MODULE", "taskhub.settings.development")
    prepare(environment, interrupts)
    # What only the first account needs is no business of processes that serve.
    environment.pop("TASKHUB_ADMIN_PASSWORD", None)
    write_stack(folder, environment=shared, web_url=settings.web_url)
    with stage("scheduler, workers and web"):
        for service in services(settings, folder):
            children.append(start_service(service, folder, environment))
        await_readiness(settings, children, interrupts)
    announce(settings, time.monotonic() - began)


def stack_secret(folder: ServerFolder, values: Mapping[str, str]) -> dict[str, str]:
    """The secret key that was given, else this folder's own."""
    for name in ("SECRET_KEY_FILE", "SECRET_KEY"):
        if values.get(name):
            return {name: values[name]}
    return {"SECRET_KEY_FILE": str(secret_key_file(folder))}


def prepare(environment: Mapping[str, str], interrupts: Interrupts) -> None:
    """Run `prepare` as the owner, with our own output: it announces its stages by itself."""
    process = subprocess.Popen(
        launch_command(
            [sys.executable, "-m", "taskhub.devstack.prepare"], death_signal=signal.SIGKILL
        ),
        env={**environment, "TASKHUB_DATABASE_ROLE": "owner"},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    child = Child("prepare", process, Path(os.devnull), patience=5)
    try:
        interrupts.wait_for(lambda: not child.running, float("inf"))
    finally:
        child.stop(lambda: interrupts.hurried)
    if process.returncode != 0:
        log = Path(environment["TASKHUB_DATA"]) / "logs" / "prepare.log"
        raise ProcessFailedError(
            f"The database could not be prepared; the reason stands above, and in full in {log}."
        )


def start_service(service: Service, folder: ServerFolder, environment: Mapping[str, str]) -> Child:
    """Start one of TaskHub's own processes with its login and its log."""
    return start_child(
        service.name,
        service.command,
        log=folder.new_log(service.name),
        environment={**environment, "TASKHUB_DATABASE_ROLE": service.role},
        death_signal=service.death_signal,
        patience=service.patience,
    )


def await_readiness(
    settings: RunSettings, children: Sequence[Child], interrupts: Interrupts
) -> None:
    """Return when /readyz says 200, which it does when the services behind it answer too."""
    last = "no answer"

    def ready() -> bool:
        nonlocal last
        bury(children)
        connection = http.client.HTTPConnection(HOST, settings.port, timeout=5)
        try:
            connection.request("GET", "/readyz")
            response = connection.getresponse()
            last = f"{response.status} {response.read(500).decode('utf-8', 'replace')}"
            return response.status == http.client.OK
        except OSError as error:
            last = str(error)
            return False
        finally:
            connection.close()

    if not interrupts.wait_for(ready, READY_SECONDS):
        web = children[-1]
        raise ProcessFailedError(
            f"{settings.web_url}/readyz is not ready after {READY_SECONDS} s ({last}). "
            f"The end of {web.log}:\n{tail(web.log)}"
        )


def announce(settings: RunSettings, seconds: float) -> None:
    """Where everything is, and how to go on."""
    url = settings.web_url
    # The interpreter as one would type it in the checkout.
    python = os.path.relpath(sys.executable, ROOT) if _inside(ROOT) else sys.executable
    say(
        f"""
TaskHub is ready after {seconds:.1f} s:

  Console      {url}/admin/
  API          {url}/api/v1/
  Swagger UI   {url}/api/docs/
  Redoc        {url}/api/docs/redoc/

  A token      {python} manage.py issue_token USER --scope write
  Logs         {settings.data / "logs"}
  Stop         Ctrl-C (twice to hurry)
"""
    )


def _inside(folder: Path) -> bool:
    return Path(sys.executable).is_relative_to(folder)


def watch(children: Sequence[Child], interrupts: Interrupts) -> None:
    """Stay until a stop is asked for or a process ends by itself."""
    while True:
        interrupts.check()
        bury(children)
        time.sleep(WATCH_SECONDS)


def bury(children: Sequence[Child]) -> None:
    """Raise `ProcessFailedError` about the first child that has ended."""
    for child in children:
        if not child.running:
            raise ProcessFailedError(child.obituary())
