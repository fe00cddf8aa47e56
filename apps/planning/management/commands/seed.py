"""`manage.py seed`: made-up tasks in quantity, with their history."""

from __future__ import annotations

import time
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from apps.planning.seed.request import MOST_REPOSITORIES, MOST_TASKS, SeedRefusedError, make_request
from apps.planning.seed.writer import Written, write

HELP = """\
Write made-up repositories, PRDs and tasks, spread over the two years up to now, with dependencies,
trees, soft deletions and the history of each row: for trials and benchmarks, not for production.

Equal arguments (--tasks, --repositories, --seed, --until) give equal rows, byte for byte. The
repositories are called seed-<S>/…: a seed that is there already is refused, another --seed adds
more. All rows come in one transaction, during which others cannot write to these tables (nor, for
the partitions it makes, read them); if it is broken off, nothing is left. Needs the owner's login.
"""
REFRESH_SECONDS = 0.5


def whole_number(text: str) -> int:
    """A whole number, with or without separators: 1000000 or 1_000_000."""
    try:
        return int(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no whole number.") from None


def moment(text: str) -> datetime:
    """An ISO 8601 date and time with an offset."""
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise ArgumentTypeError(
            f"{text!r} is no date and time with an offset, such as 2026-05-01T08:00:00Z."
        )
    return found.astimezone(UTC)


class Command(BaseCommand):
    """All rows or none; says what it wrote."""

    help = HELP

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        """Keep the paragraphs of the help."""
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--tasks",
            type=whole_number,
            required=True,
            metavar="N",
            help=f"how many tasks, 1 to {MOST_TASKS:,}",
        )
        parser.add_argument(
            "--repositories",
            type=whole_number,
            metavar="M",
            help=f"how many repositories, at most {MOST_REPOSITORIES:,}, of very different sizes"
            " (default: 200 for a million tasks, fewer for fewer)",
        )
        parser.add_argument(
            "--seed", type=whole_number, default=1, metavar="S", help="which rows (default: 1)"
        )
        parser.add_argument(
            "--until",
            type=moment,
            metavar="MOMENT",
            help="the end of the two years, such as 2026-05-01T08:00:00Z (default: now)",
        )

        parser.add_argument(
            "--no-outbox",
            action="store_true",
            help="count the PRDs' tasks at once instead of leaving it to the worker",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            request = make_request(
                tasks=options["tasks"],
                repositories=options["repositories"],
                seed=options["seed"],
                until=options["until"],
                now=timezone.now(),
            )
            self.stdout.write(
                f"Writing {request.tasks:,} tasks in {request.repositories:,} repositories"
                f" {request.prefix}…, until {request.until.isoformat()}"
            )
            progress = ProgressLine(self.stderr, request.tasks)
            try:
                written = write(request, outbox=not options["no_outbox"], progress=progress)
            finally:
                progress.clear()
        except SeedRefusedError as error:
            raise CommandError(str(error)) from None
        self._report(written)

    def _report(self, written: Written) -> None:
        for table, rows in written.rows.items():
            self.stdout.write(f"{rows:>12,}  {table}")
        history = sum(rows for table, rows in written.rows.items() if table.endswith("_events"))
        self.stdout.write(
            f"{sum(written.rows.values()):,} rows ({history:,} of them history) and"
            f" {len(written.partitions)} new partitions in {written.seconds:.1f} s."
        )


class ProgressLine:
    """One line on a terminal, nothing elsewhere: rows, rows a second, time left."""

    def __init__(self, stream: Any, total: int) -> None:
        self.stream = stream if stream.isatty() else None
        self.total = total
        self.began = self.shown = time.monotonic()

    def __call__(self, done: int) -> None:
        now = time.monotonic()
        if self.stream is None or not done or now - self.shown < REFRESH_SECONDS:
            return
        self.shown = now
        rate = done / (now - self.began)
        left = int((self.total - done) / rate)
        filled = 30 * done // self.total
        self.stream.write(
            f"\r[{'#' * filled}{'.' * (30 - filled)}] {done:,} of {self.total:,} tasks,"
            f" {rate:,.0f}/s, {left // 60}:{left % 60:02} left ",
            ending="",
        )
        self.stream.flush()

    def clear(self) -> None:
        """Leave no trace of the line."""
        if self.stream is not None:
            self.stream.write("\r\x1b[K", ending="")
