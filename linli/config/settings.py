"""
Settings, read once from the environment; every name starts with ``LINLI_``.

A value may also come from a file: ``LINLI_SECRET_KEY_FILE=/run/secrets/key``. A value that cannot be
understood stops the start with one line naming the variable: nothing is guessed.
"""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from csp.constants import NONCE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from linli.lib.keys import key_file

PACKAGE = Path(__file__).resolve().parent.parent


def env(name: str, default: str = "") -> str:
    """Text of ``LINLI_<name>``, or the content of the file ``LINLI_<name>_FILE`` names."""
    path = os.environ.get(f"LINLI_{name}_FILE")
    if path:
        return Path(path).read_text(encoding="utf-8").strip()
    return os.environ.get(f"LINLI_{name}", default).strip()


def env_flag(name: str, default: bool) -> bool:
    text = env(name).lower()
    if text in {"", "1", "yes", "on", "true", "0", "no", "off", "false"}:
        return default if not text else text in {"1", "yes", "on", "true"}
    raise ImproperlyConfigured(f"LINLI_{name}={text!r}: use on or off")


def env_int(name: str, default: int) -> int:
    text = env(name)
    try:
        return int(text) if text else default
    except ValueError:
        raise ImproperlyConfigured(f"LINLI_{name}={text!r}: use a whole number") from None


def env_list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in env(name, default).split(",") if part.strip()]


def env_choice(name: str, default: str, choices: set[str]) -> str:
    text = env(name, default)
    if text not in choices:
        raise ImproperlyConfigured(f"LINLI_{name}={text!r}: use one of {', '.join(sorted(choices))}")
    return text


# --- where things live ---------------------------------------------------------------------------
DATA_DIR = Path(env("DATA", "data")).expanduser().resolve()
DATA_DIR.mkdir(parents=True, exist_ok=True)
FILES_DIR = DATA_DIR / "files"
LAKE_DIR = Path(env("LAKE") or DATA_DIR / "facts")

DEBUG = env_flag("DEBUG", False)
SECRET_KEY = env("SECRET_KEY") or key_file(DATA_DIR / "secret.key").hex()
PUBLIC_URL = (env("PUBLIC_URL") or "http://127.0.0.1:8000").rstrip("/")
if not (urlsplit(PUBLIC_URL).scheme in {"http", "https"} and urlsplit(PUBLIC_URL).hostname):
    # It stands on every paper and in every message: an address without its host opens nothing.
    raise ImproperlyConfigured(f"LINLI_PUBLIC_URL={PUBLIC_URL!r}: write the whole address, for example https://linli.example.org")
ALLOWED_HOSTS = env_list("HOSTS", "127.0.0.1,localhost,[::1],testserver")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL.startswith("https://") else []

# Personal fields: key ring (see linli.lib.crypto) and the suite new values are written with.
FIELD_KEYS_PATH = Path(env("FIELD_KEYS_PATH") or DATA_DIR / "field.keys")
FIELD_KEYS = env("FIELD_KEYS")
CRYPTO_SUITE = env_choice("CRYPTO_SUITE", "international", {"international", "national"})

# --- engines -------------------------------------------------------------------------------------
DATABASES = {"default": dj_database_url.parse(env("DATABASE_URL") or f"sqlite:///{DATA_DIR / 'linli.sqlite3'}", conn_max_age=600)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["ENGINE"] = "linli.config.sqlite"
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA cache_size=-2000;PRAGMA temp_store=MEMORY"
        ";PRAGMA wal_autocheckpoint=4000",
    }
elif DATABASES["default"]["ENGINE"].endswith("postgresql") and env_flag("DATABASE_PREPARED", True):
    # A query asked before is planned already: for what every page asks, planning takes longer than answering. Off behind a pooler that
    # hands a connection to others between two transactions and knows no prepared statements.
    DATABASES["default"]["OPTIONS"] = {"server_side_binding": True, "prepare_threshold": 5} | DATABASES["default"].get("OPTIONS", {})
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "web_cache"}}

INSTALLED_APPS = [
    "linli.web",
    "linli.kernel.places",
    "linli.kernel.accounts",
    "linli.kernel.judgement",
    "linli.kernel.people",
    "linli.kernel.files",
    "linli.kernel.notices",
    "linli.kernel.rolls",
    "linli.kernel.matters",
    "linli.kernel.reading",
    "linli.loops.requests",
    "linli.loops.requests.hot",
    "linli.loops.council.motions",
    "linli.loops.council.ballots",
    "linli.loops.council.meetings",
    "linli.loops.venues",
    "linli.loops.hands",
    "linli.loops.council.talks",
    "linli.loops.council.plans",
    "linli.loops.council.draws",
    "linli.loops.council.elections",
    "linli.measure",
    "linli.measure.suspicions",
    "linli.measure.asked",
    "linli.ports",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "ninja",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "linli.web.middleware.Preferences",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "linli.kernel.files.middleware.KeptFiles",
    "linli.kernel.accounts.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "linli.web.middleware.Refusals",
    "linli.kernel.accounts.middleware.RefusalLog",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "linli.config.urls"
WSGI_APPLICATION = "linli.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": sorted(PACKAGE.glob("**/templates")),
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "linli.web.jinja.environment",
            "context_processors": ["linli.web.context.page", "linli.kernel.accounts.context.who"],
        },
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": ["django.template.context_processors.request", "django.contrib.messages.context_processors.messages"]
        },
    },
]
FORM_RENDERER = "django.forms.renderers.Jinja2"  # the same widgets, drawn in half the time: a matter at the Desk has two dozen

# --- language and time ---------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
# The names of the roles belong to no application: linli.kernel.access is the floor under all of them.
LOCALE_PATHS = [PACKAGE / "kernel" / "access" / "locale"]
TIME_ZONE = env("TIME_ZONE", "Asia/Shanghai")
USE_I18N = USE_TZ = True

# --- static files --------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT") or DATA_DIR / "static")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": FILES_DIR}},
    "staticfiles": {"BACKEND": "linli.config.static.StaticFiles"},
}
WHITENOISE_MANIFEST_STRICT = False

# --- who may come in -----------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.Account"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["linli.kernel.accounts.hashers.Argon2", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
STAFF_SECOND_FACTOR = env_choice("STAFF_SECOND_FACTOR", "required", {"required", "optional"})
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env_flag("BEHIND_PROXY", False) else None
USE_X_FORWARDED_HOST = env_flag("BEHIND_PROXY", False)
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "linli.web.pages.csrf_failure"
STAFF_IDLE_MINUTES = env_int("STAFF_IDLE_MINUTES", 60)
LOG_MONTHS = env_int("LOG_MONTHS", 0)  # 0: the security log is kept for good
if 0 < LOG_MONTHS < 6:
    raise ImproperlyConfigured(
        f"LINLI_LOG_MONTHS={LOG_MONTHS}: logs are kept at least 6 months (Cybersecurity Law 21); use 6 or more, or 0"
    )

AXES_FAILURE_LIMIT = env_int("SIGN_IN_ATTEMPTS", 5)
AXES_COOLOFF_TIME = env_int("SIGN_IN_COOL_OFF_HOURS", 1)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "linli.kernel.accounts.pages.locked_out"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "linli.kernel.accounts.addresses.axes_address"

ACCOUNT_ADAPTER = "linli.kernel.accounts.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "linli.kernel.accounts.adapters.SocialAdapter"
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_SESSION_REMEMBER = False  # a password session ends with the browser: desks are shared
# The lock-out after failures is django-axes' own, above; these keep machines from trying at all.
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip", "sign_in_code": "20/h/ip"}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env_flag("BEHIND_PROXY", False) else 0
MFA_ADAPTER = "linli.kernel.accounts.adapters.MfaAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = PUBLIC_URL.startswith("http://")
MFA_TOTP_ISSUER = "Linli"
USERSESSIONS_TRACK_ACTIVITY = False
OIDC_NAME = env("OIDC_NAME", "")
if OIDC_NAME:
    INSTALLED_APPS.append("allauth.socialaccount.providers.openid_connect")  # brings an HTTP client: nothing for those who do without
SOCIALACCOUNT_PROVIDERS = (
    {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "government",
                    "name": OIDC_NAME,
                    "client_id": env("OIDC_CLIENT_ID"),
                    "secret": env("OIDC_SECRET"),
                    "settings": {"server_url": env("OIDC_URL")},
                }
            ]
        }
    }
    if OIDC_NAME
    else {}
)

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        # The browser follows a form's redirect to the sign-in of the provider only when it is named here.
        "form-action": [SELF, *([f"{urlsplit(env('OIDC_URL')).scheme}://{urlsplit(env('OIDC_URL')).netloc}"] if OIDC_NAME else [])],
        "frame-ancestors": ["'none'"],
        "manifest-src": [SELF],
        "worker-src": [SELF],
    }
}

# --- limits --------------------------------------------------------------------------------------
MAX_UPLOAD_MB = env_int("MAX_UPLOAD_MB", 10)
MAX_SHEET_MB = env_int("MAX_SHEET_MB", 40)
UPLOAD_DAYS = env_int("UPLOAD_DAYS", 30)  # so long an uploaded file may wait for the act it is meant for; then it goes
if UPLOAD_DAYS < 15:
    raise ImproperlyConfigured(
        f"LINLI_UPLOAD_DAYS={UPLOAD_DAYS}: what somebody is still writing may hold files for 14 days; use 15 or more"
    )
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000
FILE_UPLOAD_PERMISSIONS = 0o600

# --- message gateways ----------------------------------------------------------------------------
SMS_URL, SMS_TOKEN, SMS_TEMPLATE = env("SMS_URL"), env("SMS_TOKEN"), env("SMS_TEMPLATE")
DINGTALK_URL, DINGTALK_SECRET, WECOM_URL = env("DINGTALK_URL"), env("DINGTALK_SECRET"), env("WECOM_URL")
CONSOLE_MESSAGES = env_flag("CONSOLE_MESSAGES", False)  # write messages without a gateway to the log: for development
EMAIL_HOST, EMAIL_PORT = env("EMAIL_HOST"), env_int("EMAIL_PORT", 25)
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = env("EMAIL_USER"), env("EMAIL_PASSWORD")
EMAIL_USE_TLS = env_flag("EMAIL_TLS", False)
DEFAULT_FROM_EMAIL = env("EMAIL_FROM", "linli@localhost")
DEMO = env_flag("DEMO", False)

# --- a language model for longer summaries; off without an address and a model ---------------------
MODEL_URL, MODEL_NAME, MODEL_KEY = env("MODEL_URL"), env("MODEL_NAME"), env("MODEL_KEY")
MODEL_SECONDS = env_int("MODEL_SECONDS", 20)

# --- requests ------------------------------------------------------------------------------------
REPEAT_DAYS = env_int("REPEAT_DAYS", 90)  # a household raising the same again within so many days is suggested as a repeat
HOT_DAYS = env_int("HOT_DAYS", 91)  # hot topics are counted over so many days
HOT_PEOPLE = env_int("HOT_PEOPLE", 3)  # so many different people make one
HOT_PUBLIC_PEOPLE = env_int("HOT_PUBLIC_PEOPLE", 5)  # and so many, in public requests alone, before strangers read of it
HOT_HALF_LIFE = env_int("HOT_HALF_LIFE", 30)  # days in which heat halves; 0: never
HOT_LIKE = env_int("HOT_LIKE_PERCENT", 150) / 100  # what the square root of "me too" counts beside one who wrote
COMING_BACK_TIMES = env_int("COMING_BACK_TIMES", 3)  # raised so often, a request "keeps coming back" and may go to the council

# --- machine doors -------------------------------------------------------------------------------
API_PER_MINUTE, API_PER_MINUTE_ANONYMOUS = env_int("API_PER_MINUTE", 1200), env_int("API_PER_MINUTE_ANONYMOUS", 300)
WEBHOOK_PRIVATE = env_flag("WEBHOOK_PRIVATE", False)  # allow webhooks to addresses inside the own network
OPEN311_JURISDICTION = env("OPEN311_JURISDICTION")  # the id under which the whole installation answers; place codes work beside it
OPEN311_PLACE = env("OPEN311_PLACE")  # code of the place for reports that lie in no drawn outline
OPEN311_CONTACT = env("OPEN311_CONTACT")
OPEN311_DATUM = env_choice("OPEN311_DATUM", "wgs84", {"wgs84", "gcj02"})  # of lat/long that come in without `datum`

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", "WARNING").upper()},
    "loggers": {"linli": {"level": env("LOG_LEVEL", "INFO").upper()}, "axes": {"level": "ERROR"}},
}

SITE_NAME = _("邻里")
