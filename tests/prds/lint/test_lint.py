"""What holds for every text: order, bounds, and that each note of the parser has its advice."""

from __future__ import annotations

import ast
import json
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

import apps.prds.parser
from apps.prds.lint import (
    MAX_FINDINGS,
    SEVERITIES,
    Finding,
    count_severities,
    lint_document,
    lint_text,
)
from apps.prds.lint.advice import ADVICE, NOTES, OWN, SILENT
from apps.prds.parser import DocumentError, Note, parse_document
from apps.prds.parser.document import normalise_newlines
from tests.examples import examples
from tests.prds.parser.helpers import SAMPLES
from tests.prds.parser.hostile import HOSTILE_TEXTS
from tests.prds.parser.test_properties import DOCUMENTS
from tests.prds.parser.test_samples import NAMES

PAGE = (Path(__file__).parents[3] / "docs" / "prd-lint.md").read_text(encoding="utf-8")


def check_findings(text: str, findings: tuple[Finding, ...]) -> None:
    lines = normalise_newlines(text.removeprefix("\ufeff")).count("\n") + 1
    order = [(f.first_line, f.last_line) for f in findings]
    assert order == sorted(order)
    assert len(findings) == len(set(findings)) <= MAX_FINDINGS + 1
    for finding in findings:
        assert 1 <= finding.first_line <= finding.last_line <= lines
        assert finding.severity in SEVERITIES
        assert finding.message.endswith(".")
        assert "\n" not in finding.message
        assert finding.remedy == ADVICE[finding.code].remedy
    json.dumps([asdict(finding) for finding in findings])


@settings(max_examples=examples(200), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DOCUMENTS)
def test_every_text_has_sound_findings(text: str) -> None:
    try:
        findings = lint_text(text)
    except DocumentError:
        return
    check_findings(text, findings)
    assert lint_text(text) == findings


@pytest.mark.parametrize("name", HOSTILE_TEXTS)
def test_hostile_text_has_sound_findings(name: str) -> None:
    text = HOSTILE_TEXTS[name][:100_000]  # in full it is the parser's to read
    try:
        findings = lint_text(text)
    except DocumentError:
        return
    check_findings(text, findings)


@pytest.mark.parametrize("name", NAMES)
def test_line_ends_and_a_mark_change_nothing(name: str) -> None:
    text = (SAMPLES / name).read_text(encoding="utf-8")
    for other in ("\r\n", "\r"):
        assert lint_text("\ufeff" + text.replace("\n", other)) == lint_text(text)


def codes_of_notes() -> set[str]:
    """Every code that the parser's source gives to a note or an error that becomes one."""
    found: set[str] = set()
    for path in Path(apps.prds.parser.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                first = node.args[0]
                if name in {"_note", "note", "Note", "EstimateError"} and isinstance(
                    first, ast.Constant
                ):
                    found.add(str(first.value))
    return found


def test_every_note_of_the_parser_has_its_advice() -> None:
    conflicts = {f"{name}_conflict" for name in ("estimate", "points", "priority", "assignee")}
    found = codes_of_notes()
    assert len(found) > 20
    assert found | conflicts == set(NOTES) | SILENT
    assert not set(NOTES) & set(OWN)


def test_every_code_is_in_the_documentation() -> None:
    for code, advice in ADVICE.items():
        assert f"| `{code}` | {advice.severity} |" in PAGE


def test_many_findings_are_bounded_and_the_gravest_kept() -> None:
    text = "TBD\n" * 1_500 + "\n## T-1: Dig\n\nDepends on T-7\n"
    findings = lint_text(text)
    assert len(findings) == MAX_FINDINGS + 1
    assert {"unknown_reference", "no_criteria"} <= {finding.code for finding in findings}
    assert findings[-1].code == "more_findings"
    assert findings[-1].message == "502 more findings, none graver than those shown."
    check_findings(text, findings)


def test_severities_are_counted() -> None:
    findings = lint_text("## T-1: Dig\n\nDepends on T-7\n\nTBD\n")
    assert count_severities(findings) == {"error": 1, "warning": 1, "info": 1}


def test_a_note_about_the_whole_has_all_lines() -> None:
    (finding,) = lint_text("Words.\n\nMore words.")
    assert (finding.code, finding.first_line, finding.last_line) == ("no_tasks", 1, 3)


def test_the_reading_is_not_made_twice() -> None:
    """What the parser noted is believed, also where the text says otherwise."""
    text = "## T-1: Dig\n\n- [ ] 3 beds are dug\n"
    document = parse_document(text)
    assert lint_document(text, document) == ()
    object.__setattr__(document, "notes", (Note("not_taken", "left out.", 1),))
    (finding,) = lint_document(text, document)
    assert (finding.code, finding.message) == ("not_taken", "Left out.")
