"""Documents, edits of documents, and what people do to tasks, as Hypothesis strategies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

TITLES = (
    "Measure the brook",
    "Paint the kitchen",
    "Order forty bricks",
    "Order forty tiles",
    "Plant cabbage",
    "Write down the rules",
    "Ask grandmother",
    "Sharpen every knife",
)
WORDS = ("apple", "birch", "cedar", "elder")
SECTIONS = ("Tasks", "Phase 1: Spring", "Phase 2: Summer")


@dataclass(frozen=True)
class Part:
    """One item of a document. `waits`: positions of others, `depth`: how far it is nested."""

    title: str
    number: int | None = None
    depth: int = 0
    section: int = 0
    minutes: int | None = None
    priority: str | None = None
    owner: str | None = None
    tags: tuple[str, ...] = ()
    criteria: tuple[tuple[str, bool], ...] = ()
    waits: tuple[int, ...] = ()
    details: tuple[str, ...] = ()
    done: bool = False


@dataclass(frozen=True)
class Draft:
    """A whole document, as headings or as nested lists."""

    parts: tuple[Part, ...]
    headings: bool
    sections: tuple[str, ...] = SECTIONS

    def text(self) -> str:
        blocks = ["# A house and a garden\n"]
        for number, name in enumerate(self.sections):
            inside = [part for part in self.parts if part.section == number]
            if inside:
                blocks.append(f"## {name}\n")
                blocks += [self._heading(p) if self.headings else self._item(p) for p in inside]
        return "\n".join(blocks) + "\n"

    def _heading(self, part: Part) -> str:
        lines = [f"{'#' * (3 + part.depth)} {_id(part)}{part.title}", "", *part.details, ""]
        if part.criteria:
            lines += ["**Acceptance criteria**", ""]
            lines += [f"- [{'x' if met else ' '}] {text}" for text, met in part.criteria]
            lines += [""]
        if part.minutes is not None:
            lines += [f"Estimated time: {part.minutes} minutes", ""]
        if part.priority:
            lines += [f"Priority: {part.priority}", ""]
        if part.owner:
            lines += [f"Owner: {part.owner}", ""]
        if part.tags:
            lines += [f"Labels: {', '.join(part.tags)}", ""]
        named = self._named(part)
        if named:
            lines += [f"Depends on {', '.join(named)}", ""]
        return "\n".join(lines)

    def _item(self, part: Part) -> str:
        marks = [f"{part.minutes} min"] if part.minutes is not None else []
        marks += [part.priority] if part.priority else []
        tail = f" ({', '.join(marks)})" if marks else ""
        tail += f" @{part.owner}" if part.owner else ""
        tail += "".join(f" #{tag}" for tag in part.tags)
        indent = "  " * part.depth
        lines = [f"{indent}- [{'x' if part.done else ' '}] {_id(part)}{part.title}{tail}"]
        lines += [f"{indent}  {line}" for line in part.details]
        named = self._named(part)
        if named:
            lines += [f"{indent}  Depends on {', '.join(named)}"]
        return "\n".join(lines)

    def _named(self, part: Part) -> list[str]:
        """What it waits for, by id, of parts that stand before it: so that there is no circle."""
        place = next(n for n, each in enumerate(self.parts) if each is part)
        before = [self.parts[n] for n in part.waits if n < place]
        return [f"HG-{each.number}" for each in before if each.number is not None]


def _id(part: Part) -> str:
    return f"HG-{part.number} " if part.number is not None else ""


CRITERIA = st.lists(
    st.tuples(st.sampled_from([f"It holds {word}" for word in WORDS]), st.booleans()),
    max_size=3,
    unique_by=lambda pair: pair[0],
).map(tuple)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "title": st.sampled_from(TITLES),
    "depth": st.integers(0, 2),
    "section": st.integers(0, len(SECTIONS) - 1),
    "minutes": st.none() | st.sampled_from([30, 60, 90]),
    "priority": st.none() | st.sampled_from(["high", "low"]),
    "owner": st.none() | st.sampled_from(["ada", "grace"]),
    "tags": st.lists(st.sampled_from(WORDS), max_size=3, unique=True).map(tuple),
    "criteria": CRITERIA,
    "waits": st.lists(st.integers(0, 4), max_size=2, unique=True).map(tuple),
    "details": st.lists(st.sampled_from([f"About {w}." for w in WORDS]), max_size=3).map(tuple),
    "done": st.booleans(),
}
PARTS = st.builds(Part, number=st.none(), **FIELDS)


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """Mostly with ids, since those are what people number by."""
    parts = draw(st.lists(PARTS, min_size=1, max_size=4))
    numbered = draw(st.sampled_from(["all", "all", "none", "some"]))
    with_ids = []
    for number, part in enumerate(parts, start=1):
        has = numbered == "all" or (numbered == "some" and draw(st.booleans()))
        with_ids.append(replace(part, number=number if has else None))
    return Draft(tuple(with_ids), headings=draw(st.booleans()))


@st.composite
def revisions(draw: st.DrawFn, draft: Draft) -> Draft:
    """`draft` after some edits."""
    for _ in range(draw(st.integers(1, 6))):
        draft = _edited(draw, draft)
    return draft


def _edited(draw: st.DrawFn, draft: Draft) -> Draft:
    parts = list(draft.parts)
    others = ["add", "remove", "move", "number", "rename"]
    kind = draw(st.sampled_from([*["set"] * 2 * len(others), *others]))
    place = draw(st.integers(0, len(parts) - 1)) if parts else 0
    if kind == "add" or not parts:
        taken = [part.number or 0 for part in parts]
        number = draw(st.none() | st.just(max(taken, default=0) + 1))
        parts.insert(place, replace(draw(PARTS), number=number))
    elif kind == "remove":
        del parts[place]
    elif kind == "set":
        field = draw(st.sampled_from(sorted(FIELDS)))
        parts[place] = replace(parts[place], **{field: draw(FIELDS[field])})
    elif kind == "move":
        parts.insert(draw(st.integers(0, len(parts) - 1)), parts.pop(place))
    elif kind == "number":
        parts = _numbered(draw, parts, place)
    else:
        names = list(draft.sections)
        names[draw(st.integers(0, len(names) - 1))] = draw(st.sampled_from(["Autumn", "Tasks"]))
        return replace(draft, parts=tuple(parts), sections=tuple(names))
    return replace(draft, parts=tuple(parts))


def _numbered(draw: st.DrawFn, parts: Sequence[Part], place: int) -> list[Part]:
    """All counted anew, two swapped, or one that loses or changes its number."""
    how = draw(st.sampled_from(["anew", "swap", "drop", "other"]))
    result = list(parts)
    if how == "anew":
        count = iter(range(1, len(parts) + 1))
        return [replace(p, number=next(count) if p.number is not None else None) for p in parts]
    if how == "swap":
        other = draw(st.integers(0, len(parts) - 1))
        result[place] = replace(parts[place], number=parts[other].number)
        result[other] = replace(parts[other], number=parts[place].number)
    elif how == "drop":
        result[place] = replace(parts[place], number=None)
    else:
        result[place] = replace(parts[place], number=draw(st.integers(1, 12)))
    return result


@dataclass(frozen=True)
class Deed:
    """What somebody does to the task at `place`, with `other` where two are concerned."""

    kind: str
    place: int
    other: int = 0
    value: Any = None


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "content": st.sampled_from(["My own title", *TITLES]),
    "details": st.sampled_from(["My own words.", "About birch.\nMy own words.", ""]),
    "priority": st.sampled_from(["low", "medium", "high"]),
    "estimated_minutes": st.sampled_from([None, 45, 60]),
    "assignee": st.sampled_from(["", "ada", "linus"]),
    "tags": st.lists(st.sampled_from(["own", *WORDS]), max_size=3, unique=True),
    "status": st.sampled_from(["pending", "in_progress", "completed", "completed", "cancelled"]),
}
KINDS = [
    *VALUES,
    "status",
    "delete",
    "wait",
    "wait no longer",
    "tick",
    "prove",
    "reword",
    "drop criterion",
    "add criterion",
    "add child",
    "move",
    "move out",
]


@st.composite
def deeds(draw: st.DrawFn) -> list[Deed]:
    found = []
    for kind in draw(st.lists(st.sampled_from(KINDS), min_size=1, max_size=8)):
        value = draw(VALUES[kind]) if kind in VALUES else None
        # Mostly the first tasks, so that both sides often change the same one.
        found.append(Deed(kind, draw(st.integers(0, 3)), draw(st.integers(0, 4)), value))
    return found


def with_criteria(criteria: Sequence[dict[str, Any]], deed: Deed) -> list[dict[str, Any]] | None:
    """What `deed` makes of a task's criteria; None where it is about something else."""
    result = [dict(criterion) for criterion in criteria]
    if deed.kind == "add criterion":
        return [*result, {"text": f"My own {deed.other}", "met": False}]
    if deed.kind not in ("tick", "prove", "reword", "drop criterion"):
        return None
    if not result:
        return result
    one = result[deed.other % len(result)]
    if deed.kind == "tick":
        one["met"] = not one["met"]
    elif deed.kind == "prove":
        one |= {"met": True, "evidence": "seen"}
    elif deed.kind == "reword":
        one["text"] = f"{one['text']}, in my words"
    else:
        result.remove(one)
    return result
