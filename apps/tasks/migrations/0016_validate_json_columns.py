"""The rows that are there keep the schemas too; the older constraints say no more than these."""

from django.db import migrations

from apps.core.jsonschema.rows import validate_schemas, write_large_numbers_as_text


class Migration(migrations.Migration):

    dependencies = [
        ('tasks', '0015_check_json_columns'),
    ]

    operations = [
        migrations.RunPython(write_large_numbers_as_text('tasks', 'metadata'), migrations.RunPython.noop),
        migrations.RunPython(validate_schemas('tasks', 'tags', 'acceptance_criteria', 'complexity_factors', 'metadata'), migrations.RunPython.noop),
        migrations.RemoveConstraint(
            model_name='task',
            name='tasks_tags_valid',
        ),
        migrations.RemoveConstraint(
            model_name='task',
            name='tasks_acceptance_criteria_array',
        ),
        migrations.RemoveConstraint(
            model_name='task',
            name='tasks_acceptance_criteria_valid',
        ),
        migrations.RemoveConstraint(
            model_name='task',
            name='tasks_complexity_factors_object',
        ),
        migrations.RemoveConstraint(
            model_name='task',
            name='tasks_metadata_object',
        ),
    ]
