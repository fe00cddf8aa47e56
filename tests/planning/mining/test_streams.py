"""Who closed what after what."""

from __future__ import annotations

from datetime import timedelta
from random import Random

from apps.planning.mining import ClosedTask, Parameters
from apps.planning.mining.streams import make_streams

from .histories import START


def closed(number: int, seconds: float, **changes: object) -> ClosedTask:
    values = {
        "id": f"{number:04}",
        "repository": "a",
        "session": "s",
        "assignee": "",
        "work_type": "fix",
        "completed": True,
        "started_at": None,
        "closed_at": START + timedelta(seconds=seconds),
    } | changes
    return ClosedTask(**values)  # type: ignore[arg-type]


def ids(tasks: list[ClosedTask]) -> list[list[str]]:
    return [
        [task.id for task in stream.tasks] for stream in make_streams(tasks, Parameters()).streams
    ]


def test_a_session_of_one_repository_is_a_stream_in_the_order_of_closing() -> None:
    tasks = [closed(1, 20), closed(2, 10), closed(3, 5, repository="b"), closed(4, 6, session="t")]
    tasks += [closed(5, 7, repository="b"), closed(6, 8, session="t")]
    assert ids(tasks) == [["0002", "0001"], ["0004", "0006"], ["0003", "0005"]]


def test_without_a_session_the_assignee_makes_the_stream() -> None:
    tasks = [
        closed(1, 1, session="", assignee="ada"),
        closed(2, 2, session="", assignee="ben"),
        closed(3, 3, session="", assignee="ada"),
        closed(4, 4, session="", assignee="ben"),
        closed(5, 5, session="s", assignee="ada"),
        closed(6, 6, session="s", assignee="ben"),
    ]
    assert ids(tasks) == [["0001", "0003"], ["0002", "0004"], ["0005", "0006"]]


def test_a_pause_ends_a_stream_when_it_is_longer_than_eight_hours() -> None:
    eight = 8 * 3600
    tasks = [closed(1, 0), closed(2, eight), closed(3, 2 * eight + 1), closed(4, 2 * eight + 2)]
    assert ids(tasks) == [["0001", "0002"], ["0003", "0004"]]


def test_more_than_ten_closed_within_a_minute_are_left_out_all_of_them() -> None:
    bulk = [closed(number, 100 + 6 * number) for number in range(11)]  # the last after 60 s
    around = [closed(20, 0), closed(21, 90), closed(22, 200)]
    assert ids(bulk + around) == [["0020", "0021", "0022"]]
    made = make_streams(bulk + around, Parameters())
    assert (made.tasks, made.in_bulk, made.alone) == (14, 11, 0)
    slower = [closed(number, 100 + 6.1 * number) for number in range(11)]
    assert len(ids(slower)[0]) == 11


def test_bulks_that_run_into_each_other_are_all_left_out() -> None:
    tasks = [closed(number, 5 * number) for number in range(30)]
    assert ids(tasks) == []


def test_a_task_alone_has_no_order() -> None:
    made = make_streams([closed(1, 0)], Parameters())
    assert (made.streams, made.alone) == ((), 1)


def test_ties_in_time_go_by_id_and_the_order_of_the_input_does_not_matter() -> None:
    tasks = [closed(number, 0 if number % 2 else 100) for number in range(8)]
    expected = [["0001", "0003", "0005", "0007", "0000", "0002", "0004", "0006"]]
    for seed in range(5):
        Random(seed).shuffle(tasks)
        assert ids(tasks) == expected
