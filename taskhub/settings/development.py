"""`make run` and manage.py on a developer's machine: finds the running stack by itself."""

from taskhub.env import read_environment

from .base import *  # noqa: F403
from .base import (
    application_role,
    caches,
    databases,
    logging_config,
    mining_days,
    retention_days,
    session_timeout_minutes,
)

ENVIRONMENT = read_environment(find_stack=True)
SECRET_KEY = ENVIRONMENT.secret("SECRET_KEY")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
DATABASES = databases(ENVIRONMENT, pool=True)
TASKHUB_APPLICATION_ROLE = application_role(ENVIRONMENT)
TASKHUB_RETENTION_DAYS = retention_days(ENVIRONMENT)
TASKHUB_MINING_DAYS = mining_days(ENVIRONMENT)
TASKHUB_SESSION_TIMEOUT_MINUTES = session_timeout_minutes(ENVIRONMENT)
CACHES = caches(ENVIRONMENT)
STATIC_ROOT = None  # nothing is collected: WhiteNoise asks the apps themselves
WHITENOISE_USE_FINDERS = True
LOGGING = logging_config(as_json=False)
