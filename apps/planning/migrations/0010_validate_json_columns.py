"""The rows that are there keep the schemas too; the older constraints say no more than these."""

from django.db import migrations

from apps.core.jsonschema.rows import validate_schemas


class Migration(migrations.Migration):

    dependencies = [
        ('planning', '0009_check_json_columns'),
    ]

    operations = [
        migrations.RunPython(validate_schemas('prd_items', 'path', 'base'), migrations.RunPython.noop),
        migrations.RunPython(validate_schemas('prd_plans', 'notes', 'pins'), migrations.RunPython.noop),
        migrations.RunPython(validate_schemas('prd_plan_entries', 'candidates', 'fields', 'answers'), migrations.RunPython.noop),
        migrations.RunPython(validate_schemas('complexity_scores', 'factors'), migrations.RunPython.noop),
        migrations.RemoveConstraint(
            model_name='complexityscore',
            name='complexity_scores_factors_array',
        ),
        migrations.RemoveConstraint(
            model_name='prditem',
            name='prd_items_path_array',
        ),
        migrations.RemoveConstraint(
            model_name='prditem',
            name='prd_items_base_object',
        ),
        migrations.RemoveConstraint(
            model_name='prdplan',
            name='prd_plans_notes_array',
        ),
        migrations.RemoveConstraint(
            model_name='prdplan',
            name='prd_plans_pins_object',
        ),
        migrations.RemoveConstraint(
            model_name='prdplanentry',
            name='prd_plan_entries_candidates_array',
        ),
        migrations.RemoveConstraint(
            model_name='prdplanentry',
            name='prd_plan_entries_fields_array',
        ),
        migrations.RemoveConstraint(
            model_name='prdplanentry',
            name='prd_plan_entries_answers_object',
        ),
    ]
