"""What is true of every TaskHub process. The environment supplies the differences (see docs)."""

from pathlib import Path
from typing import Any

import structlog

from taskhub.console_settings import UNFOLD  # noqa: F401  (Unfold looks for it here)
from taskhub.env import Environment

BASE_DIR = Path(__file__).resolve().parent.parent.parent

# -- 1. Identity ----------------------------------------------------------------------------
TASKHUB_VERSION = "0.1.0"
ROOT_URLCONF = "taskhub.urls"
WSGI_APPLICATION = "taskhub.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
DEBUG = False

# -- 2. Apps, in the order of the import contract, uppermost last ---------------------------
INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",  # the site is ours (taskhub.admin_site)
    "unfold.contrib.filters",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "psqlextra",
    "pgtrigger",
    "pghistory",
    "django_prometheus",
    "django_structlog",
    "procrastinate.contrib.django",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "apps.core",
    "apps.audit",
    "apps.accounts",
    "apps.outbox",
    "apps.dbops",
    "apps.ops",
    "apps.repositories",
    "apps.task_patterns",
    "apps.task_templates",
    "apps.prds",
    "apps.tasks",
    "apps.work_sessions",
    "apps.analytics",
    "apps.planning",
    "taskhub.admin_site.AdminConfig",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "apps.core.middleware.RequestIdMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "apps.audit.middleware.ActingMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
APPEND_SLASH = False  # the API has no trailing slashes; a redirect would turn a POST into a GET

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# -- 3. Database: two logins (ADR 0003), psycopg's pool for servers -------------------------
POSTGRES_EXTRA_DB_BACKEND_BASE = "django_prometheus.db.backends.postgresql"
POSTGRES_EXTRA_AUTO_EXTENSION_SET_UP = False  # hstore is not needed and not everywhere installed
# History keeps its context as JSON in each row (`audit.tracking`); the shared context table that
# pghistory's own migrations make stays empty.
PGHISTORY_INSTALL_CONTEXT_FUNC_ON_MIGRATE = False


def databases(env: Environment, *, pool: bool) -> dict[str, dict[str, Any]]:
    """`default` as the application's login, or as the owner's in processes started for that role.

    One alias only: a second alias for the same database would give tests two transactions and
    writes that cannot see each other.
    """
    owner = env.choice("TASKHUB_DATABASE_ROLE", "application", ("application", "owner")) == "owner"
    parameters = env.postgres("DATABASE_OWNER_URL" if owner else "DATABASE_URL")
    options: dict[str, Any] = {
        name: value
        for name, value in parameters.items()
        if name not in {"dbname", "user", "password", "host", "port"}
    }
    options.setdefault("connect_timeout", 5)
    if pool and not owner:
        largest = env.integer("DATABASE_POOL_MAX", 10, minimum=1, maximum=500)
        smallest = min(2, largest)
        options["pool"] = {
            "min_size": env.integer("DATABASE_POOL_MIN", smallest, minimum=0, maximum=largest),
            "max_size": largest,
            "timeout": env.integer("DATABASE_POOL_TIMEOUT", 10, minimum=1, maximum=120),
        }
    return {
        "default": {
            # psqlextra insists on its name in the dotted path.
            "ENGINE": "apps.core.psqlextra_backend",
            "NAME": parameters.get("dbname", ""),
            "USER": parameters.get("user", ""),
            "PASSWORD": parameters.get("password", ""),
            "HOST": parameters.get("host", ""),
            "PORT": parameters.get("port", ""),
            "CONN_MAX_AGE": 0,
            # One round trip a request; without it each pooled connection that a restart of the
            # database has left stale costs a request its answer.
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": options,
        }
    }


def application_role(env: Environment) -> str:
    """The application's login, to which `dbops.grants` gives its rights."""
    return str(env.postgres("DATABASE_URL").get("user") or "")


def retention_days(env: Environment) -> int:
    """After how many days what is deleted is purged (`repositories.retention`); 0 is never."""
    return env.integer("TASKHUB_RETENTION_DAYS", 90, minimum=0, maximum=36_500)


def mining_days(env: Environment) -> int:
    """How many days of finished work the daily job mines (`planning.jobs`); 0 is never."""
    return env.integer("TASKHUB_MINING_DAYS", 365, minimum=0, maximum=36_500)


def session_timeout_minutes(env: Environment) -> int:
    """After how many minutes without a sign of life a session is closed (`work_sessions.jobs`)."""
    return env.integer("TASKHUB_SESSION_TIMEOUT_MINUTES", 120, minimum=1, maximum=10_080)


def caches(env: Environment) -> dict[str, dict[str, Any]]:
    """Valkey or Redis at `CACHE_URL`; TaskHub works on, slower, when it does not answer."""
    return {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": env.url("CACHE_URL", ("redis", "rediss", "unix", "valkey", "valkeys")),
            "KEY_PREFIX": "taskhub",
            "OPTIONS": {
                "IGNORE_EXCEPTIONS": True,
                "SOCKET_CONNECT_TIMEOUT": 1,
                "SOCKET_TIMEOUT": 1,
            },
        }
    }


DJANGO_REDIS_LOG_IGNORED_EXCEPTIONS = True

# -- 4. Partitions: a quarter each (research: data-design) ----------------------------------
TASKHUB_PARTITIONS_AHEAD = 4
TASKHUB_PARTITIONS_BEHIND = 1

# -- 5. API ---------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.accounts.authentication.TokenAuthentication",
        "apps.accounts.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["apps.accounts.permissions.HasScope"],
    "DEFAULT_PARSER_CLASSES": ["apps.core.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["apps.core.api.renderers.OrjsonRenderer"],
    "DEFAULT_SCHEMA_CLASS": "apps.core.api.schema.TaskHubSchema",
    "EXCEPTION_HANDLER": "apps.core.api.exceptions.problem_handler",
    "LIST_SERIALIZER_ERRORS_AS_DICT": True,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "TEST_REQUEST_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
# A PRD of 2 MiB fits, also when every letter of it is escaped (two bytes become six characters).
DATA_UPLOAD_MAX_MEMORY_SIZE = 7 * 1024 * 1024
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "TaskHub API",
    "DESCRIPTION": "Tasks, PRDs and the work made from them, shared by people and AI assistants.",
    "VERSION": TASKHUB_VERSION,
    "LICENSE": {"name": "Apache-2.0"},
    "OAS_VERSION": "3.0.3",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "ENUM_NAME_OVERRIDES": {
        "ErrorCode": "apps.core.errors.ErrorCode",
        "TaskStatus": "apps.tasks.choices.TaskStatus",
        "PRDStatus": "apps.prds.choices.PRDStatus",
        "TaskPriority": "apps.tasks.choices.TaskPriority",
        "TaskComplexity": "apps.tasks.choices.TaskComplexity",
        "PlanState": "apps.planning.choices.PlanState",
        "SuggestionKind": "apps.planning.choices.SuggestionKind",
        "SuggestionSource": "apps.planning.choices.SuggestionSource",
        "SuggestionState": "apps.planning.choices.SuggestionState",
        "SessionState": "apps.work_sessions.choices.SessionState",
        "SessionTaskEvent": "apps.work_sessions.choices.TaskEvent",
        "FeedbackVerdict": "apps.task_patterns.choices.FeedbackVerdict",
        "DiffLineKind": "apps.prds.line_diff.KINDS",
        "FindingSeverity": "apps.prds.lint.SEVERITIES",
        "ComplexityLevel": "apps.prds.complexity.LEVELS",
        "ProjectType": "apps.task_templates.choices.ProjectType",
        "TemplateInstanceOutcome": "apps.planning.choices.InstanceOutcome",
    },
}

# -- 6. Background work: jobs live in PostgreSQL --------------------------------------------
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"  # a *task* is only ever the domain's
PROCRASTINATE_ON_APP_READY = None

# -- 7. Time, language, static files --------------------------------------------------------
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LANGUAGE_CODE = "en"
STATIC_URL = "/static/"
STATIC_ROOT: Path | None = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
FORMAT_MODULE_PATH = "taskhub.formats"

# -- 8. Passwords and sessions --------------------------------------------------------------
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "taskhub.views.csrf_failure"
X_FRAME_OPTIONS = "DENY"

# `core.middleware` has made sure of it: answers, logs and history show one id.
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True

# -- 9. Logs: one line an event, with the request's id --------------------------------------
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.filter_by_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)


def logging_config(*, as_json: bool, level: str = "INFO") -> dict[str, Any]:
    """Logging to standard error: JSON lines for machines, key=value lines for people."""
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=False,
            # The default shows local variables, and with them tokens and passwords.
            exception_formatter=structlog.dev.plain_traceback,
        )
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processor": renderer,
                "foreign_pre_chain": [
                    structlog.contextvars.merge_contextvars,
                    structlog.stdlib.add_logger_name,
                    structlog.stdlib.add_log_level,
                    structlog.processors.TimeStamper(fmt="iso", utc=True),
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.server": {"handlers": ["stderr"], "propagate": False},
            # At INFO it greets every management command with four lines.
            "procrastinate": {"level": "WARNING"},
        },
    }
