"""Which item of the new text is which earlier one: by id, by place, by title, else somebody says.

The order of trust: what a reviewer has pinned, the same id, the same title under the same headings,
the same title anywhere, a title that is nearly the same (rapidfuzz's token set ratio of 90) and
like no other. What is only similar makes a question, and so does a text that was renumbered: there
the ids say one thing and the titles another. An item is matched once.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from rapidfuzz import fuzz, process

from .model import BaseItem, Candidate, Item, Matched

SURE = 90
SIMILAR = 75
# "Login" is a part of "Login for auditors who only read": the set of words alone would equal them.
SURE_IN_ORDER = 60
MOST_CANDIDATES = 5
MOST_COMPARED = 250_000
"""Pairs of titles that are compared at most; beyond, what is new and what is gone stay apart."""

NEW_PIN = "new"
TASK_PIN = "task:"
T = TypeVar("T")


@dataclass(slots=True)
class Anchors:
    """Each item with its earlier one; the questions by item; what waits for an answer to them."""

    matched: list[Matched] = field(default_factory=list)
    questions: dict[str, tuple[Candidate, ...]] = field(default_factory=dict)
    adopted: dict[str, str] = field(default_factory=dict)
    """By an item's key: the task, of no earlier item, that it shall stand for."""
    waiting_items: set[str] = field(default_factory=set)
    waiting_base: set[str] = field(default_factory=set)
    gave_up: bool = False
    """There were more than `MOST_COMPARED` pairs of titles."""


def find_anchors(
    items: Sequence[Item], base: Sequence[BaseItem], pins: Mapping[str, str]
) -> Anchors:
    """Match every item. Deterministic; linear but for the bounded comparison of titles."""
    return _Matcher(items, base, pins).run()


def plain_title(title: str) -> str:
    """`title` without what editors change in passing: case, punctuation, spaces."""
    folded = unicodedata.normalize("NFKC", title).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in folded).split()) or folded.strip()


class _Matcher:
    def __init__(
        self, items: Sequence[Item], base: Sequence[BaseItem], pins: Mapping[str, str]
    ) -> None:
        self.items = items
        self.base = base
        self.pins = pins
        self.left = {item.key: item for item in items}
        self.free = {earlier.id: earlier for earlier in base}
        self.found: dict[str, tuple[BaseItem | None, str]] = {}
        self.result = Anchors()
        self.title = {id(item): plain_title(item.title) for item in items}
        self.title |= {id(earlier): plain_title(earlier.title) for earlier in base}
        self.place = {id(item): self._place_of(item) for item in items}
        self.place |= {id(earlier): self._place_of(earlier) for earlier in base}

    def run(self) -> Anchors:
        self._take_pins()
        self._ask_of_renumbered()
        self._pair(lambda each: each.external_key, "id")
        self._pair(lambda each: self.place[id(each)], "place")
        self._pair_namesakes()
        self._pair(lambda each: self.title[id(each)], "title")
        self._compare_titles()
        for item in self.items:
            if item.key not in self.result.waiting_items:
                self.result.matched.append(Matched(item, *self.found.get(item.key, (None, "new"))))
        return self.result

    def _settle(self, item: Item, earlier: BaseItem | None, how: str) -> None:
        del self.left[item.key]
        self.found[item.key] = (earlier, how)
        if earlier:
            del self.free[earlier.id]

    def _hold(self, items: Iterable[Item | None], base: Iterable[BaseItem | None]) -> None:
        for item in items:
            if item and self.left.pop(item.key, None):
                self.result.waiting_items.add(item.key)
        for earlier in base:
            if earlier and self.free.pop(earlier.id, None):
                self.result.waiting_base.add(earlier.id)

    def _take_pins(self) -> None:
        # In the document's order: of two items with one pin, the first one has it.
        for item in self.items:
            pin = self.pins.get(item.key)
            if pin is None:
                continue
            if pin == NEW_PIN:
                self._settle(item, None, "pinned")
            elif pin.startswith(TASK_PIN):
                self.result.adopted[item.key] = pin.removeprefix(TASK_PIN)
                self._settle(item, None, "pinned")
            elif pin in self.free:
                self._settle(item, self.free[pin], "pinned")

    def _ask_of_renumbered(self) -> None:
        """Ask where an id stands before another title now, and its old title before another id."""
        item_of_id = {item.external_key: item for item in self.left.values() if item.external_key}
        base_of_id = {
            b.external_key: b for b in self.free.values() if b.external_key and not b.retired
        }
        item_of_title = _alone((self.title[id(item)], item) for item in self.items)
        titles = Counter(self.title[id(b)] for b in self.base if not b.retired)
        base_of_title = {self.title[id(b)]: b for b in self.free.values() if not b.retired}
        for earlier in base_of_id.values():
            title = self.title[id(earlier)]
            same_id, same_title = item_of_id.get(earlier.external_key), item_of_title.get(title)
            if same_id is None or same_title is None or same_id is same_title:
                continue
            if same_title.key in self.found or titles[title] > 1:
                continue
            partner = base_of_id.get(same_title.external_key)
            candidates = [_candidate(earlier, 100)]
            if partner:
                candidates.append(_candidate(partner, _score(self.title[id(partner)], title)))
            self.result.questions[same_title.key] = tuple(candidates)
            namesake = base_of_title.get(self.title[id(same_id)])
            self._hold([same_title, same_id], [earlier, partner, namesake])

    def _pair(self, name_of: Callable[[Item | BaseItem], Hashable], how: str) -> None:
        """Match what has the same name, alone in its text; what was retired only after the rest."""
        names = _alone((name_of(item), item) for item in self.items)
        for retired in (False, True):
            earlier = _alone((name_of(b), b) for b in self.base if b.retired is retired)
            for name, item in names.items():
                match = earlier.get(name)
                if name and match and item.key in self.left and match.id in self.free:
                    self._settle(item, match, how)

    def _place_of(self, each: Item | BaseItem) -> Hashable:
        """The title and the headings above; an item that is a heading itself is not above."""
        title = self.title[id(each)]
        above = [plain_title(heading) for heading in each.path]
        if above and above[-1].endswith(title):
            above.pop()
        return (*above, title)

    def _pair_namesakes(self) -> None:
        """Match items of one title and place in their order, where they are as many as before."""
        now, before = defaultdict(list), defaultdict(list)
        for item in self.left.values():
            now[self.place[id(item)]].append(item)
        # Keys of namesakes are numbered: shorter ones come first.
        for earlier in sorted(self.free.values(), key=lambda each: (len(each.key), each.key)):
            if not earlier.retired:
                before[self.place[id(earlier)]].append(earlier)
        for place, items in now.items():
            if len(items) == len(before[place]):
                for item, earlier in zip(items, before[place], strict=True):
                    self._settle(item, earlier, "place")

    def _compare_titles(self) -> None:
        choices = {b.id: self.title[id(b)] for b in self.free.values() if not b.retired}
        if len(choices) * len(self.left) > MOST_COMPARED:
            self.result.gave_up = True
            return
        near: dict[str, list[tuple[str, float]]] = {}
        sure: dict[str, list[str]] = defaultdict(list)
        for key, item in self.left.items():
            found = process.extract(
                self.title[id(item)],
                choices,
                scorer=fuzz.token_set_ratio,
                score_cutoff=SIMILAR,
                limit=None,
            )
            near[key] = [(base_id, score) for _, score, base_id in found]
            for base_id, score in near[key]:
                if score >= SURE:
                    sure[base_id].append(key)
        for key in list(self.left):
            best = [base_id for base_id, score in near[key] if score >= SURE]
            if len(best) == 1 and sure[best[0]] == [key] and self._is_sure(key, best[0]):
                self._settle(self.left[key], self.free[best[0]], "similar")
        for key in list(self.left):
            candidates = [
                _candidate(self.free[base_id], round(score))
                for base_id, score in near[key][:MOST_CANDIDATES]
                if base_id in self.free
            ]
            if candidates:
                self.result.questions[key] = tuple(candidates)
        asked = [self.left[key] for key in self.result.questions if key in self.left]
        wanted = {
            candidate.item_id for item in asked for candidate in self.result.questions[item.key]
        }
        self._hold(asked, [self.free[base_id] for base_id in sorted(wanted)])

    def _is_sure(self, key: str, base_id: str) -> bool:
        item, earlier = self.left[key], self.free[base_id]
        if item.external_key and earlier.external_key:
            return False  # the text has named it otherwise, so it may well mean another
        score = fuzz.ratio(self.title[id(item)], self.title[id(earlier)])
        return bool(score >= SURE_IN_ORDER)


def _alone(named: Iterable[tuple[Hashable, T]]) -> dict[Hashable, T]:
    """What is the only one of its name."""
    pairs = list(named)
    counts = Counter(name for name, _ in pairs)
    return {name: each for name, each in pairs if counts[name] == 1}


def _candidate(earlier: BaseItem, score: float) -> Candidate:
    return Candidate(earlier.id, earlier.task_id, earlier.key, earlier.title, round(score))


def _score(one: str, other: str) -> float:
    return float(fuzz.token_set_ratio(one, other))
