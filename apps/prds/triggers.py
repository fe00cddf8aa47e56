"""Every text that a PRD ever had is kept, whoever writes it: the database does it itself."""

from __future__ import annotations

import pgtrigger

from apps.core.triggers import Definer, Enforced

COUNT_REVISION = """
    IF TG_OP = 'INSERT' THEN
        NEW.revision = 1;
    ELSIF NEW.content IS DISTINCT FROM OLD.content THEN
        NEW.revision = OLD.revision + 1;
    ELSE
        NEW.revision = OLD.revision;
        NEW.content_hash = OLD.content_hash;
        RETURN NEW;
    END IF;
    NEW.content_hash = encode(sha256(convert_to(NEW.content, 'UTF8')), 'hex');
    RETURN NEW;
"""
KEEP_REVISION = """
    IF TG_OP = 'INSERT' OR NEW.content IS DISTINCT FROM OLD.content THEN
        INSERT INTO prd_revisions (prd_id, number, content, content_hash)
        VALUES (NEW.id, NEW.revision, NEW.content, NEW.content_hash);
    END IF;
    RETURN NULL;
"""


def revision_triggers() -> list[pgtrigger.Trigger]:
    """Count the revision and hash the text, then copy both into `prd_revisions`."""
    return [
        Enforced(
            name="e_count_revision",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert | pgtrigger.Update,
            func=COUNT_REVISION,
        ),
        # With the owner's rights: the application may not write revisions itself.
        Definer(
            name="keep_revision",
            when=pgtrigger.After,
            operation=pgtrigger.Insert | pgtrigger.Update,
            func=KEEP_REVISION,
        ),
    ]
