"""What the database keeps true of plans, instances and suggestions."""

from __future__ import annotations

import pgtrigger

from apps.core.triggers import Definer, Enforced, Transitions, record_triggers
from apps.tasks.triggers import SameRepository

from .lifecycle import SUGGESTION_TRANSITIONS, TRANSITIONS

# The share lock makes whoever closes the plan wait: no entry changes behind the one who applies it.
# A plan that is not there any more is being deleted with its entries.
GUARD_ENTRY = """
    SELECT state INTO plan_state FROM prd_plans
    WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.plan_id ELSE NEW.plan_id END FOR SHARE;
    IF plan_state <> 'open' THEN
        RAISE EXCEPTION 'the entries of a plan that is % cannot change', plan_state
            USING ERRCODE = 'check_violation', TABLE = 'prd_plan_entries',
            CONSTRAINT = 'prd_plan_entries_plan_open';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    RETURN NEW;
"""


# All but the task, which a purge takes away.
ENTRY_COLUMNS = (
    "position",
    "kind",
    "key",
    "title",
    "first_line",
    "last_line",
    "rule",
    "confidence",
    "reason",
    "candidates",
    "fields",
    "decision",
    "answers",
)
PLAN_COLUMNS = ("base_revision", "parser_version", "notes", "pins", "decided_at", "closed_at")
GUARD_PLAN = """
    RAISE EXCEPTION 'a plan that is % cannot change', OLD.state
        USING ERRCODE = 'check_violation', TABLE = 'prd_plans',
        CONSTRAINT = 'prd_plans_open';
"""


def item_triggers() -> list[pgtrigger.Trigger]:
    """An item's PRD and task are of its own repository."""
    return [
        *record_triggers(immutable=["id", "repository", "prd"]),
        SameRepository(field="prd"),
        SameRepository(field="task"),
    ]


def plan_triggers() -> list[pgtrigger.Trigger]:
    """What was to be merged never changes; a plan is closed once."""
    return [
        Transitions(field="state", table=TRANSITIONS, constraint="prd_plans_state_transition"),
        *record_triggers(
            immutable=["id", "repository", "filename", "content", "generate_tasks", "author"]
        ),
        SameRepository(field="prd"),
        Enforced(
            name="b_guard",
            when=pgtrigger.Before,
            operation=pgtrigger.UpdateOf(*PLAN_COLUMNS),
            condition=pgtrigger.Condition("OLD.state <> 'open'"),
            func=GUARD_PLAN,
        ),
    ]


def entry_triggers() -> list[pgtrigger.Trigger]:
    """Entries are written while their plan is open. Only a purge of the task changes one later."""
    return [
        *record_triggers(immutable=["id", "plan"]),
        Definer(
            name="a_guard",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert | pgtrigger.Delete | pgtrigger.UpdateOf(*ENTRY_COLUMNS),
            declare=[("plan_state", "text")],
            func=GUARD_ENTRY,
        ),
    ]


# An instance is made of what the template is at that moment, whatever its maker has read. The
# share lock keeps a change of the template out until the instance is there.
NUMBER_INSTANCE = """
    SELECT template_version INTO NEW.number FROM task_templates
    WHERE id = NEW.template_id FOR SHARE;
    RETURN NEW;
"""


def instance_triggers() -> list[pgtrigger.Trigger]:
    """An instance says for good of which version it was made, of a template that its repository
    may use."""
    return [
        Definer(
            name="a_number",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert,
            func=NUMBER_INSTANCE,
        ),
        *record_triggers(
            immutable=["id", "repository", "template", "number", "variables", "session_id"]
        ),
        SameRepository(field="template"),
    ]


def suggestion_triggers() -> list[pgtrigger.Trigger]:
    """A suggestion is decided on once, and names tasks of its own repository."""
    return [
        Transitions(
            field="state",
            table=SUGGESTION_TRANSITIONS,
            constraint="suggestions_state_transition",
        ),
        *record_triggers(
            immutable=["id", "repository", "kind", "content", "sources", "reasons", "expires_at"]
        ),
        SameRepository(field="task"),
        SameRepository(field="created_task"),
    ]
