"""Command line of the development stack; every expected mistake is one line and an exit code."""

from __future__ import annotations

import argparse
import os
import sys

from taskhub.devstack.errors import ProcessFailedError, StackError


def main() -> int:
    """Read the arguments, do the one thing, return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m taskhub.devstack", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="start TaskHub with everything that it needs; Ctrl-C stops it")
    execute = commands.add_parser("exec", help="run a command with throw-away servers")
    execute.add_argument("argument", nargs=argparse.REMAINDER, metavar="-- COMMAND")
    logins = commands.add_parser(
        "create-logins", help="create both logins and the database on your own PostgreSQL"
    )
    logins.add_argument("superuser_url", metavar="SUPERUSER_URL")
    arguments = parser.parse_args()
    try:
        if sys.platform != "linux":
            raise StackError("The embedded servers are supervised on Linux only: use a container.")
        if arguments.command == "run":
            from taskhub.devstack.run import run

            return run(os.environ)
        if arguments.command == "exec":
            return _execute(arguments.argument)
        return _create_logins(arguments.superuser_url)
    except StackError as error:
        print(f"taskhub: {error}", file=sys.stderr)
        return 2
    except (ProcessFailedError, OSError) as error:
        print(f"taskhub: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # before anything was started
        return 130


def _execute(words: list[str]) -> int:
    from taskhub.devstack.execute import execute

    command = words[1:] if words[:1] == ["--"] else words
    if not command:
        raise StackError("exec needs a command: python -m taskhub.devstack exec -- COMMAND")
    return execute(command, os.environ)


def _create_logins(superuser_url: str) -> int:
    from taskhub.devstack.logins import create_logins

    made = create_logins(superuser_url, os.environ)
    for role in made.kept:
        print(f"{role} exists and kept its password: the URL below lacks it.", file=sys.stderr)
    print(f"DATABASE_URL={made.application_url}")
    print(f"DATABASE_OWNER_URL={made.owner_url}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
