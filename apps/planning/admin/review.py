"""What the page of a plan shows: the document beside the proposals, with links both ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.utils.safestring import SafeString

from apps.core.admin.display import change_url, link
from apps.core.admin.search import as_number
from apps.planning.choices import Decision, EntryKind, PlanState
from apps.planning.merge import EDITABLE, GONE, MINE, THEIRS
from apps.planning.models import PRDItem, PRDPlan, PRDPlanEntry
from apps.prds.rendering import Rendered, render_document
from apps.repositories.admin.scope import has_permission
from apps.tasks.models import Task

from .entry_forms import EntryForm
from .values import FIELD_LABELS, Names, read_names, show_difference, show_value

# A page of entries is one form: with all their fields it stays below the 1,000 that Django takes.
PAGE = 40
MOST_LINKS = 5_000
LONGEST_LABEL = 40
UNDECIDED = Decision.UNDECIDED.value
SIDES = (
    ("base", "Document, merged before"),
    ("mine", "Task"),
    ("theirs", "Document, this text"),
    ("result", "Proposed"),
)
CHOSEN = {MINE: "Kept as the task has it.", THEIRS: "Taken from the document."}
# What the head of a new task says anyway.
SAID_ABOVE = ("content", "external_key", "source_section")
# Beside its colour and its word each kind has a sign.
SIGNS: Mapping[str, str] = {
    EntryKind.ADD: "+",
    EntryKind.CHANGE: "±",
    EntryKind.RETIRE: "-",
    EntryKind.MOVE: "→",
    EntryKind.CONFLICT: "!",
}


@dataclass(frozen=True, slots=True)
class Brief:
    """What the document's links and the filters need to know of each entry."""

    position: int
    pk: UUID
    key: str
    kind: str
    decision: str
    title: str
    first_line: int | None

    @property
    def name(self) -> str:
        """Its id in the document, or else its title."""
        name = self.title if self.key.startswith("#") or not self.key else self.key
        return name if len(name) <= LONGEST_LABEL else f"{name[:LONGEST_LABEL]}…"

    def is_of(self, kind: str) -> bool:
        """Whether the filter `kind` shows it."""
        return kind in ("", self.kind, self.decision)


@dataclass(frozen=True, slots=True)
class ShownField:
    """One field of an entry: what it was, is, is said to be and will be."""

    name: str
    label: str
    change: Mapping[str, Any]
    result: SafeString
    sides: Sequence[tuple[str, SafeString]]
    difference: Mapping[str, Any]
    conflict: Sequence[tuple[str, Any]]
    line_url: str
    choice: Any  # bound fields, where the person may decide
    value: Any
    is_edited: bool
    chosen: str  # of a conflict: whose value it is

    @property
    def is_open(self) -> bool:
        """Whether another choice than the usual one was made, so that it is to be seen."""
        said = self.choice.value() if self.choice else ""
        return said not in ("", THEIRS) or bool(self.choice and self.choice.errors)


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """One entry."""

    row: PRDPlanEntry
    sign: str
    key: str
    fields: Sequence[ShownField]
    task: SafeString
    form: EntryForm | None
    line_url: str
    next_url: str

    @property
    def said(self) -> list[ShownField]:
        """The values of a new task that its head does not say."""
        return [f for f in self.fields if f.is_edited or f.name not in SAID_ABOVE]

    @property
    def values(self) -> Iterator[Any]:
        """The inputs of a new task's values."""
        if self.form and self.row.kind == EntryKind.ADD:
            yield from (self.form[f"value-{name}"] for name in EDITABLE)

    @property
    def how(self) -> str:
        """How sure the parser is, and by which rule."""
        if self.row.rule == GONE:
            return ""
        return f"{self.row.confidence.capitalize()}, by {self.row.rule.replace('_', ' ')}."

    @property
    def is_edited(self) -> bool:
        return bool(self.row.answers.get("values"))


class Review:
    """A page of the plan's entries, and the document."""

    def __init__(self, plan: PRDPlan, user: Any, query: Mapping[str, str], path: str) -> None:
        self.plan, self.user, self.path = plan, user, path
        columns = ("position", "pk", "key", "kind", "decision", "title", "first_line")
        entries = PRDPlanEntry.objects.filter(plan=plan).order_by("position")
        self.all = [Brief(*row) for row in entries.values_list(*columns)]
        asked = query.get("kind", "")
        self.kind = asked if asked in {UNDECIDED, *EntryKind.values} else ""
        self.listed = [brief for brief in self.all if brief.is_of(self.kind)]
        self.start = self._start(query.get("from", ""))
        self.page = self.listed[self.start : self.start + PAGE]
        self.shown = {brief.pk for brief in self.page}

    def _start(self, given: str) -> int:
        """The index of the page's first entry; `from` is a position."""
        position = as_number(given)
        before = sum(1 for brief in self.listed if brief.position < position)
        return min(before, max(0, len(self.listed) - 1)) // PAGE * PAGE

    # -- addresses ----
    @property
    def url(self) -> str:
        """This page."""
        return self._url(self.kind, self.start)

    @property
    def previous_url(self) -> str:
        return self._url(self.kind, self.start - PAGE) if self.start else ""

    @property
    def next_url(self) -> str:
        beyond = self.start + PAGE
        return self._url(self.kind, beyond) if beyond < len(self.listed) else ""

    def _url(self, kind: str, start: int) -> str:
        query: dict[str, Any] = {"kind": kind} if kind else {}
        if start > 0:
            query["from"] = self.listed[start].position
        return f"{self.path}?{urlencode(query)}" if query else self.path

    def entry_url(self, brief: Brief) -> str:
        """Where the entry is to be seen."""
        if brief.pk in self.shown:
            return f"#entry-{brief.pk}"
        return f"{self.path}{place_of(brief)}"

    # -- what is shown ----
    @property
    def first(self) -> int:
        return self.start + 1

    @property
    def last(self) -> int:
        return self.start + len(self.shown)

    def filters(self) -> list[dict[str, Any]]:
        """The kinds of entries, each with its number."""
        kinds = [("", "All", ""), *((k.value, str(k.label), SIGNS[k]) for k in EntryKind)]
        if self.plan.state == PlanState.OPEN:
            kinds.append((UNDECIDED, "Undecided", "?"))
        return [
            {
                "kind": kind,
                "label": label,
                "sign": sign,
                "count": sum(1 for brief in self.all if brief.is_of(kind)),
                "url": self._url(kind, 0),
                "is_current": kind == self.kind,
            }
            for kind, label, sign in kinds
        ]

    def first_undecided(self) -> str:
        """Where the first undecided entry is to be seen."""
        found = (self.entry_url(brief) for brief in self.all if brief.is_of(UNDECIDED))
        return next(found, "") if self.plan.state == PlanState.OPEN else ""

    @property
    def has_undecided_news(self) -> bool:
        """Whether new tasks of this page wait for a word."""
        return any(b.kind == EntryKind.ADD and b.is_of(UNDECIDED) for b in self.page)

    def document(self) -> Rendered:
        """The plan's text, each line with links to what it proposes."""
        links: dict[int, list[tuple[str, str]]] = {}
        for brief in self.all[:MOST_LINKS]:
            if brief.first_line is not None:
                label = f"{SIGNS[brief.kind]} {brief.name}"
                links.setdefault(brief.first_line, []).append((self.entry_url(brief), label))
        return render_document(self.plan.content, links)

    def entries(
        self, document: Rendered, forms: Mapping[UUID, EntryForm], *, editable: bool
    ) -> list[ShownEntry]:
        """The page's entries in the document's order, and those of `forms` that are not on it."""
        rows = list(
            PRDPlanEntry.objects.filter(plan=self.plan, pk__in={*self.shown, *forms}).order_by(
                "position"
            )
        )
        names = read_names(self.plan, rows, self.user)
        made = self._made(rows)
        waiting = [brief for brief in self.all if brief.is_of(UNDECIDED)] if editable else []
        result = []
        for row in rows:
            form = forms.get(row.pk) or (EntryForm(row) if editable else None)
            following = next((b for b in waiting if b.position > row.position), None)
            gone = row.rule == GONE
            result.append(
                ShownEntry(
                    row=row,
                    sign=SIGNS[row.kind],
                    key="" if row.key.startswith("#") else row.key,
                    fields=[_field(row, change, names, document, form) for change in row.fields],
                    task=names.get(str(row.task_id), made.get(row.key, SafeString())),
                    form=form,
                    line_url="" if gone else f"#{document.anchor(row.first_line or 1)}",
                    next_url=self.entry_url(following) if following else "",
                )
            )
        return result

    def _made(self, rows: Sequence[PRDPlanEntry]) -> dict[str, SafeString]:
        """The tasks that an applied plan has made of its new items, by their keys."""
        if self.plan.state != PlanState.APPLIED or not has_permission(self.user, "view", Task):
            return {}
        keys = [row.key for row in rows if row.kind == EntryKind.ADD]
        items = PRDItem.objects.filter(prd=self.plan.prd_id, key__in=keys, task__isnull=False)
        return {
            item.key: link(change_url(item.task), item.task)
            for item in items.select_related("task").only("key", "task__content")
        }


def place_of(entry: Any) -> str:
    """The entry's place among all: the rest of an address of its plan's page."""
    start = (entry.position - 1) // PAGE * PAGE + 1
    return f"{f'?from={start}' if start > 1 else ''}#entry-{entry.pk}"


def _field(
    row: PRDPlanEntry,
    change: Mapping[str, Any],
    names: Names,
    document: Rendered,
    form: EntryForm | None,
) -> ShownField:
    name, place = change["field"], change["place"]
    is_add = row.kind == EntryKind.ADD
    values = row.answers.get("values", {})
    chosen = row.answers.get("choices", {}).get(name)
    result = values.get(name, change["mine"] if chosen == MINE else change["result"])
    own = {} if form is None else {kind: f"{kind}-{name}" for kind in ("choice", "value")}
    return ShownField(
        name=name,
        label=FIELD_LABELS[name],
        change=change,
        result=show_value(name, result, names),
        sides=[] if is_add else [(label, show_value(name, change[s], names)) for s, label in SIDES],
        difference={} if is_add else show_difference(name, change["mine"], result, names),
        conflict=_both(name, change, names) if change["verdict"] == "conflict" else [],
        line_url=f"#{document.anchor(place['first_line'])}" if place and row.rule != GONE else "",
        choice=form[own["choice"]] if form and own["choice"] in form.fields else None,
        value=form[own["value"]] if form and own["value"] in form.fields and not is_add else None,
        is_edited=name in values,
        chosen="Another value." if name in values else CHOSEN.get(chosen, ""),
    )


def _both(name: str, change: Mapping[str, Any], names: Names) -> list[tuple[str, Any]]:
    """What each side has made of the value that both knew."""
    return [
        (label, show_difference(name, change["base"], change[side], names))
        for side, label in (("mine", "Changed here"), ("theirs", "Changed in the document"))
    ]
