"""The tables of `wt-1`: which words mean which work. A change of any word is a new version."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class WorkType(StrEnum):
    """Kinds of work. A task is of exactly one."""

    PLAN = "plan"
    RESEARCH = "research"
    DESIGN = "design"
    IMPLEMENT = "implement"
    CONFIGURE = "configure"
    MIGRATE = "migrate"
    REFACTOR = "refactor"
    OPTIMISE = "optimise"
    SECURE = "secure"
    FIX = "fix"
    TEST = "test"
    REVIEW = "review"
    DOCUMENT = "document"
    DEPLOY = "deploy"
    CLEAN_UP = "clean_up"
    OTHER = "other"


def _table(words: Mapping[WorkType, str]) -> dict[str, WorkType]:
    """Word by word; `_` stands for a space inside a phrase. A word in two lines is a mistake."""
    table: dict[str, WorkType] = {}
    for work_type, line in words.items():
        for word in line.split():
            if table.setdefault(word.replace("_", " "), work_type) is not work_type:
                raise ValueError(f"{word!r} has two meanings.")
    return table


# `type: …` and `type(scope): …` in front of a title, as commits have them.
PREFIXES = _table(
    {
        WorkType.IMPLEMENT: "feat feature",
        WorkType.FIX: "fix bugfix hotfix bug",
        WorkType.DOCUMENT: "docs doc",
        WorkType.TEST: "test tests",
        WorkType.REFACTOR: "refactor style",
        WorkType.OPTIMISE: "perf",
        WorkType.CONFIGURE: "build ci",
        WorkType.RESEARCH: "spike",
        WorkType.SECURE: "security",
        WorkType.DEPLOY: "release",
        WorkType.DESIGN: "design",
        WorkType.CLEAN_UP: "chore",
    }
)

# Two words with which a title begins.
PHRASES = _table(
    {
        WorkType.PLAN: "break_down write_tickets kick_off",
        WorkType.RESEARCH: "find_out look_into dig_into",
        WorkType.CONFIGURE: "set_up turn_on turn_off switch_on switch_off",
        WorkType.DEPLOY: "roll_out roll_back go_live",
        WorkType.OPTIMISE: "speed_up",
        WorkType.CLEAN_UP: "clean_up tidy_up get_rid throw_away",
        WorkType.DOCUMENT: "write_up write_down",
        WorkType.TEST: "try_out",
        WorkType.REVIEW: "sign_off",
        WorkType.FIX: "follow_up",
        WorkType.REFACTOR: "split_up",
    }
)

# Verbs that name the work by themselves.
STRONG_VERBS = _table(
    {
        WorkType.PLAN: "plan schedule estimate prioritise prioritize scope organise organize "
        "triage groom roadmap prepare decide agree coordinate",
        WorkType.RESEARCH: "research investigate explore analyse analyze study evaluate compare "
        "spike prototype survey learn understand benchmark measure",
        WorkType.DESIGN: "design sketch wireframe draft model specify mock outline architect",
        WorkType.IMPLEMENT: "implement build develop code program integrate introduce support "
        "extend connect wire",
        WorkType.CONFIGURE: "configure install provision enable disable pin setup parametrise "
        "parametrize bootstrap",
        WorkType.MIGRATE: "migrate port convert upgrade transfer backfill downgrade",
        WorkType.REFACTOR: "refactor restructure rewrite simplify rename extract decouple "
        "modularise modularize reorganise reorganize split merge inline",
        WorkType.OPTIMISE: "optimise optimize tune accelerate cache profile reduce shrink",
        WorkType.SECURE: "secure harden encrypt sanitise sanitize authorise authorize audit guard "
        "patch rotate",
        WorkType.FIX: "fix repair resolve correct debug solve hotfix bugfix mend unbreak "
        "workaround retry",
        WorkType.TEST: "test verify validate check smoke-test qa",
        WorkType.REVIEW: "review approve inspect proofread accept assess",
        WorkType.DOCUMENT: "document describe explain annotate translate record note",
        WorkType.DEPLOY: "deploy release ship publish launch rollout rollback promote",
        WorkType.CLEAN_UP: "clean cleanup tidy remove delete drop deprecate archive prune purge "
        "retire lint",
    }
)

# Verbs that say little: what they are done to decides, then tags and section, and only then this.
WEAK_VERBS = _table(
    {
        WorkType.IMPLEMENT: "add create write make update change improve provide allow show hide "
        "handle finish complete do use apply define generate put let give expose return render "
        "store save load send log count draw sort limit name move replace adjust",
    }
)

# Nouns: what a weak verb is done to, or a title without a verb speaks of.
NOUNS = _table(
    {
        WorkType.PLAN: "roadmap backlog milestone estimate kickoff",
        WorkType.RESEARCH: "research spike investigation analysis feasibility comparison benchmark",
        WorkType.DESIGN: "design mockup wireframe prototype sketch diagram architecture adr",
        WorkType.CONFIGURE: "configuration config setting pipeline ci workflow",
        WorkType.MIGRATE: "migration upgrade backfill",
        WorkType.REFACTOR: "refactoring rewrite",
        WorkType.OPTIMISE: "optimisation optimization",
        WorkType.SECURE: "vulnerability encryption cve",
        WorkType.FIX: "bug bugfix hotfix regression crash",
        WorkType.TEST: "test unittest testcase fixture qa coverage",
        WorkType.REVIEW: "review audit approval",
        WorkType.DOCUMENT: "documentation docs doc readme changelog guide tutorial docstring "
        "manual runbook faq",
        WorkType.DEPLOY: "deployment release rollout",
        WorkType.CLEAN_UP: "cleanup",
    }
)

TAGS = _table(
    {
        WorkType.PLAN: "plan planning estimation",
        WorkType.RESEARCH: "research spike investigation analysis",
        WorkType.DESIGN: "design ux ui architecture",
        WorkType.IMPLEMENT: "feature enhancement implementation implement",
        WorkType.CONFIGURE: "config configuration setup ci build",
        WorkType.MIGRATE: "migration upgrade migrate",
        WorkType.REFACTOR: "refactoring refactor tech-debt technical-debt",
        WorkType.OPTIMISE: "performance optimisation optimization",
        WorkType.SECURE: "security vulnerability",
        WorkType.FIX: "bug fix bugfix hotfix defect regression",
        WorkType.TEST: "test tests testing qa",
        WorkType.REVIEW: "review code-review",
        WorkType.DOCUMENT: "docs doc documentation",
        WorkType.DEPLOY: "deploy deployment release",
        WorkType.CLEAN_UP: "cleanup clean-up chore",
    }
)
