"""The common reads of tasks, by name (`core.catalogue`).

Bounds hold for every sample on 200,000 made-up tasks and on a million (`tests/plans`,
`benchmarks/queries.py`): they say what a read may cost at worst, not what it costs.
"""

from apps.core.catalogue import register_index

from . import across, flow, lists, single, states

__all__ = ["across", "flow", "lists", "single", "states"]

register_index("tasks_pattern", "Deleting a pattern sets its tasks' column to null.")
register_index("tasks_template", "Deleting a template sets its tasks' column to null.")
register_index("task_dependencies_pkey", "The primary key: history names rows by it.")
register_index("task_external_keys_pkey", "The primary key: history names rows by it.")
register_index("task_claims_pkey", "The primary key: history names rows by it.")
register_index("critical_paths_pkey", "The primary key: every record has one.")
register_index("critical_paths_repository_id_key", "One path a repository, read by this key.")
register_index("task_claims_task_id_key", "One claim a task; who holds one is asked by it.")
register_index("task_claims_fence_unique", "No two claims have one fence.")
register_index("task_claims_expiry", "Each minute, what has expired goes back to the queue.")
register_index(
    "task_claims_repository_expiry",
    "Before work is handed out, what has expired in the repository; its claims in a list.",
)
