"""The tasks of sessions."""

import datetime

import django.db.models.deletion
import django.db.models.functions.datetime
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
import psqlextra.backend.migrations.operations.create_partitioned_model
import psqlextra.models.partitioned
import psqlextra.types
from django.db import migrations, models

import apps.audit.tracking
import apps.core.fields
import apps.core.ids
import apps.core.triggers


class Migration(migrations.Migration):

    dependencies = [
        ('tasks', '0018_validate_quick_checks'),
        ('work_sessions', '0001_add_work_sessions'),
    ]

    operations = [
        migrations.CreateModel(
            name='SessionTask',
            fields=[
                ('created_at', apps.core.fields.GeneratedDateTimeField(db_persist=True, expression=apps.core.fields.Uuid7Time('id'), output_field=models.DateTimeField())),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('version', models.IntegerField(db_default=1, editable=False)),
                ('id', models.UUIDField(db_default=apps.core.fields.GenerateUuid7(), default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('started_at', models.DateTimeField()),
                ('stopped_at', models.DateTimeField(blank=True, null=True)),
                ('completed_at', models.DateTimeField(blank=True, null=True)),
                ('pauses', models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list)),
                ('session', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='task_links', to='work_sessions.worksession')),
                ('task', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='session_links', to='tasks.task')),
            ],
            options={
                'db_table': 'session_tasks',
            },
        ),
        psqlextra.backend.migrations.operations.create_partitioned_model.PostgresCreatePartitionedModel(
            name='SessionTaskEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('version', models.IntegerField(db_default=1, editable=False)),
                ('started_at', models.DateTimeField()),
                ('stopped_at', models.DateTimeField(blank=True, null=True)),
                ('completed_at', models.DateTimeField(blank=True, null=True)),
                ('pauses', models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list)),
                ('pgh_id', models.UUIDField(db_default=apps.core.fields.GenerateUuid7(), editable=False, primary_key=True, serialize=False)),
                ('pgh_login', models.TextField(db_default=apps.audit.tracking.SessionUser(), editable=False)),
                ('pgh_xact', models.BigIntegerField(db_default=apps.audit.tracking.TransactionId(), editable=False)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='work_sessions.sessiontask')),
                ('session', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='work_sessions.worksession')),
                ('task', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='tasks.task')),
            ],
            options={
                'verbose_name': 'session task event',
                'db_table': 'session_tasks_events',
                'abstract': False,
            },
            partitioning_options={
                'method': psqlextra.types.PostgresPartitioningMethod['RANGE'],
                'key': ['pgh_id'],
            },
            bases=(psqlextra.models.partitioned.PostgresPartitionedModel,),
        ),
        migrations.AddIndex(
            model_name='sessiontask',
            index=models.Index(fields=['task'], name='session_tasks_task'),
        ),
        migrations.AddConstraint(
            model_name='sessiontask',
            constraint=models.CheckConstraint(condition=apps.core.fields.IsUuid7('id'), name='session_tasks_id_uuid7', violation_error_code='invalid_id', violation_error_message='The id is no UUID of version 7.'),
        ),
        migrations.AddConstraint(
            model_name='sessiontask',
            constraint=models.UniqueConstraint(fields=('session', 'task'), name='session_tasks_unique', violation_error_message='The session has this task already.'),
        ),
        migrations.AddConstraint(
            model_name='sessiontask',
            constraint=models.CheckConstraint(condition=models.Q(('started_at__gte', datetime.datetime(2, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('started_at__lte', datetime.datetime(9998, 12, 31, 0, 0, tzinfo=datetime.UTC))), name='session_tasks_started_at_in_range', violation_error_code='out_of_range', violation_error_message='started_at must be from 0002-01-01T00:00:00+00:00 to 9998-12-31T00:00:00+00:00.'),
        ),
        migrations.AddConstraint(
            model_name='sessiontask',
            constraint=models.CheckConstraint(condition=models.Q(('stopped_at__gte', datetime.datetime(2, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('stopped_at__lte', datetime.datetime(9998, 12, 31, 0, 0, tzinfo=datetime.UTC))), name='session_tasks_stopped_at_in_range', violation_error_code='out_of_range', violation_error_message='stopped_at must be from 0002-01-01T00:00:00+00:00 to 9998-12-31T00:00:00+00:00.'),
        ),
        migrations.AddConstraint(
            model_name='sessiontask',
            constraint=models.CheckConstraint(condition=models.Q(('completed_at__gte', datetime.datetime(2, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('completed_at__lte', datetime.datetime(9998, 12, 31, 0, 0, tzinfo=datetime.UTC))), name='session_tasks_completed_at_in_range', violation_error_code='out_of_range', violation_error_message='completed_at must be from 0002-01-01T00:00:00+00:00 to 9998-12-31T00:00:00+00:00.'),
        ),
        migrations.AddConstraint(
            model_name='sessiontask',
            constraint=models.CheckConstraint(condition=models.Q(models.Func('pauses', output_field=models.BooleanField(), template="(%(expressions)s = '[]'::jsonb)"), models.Func('pauses', output_field=models.BooleanField(), template='(NOT jsonb_path_exists(%(expressions)s, \'strict $ ? (@.type() != "array" || @.size() > 200 || exists(@[*] ? (@.type() != "object" || (exists(@."from_ms")) is unknown || (exists(@."to_ms")) is unknown || exists(@."from_ms" ? (@.type() != "number" || @ < 0 || @ > 9007199254740991 || @.floor() != @)) || exists(@."to_ms" ? (@.type() != "number" || @ < 0 || @ > 9007199254740991 || @.floor() != @)) || exists(@.keyvalue().key ? (@ != "from_ms" && @ != "to_ms")))))\'))'), _connector='OR'), name='session_tasks_pauses_schema', violation_error_code='invalid_json', violation_error_message='pauses must be a list of at most 200 pauses, each with its beginning and its end in milliseconds since the task was started.'),
        ),
        migrations.AddConstraint(
            model_name='sessiontask',
            constraint=models.CheckConstraint(condition=models.Q(('stopped_at__isnull', True), ('stopped_at__gte', models.F('started_at')), _connector='OR'), name='session_tasks_stopped_after_start', violation_error_message='stopped_at must not lie before started_at.'),
        ),
        migrations.AddConstraint(
            model_name='sessiontask',
            constraint=models.CheckConstraint(condition=models.Q(('completed_at__isnull', True), ('completed_at__gte', models.F('started_at')), _connector='OR'), name='session_tasks_completed_after_start', violation_error_message='completed_at must not lie before started_at.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sessiontask',
            trigger=pgtrigger.compiler.Trigger(name='b_immutable', sql=apps.core.triggers.EnforcedSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."session_id" IS DISTINCT FROM (NEW."session_id") OR OLD."task_id" IS DISTINCT FROM (NEW."task_id"))', func="RAISE EXCEPTION 'id, session, task of session_tasks cannot change' USING ERRCODE = 'check_violation', CONSTRAINT = 'session_tasks_immutable';", hash='07e01907f4057f56c1e2663956375de22f496610', operation='UPDATE', pgid='pgtrigger_b_immutable_bacab', table='session_tasks', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sessiontask',
            trigger=pgtrigger.compiler.Trigger(name='c_stamp', sql=apps.core.triggers.EnforcedSql(func="\n            IF TG_OP = 'INSERT' THEN\n                IF uuid7_time(NEW.id) > clock_timestamp() + interval '60 seconds' THEN\n                    RAISE EXCEPTION 'the id of the row lies more than 60 seconds in the future' USING ERRCODE = 'check_violation', CONSTRAINT = 'session_tasks_id_not_in_future', COLUMN = 'id';\n                END IF;\n                NEW.version = 1;\n                NEW.updated_at = clock_timestamp();\n            ELSE\n                NEW.version = OLD.version;\n                NEW.updated_at = OLD.updated_at;\n            END IF;\n            RETURN NEW;\n        ", hash='503ce4dd526314f6a62a524366fcb9a8585804f5', operation='INSERT OR UPDATE', pgid='pgtrigger_c_stamp_c970a', table='session_tasks', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sessiontask',
            trigger=pgtrigger.compiler.Trigger(name='d_touch', sql=apps.core.triggers.EnforcedSql(condition='WHEN (OLD."completed_at" IS DISTINCT FROM (NEW."completed_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."pauses" IS DISTINCT FROM (NEW."pauses") OR OLD."session_id" IS DISTINCT FROM (NEW."session_id") OR OLD."started_at" IS DISTINCT FROM (NEW."started_at") OR OLD."stopped_at" IS DISTINCT FROM (NEW."stopped_at") OR OLD."task_id" IS DISTINCT FROM (NEW."task_id"))', func='NEW.updated_at = clock_timestamp(); NEW.version = OLD.version + 1; RETURN NEW;', hash='7a7e1551b676ed4bee304fb94dd3b33752cbbabc', operation='UPDATE', pgid='pgtrigger_d_touch_92bde', table='session_tasks', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sessiontask',
            trigger=pgtrigger.compiler.Trigger(name='b_not_ahead', sql=apps.core.triggers.EnforcedSql(func="\n            IF NEW.started_at > clock_timestamp() + interval '60 seconds' THEN\n                RAISE EXCEPTION 'started_at lies more than 60 seconds in the future'\n                    USING ERRCODE = 'check_violation', TABLE = 'session_tasks', COLUMN = 'started_at',\n                    CONSTRAINT = 'session_tasks_started_at_not_in_future';\n            END IF;\n            IF NEW.stopped_at > clock_timestamp() + interval '60 seconds' THEN\n                RAISE EXCEPTION 'stopped_at lies more than 60 seconds in the future'\n                    USING ERRCODE = 'check_violation', TABLE = 'session_tasks', COLUMN = 'stopped_at',\n                    CONSTRAINT = 'session_tasks_stopped_at_not_in_future';\n            END IF;\n            IF NEW.completed_at > clock_timestamp() + interval '60 seconds' THEN\n                RAISE EXCEPTION 'completed_at lies more than 60 seconds in the future'\n                    USING ERRCODE = 'check_violation', TABLE = 'session_tasks', COLUMN = 'completed_at',\n                    CONSTRAINT = 'session_tasks_completed_at_not_in_future';\n            END IF;\n            RETURN NEW;", hash='1e2c983af49597c4d2db6e1d7019448b764567dc', operation='INSERT OR UPDATE OF "started_at", "stopped_at", "completed_at"', pgid='pgtrigger_b_not_ahead_8241f', table='session_tasks', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sessiontask',
            trigger=pgtrigger.compiler.Trigger(name='same_repository_task', sql=apps.core.triggers.DefinerSql(declare='DECLARE home uuid; other uuid;', func="\n    SELECT repository_id INTO home FROM work_sessions WHERE id = NEW.session_id;\n    SELECT repository_id INTO other FROM tasks WHERE id = NEW.task_id;\n    IF home IS NOT NULL AND other IS NOT NULL AND home <> other THEN\n        RAISE EXCEPTION 'task_id must name a task of the session''s repository'\n            USING ERRCODE = 'check_violation', TABLE = 'session_tasks', COLUMN = 'task_id',\n            CONSTRAINT = 'session_tasks_task_same_repository';\n    END IF;\n    RETURN NULL;\n", hash='da7ad9e3c03ba3182be1375c2592dc3d1ea3141f', operation='INSERT', pgid='pgtrigger_same_repository_task_72e4b', table='session_tasks', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sessiontask',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=apps.core.triggers.DefinerSql(func='INSERT INTO "session_tasks_events" ("completed_at", "pauses", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "session_id", "started_at", "stopped_at", "task_id", "updated_at", "version") SELECT new_values."completed_at", new_values."pauses", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', new_values."id", new_values."session_id", new_values."started_at", new_values."stopped_at", new_values."task_id", new_values."updated_at", new_values."version" FROM ( SELECT new_values.* FROM new_values  ) AS new_values; RETURN NULL;', hash='8949c7e5abb77267bb58db126a415c6fed574ffc', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_2c9ef', referencing='REFERENCING NEW TABLE AS new_values ', table='session_tasks', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sessiontask',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=apps.core.triggers.DefinerSql(condition='WHEN (OLD."completed_at" IS DISTINCT FROM (NEW."completed_at") OR OLD."pauses" IS DISTINCT FROM (NEW."pauses") OR OLD."session_id" IS DISTINCT FROM (NEW."session_id") OR OLD."started_at" IS DISTINCT FROM (NEW."started_at") OR OLD."stopped_at" IS DISTINCT FROM (NEW."stopped_at") OR OLD."task_id" IS DISTINCT FROM (NEW."task_id") OR OLD."updated_at" IS DISTINCT FROM (NEW."updated_at") OR OLD."version" IS DISTINCT FROM (NEW."version"))', func='INSERT INTO "session_tasks_events" ("completed_at", "pauses", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "session_id", "started_at", "stopped_at", "task_id", "updated_at", "version") VALUES (NEW."completed_at", NEW."pauses", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."session_id", NEW."started_at", NEW."stopped_at", NEW."task_id", NEW."updated_at", NEW."version"); RETURN NULL;', hash='29c8e6dff7da350a5f2ed4d355f3d462575e465e', operation='UPDATE', pgid='pgtrigger_update_update_746ee', table='session_tasks', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sessiontask',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=apps.core.triggers.DefinerSql(func='INSERT INTO "session_tasks_events" ("completed_at", "pauses", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "session_id", "started_at", "stopped_at", "task_id", "updated_at", "version") VALUES (OLD."completed_at", OLD."pauses", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."session_id", OLD."started_at", OLD."stopped_at", OLD."task_id", OLD."updated_at", OLD."version"); RETURN NULL;', hash='a353590b14110b53e677393e42dfdeda2a5818c0', operation='DELETE', pgid='pgtrigger_delete_delete_633fe', table='session_tasks', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='sessiontaskevent',
            index=models.Index(fields=['pgh_obj', 'pgh_id'], name='session_tasks_events_obj'),
        ),
        migrations.AddIndex(
            model_name='sessiontaskevent',
            index=models.Index(fields=['session', 'pgh_id'], name='session_tasks_events_session'),
        ),
    ]
