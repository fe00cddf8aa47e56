"""What a section holds, by its title: tasks, a roadmap, stories, requirements, or no work at all.

The tables are data: a new wording is a new word in them.
"""

from __future__ import annotations

import re
from enum import IntEnum


class Kind(IntEnum):
    """What the entries of a section are. The lowest number in a document makes its tasks.

    Documents show the same work several times, as stories, requirements and a roadmap. Taking all
    of them would make every task three times.
    """

    TASKS = 1
    ROADMAP = 2
    STORIES = 3
    REQUIREMENTS = 4
    SCHEDULE = 5  # dates, which repeat the work once more
    LOOSE = 6  # checkboxes that stand beneath no such section
    NO_WORK = 9


_NAMES = {
    name: kind
    for kind, names in {
        Kind.TASKS: "tasks|task|sub tasks|subtasks|task list|task breakdown|tasks and subtasks|"
        "work items|work packages|work breakdown|work breakdown structure|wbs|action items|actions|"
        "to do|todo|todos|to dos|backlog|product backlog|sprint backlog|implementation tasks|"
        "development tasks|engineering tasks|tickets|issues|implementation steps|next steps|"
        "implementation checklist|checklist|what to do|jobs to do",
        Kind.ROADMAP: "roadmap|development roadmap|product roadmap|implementation roadmap|"
        "implementation plan|development plan|project plan|delivery plan|work plan|phases|"
        "implementation phases|development phases|project phases|iterations|sprints|"
        "plan of work|mvp requirements|mvp|mvp scope",
        Kind.SCHEDULE: "milestones|timeline|schedule|release plan|rollout plan|release schedule|"
        "project schedule|key dates|dates",
        Kind.STORIES: "user stories|stories|core user stories|epics|epics and stories|use cases|"
        "features|core features|key features|main features|feature list|product features|"
        "capabilities|functionality|jobs to be done",
        Kind.REQUIREMENTS: "requirements|functional requirements|deliverables|scope|in scope|"
        "non functional requirements|nonfunctional requirements|product requirements|"
        "technical requirements|system requirements|business requirements|user requirements|"
        "must haves|specifications",
        Kind.NO_WORK: "out of scope|non goals|nongoals|not in scope|exclusions|"
        "wont have|will not have|"
        "non requirements|future work|future enhancements|future considerations|future ideas|"
        "future|later|nice ideas|parking lot|ideas|risks|risks and mitigations|risk assessment|"
        "risks and assumptions|assumptions|constraints|assumptions and constraints|"
        "open questions|questions|open issues|known issues|appendix|appendices|glossary|"
        "definitions|references|resources|links|index|contents|table of contents|toc|change log|"
        "changelog|history|revision history|document history|background|context|motivation|"
        "personas|user personas|alternatives|alternatives considered|stakeholders|team|sign off|"
        "approvals|decisions|technical decisions|examples|example|success metrics|metrics|goals|"
        "objectives|kpis|faq|meeting notes",
    }.items()
    for name in names.split("|")
}  # fmt: skip
_ENDINGS = (
    (" sub tasks", Kind.TASKS),
    (" subtasks", Kind.TASKS),
    (" tasks", Kind.TASKS),
    (" backlog", Kind.TASKS),
    (" roadmap", Kind.ROADMAP),
    (" milestones", Kind.SCHEDULE),
    (" timeline", Kind.SCHEDULE),
    (" user stories", Kind.STORIES),
    (" features", Kind.STORIES),
    (" requirements", Kind.REQUIREMENTS),
    (" deliverables", Kind.REQUIREMENTS),
)
_MAX_ENDING_WORDS = 4
_ABOUT = re.compile(r"\b(?:for|of|with|to|about|in|from|managing|viewing)\b")  # "CQRS for tasks"
_BEGINNINGS = (
    ("out of scope", Kind.NO_WORK),
    ("non goals", Kind.NO_WORK),
    ("future ", Kind.NO_WORK),
    ("risks ", Kind.NO_WORK),
    ("open questions", Kind.NO_WORK),
    ("appendix", Kind.NO_WORK),
)
# Parts of a task's own text, never a task beneath it.
_DETAILS_TEXT = (
    "overview|summary|description|details|note|notes|rationale|why|how|what|approach|design|"
    "technical notes|technical details|implementation notes|implementation details|comments|"
    "goal|goals|objective|purpose|introduction|user value|value|impact|status|deliverable|"
    "example|examples|probability|mitigation|contingency|risk|remark|remarks|hint|tip|"
    "warning|important|see also|source|reason|benefit|benefits|outcome|result|output|input|"
    "test strategy|testing|tests|scope|deliverables|references|independent test|checkpoint"
)
_DETAILS = frozenset(_DETAILS_TEXT.split("|"))
_GROUP = re.compile(
    r"(?:phase|milestone|sprint|iteration|stage|epic|release|wave|step|part|week|month|quarter|"
    r"layer|track|workstream|work stream|work package)\b|(?:mvp|q[1-4]|v[0-9])\b",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"(?P<word>(?:sub[-\s]?)?task|(?:user\s+)?story|feature|epic|phase|milestone|sprint|iteration|"
    r"stage|step|requirement|use\s+case|work\s+package|ticket)\s+#?"
    r"(?P<number>[0-9]{1,4}(?:\.[0-9]{1,3}){0,4})\s*[:.)\u2013\u2014-]?\s*",
    re.IGNORECASE,
)
_WORD_KINDS = {
    "task": Kind.TASKS,
    "ticket": Kind.TASKS,
    "story": Kind.STORIES,
    "feature": Kind.STORIES,
    "epic": Kind.STORIES,
    "case": Kind.STORIES,
    "requirement": Kind.REQUIREMENTS,
}
_NUMBERING = re.compile(r"(?:[0-9]{1,3}(?:\.[0-9]{1,3}){0,4}[.)]?|[A-Z][.)]|[IVX]{1,5}[.)])\s+")
_STRICT_NUMBER = re.compile(
    r"([0-9]{1,3}(?:\.[0-9]{1,3}){0,4}(?=[.)])|[0-9]{1,3}(?:\.[0-9]{1,3}){1,4})[.)]?\s+(?=\S)"
)
_BRACKETS = re.compile(r"\([^()]{0,100}\)")


def normalise_title(title: str) -> str:
    """Lower-case words without numbering, brackets and marks."""
    title = without_numbering(title[:200].strip().strip("*_ "))[1]
    title = _BRACKETS.sub(" ", title).replace("&", " and ").lower()
    title = re.sub(r"['\u2019]", "", title)
    return " ".join(re.sub(r"[^\w]+", " ", title).split())


def kind_of_title(title: str, *, whole: bool = False) -> Kind | None:
    """What the entries of a section with this title are, if the title says so.

    With `whole` the title must be one of the known names; else its last word may do ("Backend
    tasks").
    """
    if len(title) > 100:
        return None
    name = normalise_title(title.partition(":")[0] if title.rstrip().endswith(":") else title)
    if name in _NAMES:
        return _NAMES[name]
    for words, kind in _BEGINNINGS:
        if name.startswith(words):
            return kind
    if whole or len(name.split()) > _MAX_ENDING_WORDS or _ABOUT.search(name):
        return None
    return next((kind for words, kind in _ENDINGS if name.endswith(words)), None)


def is_detail(title: str) -> bool:
    """Whether such a title names a part of a task ("Notes") and not a task."""
    return normalise_title(title.partition(":")[0]) in _DETAILS


def is_group(title: str) -> bool:
    """Whether such a heading gathers tasks: a phase, a milestone, an epic."""
    return _GROUP.match(normalise_title(title)) is not None


def numbered_task(title: str) -> tuple[Kind, str, str] | None:
    """(kind, "task 3", rest) of a heading such as `Task 3: Title`."""
    title = without_numbering(title.strip())[1]
    match = _NUMBERED.match(title)
    if match is None:
        return None
    word = match["word"].lower().replace("-", " ").split()[-1].removeprefix("sub")
    kind = _WORD_KINDS.get(word, Kind.ROADMAP)
    return kind, f"{word} {match['number']}", title[match.end() :].strip()


def strict_number(title: str) -> tuple[str, str]:
    """(number, rest) where it can be nothing but numbering: `1.` or `2.1`, not `3 hives`."""
    match = _STRICT_NUMBER.match(title)
    return (match[1], title[match.end() :]) if match else ("", title)


def without_numbering(title: str) -> tuple[str, str]:
    """(number, rest) of a title such as `1.2 Rest`."""
    match = _NUMBERING.match(title)
    return (match[0].strip(" .)"), title[match.end() :]) if match else ("", title)
