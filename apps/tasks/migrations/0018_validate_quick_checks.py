"""The rows that are there keep the new constraints too: they ask for no more than the earlier ones."""

from django.db import migrations

from apps.core.jsonschema.rows import validate_schemas


class Migration(migrations.Migration):

    dependencies = [
        ('tasks', '0017_check_json_columns_quickly'),
    ]

    operations = [
        migrations.RunPython(validate_schemas('tasks', 'tags', 'acceptance_criteria', 'complexity_factors', 'metadata'), migrations.RunPython.noop),
    ]
