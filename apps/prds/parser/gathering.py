"""The statements of a document, section by section and task by task."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from .items import Item
from .labels import Statement, Topic, read_statements, topic_of_title
from .layout import PREAMBLE, Layout
from .markdown import Block
from .priorities import priority_of_title
from .proposals import Draft, logical_lines_of
from .sections import without_numbering
from .tables import criterion_of_row

_INHERITED = frozenset(
    {Topic.CRITERIA, Topic.DEPENDS_ON, Topic.PARALLEL, Topic.REQUIREMENTS, Topic.TESTS, Topic.FILES}
)
_ONE_VALUE = frozenset({Topic.ESTIMATE, Topic.PRIORITY, Topic.ASSIGNEE, Topic.TOTAL})


@dataclass(slots=True)
class Gatherer:
    """Reads statements off a layout."""

    layout: Layout

    def topic(self, number: int) -> tuple[Topic | None, str]:
        """A section's own topic with the value in its title, else the one that it lies in."""
        current: int | None = number
        while (
            current is not None
            and current not in self.layout.by_node
            and current not in self.layout.ids
        ):
            if current == self.layout.title_node:
                break
            found = topic_of_title(without_numbering(self.layout.outline.nodes[current].title)[1])
            if found:
                if current == number:
                    return found
                return (found[0], "") if found[0] in _INHERITED else (None, "")
            current = self.layout.outline.nodes[current].parent
        return None, ""

    def section(self, number: int) -> Iterator[Statement]:
        """The statements of a section's own text; those of its list items have their own."""
        if number == PREAMBLE:
            yield from read_statements(self.layout.own_blocks(self.layout.outline.preamble), None)
            return
        node = self.layout.outline.nodes[number]
        topic, value = self.topic(number)
        if topic and value:
            yield Statement(topic, value, node.first_line, labelled=True, rule="heading")
            topic = topic if topic in _INHERITED else None
        taken = False
        for statement in read_statements(self.layout.own_blocks(node.blocks), topic):
            if statement.topic in _ONE_VALUE and not statement.labelled:
                # Beneath a heading "Estimated time" the first line is the value.
                if taken:
                    continue
                taken = True
            if statement.topic is Topic.CRITERIA and statement.block is not None:
                text = criterion_of_row(statement.block)
                statement = replace(statement, text=text, labelled=bool(text), rule="column")
                if not text:
                    continue
            yield statement

    def inside(self, draft: Draft, blocks: list[Block]) -> Iterator[Statement]:
        """What stands beneath the title of a list item."""
        if not blocks:  # pragma: no cover - the title itself is one
            return
        rest = logical_lines_of(draft.item)[1:]
        first = blocks[0]
        if rest:
            text = "\n".join(line for _, line in rest)
            first = replace(first, text=text, line=rest[0][0], opens_item=False)
            blocks = [first, *blocks[1:]]
        else:
            blocks = blocks[1:]
        yield from read_statements(blocks, None)

    def section_priority(self, item: Item, said: list[Statement]) -> Iterator[Statement]:
        """ "Must have" above a list is the priority of its entries, unless they say their own."""
        if any(statement.topic is Topic.PRIORITY for statement in said):
            return
        number: int | None = (
            self.layout.outline.nodes[item.node].parent if item.is_heading else item.node
        )
        while number is not None and number >= 0 and number not in self.layout.by_node:
            node = self.layout.outline.nodes[number]
            if priority_of_title(node.title):
                text, line = node.title, node.first_line
                yield Statement(Topic.PRIORITY, text, line, rule="section_priority")
                return
            number = node.parent
