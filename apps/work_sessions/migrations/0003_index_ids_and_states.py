"""An id is found over all repositories, states too; and a heartbeat changes no index."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('repositories', '0009_validate_settings'),
        ('work_sessions', '0002_add_session_tasks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='worksession',
            name='work_sessions_session_id',
        ),
        migrations.RemoveIndex(
            model_name='worksession',
            name='work_sessions_unseen',
        ),
        migrations.AddIndex(
            model_name='worksession',
            index=models.Index(models.F('session_id'), models.F('repository'), models.OrderBy(models.F('id'), descending=True), name='work_sessions_client_id'),
        ),
        migrations.AddIndex(
            model_name='worksession',
            index=models.Index(models.F('state'), models.OrderBy(models.F('id'), descending=True), name='work_sessions_state_newest'),
        ),
    ]
