"""Django settings: the only reader of the environment (see README, "How it scales out").

Everything has an embedded default under `var/`; a URL in the environment chooses the real
counterpart: PENTAQUARK_DATABASE_URL, PENTAQUARK_BROKER_URL, PENTAQUARK_STORE_URL,
PENTAQUARK_MASTER_KEY_URL, PENTAQUARK_CACHE_URL.
"""

import contextlib
import secrets
import socket
from pathlib import Path
from typing import Any

import dj_database_url
from django.utils.translation import gettext_lazy as _

from platform_core.config import console
from platform_core.config import environment as env

PROJECT = env.PROJECT
HOME = Path(env.text("HOME", str(env.PROJECT / "var"))).resolve()
"""Folder of everything the platform writes on this machine."""

DEBUG = env.flag("DEBUG")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("TRUSTED_ORIGINS")


def _secret_key() -> str:
    """Return the environment's secret, else one kept in a 0600 file of the home folder."""
    if given := env.text("SECRET_KEY"):
        return given
    path = HOME / "secret_key"
    if not path.exists():
        HOME.mkdir(mode=0o700, parents=True, exist_ok=True)
        mine = HOME / f".secret_key-{secrets.token_hex(4)}"
        mine.touch(mode=0o600)
        mine.write_text(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(mine)  # of processes that start at once, one's key becomes everybody's
        mine.unlink()
    return path.read_text()


SECRET_KEY = _secret_key()

# --- parts and applications -------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "platform_core.console.apps.ConsoleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "platform_core.accounts.apps.AccountsConfig",
    "platform_core.audit.apps.AuditConfig",
    "platform_core.web.apps.WebConfig",
    "platform_core.vault.apps.VaultConfig",
    "platform_core.datasets.apps.DatasetsConfig",
    "platform_core.registry.apps.RegistryConfig",
    "platform_core.jobs.apps.JobsConfig",
    "platform_core.serving.apps.ServingConfig",
    "platform_core.compression.apps.CompressionConfig",
    "platform_core.monitoring.apps.MonitoringConfig",
    "platform_core.training.apps.TrainingConfig",
    "platform_core.tuning.apps.TuningConfig",
    "platform_core.console.apps.ConsoleConfig",
    "apps.recommendation.apps.RecommendationConfig",
    "apps.fraud.apps.FraudConfig",
    "platform_core.config.apps.CompositionConfig",
]

MIDDLEWARE = [
    "platform_core.web.middleware.RequestIdMiddleware",
    "platform_core.web.observability.ObservabilityMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "platform_core.web.security.SecurityHeadersMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "platform_core.accounts.middleware.ActorMiddleware",
    "platform_core.web.middleware.NoNulMiddleware",
]

ROOT_URLCONF = "platform_core.config.urls"
WSGI_APPLICATION = "platform_core.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [env.PROJECT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "platform_core.web.context.frame",
            ],
            "builtins": ["platform_core.web.templatetags.interface"],
        },
    }
]

# --- state ------------------------------------------------------------------------------------

DATABASE_URL = env.text("DATABASE_URL", f"sqlite:///{HOME / 'pentaquark.sqlite3'}")
BROKER_URL = env.text("BROKER_URL", "filesystem://")
STORE_URL = env.text("STORE_URL", (HOME / "objects").as_uri())
MASTER_KEY_URL = env.text("MASTER_KEY_URL", (HOME / "master.key").as_uri())
CACHE_URL = env.text("CACHE_URL")

_database: dict[str, Any] = dict(dj_database_url.parse(DATABASE_URL, conn_max_age=60))
if _database["ENGINE"].endswith("sqlite3"):
    _database["CONN_MAX_AGE"] = None
    _database["OPTIONS"] = {
        # a write transaction takes its lock at BEGIN: two claimers of a job queue up, none fails
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
    }
    _database["TEST"] = {"NAME": str(HOME / f"test-{secrets.token_hex(4)}.sqlite3")}
else:
    _database["TEST"] = {"NAME": f"test_pentaquark_{secrets.token_hex(4)}"}
DATABASES = {"default": _database}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES: dict[str, dict[str, Any]]
if CACHE_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": CACHE_URL,
            "OPTIONS": {"serializer": "platform_core.web.caching.JsonSerializer"},
        }
    }
else:
    CACHES = {
        "default": {
            "BACKEND": "platform_core.web.caching.JsonFileCache",
            "LOCATION": str(HOME / "cache"),
            "OPTIONS": {"MAX_ENTRIES": 20_000},
        }
    }

# --- people -----------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "platform_core.accounts.adapter.AccountAdapter"
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "10/m/ip,5/5m/key"}
ACCOUNT_SESSION_REMEMBER = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Pentaquark"
MFA_ADAPTER = "platform_core.accounts.adapter.MfaAdapter"
ACCOUNT_FORMS = {
    "login": "platform_core.accounts.signin_forms.LogIn",
    "change_password": "platform_core.accounts.signin_forms.ChangePassword",
    "reauthenticate": "platform_core.accounts.signin_forms.ConfirmPassword",
}
MFA_FORMS = {
    "authenticate": "platform_core.accounts.signin_forms.EnterCode",
    "reauthenticate": "platform_core.accounts.signin_forms.ConfirmCode",
    "activate_totp": "platform_core.accounts.signin_forms.FirstCode",
}
# throttling per address counts the client, not the proxy in front of it
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env.flag("BEHIND_TLS_PROXY") else 0

CSRF_FAILURE_VIEW = "platform_core.web.refusals.csrf_failure"
SESSION_COOKIE_HTTPONLY = True
SECURE_COOKIES = env.flag("SECURE_COOKIES")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SECURE_SSL_REDIRECT = env.flag("SSL_REDIRECT")
SECURE_HSTS_SECONDS = env.number("HSTS_SECONDS", 0)
# whether other subdomains speak TLS, and the browsers' preload list, are the domain's owner's to decide
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_TLS_PROXY") else None
)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
EMAIL_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.number("EMAIL_PORT", 25)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = env.text("EMAIL_USER"), env.text("EMAIL_PASSWORD")
EMAIL_USE_TLS = env.flag("EMAIL_TLS")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "pentaquark@localhost")
# alerts call webhooks: an address of this network only where the operator says so
WEBHOOKS_MAY_BE_PRIVATE = env.flag("WEBHOOKS_MAY_BE_PRIVATE")

# --- language, time, static files --------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [env.PROJECT / "templates" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = HOME / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

# --- uploads ----------------------------------------------------------------------------------

FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# --- REST -------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "platform_core.accounts.authentication.ApiKeyAuthentication",
        "platform_core.accounts.authentication.SessionActorAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["platform_core.web.rest.permissions.DeclaredPermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["platform_core.web.rest.json.BoundedJSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["platform_core.web.rest.throttling.ActorThrottle"],
    "DEFAULT_THROTTLE_RATES": {"actor": env.text("THROTTLE_RATE", "6000/min")},
    "DEFAULT_SCHEMA_CLASS": "platform_core.web.rest.schema.OperationSchema",
    "EXCEPTION_HANDLER": "platform_core.web.rest.problems.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Pentaquark",
    "VERSION": "1",
    "DESCRIPTION": "The REST interface of the Pentaquark AI cloud.",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "JobState": "platform_core.jobs.states.JobState",
        "RecommenderModel": "apps.recommendation.params.MODELS",
        "DetectorModel": "apps.fraud.params.MODELS",
        "RecommenderState": ["training", "ready", "failed"],
        "VersionState": ["ready", "deleted"],
        "CompressionState": "platform_core.compression.answers.RESULT_STATES",
        "ExperimentState": ["draft", "running", "ended"],
        "PromotionState": ["open", "approved", "declined", "withdrawn"],
        "DecisionOutcome": "apps.fraud.models.decisions.Outcome",
        "CaseState": "apps.fraud.models.cases.Case.State",
        "CaseOutcome": "apps.fraud.models.cases.Case.Outcome",
        "ChangeState": "apps.fraud.models.changes.Change.State",
        "RecommendationRuleAction": "apps.recommendation.models.Rule.Action",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
}

# --- processes --------------------------------------------------------------------------------

WEB_PORT = env.number("PORT", 8000)
RUNTIME_REST_PORT = env.number("RUNTIME_PORT", WEB_PORT + 1)
RUNTIME_GRPC_PORT = env.number("GRPC_PORT", WEB_PORT + 2)
RUNTIME_SOCKET = Path(env.text("RUNTIME_SOCKET", str(HOME / "run" / "runtime.sock")))
RUNTIME_MEMORY_BYTES = env.number("RUNTIME_MEMORY_MB", 4096) * 2**20
RUNTIME_NODE = env.text("RUNTIME_NODE", f"{socket.gethostname()}:{RUNTIME_REST_PORT}")
RUNTIME_DISCOVERY = env.flag(
    "RUNTIME_DISCOVERY"
)  # several runtimes: web asks the one the database says
RUNTIME_INTERNAL = env.text("RUNTIME_INTERNAL")  # host:port for web processes of other machines
RUNTIME_INTERNAL_URL = env.text(
    "RUNTIME_INTERNAL_URL", f"http://{RUNTIME_INTERNAL}" if RUNTIME_INTERNAL else ""
)
WORKER_SLOTS = env.number("WORKER_SLOTS", 2)
LOG_LEVEL = env.text("LOG_LEVEL", "INFO")
LOG_FORMAT = env.text("LOG_FORMAT", "json")
METRICS_TOKEN = env.text("METRICS_TOKEN")
OTLP_URL = env.text("OTLP_URL")  # an OpenTelemetry collector (OTLP over HTTP); empty traces nothing
TRACE_RATIO = float(env.text("TRACE_RATIO", "0.01"))
if OTLP_URL:
    MIDDLEWARE.insert(0, "platform_core.web.tracing.TracingMiddleware")
DEMO_SEEDS = ["apps.recommendation.demo.seed", "apps.fraud.demo.seed"]
"""Functions (actor, data_dir, train, report) that fill the demo organisation, one per application."""
LOGGING_CONFIG = None  # structlog, set up by platform_core.web.logs from CompositionConfig
UNFOLD = console.UNFOLD
