"""Each JSON column keeps the database's share of its schema, from the next write on.

NOT VALID: the lock is short, since no row is read. The next migration looks at those that are there.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('prds', '0006_explain_complexity'),
    ]

    operations = [
        AddConstraintNotValid(
            model_name='prd',
            constraint=models.CheckConstraint(condition=models.Q(models.Func('parse_errors', output_field=models.BooleanField(), template='(NOT jsonb_path_exists(%(expressions)s, \'strict $ ? (@.type() != "array" || exists(@[*] ? (@.type() != "object" || (exists(@."code")) is unknown || (exists(@."message")) is unknown || (exists(@."line")) is unknown || exists(@."code" ? (@.type() != "string" || @ == "")) || @."message".type() != "string" || exists(@."line" ? ((@.type() != "null" && (@.type() != "number" || @ < 1 || @ > 9007199254740991 || @.floor() != @)))) || exists(@.keyvalue().key ? (@ != "code" && @ != "message" && @ != "line")))))\'))')), name='prds_parse_errors_schema', violation_error_code='invalid_json', violation_error_message='parse_errors must be a list of notes, each with a code, a message and a line or null.'),
        ),
        AddConstraintNotValid(
            model_name='prd',
            constraint=models.CheckConstraint(condition=models.Q(models.Func('metadata', output_field=models.BooleanField(), template='(NOT jsonb_path_exists(%(expressions)s, \'strict $ ? (@.type() != "object" || exists(@.** ? (@ > 9007199254740991 || @ < -9007199254740991)) || exists(@.**{65 to last}))\'))')), name='prds_metadata_schema', violation_error_code='invalid_json', violation_error_message="metadata must be a JSON object of the clients' own, whose numbers lie within ±(2^53 - 1)."),
        ),
        AddConstraintNotValid(
            model_name='prd',
            constraint=models.CheckConstraint(condition=models.Q(models.Func('complexity_factors', output_field=models.BooleanField(), template='(NOT jsonb_path_exists(%(expressions)s, \'strict $ ? (@.type() != "object" || exists(@."level" ? (@.type() != "string" || (@ != "simple" && @ != "medium" && @ != "complex" && @ != "epic"))) || exists(@."inputs_hash" ? (@.type() != "string" || !(@ like_regex "^.{64}" flag "s") || @ like_regex "^.{65}" flag "s")) || exists(@."factors" ? (@.type() != "array" || exists(@[*] ? (@.type() != "object")))) || exists(@.keyvalue().key ? (@ != "level" && @ != "inputs_hash" && @ != "factors")))\'))')), name='prds_complexity_factors_schema', violation_error_code='invalid_json', violation_error_message='complexity_factors must be a JSON object with the level, the factors and the hash of what was counted, or an empty one.'),
        ),
    ]
