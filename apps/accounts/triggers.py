"""What the database keeps true of users whoever writes them: no password changes unseen."""

from __future__ import annotations

import pgtrigger

from apps.core.triggers import Enforced, record_triggers

# The time of the last change is nobody's to say, neither with a change nor without one.
STAMP_CHANGE = """
    IF TG_OP = 'INSERT' THEN
        NEW.password_changed_at = NULL;
    ELSIF NEW.password IS DISTINCT FROM OLD.password THEN
        NEW.password_changed_at = clock_timestamp();
    ELSE
        NEW.password_changed_at = OLD.password_changed_at;
    END IF;
    RETURN NEW;
"""


def user_triggers() -> list[pgtrigger.Trigger]:
    """A user's triggers. A log-in is no change of the record; a password is: each change of its
    hash makes a version and so an event, which names the login and leaves out the hash.
    """
    return [
        *record_triggers(untouched_by=["last_login"]),
        Enforced(
            name="c_stamp_password",
            when=pgtrigger.Before,
            operation=pgtrigger.Insert | pgtrigger.Update,
            func=STAMP_CHANGE,
        ),
    ]
