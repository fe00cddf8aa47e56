"""Work sessions and their spans of activity."""

import datetime

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import django.db.models.lookups
import django.utils.timezone
import pghistory.utils
import pgtrigger.compiler
import pgtrigger.migrations
import psqlextra.backend.migrations.operations.create_partitioned_model
import psqlextra.models.partitioned
import psqlextra.types
from django.conf import settings
from django.db import migrations, models

import apps.audit.tracking
import apps.core.fields
import apps.core.ids
import apps.core.triggers


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('repositories', '0009_validate_settings'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='WorkSession',
            fields=[
                ('created_at', apps.core.fields.GeneratedDateTimeField(db_persist=True, expression=apps.core.fields.Uuid7Time('id'), output_field=models.DateTimeField())),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('version', models.IntegerField(db_default=1, editable=False)),
                ('id', models.UUIDField(db_default=apps.core.fields.GenerateUuid7(), default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('session_id', models.TextField(help_text="The client's own id of the session.")),
                ('state', models.TextField(choices=[('active', 'Active'), ('ended', 'Ended'), ('abandoned', 'Abandoned: nobody has heard of it')], db_default='active', default='active')),
                ('start_time', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now)),
                ('end_time', models.DateTimeField(blank=True, null=True)),
                ('last_seen_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now, editable=False)),
                ('session_summary', models.TextField(blank=True, db_default='', default='')),
                ('tools_used', models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list)),
                ('files_changed', models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list)),
                ('cli_mode', models.BooleanField(db_default=False, default=False)),
                ('productivity_score', models.FloatField(blank=True, editable=False, null=True)),
                ('productivity_version', models.TextField(blank=True, db_default='', default='', editable=False)),
                ('productivity_factors', models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict, editable=False)),
                ('actor', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('repository', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.RESTRICT, related_name='work_sessions', to='repositories.repository')),
            ],
            options={
                'verbose_name': 'work session',
                'db_table': 'work_sessions',
            },
        ),
        migrations.CreateModel(
            name='SessionSpan',
            fields=[
                ('created_at', apps.core.fields.GeneratedDateTimeField(db_persist=True, expression=apps.core.fields.Uuid7Time('id'), output_field=models.DateTimeField())),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('version', models.IntegerField(db_default=1, editable=False)),
                ('id', models.UUIDField(db_default=apps.core.fields.GenerateUuid7(), default=apps.core.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('started_at', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('session', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='spans', to='work_sessions.worksession')),
            ],
            options={
                'db_table': 'session_spans',
            },
        ),
        psqlextra.backend.migrations.operations.create_partitioned_model.PostgresCreatePartitionedModel(
            name='WorkSessionEvent',
            fields=[
                ('pgh_created_at', models.DateTimeField(auto_now_add=True)),
                ('pgh_label', models.TextField(help_text='The event label.')),
                ('pgh_context', pghistory.utils.JSONField(null=True)),
                ('pgh_context_id', models.UUIDField(null=True)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('version', models.IntegerField(db_default=1, editable=False)),
                ('session_id', models.TextField(help_text="The client's own id of the session.")),
                ('state', models.TextField(choices=[('active', 'Active'), ('ended', 'Ended'), ('abandoned', 'Abandoned: nobody has heard of it')], db_default='active', default='active')),
                ('start_time', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), default=django.utils.timezone.now)),
                ('end_time', models.DateTimeField(blank=True, null=True)),
                ('session_summary', models.TextField(blank=True, db_default='', default='')),
                ('tools_used', models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list)),
                ('files_changed', models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list)),
                ('cli_mode', models.BooleanField(db_default=False, default=False)),
                ('productivity_score', models.FloatField(blank=True, editable=False, null=True)),
                ('productivity_version', models.TextField(blank=True, db_default='', default='', editable=False)),
                ('productivity_factors', models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict, editable=False)),
                ('pgh_id', models.UUIDField(db_default=apps.core.fields.GenerateUuid7(), editable=False, primary_key=True, serialize=False)),
                ('pgh_login', models.TextField(db_default=apps.audit.tracking.SessionUser(), editable=False)),
                ('pgh_xact', models.BigIntegerField(db_default=apps.audit.tracking.TransactionId(), editable=False)),
                ('actor', models.ForeignKey(blank=True, db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to=settings.AUTH_USER_MODEL)),
                ('pgh_obj', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='events', to='work_sessions.worksession')),
                ('repository', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', related_query_name='+', to='repositories.repository')),
            ],
            options={
                'verbose_name': 'work session event',
                'db_table': 'work_sessions_events',
                'abstract': False,
            },
            partitioning_options={
                'method': psqlextra.types.PostgresPartitioningMethod['RANGE'],
                'key': ['pgh_id'],
            },
            bases=(psqlextra.models.partitioned.PostgresPartitionedModel,),
        ),
        migrations.AddIndex(
            model_name='worksession',
            index=models.Index(models.F('repository'), models.OrderBy(models.F('id'), descending=True), name='work_sessions_newest'),
        ),
        migrations.AddIndex(
            model_name='worksession',
            index=models.Index(models.F('repository'), models.F('session_id'), models.OrderBy(models.F('id'), descending=True), name='work_sessions_session_id'),
        ),
        migrations.AddIndex(
            model_name='worksession',
            index=models.Index(models.F('repository'), models.F('state'), models.OrderBy(models.F('id'), descending=True), name='work_sessions_state'),
        ),
        migrations.AddIndex(
            model_name='worksession',
            index=models.Index(models.F('repository'), models.F('actor'), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('actor__isnull', False)), name='work_sessions_actor'),
        ),
        migrations.AddIndex(
            model_name='worksession',
            index=models.Index(models.F('last_seen_at'), models.F('id'), condition=models.Q(('state', 'active')), name='work_sessions_unseen'),
        ),
        migrations.AddConstraint(
            model_name='worksession',
            constraint=models.CheckConstraint(condition=apps.core.fields.IsUuid7('id'), name='work_sessions_id_uuid7', violation_error_code='invalid_id', violation_error_message='The id is no UUID of version 7.'),
        ),
        migrations.AddConstraint(
            model_name='worksession',
            constraint=models.CheckConstraint(condition=models.Q(django.db.models.lookups.GreaterThanOrEqual(django.db.models.functions.text.Length('session_id'), 1), django.db.models.lookups.LessThanOrEqual(django.db.models.functions.text.Length('session_id'), 255)), name='work_sessions_session_id_length', violation_error_code='invalid_length', violation_error_message='session_id must have 1 to 255 characters.'),
        ),
        migrations.AddConstraint(
            model_name='worksession',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['active', 'ended', 'abandoned'])), name='work_sessions_state_valid', violation_error_code='invalid_choice', violation_error_message='state must be one of: active, ended, abandoned.'),
        ),
        migrations.AddConstraint(
            model_name='worksession',
            constraint=models.CheckConstraint(condition=models.Q(('start_time__gte', datetime.datetime(2, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('start_time__lte', datetime.datetime(9998, 12, 31, 0, 0, tzinfo=datetime.UTC))), name='work_sessions_start_time_in_range', violation_error_code='out_of_range', violation_error_message='start_time must be from 0002-01-01T00:00:00+00:00 to 9998-12-31T00:00:00+00:00.'),
        ),
        migrations.AddConstraint(
            model_name='worksession',
            constraint=models.CheckConstraint(condition=models.Q(('end_time__gte', datetime.datetime(2, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('end_time__lte', datetime.datetime(9998, 12, 31, 0, 0, tzinfo=datetime.UTC))), name='work_sessions_end_time_in_range', violation_error_code='out_of_range', violation_error_message='end_time must be from 0002-01-01T00:00:00+00:00 to 9998-12-31T00:00:00+00:00.'),
        ),
        migrations.AddConstraint(
            model_name='worksession',
            constraint=models.CheckConstraint(condition=models.Q(('last_seen_at__gte', datetime.datetime(2, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('last_seen_at__lte', datetime.datetime(9998, 12, 31, 0, 0, tzinfo=datetime.UTC))), name='work_sessions_last_seen_at_in_range', violation_error_code='out_of_range', violation_error_message='last_seen_at must be from 0002-01-01T00:00:00+00:00 to 9998-12-31T00:00:00+00:00.'),
        ),
        migrations.AddConstraint(
            model_name='worksession',
            constraint=models.CheckConstraint(condition=models.Q(django.db.models.lookups.GreaterThanOrEqual(django.db.models.functions.text.Length('session_summary'), 0), django.db.models.lookups.LessThanOrEqual(django.db.models.functions.text.Length('session_summary'), 20000)), name='work_sessions_session_summary_length', violation_error_code='invalid_length', violation_error_message='session_summary must have at most 20,000 characters.'),
        ),
        migrations.AddConstraint(
            model_name='worksession',
            constraint=models.CheckConstraint(condition=models.Q(models.Func('tools_used', output_field=models.BooleanField(), template="(%(expressions)s = '[]'::jsonb)"), models.Q(models.Func('tools_used', output_field=models.BooleanField(), template='(NOT jsonb_path_exists(%(expressions)s, \'strict $ ? (@.type() != "array" || @.size() > 100 || exists(@[*] ? (@.type() != "string" || @ == "" || @ like_regex "^.{101}" flag "s")))\'))'), models.Q(models.Func('tools_used', output_field=models.BooleanField(), template="(NOT jsonb_path_exists(%(expressions)s, '$[1]'))"), models.Func('tools_used', function='has_distinct_items', output_field=models.BooleanField()), _connector='OR')), _connector='OR'), name='work_sessions_tools_used_schema', violation_error_code='invalid_json', violation_error_message='tools_used must be a list of at most 100 distinct strings of 1 to 100 characters.'),
        ),
        migrations.AddConstraint(
            model_name='worksession',
            constraint=models.CheckConstraint(condition=models.Q(models.Func('files_changed', output_field=models.BooleanField(), template="(%(expressions)s = '[]'::jsonb)"), models.Q(models.Func('files_changed', output_field=models.BooleanField(), template='(NOT jsonb_path_exists(%(expressions)s, \'strict $ ? (@.type() != "array" || @.size() > 1000 || exists(@[*] ? (@.type() != "string" || @ == "" || @ like_regex "^.{255}.{246}" flag "s")))\'))'), models.Q(models.Func('files_changed', output_field=models.BooleanField(), template="(NOT jsonb_path_exists(%(expressions)s, '$[1]'))"), models.Func('files_changed', function='has_distinct_items', output_field=models.BooleanField()), _connector='OR')), _connector='OR'), name='work_sessions_files_changed_schema', violation_error_code='invalid_json', violation_error_message='files_changed must be a list of at most 1000 distinct strings of 1 to 500 characters.'),
        ),
        migrations.AddConstraint(
            model_name='worksession',
            constraint=models.CheckConstraint(condition=models.Q(models.Func('productivity_factors', output_field=models.BooleanField(), template="(jsonb_typeof(%(expressions)s) IN ('object'))")), name='work_sessions_productivity_factors_schema', violation_error_code='invalid_json', violation_error_message='productivity_factors must be a JSON object with the figures that were judged and what each factor brought to the score, or an empty one.'),
        ),
        migrations.AddConstraint(
            model_name='worksession',
            constraint=models.CheckConstraint(condition=models.Q(('productivity_score__gte', 0), ('productivity_score__lte', 1)), name='work_sessions_productivity_score_range', violation_error_code='out_of_range', violation_error_message='productivity_score must be from 0 to 1.'),
        ),
        migrations.AddConstraint(
            model_name='worksession',
            constraint=models.CheckConstraint(condition=models.Q(django.db.models.lookups.GreaterThanOrEqual(django.db.models.functions.text.Length('productivity_version'), 0), django.db.models.lookups.LessThanOrEqual(django.db.models.functions.text.Length('productivity_version'), 20)), name='work_sessions_productivity_version_length', violation_error_code='invalid_length', violation_error_message='productivity_version must have at most 20 characters.'),
        ),
        migrations.AddConstraint(
            model_name='worksession',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'active')), fields=('repository', 'session_id'), name='work_sessions_one_active', violation_error_message='A session of this id is active in the repository.'),
        ),
        migrations.AddConstraint(
            model_name='worksession',
            constraint=models.CheckConstraint(condition=models.Q(('end_time__isnull', True), ('end_time__gte', models.F('start_time')), _connector='OR'), name='work_sessions_end_after_start', violation_error_code='invalid_end', violation_error_message='end_time must not lie before start_time.'),
        ),
        migrations.AddConstraint(
            model_name='worksession',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('state', 'active')), ('end_time__isnull', True)), models.Q(models.Q(('state', 'active'), _negated=True), ('end_time__isnull', False)), _connector='OR'), name='work_sessions_end_time_follows_state'),
        ),
        migrations.AddConstraint(
            model_name='worksession',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('productivity_factors', {}), ('productivity_score__isnull', True), ('productivity_version', '')), models.Q(('productivity_score__isnull', False), models.Q(('productivity_version', ''), _negated=True), models.Q(('productivity_factors', {}), _negated=True)), _connector='OR'), name='work_sessions_score_explained', violation_error_message='A score has a version and its factors, or is not there.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='worksession',
            trigger=pgtrigger.compiler.Trigger(name='a_transition', sql=apps.core.triggers.EnforcedSql(condition='WHEN (OLD."state" IS DISTINCT FROM NEW."state" AND (OLD."state", NEW."state") NOT IN ((\'active\', \'abandoned\'), (\'active\', \'ended\')))', func='RAISE EXCEPTION \'invalid state transition % -> %\', OLD."state", NEW."state" USING ERRCODE = \'check_violation\', CONSTRAINT = \'work_sessions_state_transition\', COLUMN = \'state\', TABLE = \'work_sessions\';', hash='564d02e5e184bf9ba44d594dbe287bd0534e6e58', operation='UPDATE', pgid='pgtrigger_a_transition_913d3', table='work_sessions', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='worksession',
            trigger=pgtrigger.compiler.Trigger(name='b_immutable', sql=apps.core.triggers.EnforcedSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."repository_id" IS DISTINCT FROM (NEW."repository_id") OR OLD."session_id" IS DISTINCT FROM (NEW."session_id") OR OLD."start_time" IS DISTINCT FROM (NEW."start_time"))', func="RAISE EXCEPTION 'id, repository, session_id, start_time of work_sessions cannot change' USING ERRCODE = 'check_violation', CONSTRAINT = 'work_sessions_immutable';", hash='f288ca8cca115b2074eea7a60cbab06e62ddeb9c', operation='UPDATE', pgid='pgtrigger_b_immutable_5d932', table='work_sessions', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='worksession',
            trigger=pgtrigger.compiler.Trigger(name='c_stamp', sql=apps.core.triggers.EnforcedSql(func="\n            IF TG_OP = 'INSERT' THEN\n                IF uuid7_time(NEW.id) > clock_timestamp() + interval '60 seconds' THEN\n                    RAISE EXCEPTION 'the id of the row lies more than 60 seconds in the future' USING ERRCODE = 'check_violation', CONSTRAINT = 'work_sessions_id_not_in_future', COLUMN = 'id';\n                END IF;\n                NEW.version = 1;\n                NEW.updated_at = clock_timestamp();\n            ELSE\n                NEW.version = OLD.version;\n                NEW.updated_at = OLD.updated_at;\n            END IF;\n            RETURN NEW;\n        ", hash='f9712624a34e15b6e525bbf7d86680b1e936fc2f', operation='INSERT OR UPDATE', pgid='pgtrigger_c_stamp_4648c', table='work_sessions', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='worksession',
            trigger=pgtrigger.compiler.Trigger(name='d_touch', sql=apps.core.triggers.EnforcedSql(condition='WHEN (OLD."actor_id" IS DISTINCT FROM (NEW."actor_id") OR OLD."cli_mode" IS DISTINCT FROM (NEW."cli_mode") OR OLD."end_time" IS DISTINCT FROM (NEW."end_time") OR OLD."files_changed" IS DISTINCT FROM (NEW."files_changed") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."productivity_factors" IS DISTINCT FROM (NEW."productivity_factors") OR OLD."productivity_score" IS DISTINCT FROM (NEW."productivity_score") OR OLD."productivity_version" IS DISTINCT FROM (NEW."productivity_version") OR OLD."repository_id" IS DISTINCT FROM (NEW."repository_id") OR OLD."session_id" IS DISTINCT FROM (NEW."session_id") OR OLD."session_summary" IS DISTINCT FROM (NEW."session_summary") OR OLD."start_time" IS DISTINCT FROM (NEW."start_time") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."tools_used" IS DISTINCT FROM (NEW."tools_used"))', func='NEW.updated_at = clock_timestamp(); NEW.version = OLD.version + 1; RETURN NEW;', hash='7e662e1dbcc310ceccdc9bd3b3ec03d597ade7b1', operation='UPDATE', pgid='pgtrigger_d_touch_d399f', table='work_sessions', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='worksession',
            trigger=pgtrigger.compiler.Trigger(name='b_not_ahead', sql=apps.core.triggers.EnforcedSql(func="\n            IF NEW.start_time > clock_timestamp() + interval '60 seconds' THEN\n                RAISE EXCEPTION 'start_time lies more than 60 seconds in the future'\n                    USING ERRCODE = 'check_violation', TABLE = 'work_sessions', COLUMN = 'start_time',\n                    CONSTRAINT = 'work_sessions_start_time_not_in_future';\n            END IF;\n            IF NEW.end_time > clock_timestamp() + interval '60 seconds' THEN\n                RAISE EXCEPTION 'end_time lies more than 60 seconds in the future'\n                    USING ERRCODE = 'check_violation', TABLE = 'work_sessions', COLUMN = 'end_time',\n                    CONSTRAINT = 'work_sessions_end_time_not_in_future';\n            END IF;\n            IF NEW.last_seen_at > clock_timestamp() + interval '60 seconds' THEN\n                RAISE EXCEPTION 'last_seen_at lies more than 60 seconds in the future'\n                    USING ERRCODE = 'check_violation', TABLE = 'work_sessions', COLUMN = 'last_seen_at',\n                    CONSTRAINT = 'work_sessions_last_seen_at_not_in_future';\n            END IF;\n            RETURN NEW;", hash='188e79d86c2c6725bc21dc7576c7d1c639e6569c', operation='INSERT OR UPDATE OF "start_time", "end_time", "last_seen_at"', pgid='pgtrigger_b_not_ahead_5875b', table='work_sessions', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='worksession',
            trigger=pgtrigger.compiler.Trigger(name='c_last_seen_at_never_back', sql=apps.core.triggers.EnforcedSql(func='NEW.last_seen_at = greatest(NEW.last_seen_at, OLD.last_seen_at); RETURN NEW;', hash='d892675e20b9dabad4ffbf3f40ffa35b430d53a3', operation='UPDATE OF "last_seen_at"', pgid='pgtrigger_c_last_seen_at_never_back_dc7f0', table='work_sessions', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='worksession',
            trigger=pgtrigger.compiler.Trigger(name='insert_insert', sql=apps.core.triggers.DefinerSql(func='INSERT INTO "work_sessions_events" ("actor_id", "cli_mode", "end_time", "files_changed", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "productivity_factors", "productivity_score", "productivity_version", "repository_id", "session_id", "session_summary", "start_time", "state", "tools_used", "updated_at", "version") SELECT new_values."actor_id", new_values."cli_mode", new_values."end_time", new_values."files_changed", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'insert\', new_values."id", new_values."productivity_factors", new_values."productivity_score", new_values."productivity_version", new_values."repository_id", new_values."session_id", new_values."session_summary", new_values."start_time", new_values."state", new_values."tools_used", new_values."updated_at", new_values."version" FROM ( SELECT new_values.* FROM new_values  ) AS new_values; RETURN NULL;', hash='a3781a8a8ed6db462179bd9a56a0fe120e0c07c3', level='STATEMENT', operation='INSERT', pgid='pgtrigger_insert_insert_1cc2f', referencing='REFERENCING NEW TABLE AS new_values ', table='work_sessions', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='worksession',
            trigger=pgtrigger.compiler.Trigger(name='update_update', sql=apps.core.triggers.DefinerSql(condition='WHEN (OLD."actor_id" IS DISTINCT FROM (NEW."actor_id") OR OLD."cli_mode" IS DISTINCT FROM (NEW."cli_mode") OR OLD."end_time" IS DISTINCT FROM (NEW."end_time") OR OLD."files_changed" IS DISTINCT FROM (NEW."files_changed") OR OLD."productivity_factors" IS DISTINCT FROM (NEW."productivity_factors") OR OLD."productivity_score" IS DISTINCT FROM (NEW."productivity_score") OR OLD."productivity_version" IS DISTINCT FROM (NEW."productivity_version") OR OLD."repository_id" IS DISTINCT FROM (NEW."repository_id") OR OLD."session_id" IS DISTINCT FROM (NEW."session_id") OR OLD."session_summary" IS DISTINCT FROM (NEW."session_summary") OR OLD."start_time" IS DISTINCT FROM (NEW."start_time") OR OLD."state" IS DISTINCT FROM (NEW."state") OR OLD."tools_used" IS DISTINCT FROM (NEW."tools_used") OR OLD."updated_at" IS DISTINCT FROM (NEW."updated_at") OR OLD."version" IS DISTINCT FROM (NEW."version"))', func='INSERT INTO "work_sessions_events" ("actor_id", "cli_mode", "end_time", "files_changed", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "productivity_factors", "productivity_score", "productivity_version", "repository_id", "session_id", "session_summary", "start_time", "state", "tools_used", "updated_at", "version") VALUES (NEW."actor_id", NEW."cli_mode", NEW."end_time", NEW."files_changed", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'update\', NEW."id", NEW."productivity_factors", NEW."productivity_score", NEW."productivity_version", NEW."repository_id", NEW."session_id", NEW."session_summary", NEW."start_time", NEW."state", NEW."tools_used", NEW."updated_at", NEW."version"); RETURN NULL;', hash='28d9b0079899864d038d8e4d8c379c6a16bb7e73', operation='UPDATE', pgid='pgtrigger_update_update_8a1ba', table='work_sessions', when='AFTER')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='worksession',
            trigger=pgtrigger.compiler.Trigger(name='delete_delete', sql=apps.core.triggers.DefinerSql(func='INSERT INTO "work_sessions_events" ("actor_id", "cli_mode", "end_time", "files_changed", "pgh_context", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "productivity_factors", "productivity_score", "productivity_version", "repository_id", "session_id", "session_summary", "start_time", "state", "tools_used", "updated_at", "version") VALUES (OLD."actor_id", OLD."cli_mode", OLD."end_time", OLD."files_changed", COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_metadata\', TRUE), \'\'), NULL)::JSONB, COALESCE(NULLIF(CURRENT_SETTING(\'pghistory.context_id\', TRUE), \'\'), NULL)::UUID, NOW(), \'delete\', OLD."id", OLD."productivity_factors", OLD."productivity_score", OLD."productivity_version", OLD."repository_id", OLD."session_id", OLD."session_summary", OLD."start_time", OLD."state", OLD."tools_used", OLD."updated_at", OLD."version"); RETURN NULL;', hash='83af9c79e47ba563f521cb89ab58dd0df5ba25af', operation='DELETE', pgid='pgtrigger_delete_delete_1c53f', table='work_sessions', when='AFTER')),
        ),
        migrations.AddIndex(
            model_name='sessionspan',
            index=models.Index(models.F('session'), models.OrderBy(models.F('started_at'), descending=True), name='session_spans_newest'),
        ),
        migrations.AddConstraint(
            model_name='sessionspan',
            constraint=models.CheckConstraint(condition=apps.core.fields.IsUuid7('id'), name='session_spans_id_uuid7', violation_error_code='invalid_id', violation_error_message='The id is no UUID of version 7.'),
        ),
        migrations.AddConstraint(
            model_name='sessionspan',
            constraint=models.CheckConstraint(condition=models.Q(('started_at__gte', datetime.datetime(2, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('started_at__lte', datetime.datetime(9998, 12, 31, 0, 0, tzinfo=datetime.UTC))), name='session_spans_started_at_in_range', violation_error_code='out_of_range', violation_error_message='started_at must be from 0002-01-01T00:00:00+00:00 to 9998-12-31T00:00:00+00:00.'),
        ),
        migrations.AddConstraint(
            model_name='sessionspan',
            constraint=models.CheckConstraint(condition=models.Q(('until__gte', datetime.datetime(2, 1, 1, 0, 0, tzinfo=datetime.UTC)), ('until__lte', datetime.datetime(9998, 12, 31, 0, 0, tzinfo=datetime.UTC))), name='session_spans_until_in_range', violation_error_code='out_of_range', violation_error_message='until must be from 0002-01-01T00:00:00+00:00 to 9998-12-31T00:00:00+00:00.'),
        ),
        migrations.AddConstraint(
            model_name='sessionspan',
            constraint=models.CheckConstraint(condition=models.Q(('until__gte', models.F('started_at'))), name='session_spans_until_after_start', violation_error_message='until must not lie before started_at.'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sessionspan',
            trigger=pgtrigger.compiler.Trigger(name='b_immutable', sql=apps.core.triggers.EnforcedSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."session_id" IS DISTINCT FROM (NEW."session_id") OR OLD."started_at" IS DISTINCT FROM (NEW."started_at"))', func="RAISE EXCEPTION 'id, session, started_at of session_spans cannot change' USING ERRCODE = 'check_violation', CONSTRAINT = 'session_spans_immutable';", hash='78d660d0043d6b10aa168ea235e84e356b1c4446', operation='UPDATE', pgid='pgtrigger_b_immutable_9648c', table='session_spans', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sessionspan',
            trigger=pgtrigger.compiler.Trigger(name='c_stamp', sql=apps.core.triggers.EnforcedSql(func="\n            IF TG_OP = 'INSERT' THEN\n                IF uuid7_time(NEW.id) > clock_timestamp() + interval '60 seconds' THEN\n                    RAISE EXCEPTION 'the id of the row lies more than 60 seconds in the future' USING ERRCODE = 'check_violation', CONSTRAINT = 'session_spans_id_not_in_future', COLUMN = 'id';\n                END IF;\n                NEW.version = 1;\n                NEW.updated_at = clock_timestamp();\n            ELSE\n                NEW.version = OLD.version;\n                NEW.updated_at = OLD.updated_at;\n            END IF;\n            RETURN NEW;\n        ", hash='0d3865148ba3dcf25ccdd2aad42d8516e76a11f5', operation='INSERT OR UPDATE', pgid='pgtrigger_c_stamp_0ebaa', table='session_spans', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sessionspan',
            trigger=pgtrigger.compiler.Trigger(name='d_touch', sql=apps.core.triggers.EnforcedSql(condition='WHEN (OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."session_id" IS DISTINCT FROM (NEW."session_id") OR OLD."started_at" IS DISTINCT FROM (NEW."started_at"))', func='NEW.updated_at = clock_timestamp(); NEW.version = OLD.version + 1; RETURN NEW;', hash='423c65365e20a87b40f577cbb2b720a8de6764ef', operation='UPDATE', pgid='pgtrigger_d_touch_2a429', table='session_spans', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sessionspan',
            trigger=pgtrigger.compiler.Trigger(name='b_not_ahead', sql=apps.core.triggers.EnforcedSql(func="\n            IF NEW.started_at > clock_timestamp() + interval '60 seconds' THEN\n                RAISE EXCEPTION 'started_at lies more than 60 seconds in the future'\n                    USING ERRCODE = 'check_violation', TABLE = 'session_spans', COLUMN = 'started_at',\n                    CONSTRAINT = 'session_spans_started_at_not_in_future';\n            END IF;\n            IF NEW.until > clock_timestamp() + interval '60 seconds' THEN\n                RAISE EXCEPTION 'until lies more than 60 seconds in the future'\n                    USING ERRCODE = 'check_violation', TABLE = 'session_spans', COLUMN = 'until',\n                    CONSTRAINT = 'session_spans_until_not_in_future';\n            END IF;\n            RETURN NEW;", hash='da47e25238ffd89a6e6215f6884117eaf5e90824', operation='INSERT OR UPDATE OF "started_at", "until"', pgid='pgtrigger_b_not_ahead_e0d0e', table='session_spans', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='sessionspan',
            trigger=pgtrigger.compiler.Trigger(name='c_until_never_back', sql=apps.core.triggers.EnforcedSql(func='NEW.until = greatest(NEW.until, OLD.until); RETURN NEW;', hash='53aace2f9117b97d56b80748d3bae13df8166091', operation='UPDATE OF "until"', pgid='pgtrigger_c_until_never_back_2ebf5', table='session_spans', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='worksessionevent',
            index=models.Index(fields=['pgh_obj', 'pgh_id'], name='work_sessions_events_obj'),
        ),
        migrations.AddIndex(
            model_name='worksessionevent',
            index=models.Index(fields=['repository', 'pgh_id'], name='work_sessions_event_repository'),
        ),
    ]
