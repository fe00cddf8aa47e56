"""Dependencies between the tasks of one document: what the text states, and nothing else.

An arrow `A → B` in a section about dependencies says that B waits for A (the order of work),
unless that section explains its arrows otherwise. "All other tasks" stands for every other task
where the smallest section around it that holds tasks holds all of them. An edge that lies on a
cycle is left out, whichever statement it comes from: the text does not say which one is wrong, so
what is kept is always free of cycles. Whatever does not resolve becomes a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from .clauses import ARROW, STRICT_VERB, Clause, Relation, Side, read_clauses, sentences
from .ids import find_ids
from .judging import Claim, Judge
from .labels import STATED, Statement, Topic, topic_of_label
from .legend import Legend, read_legend
from .model import MAX_DEPENDENCIES, Confidence, DependencyEdge, DocumentError, Note
from .naming import Names

_TOPICS = frozenset({Topic.DEPENDS_ON, Topic.BLOCKS, Topic.PARALLEL})
_TASKS = re.compile(r"\b(?:sub-?)?(?:tasks?|items?|tickets?|stories)\b", re.IGNORECASE)
_PROSE = frozenset({None, Topic.REQUIREMENTS, Topic.TESTS})
_REMARK = re.compile(
    rf"{STRICT_VERB.pattern}|\b(?:needs?|requires?)\b|\bbuil(?:ds?|t)\s+(?:up)?on\b|\bin\s+parallel\b",
    re.IGNORECASE,
)
_CONFIDENCE: dict[str, Confidence] = {"id": "explicit", "all": "explicit", "words": "inferred"}
_HOW = ("id", "title", "number", "all", "words")  # from the surest to the least sure
_MAX_TEXT = 300
_MAX_STATEMENT = 5_000
_NOTHING = frozenset({"", "none", "nothing", "n/a", "na", "-", "no dependencies"})


@dataclass(frozen=True, slots=True)
class Mention:
    """A statement with the task that it stands beneath and the section that it stands in."""

    statement: Statement
    owner: str | None
    section: int
    sees_all: bool  # "all others" can only mean every task of the document
    list_number: int = -1  # in which a bare number names a task
    owner_by: str = "id"  # how the text names the owner
    remark: bool = False  # beneath a task's name in a section about the order of work


@dataclass(slots=True)
class Resolver:
    """Collects edges, claims and notes over the mentions of one document."""

    keys: Sequence[str]
    other_ids: frozenset[str]  # headings with an id that are no task
    titles: Mapping[int, str]
    names: Names
    notes: list[Note] = field(default_factory=list)
    edges: dict[tuple[str, str], DependencyEdge] = field(default_factory=dict)
    claims: list[Claim] = field(default_factory=list)
    cyclic: list[DependencyEdge] = field(default_factory=list)
    _tried: int = 0
    _known: frozenset[str] = frozenset()
    _legends: dict[int, Legend] = field(default_factory=dict)
    _singles: dict[int, list[tuple[str, int]]] = field(default_factory=dict)
    _named_by: dict[str, str] = field(default_factory=dict)  # of the statement at hand
    _orders: dict[int, tuple[int, int]] = field(default_factory=dict)

    def resolve(self, mentions: Sequence[Mention]) -> dict[str, tuple[DependencyEdge, ...]]:
        """The edges of each task, in the order of the document."""
        self._known = frozenset(self.keys)
        self._read_legends(mentions)
        for mention in mentions:
            statement = mention.statement
            if statement.block is not None and statement.block.kind == "row":
                self._row(mention)
            elif mention.remark and not _REMARK.search(statement.text):
                continue
            elif statement.topic in _TOPICS:
                self._stated(mention)
            elif statement.topic in _PROSE and not statement.box:
                self._in_prose(mention)
        for single in self._singles.values():
            if len(single) > 1:
                keys = tuple(dict.fromkeys(key for key, _ in single))
                self.claims.append(Claim(keys, False, single[0][1]))
        for line, count in self._orders.values():
            message = (
                f"{count} entry(ies) from here on give an order but name no dependency between "
                "tasks, so none was taken."
            )
            self._note("order_only", message, line)
        judge = Judge(self.keys, self.edges, self.claims, self.notes)
        judge.drop_cycles()
        judge.check_claims()
        self.cyclic = judge.cyclic
        result: dict[str, list[DependencyEdge]] = {key: [] for key in self.keys}
        for edge in self.edges.values():
            result[edge.task_key].append(edge)
        return {key: tuple(edges) for key, edges in result.items()}

    # -- reading ---------------------------------------------------------------------------------

    def _read_legends(self, mentions: Iterable[Mention]) -> None:
        texts: dict[int, list[str]] = {}
        for mention in mentions:
            if mention.statement.topic is Topic.DEPENDS_ON:
                known = texts.setdefault(mention.section, [self.titles.get(mention.section, "")])
                if not find_ids(mention.statement.text):
                    known.append(mention.statement.text)
        self._legends = {section: read_legend(found) for section, found in texts.items()}

    def _row(self, mention: Mention) -> None:
        """A table is read by its header: a column "Depends on" and the ids before it."""
        block = mention.statement.block
        assert block is not None  # noqa: S101 - rows come with their block
        topics = [topic_of_label(cell) for cell in block.header]
        column = next((n for n, topic in enumerate(topics) if topic in _TOPICS), None)
        if column is None or column >= len(block.cells):
            if mention.statement.topic in _TOPICS and find_ids(block.text):
                self._unclear(mention, "its table has no column \u201cDepends on\u201d")
            return
        others = (cell for n, cell in enumerate(block.cells) if n != column)
        subject = next((ids[0] for ids in map(find_ids, others) if ids), None)
        if subject is None:
            return
        statement = Statement(topics[column], block.cells[column], block.line, labelled=True)
        self._stated(Mention(statement, subject, mention.section, mention.sees_all))

    def _stated(self, mention: Mention) -> None:
        """A statement of a section, list or label about dependencies."""
        statement, owner = mention.statement, mention.owner
        if statement.text.strip(" *_.`\u2013\u2014").lower() in _NOTHING:
            return
        if _too_long(statement.text):
            self._unclear(mention, "it is too long")
            return
        if statement.labelled and owner is None and not find_ids(statement.text):
            return  # "dependencies: a list" in the description of a record
        legend = self._legends.get(mention.section)
        if legend and statement.text in legend.text:
            return
        for sentence in sentences(statement.text):
            default = "dependencies" if owner or statement.labelled else None
            if statement.topic is Topic.PARALLEL:
                default = "parallel"
            clauses = list(read_clauses(sentence, default))
            ids = find_ids(sentence)
            if not clauses:
                self._unread(mention, sentence, ids)
            for clause in clauses:
                if statement.topic is Topic.PARALLEL and clause.rule == "parallel":
                    self._parallel_item(mention, clause)
                elif statement.topic is Topic.BLOCKS and clause.rule == "dependencies":
                    self._apply(mention, clause, Relation.NEEDED_BY)
                elif clause.rule == "arrow":
                    self._arrow(mention, clause)
                else:
                    self._apply(mention, clause, clause.relation)

    def _unread(self, mention: Mention, sentence: str, ids: list[str]) -> None:
        if ids:
            self._unclear(mention, "it names ids but no relation between them")
        elif mention.statement.topic is Topic.DEPENDS_ON and not sentence.endswith((":", ":**")):
            if mention.statement.bullet and not mention.owner and _REMARK.search(sentence):
                self._unclear(mention, "it does not say which task waits")
            elif mention.statement.bullet and not mention.owner:
                line, count = self._orders.get(mention.section, (mention.statement.line, 0))
                self._orders[mention.section] = (line, count + 1)
            else:
                self._prose(mention, sentence)

    def _in_prose(self, mention: Mention) -> None:
        """Outside of such sections only a plain "X depends on Y" counts."""
        text, line = mention.statement.text, mention.statement.line
        if not (ARROW.search(text) or STRICT_VERB.search(text)):
            self._begins_with_verb(mention)
            return
        if _too_long(text):
            if find_ids(text):
                self._unclear(mention, "it is too long", line)
            return
        for sentence in sentences(text):
            known = [key for key in find_ids(sentence) if key in self._known | self.other_ids]
            verb = STRICT_VERB.search(sentence)
            if ARROW.search(sentence):
                if len(known) > 1:
                    self._unclear(mention, "an arrow outside a section about dependencies", line)
            elif verb:
                for clause in read_clauses(sentence, None):
                    self._prose_clause(mention, clause, bool(known))

    def _begins_with_verb(self, mention: Mention) -> None:
        """ "After step 1" or "Requires the index" counts where it names a task, and only there."""
        text = mention.statement.text
        if mention.owner is None or not STATED.match(text) or _too_long(text):
            return
        for clause in read_clauses(text, None):
            if clause.left.empty and self._named(mention, clause.right).ids:
                self._apply(mention, clause, clause.relation)

    def _prose_clause(self, mention: Mention, clause: Clause, names_task: bool) -> None:
        left = clause.left
        if left.ids or left.all_others or (mention.owner and left.empty):
            self._apply(mention, clause, clause.relation)
        elif names_task:
            self._unclear(mention, "it does not say which task waits")

    def _arrow(self, mention: Mention, clause: Clause) -> None:
        legend = self._legends.get(mention.section)
        relation = legend.relation if legend else Relation.NEEDED_BY
        if relation is None:
            self._unclear(mention, "its section explains its arrows in a way that is not certain")
        else:
            self._apply(mention, clause, relation)

    # -- resolving -------------------------------------------------------------------------------

    def _apply(self, mention: Mention, clause: Clause, relation: Relation) -> None:
        self._named_by = {}
        left, right = self._named(mention, clause.left), self._named(mention, clause.right)
        if left.empty and mention.owner:
            left = Side((mention.owner,), False, ())
            self._named_by[mention.owner] = mention.owner_by
        if relation is Relation.PARALLEL:
            self._parallel(mention, left, right, clause.doubt)
            return
        if right.empty:
            return
        some_left, some_right = (
            bool(left.ids or left.all_others),
            bool(right.ids or right.all_others),
        )
        if not some_right or not (left.ids or right.ids):
            self._prose(mention, mention.statement.text)
            return
        named = (left.ids if not clause.left.empty else ()) or right.ids
        if clause.doubt:
            self._unclear(mention, clause.doubt)
            return
        if not some_left or (left.all_others and right.all_others):
            self._unclear(mention, "it does not say which task waits")
            return
        if not named and not _TASKS.search(mention.statement.text):
            self._unclear(mention, "it does not say which others")
            return
        for words in (*left.prose, *right.prose):
            self._prose(mention, words)
        lefts, rights = self._members(mention, left, right), self._members(mention, right, left)
        waiting, needed = (lefts, rights) if relation is Relation.NEEDS else (rights, lefts)
        explicit = not (left.all_others or right.all_others)
        rule = clause.rule if explicit else "all_others"
        for task in waiting:
            for target in needed:
                self._edge(mention, task, target, rule)

    def _named(self, mention: Mention, side: Side) -> Side:
        """The side with the tasks that its words name by title or number."""
        for key in side.ids:
            self._named_by[key] = "id"
        if not side.prose:
            return side
        whole = None if side.ids else self.names.find(side.whole, mention.list_number)
        if whole and whole[0] != mention.owner and whole[1] in {"id", "title"}:
            self._named_by[whole[0]] = whole[1]
            return Side((whole[0],), side.all_others, ())
        ids, prose = list(side.ids), []
        for words in side.prose:
            found = self.names.find(words, mention.list_number)
            if found and found[0] != mention.owner:
                self._named_by.setdefault(*found)
                ids.append(found[0])
            else:
                prose.append(words)
        return Side(tuple(dict.fromkeys(ids)), side.all_others, tuple(prose), side.whole)

    def _members(self, mention: Mention, side: Side, other: Side) -> list[str]:
        """The tasks of one side; ids that are none leave a note."""
        found: list[str] = []
        for key in side.ids:
            if key in self._known:
                found.append(key)
            else:
                self._unknown(mention, key)
        if side.all_others:
            if mention.sees_all:
                taken = {*side.ids, *other.ids}
                found += [key for key in self.keys if key not in taken]
            else:
                self._unclear(mention, "\u201call others\u201d can mean this section or all tasks")
        return found

    def _edge(self, mention: Mention, task: str, target: str, rule: str) -> None:
        line = mention.statement.line
        if task == target:
            self._note("self_dependency", f"{task} is said to depend on itself.", line)
            return
        self._tried += 1
        before = self.edges.get((task, target))
        text = mention.statement.text
        how = max((self._named_by.get(key, "all") for key in (task, target)), key=_HOW.index)
        sure = _CONFIDENCE.get(how, "structural")
        edge = DependencyEdge(task, target, line, rule, how, sure, _cut(text))
        if self._tried > MAX_DEPENDENCIES:
            raise DocumentError(
                "too_many_dependencies",
                f"The document states more than {MAX_DEPENDENCIES:,} dependencies, counting "
                "\u201call others\u201d one by one: split it into several documents.",
                line,
            )
        if before is None:
            self.edges[task, target] = edge
        elif rule != "all_others":
            if before.rule == "all_others":  # the plain statement is the better evidence
                self.edges[task, target] = edge
            else:
                self._note(
                    "duplicate_dependency",
                    f"{task} depends on {target}: already stated on line {before.line}.",
                    line,
                )

    def _parallel_item(self, mention: Mention, clause: Clause) -> None:
        """An item of a list of parallel tasks: several ids are a group, single ones make one."""
        ids = [*clause.left.ids, *clause.right.ids]
        if mention.owner and mention.owner not in ids:
            ids.insert(0, mention.owner)
        if len(ids) == 1 and ids[0] in self._known and not clause.right.all_others:
            self._singles.setdefault(mention.section, []).append((ids[0], mention.statement.line))
        elif ids and (clause.left.ids or clause.right.ids or clause.right.all_others):
            left = Side(tuple(ids), clause.left.all_others, ())
            self._parallel(mention, left, clause.right, clause.doubt)

    def _parallel(self, mention: Mention, left: Side, right: Side, doubt: str | None) -> None:
        ids = tuple(dict.fromkeys((*left.ids, *right.ids)))
        if ids == (mention.owner,) and self.names.exact and (left.prose or right.prose):
            self._prose(mention, mention.statement.text)
            return
        with_all = left.all_others or right.all_others
        if not ids:
            return
        if doubt or (len(ids) == 1 and not with_all):
            self._unclear(mention, doubt or "it does not say what runs in parallel")
            return
        for key in ids:
            if key not in self._known:
                self._unknown(mention, key)
        keys = tuple(key for key in ids if key in self._known)
        self.claims.append(Claim(keys, with_all, mention.statement.line))

    # -- notes -----------------------------------------------------------------------------------

    def _unknown(self, mention: Mention, key: str) -> None:
        if key in self.other_ids:
            message = f"{key} is a heading of this document but no task of its own."
            self._note("reference_to_group", message, mention.statement.line)
        else:
            message = f"{key} is no task of this document."
            self._note("unknown_reference", message, mention.statement.line)

    def _prose(self, mention: Mention, words: str) -> None:
        text = f"\u201c{_cut(words, 120)}\u201d names no task; it stays text."
        self._note("prose_dependency", text, mention.statement.line)

    def _unclear(self, mention: Mention, why: str, line: int | None = None) -> None:
        shown = _cut(mention.statement.text, 120)
        text = f"\u201c{shown}\u201d was not taken: {why}."
        self._note("unclear_dependency", text, line or mention.statement.line)

    def _note(self, code: str, message: str, line: int) -> None:
        self.notes.append(Note(code, message, line))


def _too_long(text: str) -> bool:
    """Nobody writes such a line; reading it could cost seconds."""
    return len(text) > _MAX_STATEMENT or text.count("(") > 100 or len(ARROW.findall(text)) > 100


def _cut(text: str, limit: int = _MAX_TEXT) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "\u2026"
