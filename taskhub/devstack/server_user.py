"""As whom PostgreSQL runs: it refuses root, and initdb wants a user that has a name."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from taskhub.devstack.errors import StackError


@dataclass(frozen=True, slots=True)
class ServerUser:
    """A command prefix that changes the user, the uid that must own the files, a remark."""

    prefix: tuple[str, ...]
    owner: int
    remark: str = ""

    def own(self, folder: Path) -> None:
        """Give `folder` and what is in it to this user, when it belongs to somebody else."""
        if folder.stat().st_uid == self.owner:
            return
        # The folder itself comes last: until then an interrupted change starts anew.
        for root, _, files in os.walk(folder, topdown=False):
            for path in (*(os.path.join(root, name) for name in files), root):
                os.chown(path, self.owner, -1, follow_symlinks=False)


def choose_server_user(program: Path, folder: Path) -> ServerUser:
    """The first way to run `program` without being root that can also reach `folder`.

    An ordinary user is left as it is. Root gets another number inside of a user namespace: outside
    of it the files stay root's. Where the kernel or a container refuses namespaces, root becomes
    `nobody` and keeps only the right to pass folders that are closed to it, so that no mode of any
    parent folder has to change.
    """
    itself = ServerUser((), os.geteuid())
    if os.geteuid() != 0 and _has_name(os.geteuid()):
        return itself
    number = _unprivileged_number()
    namespace = ServerUser(
        (shutil.which("unshare") or "unshare", "--user", f"--map-user={number}"), os.geteuid()
    )
    candidates = [namespace]
    if os.geteuid() == 0:
        setpriv = shutil.which("setpriv") or "setpriv"
        become = (setpriv, f"--reuid={number}", f"--regid={number}", "--clear-groups")
        keep = ("--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override")
        remark = f"user namespaces are refused here: PostgreSQL runs as user {number}"
        candidates += [ServerUser((*become, *keep), number, remark)]
        candidates += [ServerUser(become, number, remark)]
    for candidate in candidates:
        if _works(candidate, program, folder):
            return candidate
    raise StackError(
        "PostgreSQL does not run as root, and neither `unshare --user` nor `setpriv` works here. "
        "Start TaskHub as an ordinary user, or set DATABASE_URL and DATABASE_OWNER_URL."
    )


def _has_name(number: int) -> bool:
    try:
        pwd.getpwuid(number)
    except KeyError:
        return False
    return True


def _unprivileged_number() -> int:
    """`nobody`, or else any user but root: initdb looks the number up."""
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return next((user.pw_uid for user in pwd.getpwall() if user.pw_uid), 65534)


def _works(user: ServerUser, program: Path, folder: Path) -> bool:
    """Whether `program` starts as this user and the user gets into `folder`."""
    script = 'test "$(id -u)" != 0 && test -x "$0" && cd "$1" && "$0" --version'
    try:
        trial = subprocess.run(
            [*user.prefix, "sh", "-c", script, str(program), str(folder)],
            capture_output=True,
            timeout=20,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return trial.returncode == 0
