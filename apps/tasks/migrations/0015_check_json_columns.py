"""Each JSON column keeps the database's share of its schema, from the next write on.

NOT VALID: the lock is short, since no row is read. The next migration looks at those that are there.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0002_distinct_items'),
        ('tasks', '0014_index_ready_and_completed'),
    ]

    operations = [
        AddConstraintNotValid(
            model_name='task',
            constraint=models.CheckConstraint(condition=models.Q(models.Func('tags', output_field=models.BooleanField(), template='(NOT jsonb_path_exists(%(expressions)s, \'strict $ ? (@.type() != "array" || @.size() > 10 || exists(@[*] ? (@.type() != "string" || @ == "" || @ like_regex "^.{101}" flag "s")))\'))'), models.Q(models.Func('tags', output_field=models.BooleanField(), template="(NOT jsonb_path_exists(%(expressions)s, '$[1]'))"), models.Func('tags', function='has_distinct_items', output_field=models.BooleanField()), _connector='OR')), name='tasks_tags_schema', violation_error_code='invalid_json', violation_error_message='tags must be a list of at most 10 distinct strings of 1 to 100 characters.'),
        ),
        AddConstraintNotValid(
            model_name='task',
            constraint=models.CheckConstraint(condition=models.Q(models.Func('acceptance_criteria', output_field=models.BooleanField(), template='(NOT jsonb_path_exists(%(expressions)s, \'strict $ ? (@.type() != "array" || exists(@[*] ? (@.type() != "object" || (exists(@."text")) is unknown || (exists(@."met")) is unknown || exists(@."text" ? (@.type() != "string" || @ == "")) || @."met".type() != "boolean" || @."evidence".type() != "string" || exists(@.keyvalue().key ? (@ != "text" && @ != "met" && @ != "evidence")))))\'))')), name='tasks_acceptance_criteria_schema', violation_error_code='invalid_json', violation_error_message='acceptance_criteria must be a list of criteria: objects with a text, a boolean met and, if any, evidence.'),
        ),
        AddConstraintNotValid(
            model_name='task',
            constraint=models.CheckConstraint(condition=models.Q(models.Func('complexity_factors', output_field=models.BooleanField(), template='(NOT jsonb_path_exists(%(expressions)s, \'strict $ ? (@.type() != "object" || exists(@."level" ? (@.type() != "string" || (@ != "simple" && @ != "medium" && @ != "complex" && @ != "epic"))) || exists(@."inputs_hash" ? (@.type() != "string" || !(@ like_regex "^.{64}" flag "s") || @ like_regex "^.{65}" flag "s")) || exists(@."factors" ? (@.type() != "array" || exists(@[*] ? (@.type() != "object")))) || exists(@.keyvalue().key ? (@ != "level" && @ != "inputs_hash" && @ != "factors")))\'))')), name='tasks_complexity_factors_schema', violation_error_code='invalid_json', violation_error_message='complexity_factors must be a JSON object with the level, the factors and the hash of what was counted, or an empty one.'),
        ),
        AddConstraintNotValid(
            model_name='task',
            constraint=models.CheckConstraint(condition=models.Q(models.Func('metadata', output_field=models.BooleanField(), template='(NOT jsonb_path_exists(%(expressions)s, \'strict $ ? (@.type() != "object" || exists(@.** ? (@ > 9007199254740991 || @ < -9007199254740991)) || exists(@.**{65 to last}))\'))')), name='tasks_metadata_schema', violation_error_code='invalid_json', violation_error_message="metadata must be a JSON object of the clients' own, whose numbers lie within ±(2^53 - 1)."),
        ),
    ]
