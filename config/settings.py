"""One settings file for every place; the environment makes the differences (see .env.example).

Without any variable set this is a development machine: an embedded PostgreSQL, keys that are no secret,
and the sandbox installed. `PRODUCTION=true` demands what a city needs and leaves the sandbox out.
"""

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from config import database, env

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var")))

PRODUCTION = env.boolean("PRODUCTION", False)
DEBUG = env.boolean("DEBUG", False)
SANDBOX = env.boolean("SANDBOX", not PRODUCTION)


def _required_in_production(name: str, development: str) -> str:
    return env.text(name) if PRODUCTION else env.text(name, development)


SECRET_KEY = _required_in_production("SECRET_KEY", "development-only-" + "s" * 50)
FIELD_KEYS = env.words("FIELD_KEYS", None if PRODUCTION else "ZGV2ZWxvcG1lbnQtb25seS1rZXktMzItYnl0ZXMtISE=")
DIGEST_KEY = _required_in_production("DIGEST_KEY", "development-only-" + "d" * 50)
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", None if PRODUCTION else "127.0.0.1,localhost")
SITE_URL = _required_in_production("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "config.apps.ConfigConfig",
    "config.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    # dashboard and accounts stand before allauth so that their templates win
    "dashboard",
    "dashboard.notifications",
    "rewards",
    "activities",
    "accounts",
    "accounts.linking",
    "ledger",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.headless",
    "rest_framework",
    "drf_spectacular",
    "django_htmx",
    "csp",
    "procrastinate.contrib.django",
    "django.forms",  # its templates, after ours
]
if SANDBOX:
    INSTALLED_APPS.append("sandbox")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "config.display.DisplayMiddleware",
    "config.city_time.CityTime",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "config.nul.RefusesNul",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.problems.WrongDoor",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "accounts.middleware.StaffSecondFactor",
    "accounts.middleware.OpensAccounts",
    "accounts.middleware.TooManyTo429",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # so that a widget of ours wins
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.notifications.context.unread",
                "config.display.in_templates",
            ],
        },
    },
]

# --- data
DATABASES = {
    "default": database.configure(
        "" if not PRODUCTION and not env.text("DATABASE_URL", "") else env.text("DATABASE_URL"),
        VAR_DIR / "postgres",
        env.text("EMBEDDED_DATABASE", "tanpuhui"),
    )
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if redis_url := env.text("REDIS_URL", ""):
    CACHES: dict[str, Any] = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": redis_url}
    }
else:  # shared by all processes, as rate limits and sign-in codes need it
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "cache",
            "OPTIONS": {"MAX_ENTRIES": 1_000_000},  # beyond that it drops live ones, rate limits among them
        }
    }
    DATABASES[database.CACHE] = database.beside(DATABASES["default"])
    DATABASE_ROUTERS = ["config.database.CacheRouter"]
CACHES["process"] = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "process"}

# --- language, time
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("English"))]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
CITY_TIME_ZONE = env.text("CITY_TIME_ZONE", "Asia/Shanghai")
CITY_REGION = env.text("CITY_REGION", "CN-BJ")  # whose factors hold here; the demo city borrows Beijing's
CITY_HELP = env.text("CITY_HELP", "12345")  # where people get help; 12345 is the cities' own hotline
CITY_NAME = {"zh-hans": env.text("CITY_NAME_ZH", "示范市"), "en": env.text("CITY_NAME_EN", "Demo City")}

# --- files
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [
    ("plotly", BASE_DIR / "node_modules" / "plotly.js-basic-dist-min"),
    ("fonts/sans", BASE_DIR / "node_modules" / "@fontsource-variable" / "source-sans-3" / "files"),
    ("fonts/serif", BASE_DIR / "node_modules" / "@fontsource" / "source-serif-4" / "files"),
    ("jsqr", BASE_DIR / "node_modules" / "jsqr" / "dist"),
]
MEDIA_ROOT = VAR_DIR / "media"
MEDIA_URL = "/media/"
WHITENOISE_USE_FINDERS = not PRODUCTION
_STATIC_STORAGE = (
    "whitenoise.storage.CompressedManifestStaticFilesStorage"
    if PRODUCTION
    else "django.contrib.staticfiles.storage.StaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _STATIC_STORAGE},
}

# --- web
SESSION_COOKIE_NAME = "tanpuhui_session"
CSRF_COOKIE_NAME = "tanpuhui_csrf"
LANGUAGE_COOKIE_NAME = "tanpuhui_language"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = True
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env.boolean("SECURE_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]  # asked from inside, without TLS
    SECURE_HSTS_SECONDS = env.integer("SECURE_HSTS_SECONDS", 31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
    }
}

# --- sign-in: django-allauth, by code, without passwords for citizens
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.CitizenBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "welcome"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"phone", "email"}
ACCOUNT_SIGNUP_FIELDS = ["phone", "email"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.fields.OneAddress"
SILENCED_SYSTEM_CHECKS = ["account.W001"]  # neither field is required, because OneAddress demands one of the two
ACCOUNT_FORMS = {"login": "accounts.forms.SignInForm"}
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_PHONE_VERIFICATION_ENABLED = True
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if PRODUCTION else "http"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
# Behind a carrier's NAT thousands share an address, so what protects a person counts by `key`, their number or e-mail.
ACCOUNT_RATE_LIMITS = {
    "login": "600/m/ip",
    "login_failed": "200/m/ip,5/300s/key",
    "signup": "200/m/ip",
    "request_login_code": "200/m/ip,3/m/key,20/d/key",
    "verify_phone": "200/m/ip,1/30s/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXY_COUNT", 0)
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "dashed": False, "length": 6}
SMS_BACKEND = _required_in_production("SMS_BACKEND", "accounts.sms.FileBackend")
SMS_FILE = VAR_DIR / "sms.jsonl"

EMAIL_BACKEND = env.text(
    "EMAIL_BACKEND", f"django.core.mail.backends.{'smtp' if PRODUCTION else 'filebased'}.EmailBackend"
)
EMAIL_TIMEOUT = 10
EMAIL_FILE_PATH = VAR_DIR / "mail"
EMAIL_HOST = env.text("EMAIL_HOST", "localhost")
EMAIL_PORT = env.integer("EMAIL_PORT", 25)
EMAIL_HOST_USER = env.text("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = env.text("EMAIL_HOST_PASSWORD", "")
EMAIL_TIMEOUT = 20  # a mail server that does not answer holds nobody up
EMAIL_USE_TLS = env.boolean("EMAIL_USE_TLS", False)
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Tanpuhui <no-reply@localhost>")

# --- web push; without keys there is none (manage.py vapid_keys)
VAPID_PRIVATE_KEY = env.text("VAPID_PRIVATE_KEY", "")
VAPID_PUBLIC_KEY = env.text("VAPID_PUBLIC_KEY", "")
VAPID_CONTACT = env.text("VAPID_CONTACT", f"mailto:{DEFAULT_FROM_EMAIL.rpartition('<')[2].rstrip('>')}")
PUSH_SERVICES = env.words(
    "PUSH_SERVICES",
    "https://fcm.googleapis.com,https://updates.push.services.mozilla.com,https://*.push.apple.com,"
    "https://*.notify.windows.com",
)

# --- partners: OpenID Connect, for linking only (accounts/linking)
SOCIALACCOUNT_ADAPTER = "accounts.linking.adapter.PartnerAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_LOGIN_ON_GET = False
SOCIALACCOUNT_QUERY_EMAIL = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "provider_class": "accounts.linking.provider.PartnerProvider",
    }
}
APP_LINK_SCHEME = env.text("APP_LINK_SCHEME", "tanpuhui")

HEADLESS_ONLY = False
HEADLESS_CLIENTS = ("app",)
HEADLESS_SERVE_SPECIFICATION = False
HEADLESS_TOKEN_STRATEGY = "accounts.authentication.SessionTokens"

MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ADAPTER = "accounts.adapter.MFAAdapter"
STAFF_SECOND_FACTOR = env.boolean("STAFF_SECOND_FACTOR", PRODUCTION)
USERSESSIONS_TRACK_ACTIVITY = False
APP_SESSION_SECONDS = 90 * 86_400
STAFF_SESSION_SECONDS = 12 * 3600

# --- API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.SessionToken",
        "accounts.authentication.BrowserSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.permissions.IsCitizen"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.nul.NulFreeJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "config.pagination.NewestFirst",
    "DEFAULT_VERSIONING_CLASS": None,
    "EXCEPTION_HANDLER": "config.problems.handle",
    "PAGE_SIZE": 20,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Tanpuhui API",
    "DESCRIPTION": "Personal carbon accounts: the API of the mobile app. Errors are RFC 9457 problem details.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "DeliveryStateEnum": "activities.models.Delivery.State",
        "OfferKindEnum": "rewards.models.Offer.Kind",
        "RedemptionStateEnum": "rewards.models.Redemption.State",
        "GroupKindEnum": "accounts.models.Group.Kind",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "config.problems.describe",
    ],
}

# --- jobs
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
WORKER_HEARTBEAT_S = env.integer("WORKER_HEARTBEAT_S", 5)
WORKER_STALLED_S = 3 * WORKER_HEARTBEAT_S  # without a sign of life for so long, a worker's jobs are given to others
PROCRASTINATE_WORKER_DEFAULTS = {
    "update_heartbeat_interval": WORKER_HEARTBEAT_S,
    "stalled_worker_timeout": WORKER_STALLED_S,
    "delete_jobs": "successful",
}

# --- rights of a person: each room says what it holds and how it forgets (accounts/privacy.py)
PRIVACY_ROOMS = [
    "accounts.personal",
    "accounts.linking.privacy",
    "activities.privacy",
    "ledger.privacy",
    "rewards.privacy",
    "dashboard.privacy",
]

# --- points and partners' data
PAYOUT_NAME = env.text("PAYOUT_NAME", CITY_NAME["en"])
PAYOUT_ACCOUNT = env.text("PAYOUT_ACCOUNT", "")
PAYOUT_BANK = env.text("PAYOUT_BANK", "")
RAW_RETENTION_HOURS = env.integer("RAW_RETENTION_HOURS", 72)
QUARANTINE_RETENTION_DAYS = env.integer("QUARANTINE_RETENTION_DAYS", 180)
DETAIL_RETENTION_MONTHS = env.integer("DETAIL_RETENTION_MONTHS", 25)
WEBHOOK_BODY_MAX_BYTES = env.integer("WEBHOOK_BODY_MAX_BYTES", 1_048_576)
INTAKE_BATCH_ROWS = env.integer("INTAKE_BATCH_ROWS", 15_000)
INTAKE_FILE_MAX_BYTES = env.integer("INTAKE_FILE_MAX_BYTES", 4_294_967_296)
INTAKE_PAGE_MAX_BYTES = env.integer("INTAKE_PAGE_MAX_BYTES", 67_108_864)
INTAKE_FOLDER = env.text("INTAKE_FOLDER", "") or str(VAR_DIR / "inbox")
INTAKE_UNPACKED_MAX_BYTES = env.integer("INTAKE_UNPACKED_MAX_BYTES", 21_474_836_480)
DATA_UPLOAD_MAX_MEMORY_SIZE = max(WEBHOOK_BODY_MAX_BYTES, 2_621_440) + 1

METRICS_TOKEN = env.text("METRICS_TOKEN", "")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "WARNING")},
}
