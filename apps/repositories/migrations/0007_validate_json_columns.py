"""The rows that are there keep the schemas too; the older constraints say no more than these."""

from django.db import migrations

from apps.core.jsonschema.rows import validate_schemas, write_large_numbers_as_text


class Migration(migrations.Migration):

    dependencies = [
        ('repositories', '0006_check_json_columns'),
    ]

    operations = [
        migrations.RunPython(write_large_numbers_as_text('repositories', 'settings'), migrations.RunPython.noop),
        migrations.RunPython(validate_schemas('repositories', 'settings'), migrations.RunPython.noop),
        migrations.RemoveConstraint(
            model_name='repository',
            name='repositories_settings_object',
        ),
        migrations.RemoveConstraint(
            model_name='repository',
            name='repositories_setting_cancelled_blockers',
        ),
        migrations.RemoveConstraint(
            model_name='repository',
            name='repositories_setting_closing_with_open_work',
        ),
    ]
