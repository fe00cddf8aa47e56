"""Makes the rows in a thread of its own while PostgreSQL takes the ones before."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from queue import Full, Queue
from threading import Event, Thread

from .rows import Block

WAITING_BLOCKS = 4
LOOK_UP_SECONDS = 0.2


class _Failed:
    def __init__(self, error: BaseException) -> None:
        self.error = error


def in_background(blocks: Iterable[Block]) -> Generator[Block, None, None]:
    """`blocks`, at most a few ahead; the thread ends with the consumer, whatever ends that."""
    waiting: Queue[Block | _Failed | None] = Queue(WAITING_BLOCKS)
    stopped = Event()

    def put(item: Block | _Failed | None) -> bool:
        while not stopped.is_set():
            try:
                waiting.put(item, timeout=LOOK_UP_SECONDS)
            except Full:
                continue
            return True
        return False

    def produce() -> None:
        try:
            for block in blocks:
                if not put(block):
                    return
            put(None)
        except BaseException as error:
            put(_Failed(error))

    thread = Thread(target=produce, name="seed-rows", daemon=True)
    thread.start()
    try:
        while True:
            item = waiting.get()
            if item is None:
                return
            if isinstance(item, _Failed):
                raise item.error
            yield item
    finally:
        stopped.set()
        thread.join()
