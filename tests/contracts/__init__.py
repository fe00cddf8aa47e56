"""What every resource of the API promises, as classes that a resource's tests inherit.

A resource says in one class where it lives and how its records come to be; the contracts say the
rest::

    class Tasks(Resource): ...
    class TestReading(Tasks, ReadContract): ...
    class TestListing(Tasks, RepositoryListContract): ...

Every test of a contract runs with the application's rights (`as_app`): what only the owner of the
tables may do would fail here.
"""

import pytest

pytest.register_assert_rewrite(
    "tests.contracts.answers",
    "tests.contracts.deletion",
    "tests.contracts.history",
    "tests.contracts.reading",
    "tests.contracts.writing",
)

from .answers import (  # noqa: E402  (asserts are rewritten on import)
    ClientOf,
    assert_problem,
    nothing_written,
    outline,
    problem_of,
    query_count,
    row_counts,
)
from .deletion import DeletedListContract, DeletionContract, RestoreContract  # noqa: E402
from .history import DeletedHistoryContract, HistoryContract  # noqa: E402
from .reading import ListContract, ReadContract, RepositoryListContract  # noqa: E402
from .resource import API, Resource  # noqa: E402
from .writing import (  # noqa: E402
    BodyContract,
    CreateContract,
    DestroyContract,
    RepositoryCreateContract,
    StaleWriteContract,
    UpdateContract,
)

__all__ = [
    "API",
    "BodyContract",
    "ClientOf",
    "CreateContract",
    "DeletedHistoryContract",
    "DeletedListContract",
    "DeletionContract",
    "DestroyContract",
    "HistoryContract",
    "ListContract",
    "ReadContract",
    "RepositoryCreateContract",
    "RepositoryListContract",
    "Resource",
    "RestoreContract",
    "StaleWriteContract",
    "UpdateContract",
    "assert_problem",
    "nothing_written",
    "outline",
    "problem_of",
    "query_count",
    "row_counts",
]
