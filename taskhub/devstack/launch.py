"""Runs one command that dies with its supervisor: `launch.py PARENT_PID SIGNAL COMMAND…`.

Started as a script of its own, after `unshare` or `setpriv`: the kernel forgets the parent-death
signal whenever a process changes its credentials, so it has to be asked for last.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask the kernel for the signal, restore what Python changed, become the command."""
    parent, name, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, int(signal.Signals[name]), 0, 0, 0) != 0:
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
    # A parent that died before the line above sends nothing any more.
    if os.getppid() != parent:
        sys.exit("the supervisor is gone")
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        sys.exit(127)


if __name__ == "__main__":
    main()
