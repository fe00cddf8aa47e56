"""A document's text with what has become of its tasks, and the same text without it. Pure.

Checkboxes are ticked or cleared in place. A status line follows a task's heading, or the first
paragraph of its list item; it ends with a marker, so that `strip_status_lines` takes it out again
without a trace. Nothing else of the text changes, and nothing at all in code.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from .parser import DocumentError, ParsedDocument, TaskProposal
from .parser.document import normalise_newlines
from .parser.markdown import MARGIN_LABEL, read_blocks

MARKER = "<!-- taskhub:status -->"

_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
_OURS = re.compile(rf"[ \t]*(?:> \*\*Status:\*\* [^\r\n]* )?{re.escape(MARKER)}[ \t]*")
_ITEM = re.compile(r"[ \t]*(?:[-*+]|[0-9]{1,9}[.)])[ \t]+")
_BOX = re.compile(
    r"((?:[ \t]*(?:[-*+>]|[0-9]{1,9}[.)])(?=[ \t]))*[ \t]*(?:#{1,6}[ \t]+)?\[)([ xX])\](?=[ \t]|\Z)"
)
# What ends a quote without a blank line between, unless it is indented by four or more.
_ENDS_QUOTE = re.compile(r"( *)(?:[-*+] |#{1,6} )|[ \t]*\Z")
_CODE = {"fence", "code_block", "front_matter"}
_SPECIAL = re.compile(r"[\\`*_\[\]<>&|~#!]")


@dataclass(frozen=True, slots=True)
class LiveTask:
    """What a task has become: `status` in words, its criteria, whether it is done."""

    status: str
    done: bool
    criteria: Sequence[tuple[str, bool]] = ()


def write_live_text(text: str, document: ParsedDocument, tasks: Mapping[str, LiveTask]) -> str:
    """`text`, which `document` was parsed from, with the state of `tasks` (by proposals' keys).

    A box is set where the line is a criterion that the task has in the same words, or the task
    itself; boxes of what has no task, or on whose line tasks disagree, stay. The text has no status
    lines yet (`strip_status_lines`).
    """
    lines = _split(text)
    layout = _Layout(text)
    boxes, notes = _changes(document, tasks, layout)
    line_end = next((end for _, end in lines if end), "\n")
    written: list[str] = []
    for number, (line, end) in enumerate(lines, 1):
        box = _BOX.match(line) if number in boxes and number not in layout.code else None
        if box and (box[2] != " ") is not boxes[number]:
            line = f"{box[1]}{'x' if boxes[number] else ' '}{line[box.end(2) :]}"
        written.append(line + end)
        if number in notes:
            written += _note(notes[number], lines, number, line_end)
    return "".join(written)


def strip_status_lines(text: str) -> str:
    """`text` without the status lines that an export wrote; a text without them stays as it is."""
    if MARKER not in text:
        return text
    lines = _split(text)
    code = _Layout(text).code
    kept = [
        (line, end)
        for number, (line, end) in enumerate(lines, 1)
        if number in code or not _is_ours(line)
    ]
    if kept and len(kept) < len(lines) and not lines[-1][1] and _is_ours(lines[-1][0]):
        # The text had no line end at its end, so the status line brought one along.
        kept[-1] = (kept[-1][0], "")
    return "".join(line + end for line, end in kept)


def _split(text: str) -> list[tuple[str, str]]:
    """The lines of `text`, each with its end; only the last one may have none, and is not empty."""
    found = [(match[1], match[2]) for match in _LINE.finditer(text)]
    return [pair for pair in found if pair != ("", "")]


def _is_ours(line: str) -> bool:
    return MARKER in line and _OURS.fullmatch(line) is not None


class _Layout:
    """Which lines are code, and where the status of what begins on a line belongs.

    `places`: by the first line of a heading or list item, the line after which it stands, and its
    indentation. None in a text that is nested too deeply; none for list items of a text that may
    be no Markdown, and of those whose words introduce what follows ("Done when:").
    """

    def __init__(self, text: str) -> None:
        self.code: set[int] = set()
        self.places: dict[int, tuple[int, str]] = {}
        readable = normalise_newlines(text.removeprefix("\ufeff"))
        try:
            tokens, plain = read_blocks(readable)
        except DocumentError:
            return
        self._read(tokens, readable.split("\n"), plain)

    def _read(self, tokens: Iterable[Token], lines: Sequence[str], plain: bool) -> None:
        opened: Token | None = None
        quotes = 0
        for token in tokens:
            first, end = token.map or (0, 0)
            if token.type in _CODE:
                self.code.update(range(first + 1, end + 1))
            elif token.type in {"blockquote_open", "blockquote_close"}:
                quotes += token.nesting
            elif token.type == "heading_open" and token.level == 0:
                self.places[first + 1] = (end, "")
            elif token.type == "paragraph_open" and opened and not (plain or quotes):
                self._place(lines, first, end)
            opened = token if token.type == "list_item_open" and token.map else None

    def _place(self, lines: Sequence[str], first: int, end: int) -> None:
        item = _ITEM.match(lines[first])
        # Where the parser ends the item, too.
        end = next((n for n in range(first + 1, end) if MARGIN_LABEL.match(lines[n])), end)
        if item and not lines[end - 1].rstrip(" \t*_").endswith(":"):
            self.places[first + 1] = (end, " " * len(item[0].expandtabs(4)))


def _changes(
    document: ParsedDocument, tasks: Mapping[str, LiveTask], layout: _Layout
) -> tuple[dict[int, bool], dict[int, str]]:
    """By their lines, the boxes that are decided, and the status lines that follow."""
    claims: dict[int, set[bool]] = {}
    notes: dict[int, str] = {}
    for proposal in document.tasks:
        task = tasks.get(proposal.key)
        if task is None:
            continue
        for line, ticked in _boxes(proposal, task):
            claims.setdefault(line, set()).add(ticked)
        place = layout.places.get(proposal.first_line)
        if place is not None:
            end, indent = place
            notes.setdefault(end, f"{indent}> **Status:** {_inline(task.status)} {MARKER}")
    boxes = {line: claim.pop() for line, claim in claims.items() if len(claim) == 1}
    return boxes, notes


def _boxes(proposal: TaskProposal, task: LiveTask) -> Iterable[tuple[int, bool]]:
    """The lines whose boxes the task decides."""
    yield proposal.first_line, task.done
    states: dict[str, deque[bool]] = defaultdict(deque)
    for words, met in task.criteria:
        states[_words(words)].append(met)
    for criterion in proposal.criteria:
        known = states.get(_words(criterion.text))
        if known:
            yield criterion.line, known.popleft()


def _words(text: str) -> str:
    return " ".join(text.split())


def _inline(text: str) -> str:
    """`text` as one line of Markdown that says nothing but its words."""
    return _SPECIAL.sub(r"\\\g<0>", _words(text)).replace("--", "-\\-")


def _note(note: str, lines: Sequence[tuple[str, str]], after: int, line_end: str) -> list[str]:
    """The status line; with another one of nothing but the marker, if text follows at once."""
    end = lines[after - 1][1]
    if not end:  # the text ends without a line end
        return [line_end, note]
    follower = lines[after][0] if after < len(lines) else ""
    indent = note[: len(note) - len(note.lstrip())]
    ends_quote = _ENDS_QUOTE.match(follower)
    if ends_quote and len(ends_quote[1] or "") < len(indent) + 4:
        return [note + end]
    return [note + end, f"{indent}{MARKER}{end}"]
