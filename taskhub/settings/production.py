"""Production: nothing has a default that could hide a mistake."""

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

ENVIRONMENT = read_environment(find_stack=False)
SECRET_KEY = ENVIRONMENT.secret("SECRET_KEY")
ALLOWED_HOSTS = ENVIRONMENT.names("ALLOWED_HOSTS", ())
CSRF_TRUSTED_ORIGINS = ENVIRONMENT.names("CSRF_TRUSTED_ORIGINS", ())
DATABASES = databases(ENVIRONMENT, pool=True)
TASKHUB_APPLICATION_ROLE = application_role(ENVIRONMENT)
TASKHUB_RETENTION_DAYS = retention_days(ENVIRONMENT)
TASKHUB_MINING_DAYS = mining_days(ENVIRONMENT)
TASKHUB_SESSION_TIMEOUT_MINUTES = session_timeout_minutes(ENVIRONMENT)
CACHES = caches(ENVIRONMENT)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31536000
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^(livez|readyz|metrics)$"]  # asked from inside, without the proxy
LOGGING = logging_config(as_json=True)
