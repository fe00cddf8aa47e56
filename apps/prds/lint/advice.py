"""Every kind of finding with its severity and its remedy, as data.

The first table names the notes of the parser; what they mean is said there, once.
"""

from __future__ import annotations

from .model import Advice

_ONE_VALUE = Advice("error", "State it once, or make both statements agree.")
_ESTIMATE = Advice(
    "warning", "Write a number with a unit, such as \u201c3 h\u201d or \u201c2-4 d\u201d."
)

SILENT = frozenset({"group"})
"""Notes that say what was done, where nothing is to be mended."""

NOTES: dict[str, Advice] = {
    "dependency_cycle": Advice(
        "error", "Take one of these dependencies out; until then none of them is taken."
    ),
    "parallel_contradiction": Advice(
        "error", "Take out the dependency, or say that these tasks do not run in parallel."
    ),
    "self_dependency": Advice("error", "Name the task that it really waits for."),
    "unknown_reference": Advice(
        "error", "Correct the id, or say in words which other document has this task."
    ),
    "duplicate_id": Advice("error", "Give one of them an id of its own."),
    "estimate_conflict": _ONE_VALUE,
    "points_conflict": _ONE_VALUE,
    "priority_conflict": _ONE_VALUE,
    "assignee_conflict": _ONE_VALUE,
    "reference_to_group": Advice("warning", "Name the tasks beneath that heading one by one."),
    "unclear_dependency": Advice(
        "warning", "Write \u201cA depends on B\u201d with the ids or titles of both tasks."
    ),
    "estimate_unreadable": _ESTIMATE,
    "estimate_negative": _ESTIMATE,
    "estimate_out_of_range": Advice("warning", "Split the task: an estimate is 168 h at most."),
    "priority_unreadable": Advice(
        "warning", "Write high, medium or low, P0 to P5, or a MoSCoW word."
    ),
    "odd_checkbox": Advice(
        "warning", "Write \u201c[ ]\u201d for open and \u201c[x]\u201d for met."
    ),
    "empty_criterion": Advice("warning", "Write what must be true, or take the line out."),
    "criteria_not_a_list": Advice("warning", "Make each criterion an entry of a list."),
    "missing_title": Advice("warning", "Write a title behind the id."),
    "ignored_id": Advice("warning", "Put a colon behind the id if this is a task."),
    "id_inside_heading": Advice("warning", "Begin the heading with the id if this is a task."),
    "nested_heading": Advice("warning", "Move the heading to the margin if this is a task."),
    "heading_in_html": Advice("warning", "Put a blank line before the heading."),
    "no_tasks": Advice(
        "warning", "Begin the headings of tasks with an id, or list them beneath \u201cTasks\u201d."
    ),
    "more_notes": Advice("warning", "Mend what is listed, then look again."),
    "title_cut": Advice("info", "Shorten the title; what is cut stands in the document."),
    "details_cut": Advice("info", "Split the task, or move text that is not needed to do it."),
    "duplicate_dependency": Advice("info", "State it in one place."),
    "prose_dependency": Advice(
        "info", "If this is a task of the document, name it by its id; else leave it."
    ),
    "order_only": Advice("info", "Write \u201cdepends on\u201d where one task waits for another."),
    "checkbox_outside_task": Advice(
        "info", "Move the checkboxes beneath the task that they belong to."
    ),
    "not_taken": Advice("info", "Nothing, if the tasks elsewhere say the same work."),
    "assignee_unclear": Advice("info", "Name one person."),
    "too_many_tags": Advice("info", "Keep the ten tags that matter."),
    "front_matter_unread": Advice("info", "Write one \u201cname: value\u201d a line."),
}
OWN: dict[str, Advice] = {
    "total_mismatch": Advice("error", "Correct the total or the estimates."),
    "group_total_mismatch": Advice(
        "error", "Correct the estimate of the whole or those of its parts."
    ),
    "duplicate_entry_id": Advice("error", "Give one of them an id of its own."),
    "unknown_id": Advice("warning", "Correct the id, or add the task that it names."),
    "unmeasurable_criterion": Advice(
        "warning",
        "Name a number with its unit, a result that can be seen (\u201creturns 404\u201d, \u201cis "
        "refused\u201d), or the command or file that shows it.",
    ),
    "no_criteria": Advice(
        "warning", "Say beneath \u201cAcceptance criteria\u201d how one sees that it is done."
    ),
    "empty_section": Advice("warning", "Write the section, or take its heading out."),
    "total_unchecked": Advice("info", "Estimate the tasks that have no estimate."),
    "undecided": Advice("info", "Decide it, or name who will and by when."),
    "more_findings": Advice("warning", "Mend what is listed, then look again."),
}
ADVICE = {**NOTES, **OWN}
