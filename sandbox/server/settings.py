"""Settings of the partners' own process: another Django, another database. Never for production.

Nothing of the city's settings is imported: what the two know of each other goes over HTTP.
"""

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from config import database, env
from sandbox.server.keys import private_key

BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var")))

SECRET_KEY = "sandbox-only-" + "p" * 50
DEBUG = False
ALLOWED_HOSTS = env.words("SANDBOX_ALLOWED_HOSTS", "127.0.0.1,localhost")
ROOT_URLCONF = "sandbox.server.urls"
WSGI_APPLICATION = "sandbox.server.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "sandbox.server",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.idp.oidc",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "sandbox.server.branding.brand",
            ]
        },
    }
]
DATABASES = {
    "default": database.configure(
        env.text("SANDBOX_DATABASE_URL", ""), VAR_DIR / "postgres", env.text("SANDBOX_DATABASE", "sandbox_partners")
    )
}
# authorization codes live in this cache, so the server is one process with threads
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("en", _("English"))]
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = True

# the city and the partners share one host in the demo, and so one cookie jar
SESSION_COOKIE_NAME = "partner_session"
CSRF_COOKIE_NAME = "partner_csrf"
LANGUAGE_COOKIE_NAME = "partner_language"

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["sandbox.server.keys.QuickHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "connected"
ACCOUNT_ADAPTER = "sandbox.server.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = False

IDP_OIDC_ADAPTER = "sandbox.server.adapter.OIDCAdapter"
IDP_OIDC_PRIVATE_KEY = private_key(VAR_DIR / "partner-server" / "idp.pem")
IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN = env.integer("SANDBOX_ACCESS_TOKEN_SECONDS", 3600)
IDP_OIDC_REFRESH_TOKEN_EXPIRES_IN = 90 * 86_400
IDP_OIDC_ROTATE_REFRESH_TOKEN = True
