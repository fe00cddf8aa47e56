"""The test suite: real PostgreSQL as the owner, real Valkey, cheap password hashes."""

import os

from taskhub.env import Environment

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

# Tests run as the owner (DESIGN §13); fixtures step down to the application's login.
ENVIRONMENT = Environment({**os.environ, "TASKHUB_DATABASE_ROLE": "owner"})
SECRET_KEY = ENVIRONMENT.secret("SECRET_KEY")
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
DATABASES = databases(ENVIRONMENT, pool=False)
TASKHUB_APPLICATION_ROLE = application_role(ENVIRONMENT)
TASKHUB_RETENTION_DAYS = retention_days(ENVIRONMENT)
TASKHUB_MINING_DAYS = mining_days(ENVIRONMENT)
TASKHUB_SESSION_TIMEOUT_MINUTES = session_timeout_minutes(ENVIRONMENT)
CACHES = caches(ENVIRONMENT)
# pytest's workers share one server: each has keys of its own.
CACHES["default"]["KEY_PREFIX"] = os.environ.get("PYTEST_XDIST_WORKER", "test")
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
WHITENOISE_AUTOREFRESH = True
LOGGING = logging_config(as_json=False, level="CRITICAL")
