"""The queue is read in one order: by when work should be begun."""

from django.db import migrations, models

import apps.tasks.urgency

# A body of the standard's form is bound to the functions that it calls when it is made: an index
# is rebuilt and restored under any search path. Hours, since a day has no fixed length; so the
# result depends on nothing but the arguments, whatever PostgreSQL says of adding to a time.
FUNCTION = """
CREATE OR REPLACE FUNCTION task_act_by(id uuid, priority text, due_at timestamptz)
RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN least(
    due_at,
    uuid7_time(id) + CASE priority
        WHEN 'high' THEN interval '24 hours'
        WHEN 'medium' THEN interval '168 hours'
        ELSE interval '720 hours'
    END
);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0001_uuid7_functions'),
        ('tasks', '0020_emit_session_work'),
    ]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION IF EXISTS task_act_by(uuid, text, timestamptz)"),
        migrations.AddIndex(
            model_name='task',
            index=models.Index(models.F('repository'), apps.tasks.urgency.ActBy(), models.F('id'), condition=models.Q(('deleted_at__isnull', True), ('status', 'pending')), name='tasks_repository_act_by'),
        ),
        migrations.RemoveIndex(
            model_name='task',
            name='tasks_repository_pending',
        ),
    ]
