"""The rows that are there keep the schemas too; the older constraints say no more than these."""

from django.db import migrations

from apps.core.jsonschema.rows import validate_schemas, write_large_numbers_as_text


class Migration(migrations.Migration):

    dependencies = [
        ('prds', '0007_check_json_columns'),
    ]

    operations = [
        migrations.RunPython(write_large_numbers_as_text('prds', 'metadata'), migrations.RunPython.noop),
        migrations.RunPython(validate_schemas('prds', 'parse_errors', 'metadata', 'complexity_factors'), migrations.RunPython.noop),
        migrations.RemoveConstraint(
            model_name='prd',
            name='prds_parse_errors_array',
        ),
        migrations.RemoveConstraint(
            model_name='prd',
            name='prds_metadata_object',
        ),
        migrations.RemoveConstraint(
            model_name='prd',
            name='prds_complexity_factors_object',
        ),
    ]
