"""Settings may say where the actual minutes of tasks come from, from the next write on.

NOT VALID: the lock is short, since no row is read. The next migration looks at those that are there.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('repositories', '0007_validate_json_columns'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='repository',
            name='repositories_settings_schema',
        ),
        AddConstraintNotValid(
            model_name='repository',
            constraint=models.CheckConstraint(condition=models.Q(models.Func('settings', output_field=models.BooleanField(), template='(NOT jsonb_path_exists(%(expressions)s, \'strict $ ? (@.type() != "object" || exists(@."cancelled_blockers" ? (@.type() != "string" || (@ != "release" && @ != "block"))) || exists(@."closing_with_open_work" ? (@.type() != "string" || (@ != "refuse" && @ != "warn" && @ != "allow"))) || exists(@."actual_minutes" ? (@.type() != "string" || (@ != "manual" && @ != "sessions"))) || exists(@.** ? (@ > 9007199254740991 || @ < -9007199254740991)) || exists(@.**{65 to last}))\'))')), name='repositories_settings_schema', violation_error_code='invalid_json', violation_error_message='settings must be a JSON object in which cancelled_blockers is release or block, closing_with_open_work refuse, warn or allow, and actual_minutes manual or sessions.'),
        ),
    ]
