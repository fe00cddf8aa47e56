"""Which headings, list items and table rows of a document are its tasks.

A heading that begins with an id always is. So is what stands in a section about tasks. Where a
document has neither, the next best section makes them: a roadmap, stories, requirements, at last
loose checkboxes. Only one of these is taken (`Kind`), because they show the same work again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

from .ids import split_item
from .labels import STATED, Topic, checkbox, is_label_line, label_alone, labelled, topic_of_title
from .markdown import Block, Outline
from .model import Confidence, Options
from .priorities import priority_of_title
from .sections import Kind, is_detail, is_group, kind_of_title, numbered_task
from .tables import Columns, read_columns, row_done, row_id

_CONFIDENCE: dict[Kind, Confidence] = {Kind.LOOSE: "inferred", Kind.REQUIREMENTS: "inferred"}
_LABEL = re.compile(r"[*_]{0,3}([^:\uff1a*_]{2,60})[*_]{0,3}[:\uff1a]")
_NO_SCOPE = frozenset({Topic.CRITERIA, Topic.DEPENDS_ON, Topic.BLOCKS, Topic.PARALLEL, Topic.FILES})


@dataclass(slots=True, eq=False)
class Item:
    """A heading, list item or row on its way to become a task. `source` keeps its markup."""

    node: int
    rank: Kind
    rule: str
    confidence: Confidence
    source: str
    first_line: int
    last_line: int
    key: str | None = None
    parent: Item | None = None
    alias: str = ""
    list_item: int = -1
    block: Block | None = None
    box: str | None = None
    container: bool = False  # headings with ids stand beneath it
    gathers: bool = False  # its title says that it is a group
    children: int = 0

    @property
    def is_heading(self) -> bool:
        return self.block is None


@dataclass(slots=True)
class _Scope:
    """What a section's entries would be, and the task that it stands beneath."""

    kind: Kind | None = None
    owner: Item | None = None
    open: bool = False  # its lists make tasks
    boxes: bool = False  # only its checkboxes do
    closed: bool = False  # nothing beneath makes tasks


@dataclass(slots=True)
class _Label:
    """A list item that only names the items beneath it ("MVP:"), or one that is no task (None)."""

    kind: Kind | None
    owner: Item | None


@dataclass(slots=True)
class ItemFinder:
    """Walks the outline once."""

    outline: Outline
    ids: dict[int, tuple[str, str]]  # headings that begin with an id
    containers: set[int]
    skipped: set[int]  # headings with an id that are no task: the title, a duplicate
    title_node: int | None
    options: Options
    items: list[Item] = field(default_factory=list)
    rows_of_known: list[tuple[str, Block, Columns]] = field(default_factory=list)
    _states: dict[int, Item | _Label] = field(default_factory=dict)
    _keys: set[str] = field(default_factory=set)
    _columns: dict[tuple[str, ...], Columns] = field(default_factory=dict)

    def run(self) -> list[Item]:
        """All that could be a task, in the order of the document."""
        self._keys = {key for n, (key, _) in self.ids.items() if n not in self.skipped}
        self._read(-1, self.outline.preamble, _Scope())
        scopes: list[_Scope] = []
        for number, node in enumerate(self.outline.nodes):
            above = scopes[node.parent] if node.parent is not None else _Scope()
            scope = self._scope(number, above)
            scopes.append(scope)
            own = scope
            if number == self.title_node and number not in self.ids:
                kind = kind_of_title(node.title)
                if kind in {Kind.TASKS, Kind.ROADMAP}:  # for its own lists; it names the document
                    own = _Scope(kind, None, open=True)
                if kind_of_title(node.title, whole=True) is Kind.TASKS:
                    scopes[0] = own
            self._read(number, node.blocks, own)
        return self.items

    # -- headings --------------------------------------------------------------------------------

    def _scope(self, number: int, above: _Scope) -> _Scope:
        node = self.outline.nodes[number]
        if number in self.ids and number not in self.skipped:
            owner = above.owner if above.owner and above.owner.is_heading else None
            item = self._heading(number, Kind.TASKS, owner, "explicit", "heading_id")
            item.container = number in self.containers
            return _Scope(None, item)
        if number == self.title_node or number in self.ids:
            return _Scope()
        numbered = numbered_task(node.title)
        kind = kind_of_title(node.title, whole=numbered is not None)
        topic = topic_of_title(node.title)
        if above.closed or kind is Kind.NO_WORK:
            return _Scope(None, above.owner, closed=True)
        if topic and topic[0] in _NO_SCOPE:
            return _Scope(None, above.owner, closed=above.owner is None)
        if kind:
            return self._section(kind, above)
        if is_detail(node.title) and not numbered:
            return _Scope(None, above.owner)
        if priority_of_title(node.title):  # "Must have" sorts tasks and is none
            return above
        if numbered and above.kind is None and above.owner is None:
            return self._structural(number, numbered[0], above)
        if above.kind and (above.owner is None or above.open or numbered):
            return self._structural(number, above.kind, above)
        return _Scope(None, above.owner)

    def _section(self, kind: Kind, above: _Scope) -> _Scope:
        owner = above.owner
        if owner is None or owner.gathers:
            return _Scope(kind, owner, open=True)
        if kind is Kind.TASKS or self.options.scope_lists == "tasks":
            return _Scope(owner.rank, owner, open=True)
        return _Scope(None, owner)

    def _structural(self, number: int, kind: Kind, above: _Scope) -> _Scope:
        node = self.outline.nodes[number]
        gathers = is_group(node.title) or kind is Kind.ROADMAP or self._has_ids(node.blocks)
        if above.owner and above.owner.gathers and not is_group(node.title):
            gathers = self._has_ids(node.blocks)
        numbered = numbered_task(node.title)
        rule = "numbered_heading" if numbered else f"heading_in_{kind.name.lower()}"
        item = self._heading(number, kind, above.owner, self._confidence(kind), rule)
        item.gathers = gathers
        item.alias = numbered[1] if numbered else ""
        return _Scope(kind, item, open=gathers, boxes=kind is Kind.TASKS)

    def _heading(
        self, number: int, kind: Kind, owner: Item | None, confidence: Confidence, rule: str
    ) -> Item:
        node = self.outline.nodes[number]
        key = self.ids[number][0] if number in self.ids else None
        source = node.source or node.title
        item = Item(number, kind, rule, confidence, source, node.first_line, node.last_line, key)
        self._keep(item, owner)
        return item

    def _has_ids(self, blocks: Iterable[Block]) -> bool:
        first = next((b for b in blocks if b.opens_item and b.depth == 1), None)
        return first is not None and self._split(checkbox(first.text)[1]) is not None

    # -- lists and tables ------------------------------------------------------------------------

    def _read(self, number: int, blocks: list[Block], scope: _Scope) -> None:
        if scope.closed:
            return
        governed = _governed(blocks)
        for place, block in enumerate(blocks):
            if block.kind == "row":
                self._row(number, block, scope)
            elif block.opens_item and block.kind == "paragraph" and not block.quoted:
                nested = place + 1 < len(blocks) and blocks[place + 1].depth > block.depth
                self._list_item(number, block, scope, governed, nested=nested)

    def _list_item(
        self,
        number: int,
        block: Block,
        scope: _Scope,
        governed: dict[int, Topic | Kind],
        *,
        nested: bool,
    ) -> None:
        item = self.outline.items[block.item]
        around = self._states.get(item.parent)
        by_label = governed.get(item.list_number)
        box, text = checkbox(block.text)
        first = text.split("\n", 1)[0]
        kind, owner = scope.kind, scope.owner
        if item.parent >= 0 and around is None:
            return
        if isinstance(around, Item):
            kind, owner = self._nested(around, first, box, by_label), around
        elif isinstance(around, _Label):
            kind, owner = around.kind, around.owner
        elif by_label is not None:
            kind = self._governed_kind(by_label, scope)
        elif not (scope.open or (scope.boxes and box)):
            kind = self._loose(scope, box, first)
        if kind is None or kind is Kind.NO_WORK or not first.strip():
            return
        label = _LABEL.match(first)
        named = kind_of_title(label[1], whole=True) if label else None
        if label and named is not None:
            if named is not Kind.NO_WORK and nested and not first[label.end() :].strip(" *_"):
                self._states[block.item] = _Label(kind, owner)
            return
        if STATED.match(first) or labelled(first) or (nested and label_alone(first)):
            return
        rule = "checkbox" if kind is Kind.LOOSE else f"list_in_{kind.name.lower()}"
        if isinstance(around, Item):
            rule = "nested_list"
        found = Item(
            number,
            kind,
            rule,
            self._confidence(kind),
            text,
            item.first_line,
            item.last_line,
            list_item=block.item,
            block=block,
            box=box,
        )
        split = self._split(first)
        if split and split[0] not in self._keys:
            found.key = split[0]
            self._keys.add(split[0])
            found.confidence = "structural"
        self._states[block.item] = found
        self._keep(found, owner)

    def _nested(
        self, around: Item, text: str, box: str | None, by_label: Topic | Kind | None
    ) -> Kind | None:
        """An item within an item is a sub-task where both look alike, else it explains."""
        if by_label is Kind.TASKS:
            return around.rank
        if by_label is not None or around.rank in {Kind.STORIES, Kind.REQUIREMENTS}:
            return None
        if (box is None) != (around.box is None):
            return None
        label = _LABEL.match(text)
        return None if label and is_detail(label[1]) else around.rank

    def _governed_kind(self, by_label: Topic | Kind, scope: _Scope) -> Kind | None:
        if not isinstance(by_label, Kind) or by_label is Kind.NO_WORK:
            return None
        found = self._section(by_label, scope)
        return found.kind if found.open else None

    def _loose(self, scope: _Scope, box: str | None, text: str) -> Kind | None:
        if scope.owner is not None or scope.kind is not None or box is None:
            return None
        return Kind.TASKS if self._split(text) else Kind.LOOSE

    def _row(self, number: int, block: Block, scope: _Scope) -> None:
        columns = self._columns.get(block.header)
        if columns is None:
            columns = self._columns[block.header] = read_columns(block.header)
        key, title = row_id(columns, block)
        if key in self._keys:
            self.rows_of_known.append((key or "", block, columns))
            return
        if scope.open and (columns.title >= 0 or columns.ids >= 0):
            kind = scope.kind
        elif scope.owner is None and columns.lists_tasks:
            kind = scope.kind or columns.kind or Kind.TASKS
        else:
            return
        if kind is None or not (key or title):
            return
        item = Item(
            number,
            kind,
            "table_row",
            "structural" if key else self._confidence(kind),
            title,
            block.line,
            block.last_line,
            key,
            block=block,
            box="x" if row_done(columns, block) else None,
        )
        if key:
            self._keys.add(key)
        elif 0 <= columns.ids < len(block.cells):
            item.alias = f"task {block.cells[columns.ids].strip(' #')}"
        self._keep(item, scope.owner)

    # -- shared ----------------------------------------------------------------------------------

    def _split(self, text: str) -> tuple[str, str] | None:
        found = split_item(text.replace("**", "").replace("`", "").strip())
        return found if found and self.allows(found[0]) else None

    def allows(self, key: str) -> bool:
        """Whether the options let such an id count."""
        prefixes = self.options.id_prefixes
        return not prefixes or key.startswith(prefixes)

    def _confidence(self, kind: Kind) -> Confidence:
        return _CONFIDENCE.get(kind, "structural")

    def _keep(self, item: Item, owner: Item | None) -> None:
        item.parent = owner
        self.items.append(item)


def choose(items: list[Item]) -> tuple[list[Item], list[Item]]:
    """(the tasks, what is not taken because the document has better ones).

    A phase comes along with the tasks that stand beneath it, whatever its own rank.
    """
    rank = min((item.rank for item in items), default=Kind.TASKS)
    taken = {item for item in items if item.rank == rank}
    for item in list(taken):
        above = item.parent
        while above and above not in taken:
            if above.gathers:
                taken.add(above)
            above = above.parent
    for item in taken:
        while item.parent and item.parent not in taken:
            item.parent = item.parent.parent
        if item.parent:
            item.parent.children += 1
    return [i for i in items if i in taken], [i for i in items if i not in taken]


def _governed(blocks: list[Block]) -> dict[int, Topic | Kind]:
    """The lists that a label right above them governs: "Tasks:", "Notes:", "Done when:"."""
    found: dict[int, Topic | Kind] = {}
    for block, follows in pairwise(blocks):
        if block.kind != "paragraph" or follows.depth <= block.depth:
            continue
        line = block.text[-200:].rsplit("\n", 1)[-1]
        if not is_label_line(line):
            continue
        text = line.strip("*_ ")
        number = follows.lists[block.depth]
        kind, topic = kind_of_title(text, whole=True), label_alone(line)
        if kind:
            found[number] = kind
        elif topic:
            found[number] = topic
        elif is_detail(text):
            found[number] = Kind.NO_WORK
    return found
