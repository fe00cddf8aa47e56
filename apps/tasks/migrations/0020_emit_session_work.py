"""Tasks that are worked on under a session's id are marked for their work session."""

import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations

import apps.core.triggers


class Migration(migrations.Migration):

    dependencies = [
        ('tasks', '0019_add_critical_paths'),
    ]

    operations = [
        pgtrigger.migrations.AddTrigger(
            model_name='task',
            trigger=pgtrigger.compiler.Trigger(name='emit_session_work_insert', sql=apps.core.triggers.DefinerSql(func='\n    INSERT INTO outbox (kind, entity_id)\n    SELECT \'session_work\', entity FROM (SELECT "id" FROM new_rows WHERE session_id <> \'\' AND status <> \'pending\') AS changed (entity)\n    WHERE entity IS NOT NULL\n    GROUP BY entity\n    ORDER BY entity\n    ON CONFLICT (kind, entity_id) DO UPDATE SET\n        sequence = EXCLUDED.sequence,\n        queued_at = CASE WHEN outbox.dead_at IS NULL THEN outbox.queued_at\n                    ELSE EXCLUDED.queued_at END,\n        available_at = EXCLUDED.available_at,\n        attempts = 0,\n        last_error = \'\',\n        dead_at = NULL;\n    RETURN NULL;\n', hash='b4a80de38d56e12fe5e32423e959184c578732a6', level='STATEMENT', operation='INSERT', pgid='pgtrigger_emit_session_work_insert_c6212', referencing='REFERENCING NEW TABLE AS new_rows ', table='tasks', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='task',
            trigger=pgtrigger.compiler.Trigger(name='emit_session_work_update', sql=apps.core.triggers.DefinerSql(func='\n    INSERT INTO outbox (kind, entity_id)\n    SELECT \'session_work\', entity FROM (SELECT "id" FROM (SELECT "id", "session_id", "status", -1 AS sign FROM old_rows WHERE session_id <> \'\' AND status <> \'pending\' UNION ALL SELECT "id", "session_id", "status", 1 FROM new_rows WHERE session_id <> \'\' AND status <> \'pending\') AS versions GROUP BY "id", "session_id", "status" HAVING sum(sign) <> 0) AS changed (entity)\n    WHERE entity IS NOT NULL\n    GROUP BY entity\n    ORDER BY entity\n    ON CONFLICT (kind, entity_id) DO UPDATE SET\n        sequence = EXCLUDED.sequence,\n        queued_at = CASE WHEN outbox.dead_at IS NULL THEN outbox.queued_at\n                    ELSE EXCLUDED.queued_at END,\n        available_at = EXCLUDED.available_at,\n        attempts = 0,\n        last_error = \'\',\n        dead_at = NULL;\n    RETURN NULL;\n', hash='4dca8503d13d8f8466c2acd21d1ad4477205e0c2', level='STATEMENT', operation='UPDATE', pgid='pgtrigger_emit_session_work_update_0f200', referencing='REFERENCING OLD TABLE AS old_rows  NEW TABLE AS new_rows ', table='tasks', when='AFTER')),
        ),
    ]
