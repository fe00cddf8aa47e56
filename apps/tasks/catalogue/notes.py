"""Why a read may cost more than on a table without partitions, or more than others."""

PLANNING = (
    "A short answer, whose time is mostly planning: no bound on ids can be known, so every"
    " partition's indexes are weighed, once for each time that the statement names the table."
)
COUNTING = (
    "It reads the index entry of each live task of the repository, on both sides. For a small"
    " repository the time is planning for all partitions."
)
SEARCHING = (
    "It looks at up to 1,001 hits before it knows whether the words are rare, and each hit's row"
    " lies elsewhere; without partitions it is as slow."
)
SORTING = (
    "All that was deleted in the repository before the cursor is read and sorted: the planner"
    " counts the share of NULLs twice, and so expects a few rows. Retention keeps them few."
)
STEPPING = (
    "It steps from deletion to deletion, and each step asks every partition's index for its newest:"
    " without partitions it asks one."
)
ASKING = (
    "Of each pending task it asks for a claim, for open children in all partitions, and for what it"
    " waits for, until fifty have passed; where most wait, it asks of many."
)
