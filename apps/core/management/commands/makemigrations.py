"""`makemigrations` that is safe for partitioned models."""

from __future__ import annotations

from typing import Any
from unittest import mock

from psqlextra.backend.migrations import operations
from psqlextra.backend.migrations.patched_autodetector import AddOperationHandler
from psqlextra.management.commands.pgmakemigrations import Command as PsqlextraCommand


def add_create_partitioned_model(handler: Any, operation: Any) -> Any:
    """Create the partitioned table alone: TaskHub has no DEFAULT partition (ADR 0002)."""
    state = handler.autodetector.to_state.models[handler.app_label, operation.name.lower()]
    _, args, kwargs = operation.deconstruct()
    return handler.add(
        operations.PostgresCreatePartitionedModel(
            *args, **{**kwargs, "partitioning_options": state.partitioning_options}
        )
    )


class Command(PsqlextraCommand):
    """The plain command would write an unpartitioned `CreateModel`, without a word."""

    def handle(self, *app_labels: str, **options: Any) -> None:
        with mock.patch.object(
            AddOperationHandler, "add_create_partitioned_model", add_create_partitioned_model
        ):
            super().handle(*app_labels, **options)
