"""The data folder: made for one person, held by one stack, described in stack.json."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from taskhub.devstack.errors import StackError

SOCKET_BYTES = 107  # what a Unix socket's address can hold
PRIVATE = 0o700
TEMPORARY_PREFIX = "taskhub-exec-"
TEMPORARY_MARK = "temporary"  # its lock file; a data folder never has one, and is never swept
STALE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class ServerFolder:
    """Where everything lies that the stack writes."""

    path: Path

    @property
    def lock(self) -> Path:
        """Held with flock by the stack that runs; its content is only for people."""
        return self.path / "lock"

    @property
    def stack(self) -> Path:
        """Addresses and secrets of the running stack, for `taskhub.env.running_stack`."""
        return self.path / "stack.json"

    @property
    def sockets(self) -> Path:
        """Both servers' sockets."""
        return self.path / "sockets"

    @property
    def logs(self) -> Path:
        """One file a process."""
        return self.path / "logs"

    def part(self, name: str) -> Path:
        """The private subfolder `name`, made when it does not exist yet."""
        folder = self.path / name
        folder.mkdir(mode=PRIVATE, exist_ok=True)
        return folder

    def new_log(self, name: str) -> Path:
        """An empty log for `name`; the previous one is kept beside it."""
        log = self.part("logs") / f"{name}.log"
        with contextlib.suppress(FileNotFoundError):
            log.replace(log.with_suffix(".log.1"))
        log.touch(mode=0o600)
        return log


def data_folder_path(environment: Mapping[str, str], checkout: Path) -> Path:
    """`TASKHUB_DATA`, else `.taskhub` in the checkout; refused when sockets cannot live there."""
    path = Path(os.path.abspath(environment.get("TASKHUB_DATA") or checkout / ".taskhub"))
    longest = path / "sockets" / ".s.PGSQL.5432"
    excess = len(os.fsencode(longest)) - SOCKET_BYTES
    if excess > 0:
        raise StackError(
            f"The path of the data folder {path} is {excess} bytes too long for Unix sockets. "
            "Set TASKHUB_DATA to a shorter path."
        )
    if set(str(path)) & set(",\n"):
        raise StackError(
            f"The path of the data folder {str(path)!r} has a comma or a line break, which "
            "PostgreSQL's clients do not accept. Set TASKHUB_DATA to another path."
        )
    return path


@contextlib.contextmanager
def hold_folder(path: Path) -> Iterator[ServerFolder]:
    """The data folder, created when absent, ours alone until the block ends."""
    folder = ServerFolder(path)
    try:
        _make_private(path)
        descriptor = os.open(folder.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StackError(
            f"The data folder {path} cannot be written: {error.strerror}. "
            "Set TASKHUB_DATA to a folder of yours."
        ) from None
    try:
        _lock(descriptor, folder)
        yield folder
    finally:
        os.close(descriptor)


def _make_private(path: Path) -> None:
    """Create `path` as 0700; an existing folder must be ours, or empty and meant for this."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from None
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=PRIVATE)
    found = path.stat()
    if not stat.S_ISDIR(found.st_mode):
        raise StackError(f"{path} is not a folder. Set TASKHUB_DATA to one.")
    if found.st_uid != os.geteuid():
        raise StackError(
            f"The data folder {path} belongs to another user (uid {found.st_uid}). "
            "Run as that user or set TASKHUB_DATA to another folder."
        )
    # TASKHUB_DATA=/tmp or a home folder would otherwise be closed to everybody else.
    strangers = any(path.iterdir()) and not (path / "lock").exists()
    if strangers or found.st_mode & stat.S_ISVTX:
        raise StackError(
            f"{path} holds other things than TaskHub's data. Set TASKHUB_DATA to a new folder."
        )
    if stat.S_IMODE(found.st_mode) != PRIVATE:
        path.chmod(PRIVATE)


def _lock(descriptor: int, folder: ServerFolder) -> None:
    """Take the lock or say who holds it. A dead holder holds nothing: the kernel let go for it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
        raise StackError(
            f"TaskHub already runs on {folder.path} (process {holder or 'unknown'}). "
            "Stop it, or set TASKHUB_DATA and TASKHUB_PORT for a second one."
        ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


def secret_key_file(folder: ServerFolder) -> Path:
    """The file with this folder's secret key; made once, so that sessions survive a restart."""
    path = folder.path / "secret_key"
    if not path.exists() or not path.stat().st_size:
        write_private(path, secrets.token_urlsafe(50) + "\n")
    return path


def write_stack(folder: ServerFolder, *, environment: Mapping[str, str], web_url: str) -> None:
    """Tell `manage.py` where the running stack is; readers see a whole file or none."""
    stack: dict[str, Any] = {
        "pid": os.getpid(),
        "environment": dict(environment),
        "web_url": web_url,
    }
    write_private(folder.stack, json.dumps(stack, indent=2) + "\n")


def write_private(path: Path, text: str) -> None:
    """Replace `path` by a 0600 file with `text`, atomically."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(name, path)


@contextlib.contextmanager
def temporary_folder() -> Iterator[ServerFolder]:
    """A folder for throw-away servers, removed afterwards; also removes what a kill left behind."""
    base = Path(tempfile.gettempdir())
    _sweep(base)
    path = Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX, dir=base))
    try:
        data_folder_path({"TASKHUB_DATA": str(path)}, path)
    except StackError:
        path.rmdir()
        raise StackError(f"{base} is too long for Unix sockets. Set TMPDIR to /tmp.") from None
    try:
        with hold_lock_file(path / TEMPORARY_MARK):
            yield ServerFolder(path)
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def hold_lock_file(path: Path) -> Iterator[None]:
    """Hold a new lock file until the block ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sweep(base: Path) -> None:
    """Remove temporary folders of ours whose owner died; a living owner holds the lock."""
    for path in base.glob(f"{TEMPORARY_PREFIX}*/{TEMPORARY_MARK}"):
        with contextlib.suppress(OSError):
            found = path.stat()
            if found.st_uid != os.geteuid() or time.time() - found.st_mtime < STALE_SECONDS:
                continue
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path.parent, ignore_errors=True)
            finally:
                os.close(descriptor)
