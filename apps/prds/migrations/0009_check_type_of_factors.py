"""Of the factors of a complexity, which TaskHub alone writes, the database checks the type and no more.

NOT VALID: the lock is short, since no row is read. The next migration looks at those that are there.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('prds', '0008_validate_json_columns'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='prd',
            name='prds_complexity_factors_schema',
        ),
        AddConstraintNotValid(
            model_name='prd',
            constraint=models.CheckConstraint(condition=models.Q(models.Func('complexity_factors', output_field=models.BooleanField(), template="(jsonb_typeof(%(expressions)s) IN ('object'))")), name='prds_complexity_factors_schema', violation_error_code='invalid_json', violation_error_message='complexity_factors must be a JSON object with the level, the factors and the hash of what was counted, or an empty one.'),
        ),
    ]
