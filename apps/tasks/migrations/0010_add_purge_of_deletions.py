from django.db import migrations

# The application may call this and has no DELETE on the three tables. The floor of a day stands
# here, and on updated_at, which triggers keep: a stolen login of the application cannot destroy what
# it has hidden, not even by writing an old time or an old batch into the row. Rows are locked in the
# order in which deletions and restores lock them.
PURGE = r"""
CREATE OR REPLACE FUNCTION purge_deletion_batch(batch uuid) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    youngest timestamptz;
    gone bigint;
    purged jsonb = '{}';
BEGIN
    PERFORM FROM prds WHERE deletion_batch = batch ORDER BY id FOR UPDATE;
    PERFORM FROM task_templates WHERE deletion_batch = batch ORDER BY id FOR UPDATE;
    PERFORM FROM tasks WHERE deletion_batch = batch ORDER BY id FOR UPDATE;
    SELECT max(updated_at) INTO youngest FROM (
        SELECT updated_at FROM prds WHERE deletion_batch = batch
        UNION ALL SELECT updated_at FROM task_templates WHERE deletion_batch = batch
        UNION ALL SELECT updated_at FROM tasks WHERE deletion_batch = batch
    ) AS deleted;
    IF youngest > clock_timestamp() - interval '24 hours' THEN
        RAISE EXCEPTION 'what was deleted or changed less than 24 hours ago cannot be purged yet'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'deletion_batch_age';
    END IF;
    DELETE FROM tasks WHERE deletion_batch = batch;
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF gone > 0 THEN
        purged = purged || jsonb_build_object('tasks', gone);
    END IF;
    DELETE FROM task_templates WHERE deletion_batch = batch;
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF gone > 0 THEN
        purged = purged || jsonb_build_object('task_templates', gone);
    END IF;
    DELETE FROM prds WHERE deletion_batch = batch;
    GET DIAGNOSTICS gone = ROW_COUNT;
    IF gone > 0 THEN
        purged = purged || jsonb_build_object('prds', gone);
    END IF;
    RETURN purged;
END;
$$;
REVOKE ALL ON FUNCTION purge_deletion_batch(uuid) FROM PUBLIC;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('prds', '0004_add_purge_permission'),
        ('task_templates', '0004_add_purge_permission'),
        ('tasks', '0009_emit_prd_changes_without_join'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='task',
            options={'base_manager_name': 'all_objects', 'permissions': [('purge_task', 'Can delete deleted tasks for good')]},
        ),
        migrations.RunSQL(PURGE, "DROP FUNCTION purge_deletion_batch(uuid)"),
    ]
