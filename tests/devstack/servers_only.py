"""A supervisor of just PostgreSQL and Valkey, on the folder given; prints their URLs as JSON.

What `run` does with its folder, its lock and its servers, without waiting for Django.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from taskhub.devstack.errors import StopRequestedError
from taskhub.devstack.folder import hold_folder
from taskhub.devstack.interrupts import Interrupts
from taskhub.devstack.processes import Child, stop_all
from taskhub.devstack.run import watch
from taskhub.devstack.servers import GivenServers, start_missing_servers


def main() -> None:
    interrupts = Interrupts()
    interrupts.install()
    children: list[Child] = []
    with hold_folder(Path(sys.argv[1])) as folder:
        try:
            urls = start_missing_servers(
                GivenServers({}, {}), folder, children, interrupts, durable=True
            )
            print(json.dumps(urls), flush=True)  # noqa: T201
            watch(children, interrupts)
        except StopRequestedError:
            pass
        finally:
            stop_all(children, lambda: interrupts.hurried)


if __name__ == "__main__":
    main()
