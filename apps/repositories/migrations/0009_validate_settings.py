"""The settings that are there keep the new rule too; what breaks it is named, with its place."""

from django.db import migrations

from apps.core.jsonschema.rows import validate_schemas


class Migration(migrations.Migration):

    dependencies = [
        ('repositories', '0008_add_actual_minutes_setting'),
    ]

    operations = [
        migrations.RunPython(validate_schemas('repositories', 'settings'), migrations.RunPython.noop),
    ]
