"""`exec`: one command with throw-away servers for what the environment does not name."""

from __future__ import annotations

import contextlib
import signal
import subprocess
from collections.abc import Mapping, Sequence

from taskhub.devstack.errors import StopRequestedError
from taskhub.devstack.folder import temporary_folder
from taskhub.devstack.interrupts import STOP_SIGNALS, Interrupts
from taskhub.devstack.processes import Child, launch_command, stop_all
from taskhub.devstack.servers import given_servers, start_missing_servers

WATCHED = (*STOP_SIGNALS, signal.SIGCHLD)
FROM_THE_TERMINAL = 0x80  # SI_KERNEL: the terminal has told the whole foreground group


def execute(command: Sequence[str], values: Mapping[str, str]) -> int:
    """Run `command` and return its exit code (128 + n when signal n ended it).

    The command stays in our process group, so that a debugger in it can use the terminal.
    """
    interrupts = Interrupts()
    interrupts.install()
    given = given_servers(values)
    children: list[Child] = []
    try:
        with temporary_folder() as folder:
            try:
                urls = start_missing_servers(given, folder, children, interrupts, durable=False)
                return _run(command, _environment(values, urls), interrupts)
            finally:
                _stop_undisturbed(children)
    except StopRequestedError:
        return 128 + int(interrupts.last or signal.SIGINT)


def _environment(values: Mapping[str, str], urls: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment with the servers; settings also want a secret key."""
    environment = {**values, **urls}
    if not values.get("SECRET_KEY") and not values.get("SECRET_KEY_FILE"):
        environment["SECRET_KEY"] = "throw-away-servers-need-no-secret-" + "0" * 30
    return environment


def _run(command: Sequence[str], environment: Mapping[str, str], interrupts: Interrupts) -> int:
    """Start the command, pass signals on to it, wait for its end.

    The signals are blocked and taken one by one, because only then the kernel says where each came
    from: a Ctrl-C at the terminal has reached the command already, and a second copy would break
    off its clean-up.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    interrupts.check()
    # An ignored SIGCHLD would not be queued.
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    process = subprocess.Popen(
        launch_command(command, death_signal=signal.SIGTERM), env=dict(environment)
    )
    while process.poll() is None:
        received = signal.sigwaitinfo(WATCHED)
        if received.si_signo == signal.SIGCHLD or received.si_code == FROM_THE_TERMINAL:
            continue
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(received.si_signo)
    code = process.returncode
    return 128 - code if code < 0 else code


def _stop_undisturbed(children: Sequence[Child]) -> None:
    """Stop the servers; throw-away ones end within a second, so nothing may cut that short."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    stop_all(children, lambda: True)
