"""A worker whose handler of PRDs stops for good at a named step: `worker_process.py STEP`.

It says `STEP` on standard output and then sleeps until it is killed. `claimed`: entries are
claimed, nothing is written; `written`: in the handler's transaction, before its commit;
`committed`: after it, before the acknowledgement; `none`: it never stops.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import django


def main(stop_at: str) -> None:
    django.setup()

    from django.db import transaction

    from apps.outbox import handlers
    from apps.outbox.worker import Pace, run_worker

    recount = handlers._handlers.pop("prd")

    def reach(step: str) -> None:
        if step == stop_at:
            sys.stdout.write(f"{step}\n")
            sys.stdout.flush()
            time.sleep(3600)

    def handle(entity_ids: Sequence[UUID]) -> None:
        reach("claimed")
        recount(entity_ids)
        reach("written")
        transaction.on_commit(lambda: reach("committed"))

    handlers.register_handler("prd", handle)
    run_worker(stop=threading.Event(), pace=Pace(lease=timedelta(seconds=1)))


if __name__ == "__main__":
    main(sys.argv[1])
