"""From a task or a document to its score."""

from __future__ import annotations

from collections.abc import Sequence

from apps.prds.parser import ParsedDocument

from .counting import tally
from .formula import Complexity, Inputs, score_inputs
from .lexicon import count_uncertainties, count_words, find_risks


def count_item(
    *, title: str, details: str, criteria: Sequence[str] = (), dependencies: int = 0
) -> Inputs:
    """What is counted of one task: the same for a proposal and for the task as it is stored.

    `dependencies` counts the edges that come in: the tasks that this one waits for. What waits for
    it makes it important, not complex.
    """
    counted = tally(details)
    text = f"{title}\n{details}"
    return Inputs(
        words=count_words(text),
        requirements=counted.requirements,
        criteria=len(criteria),
        files=counted.files,
        tests=counted.tests,
        dependencies=dependencies,
        risks=find_risks("\n".join((text, *criteria))),
        uncertainties=count_uncertainties(text),
    )


def count_document(text: str) -> Inputs:
    """What is counted of a whole document: every line of it, whichever became tasks.

    A text with more lines, wherever they were put, counts no less of anything.
    """
    counted = tally(text)
    return Inputs(
        words=count_words(text),
        requirements=counted.requirements,
        criteria=counted.criteria,
        files=counted.files,
        tests=counted.tests,
        dependencies=counted.dependencies,
        risks=find_risks(text),
        uncertainties=count_uncertainties(text),
    )


def score_item(
    *, title: str, details: str, criteria: Sequence[str] = (), dependencies: int = 0
) -> Complexity:
    """The complexity of one task; see `count_item`."""
    inputs = count_item(title=title, details=details, criteria=criteria, dependencies=dependencies)
    return score_inputs(inputs, "item")


def score_proposals(document: ParsedDocument) -> dict[str, Complexity]:
    """The complexity of every task and group that the document proposes, by its key.

    A dependency that lies on a cycle counts too, although it is not taken: to state one more never
    makes a task simpler.
    """
    waits_for: dict[str, set[str]] = {task.key: set() for task in document.tasks}
    for edge in (*document.cyclic, *(edge for task in document.tasks for edge in task.depends_on)):
        waits_for[edge.task_key].add(edge.depends_on_key)
    return {
        task.key: score_item(
            title=task.title,
            details=task.details,
            criteria=[criterion.text for criterion in task.criteria],
            dependencies=len(waits_for[task.key]),
        )
        for task in document.tasks
    }


def score_document(text: str) -> Complexity:
    """The complexity of a whole document; see `count_document`."""
    return score_inputs(count_document(text), "document")
