"""Settings of every deployment: one file, driven by the environment (`config/env.py` reads it).

Without any variable this is a development and demonstration machine: SQLite, the embedded queue, 127.0.0.1 only.
`ENVIRONMENT=production` turns every safeguard on and refuses to start without what it needs (`docs/operations.md`).
"""

import logging
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
import structlog
from csp.constants import NONE, SELF

from .env import (
    DEMONSTRATION_KEY,
    broker_url,
    file_storage,
    is_production,
    redis_cache,
    redis_url,
    refuse_unsafe_production,
    with_engine_options,
)

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"
VAR_DIR.mkdir(exist_ok=True)
env = environ.Env()

PRODUCTION = is_production()
if PRODUCTION:
    refuse_unsafe_production(os.environ)
DEMONSTRATION = not PRODUCTION
DEBUG = not PRODUCTION and env.bool("DEBUG", True)
SECRET_KEY = env.str("SECRET_KEY", DEMONSTRATION_KEY)
MAINTENANCE = env.bool("MAINTENANCE", False)
MAINTENANCE_UNTIL = env.str("MAINTENANCE_UNTIL", "")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])

# --- the application ---------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_filters",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "axes",
    "csp",
    "common",
    "parties",
    "reserve",
    "enterprises",
    "loans",
    "reports",
]
MIDDLEWARE = [
    "common.health.HealthMiddleware",  # first: a probe has no host name, no session and no TLS
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",  # sends what is compressed already
    "common.http.PageCompression",
    "common.maintenance.MaintenanceMiddleware",  # the page needs its style sheet, and no session
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "parties.middleware.PrivateMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "common.http.RefusalMiddleware",
    "parties.middleware.PasswordChangeMiddleware",
    "axes.middleware.AxesMiddleware",  # last, as it turns a locked sign-in into its page
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "common.context.page_context",
            ],
        },
    }
]
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- data --------------------------------------------------------------------------------------------------------

DATABASES = {"default": with_engine_options(env.db("DATABASE_URL", f"sqlite:///{VAR_DIR / 'db.sqlite3'}"))}
REDIS_URL = redis_url(os.environ, VAR_DIR)
CACHES = {"default": redis_cache(REDIS_URL) if PRODUCTION else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
COLLECTED = PRODUCTION or "STATIC_ROOT" in env  # else static files are sent as they lie in `static`
# Uploaded papers are read through permission-checked views only: the directory is served by nobody. Their permissions are
# their storage's own: static files, collected by whoever builds the image, must be readable for the user who serves them.
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", str(VAR_DIR / "media")))
STORAGES = {
    "default": file_storage(os.environ),
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not COLLECTED  # no collectstatic on a demonstration machine
if not COLLECTED:
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns of a directory that is not there
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
DATA_UPLOAD_MAX_NUMBER_FILES = 20
ATTACHMENT_MAX_BYTES = env.int("ATTACHMENT_MAX_BYTES", 20 * 1024 * 1024)

FILTERS_EMPTY_CHOICE_LABEL = "全部"  # a filter that is not set

# --- people and sessions -----------------------------------------------------------------------------------------

AUTH_USER_MODEL = "parties.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "parties.backends.PartiesBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
_VALIDATION = "django.contrib.auth.password_validation."
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "parties.passwords.UnlikeThePerson", "OPTIONS": {"user_attributes": ("username", "name", "email")}},
    {"NAME": _VALIDATION + "MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": _VALIDATION + "CommonPasswordValidator"},
    {"NAME": _VALIDATION + "NumericPasswordValidator"},
]
LOGIN_URL = "parties:login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "parties:login"
SESSION_COOKIE_AGE = 8 * 60 * 60  # a working day
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "common.http.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Five wrong passwords lock this name from this address; a colleague's typing does not lock the whole office.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=30)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ACCESS_FAILURE_LOG = True  # read by the security and the audit administrator
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_CALLABLE = "common.lockout.locked_out"
AXES_VERBOSE = False
# Behind a proxy every address is the proxy's, so the header it sets is believed, from as many proxies as stated.
AXES_IPWARE_PROXY_COUNT = env.int("PROXY_COUNT", 0)
AXES_IPWARE_META_PRECEDENCE_ORDER = ["HTTP_X_FORWARDED_FOR", "REMOTE_ADDR"] if AXES_IPWARE_PROXY_COUNT else ["REMOTE_ADDR"]

# --- what a browser may do ---------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # the CSS framework draws its form marks as data: images
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
CSRF_FAILURE_VIEW = "common.http.csrf_failure"
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
if PRODUCTION:
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = env.bool("SSL_REDIRECT", True)
    SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", 365 * 24 * 60 * 60)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_INCLUDE_SUBDOMAINS", True)
    SECURE_HSTS_PRELOAD = env.bool("HSTS_PRELOAD", True)
    if AXES_IPWARE_PROXY_COUNT:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- REST --------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "parties.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["common.http.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "common.http.Pagination",
    "PAGE_SIZE": 50,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "common.http.problem_details",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "NUM_PROXIES": AXES_IPWARE_PROXY_COUNT,  # whose word on the caller's address the throttles believe
}
API_TOKEN_HOURS = env.int("API_TOKEN_HOURS", 12)
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "科技贷款风险准备金管理系统接口",
    "DESCRIPTION": "省市联合科技贷款风险准备金：出资、推荐、贷款、准备金占用与申报汇总表。金额为字符串，单位元；日期为 ISO 8601。",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": True,
    "ENUM_NAME_OVERRIDES": {
        "ClaimStatusEnum": "loans.claim_enums.ClaimStatus",
        "RecoveryStatusEnum": "loans.claim_enums.RecoveryStatus",
        "JointStatusEnum": "reserve.enums.JointStatus",
        "RefusalReasonEnum": "loans.claim_enums.RefusalReason",
        "ReasonEnum": "loans.enums.WatchReason",
        "VerdictEnum": "loans.import_enums.Verdict",
        "FactStatusEnum": "loans.enums.FactStatus",
        "FileKindEnum": "loans.import_enums.FileKind",
        "ExtensionStatusEnum": "loans.enums.ExtensionStatus",
        "InstalmentKindEnum": "loans.enums.InstalmentKind",
        "RepaymentKindEnum": "loans.enums.RepaymentKind",
        "WarningKindEnum": "loans.enums.WarningKind",
        "OrganisationKindEnum": "parties.enums.OrganisationKind",
        "LedgerAccountKindEnum": "reserve.ledger_enums.AccountKind",
        "InterestKindEnum": "reserve.enums.InterestKind",
        "InterestStatusEnum": "reserve.enums.InterestStatus",
        "EntryStatusEnum": "reserve.enums.EntryStatus",
        "DifferenceKindEnum": "reserve.enums.DifferenceKind",
        "RefundStatusEnum": "reserve.enums.RefundStatus",
        "StatementStatusEnum": "reserve.enums.StatementStatus",
    },
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "parties.schema.complete_operations"],
}

# --- background work: `config/celery.py` holds the beat table -------------------------------------------------------

CELERY_BROKER_URL = broker_url(os.environ, VAR_DIR)
CELERY_BEAT_SCHEDULE_FILENAME = env.str("BEAT_SCHEDULE_FILE", str(VAR_DIR / "beat-schedule"))

# --- mail: without EMAIL_URL notifications stay in the application --------------------------------------------------

EMAIL_ENABLED = bool(env.str("EMAIL_URL", ""))
vars().update(env.email("EMAIL_URL", "dummymail://"))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("EMAIL_FROM", "noreply@localhost")
EMAIL_TIMEOUT = 10
SITE_URL = env.str("SITE_URL", "").rstrip("/")  # in front of the links in mails, e.g. https://reserve.example.org

# --- logs: JSON lines in production, readable ones elsewhere --------------------------------------------------------

_LOG_STEPS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso"),
]
_LOG_RENDERER: list[Any] = (
    [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    if PRODUCTION
    else [structlog.dev.ConsoleRenderer(colors=False)]
)
structlog.configure(
    processors=[structlog.stdlib.filter_by_level, *_LOG_STEPS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)


def _worth_a_line(record: logging.LogRecord) -> bool:
    """The files' job runs every five seconds, mostly for nothing: that it was sent, received and succeeded is not told."""
    heartbeat = ("loans.tasks.work_files", "Sending due task files ")
    return record.levelno > logging.INFO or not any(words in record.getMessage() for words in heartbeat)


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"worth_a_line": {"()": "django.utils.log.CallbackFilter", "callback": _worth_a_line}},
    "formatters": {
        "lines": {
            "()": "structlog.stdlib.ProcessorFormatter",
            "foreign_pre_chain": _LOG_STEPS,
            "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_LOG_RENDERER],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines", "filters": ["worth_a_line"]}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        # Django's own configuration has handlers for these two; lines shall come out once, and in our form.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        # A paper is drawn in seven steps, each told: only their warnings matter.
        "weasyprint": {"level": "WARNING"},
        "fontTools": {"level": "WARNING"},
    },
}
