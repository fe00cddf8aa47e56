"""Every version of a template's steps is kept, whoever writes it: the database does it itself."""

from __future__ import annotations

import pgtrigger

from apps.core.triggers import Definer, Enforced

COUNT_VERSION = """
    IF TG_OP = 'INSERT' THEN
        NEW.template_version = 1;
    ELSIF NEW.tasks IS DISTINCT FROM OLD.tasks OR NEW.variables IS DISTINCT FROM OLD.variables THEN
        NEW.template_version = OLD.template_version + 1;
    ELSE
        NEW.template_version = OLD.template_version;
    END IF;
    RETURN NEW;
"""
KEEP_VERSION = """
    IF TG_OP = 'INSERT' OR NEW.template_version <> OLD.template_version THEN
        INSERT INTO task_template_versions (template_id, number, tasks, variables)
        VALUES (NEW.id, NEW.template_version, NEW.tasks, NEW.variables);
    END IF;
    RETURN NULL;
"""


def version_triggers() -> list[pgtrigger.Trigger]:
    """Count the version, then copy its steps into `task_template_versions`."""
    return [
        Enforced(
            name="c_count_version",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert | pgtrigger.Update,
            func=COUNT_VERSION,
        ),
        # With the owner's rights: the application may not write versions itself.
        Definer(
            name="keep_version",
            when=pgtrigger.After,
            operation=pgtrigger.Insert | pgtrigger.Update,
            func=KEEP_VERSION,
        ),
    ]
