"""The rows that are there keep the new constraints too: they ask for no more than the earlier ones."""

from django.db import migrations

from apps.core.jsonschema.rows import validate_schemas


class Migration(migrations.Migration):

    dependencies = [
        ('planning', '0013_check_type_of_factors'),
    ]

    operations = [
        migrations.RunPython(validate_schemas('complexity_scores', 'factors'), migrations.RunPython.noop),
    ]
