"""Of a score's factors, which TaskHub alone writes, the database checks the type and no more.

NOT VALID: the lock is short, since no row is read. The next migration looks at those that are there.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('planning', '0012_check_instance_values'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='complexityscore',
            name='complexity_scores_factors_schema',
        ),
        AddConstraintNotValid(
            model_name='complexityscore',
            constraint=models.CheckConstraint(condition=models.Q(models.Func('factors', output_field=models.BooleanField(), template="(jsonb_typeof(%(expressions)s) IN ('array'))")), name='complexity_scores_factors_schema', violation_error_code='invalid_json', violation_error_message='factors must be a list of factors, each with what it brought to the score.'),
        ),
    ]
