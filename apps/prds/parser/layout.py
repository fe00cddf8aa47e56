"""Where the tasks of a document stand: which text belongs to which of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from .ids import split_heading
from .markdown import Block, Outline
from .model import Note, Options
from .proposals import Draft

PREAMBLE = -1
"""The number of the text above the first heading, among the numbers of sections."""


@dataclass(slots=True)
class Layout:
    """The outline with the tasks put into it."""

    outline: Outline
    options: Options
    notes: list[Note]
    ids: dict[int, tuple[str, str]] = field(default_factory=dict)
    by_node: dict[int, Draft] = field(default_factory=dict)
    by_list_item: dict[int, Draft] = field(default_factory=dict)
    by_row: dict[int, Draft] = field(default_factory=dict)  # by its line
    owners: dict[int, Draft] = field(default_factory=dict)
    _own_end: dict[int, int] = field(default_factory=dict)  # the first id beneath a container

    @property
    def title_node(self) -> int | None:
        """A first H1 names the document, whatever its words; it never sets a topic."""
        nodes = self.outline.nodes
        return 0 if nodes and nodes[0].level == 1 else None

    def place(self, draft: Draft) -> None:
        item = draft.item
        if item.is_heading:
            self.by_node[item.node] = draft
        elif item.list_item >= 0:
            self.by_list_item[item.list_item] = draft
        else:
            self.by_row[item.first_line] = draft

    def read_ids(self) -> tuple[set[int], set[int]]:
        """Fill `ids`; which of these headings are containers, and which are no tasks."""
        prefixes = self.options.id_prefixes
        for number, node in enumerate(self.outline.nodes):
            found = split_heading(node.title)
            if found is None or (prefixes and not found[0].startswith(prefixes)):
                continue
            key, rest, certain = found
            if certain:
                self.ids[number] = (key, rest)
            else:
                self._note(
                    "ignored_id",
                    f"{key} looks like the name of a standard; write \u201c{key}:\u201d to make "
                    "the heading a task.",
                    node.first_line,
                )
        containers: set[int] = set()
        for number in self.ids:
            parent = self.outline.nodes[number].parent
            while parent is not None and parent not in containers:
                containers.add(parent)
                parent = self.outline.nodes[parent].parent
        return containers & self.ids.keys(), self._skipped(containers)

    def _skipped(self, containers: set[int]) -> set[int]:
        skipped: set[int] = set()
        first_lines: dict[str, int] = {}
        ordered = list(self.ids)
        for place, number in enumerate(ordered):
            key, node = self.ids[number][0], self.outline.nodes[number]
            if number in containers and node.level == 1:
                skipped.add(number)
            elif key in first_lines:
                skipped.add(number)
                self._note(
                    "duplicate_id",
                    f"{key} already stands on line {first_lines[key]}; this heading was not made "
                    "a task.",
                    node.first_line,
                )
            else:
                first_lines[key] = node.first_line
                if number in containers:
                    self._own_end[number] = ordered[place + 1]
        return skipped

    def find_owners(self) -> None:
        """Fill in the task to whose text each section belongs."""
        owners = self.owners
        for number, node in enumerate(self.outline.nodes):
            own = self.by_node.get(number)
            above = owners.get(node.parent) if node.parent is not None else None
            if own is None and above and number >= self._own_end.get(above.item.node, number + 1):
                continue  # a container's own text ends before the first task beneath it
            if own or above:
                owners[number] = own or above  # type: ignore[assignment]

    def end_of(self, draft: Draft) -> int:
        """The last line of the task's own text: before the first task beneath its heading."""
        item = draft.item
        if not item.is_heading:
            return item.last_line
        node = self.outline.nodes[item.node]
        for number in range(item.node + 1, len(self.outline.nodes)):
            if self.outline.nodes[number].first_line > node.last_line:
                break
            if number in self.by_node or number == self._own_end.get(item.node):
                return self.outline.nodes[number].first_line - 1
        return node.last_line

    def own_blocks(self, blocks: list[Block]) -> list[Block]:
        """The blocks outside of list items and rows that are tasks themselves."""
        return [
            block
            for block in blocks
            if self.item_of(block) is None
            and not (block.kind == "row" and block.line in self.by_row)
        ]

    def item_of(self, block: Block) -> Draft | None:
        number = block.item
        while number >= 0:
            found = self.by_list_item.get(number)
            if found:
                return found
            number = self.outline.items[number].parent
        return None

    def blocks_of_items(self) -> dict[str, list[Block]]:
        """The blocks of each task that is a list item, without those of its sub-tasks."""
        found: dict[str, list[Block]] = {draft.key: [] for draft in self.by_list_item.values()}
        for blocks in (self.outline.preamble, *(node.blocks for node in self.outline.nodes)):
            for block in blocks:
                draft = self.item_of(block)
                if draft:
                    found[draft.key].append(block)
        return found

    def _note(self, code: str, message: str, line: int) -> None:
        self.notes.append(Note(code, message, line))
