"""All settings, from the environment. Nothing else reads it."""

from __future__ import annotations

from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from config import env
from patients import vault

ROOT = Path(__file__).resolve().parent.parent
DATA = env.path("DATA", ROOT / "var")

# -- what kind of deployment this is
DEMO = env.flag("TELECARE_DEMO", False)  # the demo district, its sign-ins, and tokens from the command line
PORT = env.number("PORT", 8000, least=1, most=65535)
PUBLIC_URL = env.text("TELECARE_URL", f"http://127.0.0.1:{PORT}")
DISTRICT = env.text("TELECARE_DISTRICT", "Ahrental")
LIMITS = env.flag("TELECARE_LIMITS", True)  # clinicians' limits mark values and ask for reviews
EMERGENCY_MINUTES = env.number("TELECARE_EMERGENCY_MINUTES", 30, least=5, most=240)  # of break-glass reading
HELP_PHONE = env.text("TELECARE_HELP_PHONE", "030 23125 110" if DEMO else "")  # a number that is nobody's, in the demo
SECURE = PUBLIC_URL.startswith("https://")
DEBUG = False

# -- keys: never inside DATA
KEY_FILE = env.path("TELECARE_KEY_FILE", Path("~/.config/telecare/master.key").expanduser())
ERASURES = env.path("TELECARE_ERASURES", KEY_FILE.with_name(KEY_FILE.name + ".erasures"))  # outlives DATA, backups
MASTER_KEY = env.text("TELECARE_MASTER_KEY", "")  # base64, instead of the file
KEY_COMMAND = env.text("TELECARE_KEY_COMMAND", "")  # a command that prints it (KMS, HSM)

# -- parts
BACKUP_DAYS = env.number("TELECARE_BACKUP_DAYS", 30, least=1, most=3650)  # after which a backup's keys are destroyed
DATABASE_URL = env.text("DATABASE_URL", "")
SERVING_ROLE = env.serving_role() if DATABASE_URL else ""
DATABASES = {"default": env.database(DATA)}
REDIS_URL = env.text("REDIS_URL", "")
EMBEDDED = not DATABASE_URL
if EMBEDDED and REDIS_URL:
    raise ImproperlyConfigured(
        "REDIS_URL is set without DATABASE_URL: SQLite serves one process, which needs no broker. Set both or none."
    )
if DEMO and DATABASE_URL and "demo" not in DATABASE_URL and "test" not in DATABASE_URL:
    raise ImproperlyConfigured(
        "TELECARE_DEMO writes fictitious people with known passwords: it refuses a PostgreSQL database whose name "
        "contains neither 'demo' nor 'test'."
    )
DATABASE_THREADS = env.number("TELECARE_THREADS", 8, least=2, most=64)

CLAMD = env.text("TELECARE_CLAMD", "")  # a virus scanner (clamd): a socket's path, or host:port

# -- relay for calls (coturn with use-auth-secret)
TURN_URLS = env.words("TURN_URLS")
TURN_SECRET = env.text("TURN_SECRET", "")
STUN_URLS = env.words("STUN_URLS")
RELAY_ONLY = env.flag("TELECARE_RELAY_ONLY", False)  # no address of a participant reaches another one
if RELAY_ONLY and not (TURN_URLS and TURN_SECRET):
    raise ImproperlyConfigured(
        "TELECARE_RELAY_ONLY is on without a relay: no call could connect. Set TURN_URLS and TURN_SECRET."
    )
CALL_DAYS = env.number("TELECARE_CALL_DAYS", 90, least=2, most=90)  # how long call metadata are kept
AUDIT_YEARS = env.number("TELECARE_AUDIT_YEARS", 10, least=1, most=100)  # how long the audit log is kept
WAITING_ALARM_MINUTES = env.number("TELECARE_WAITING_ALARM", 5, least=1, most=120)  # until staff is told
VIDEO_CERTIFICATE = env.text("TELECARE_VIDEO_CERTIFICATE", "")  # number and date; "" : staff reads "not certified"

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_htmx",
    "csp",
    "patients.vault",
    "patients.audit",
    "patients.accounts",
    "patients.records",
    "patients.access",
    "patients.attachments",
    "patients.network",
    "patients.fhir",
    "messaging.realtime",
    "messaging.jobs",
    "messaging.chat",
    "telecare.tasks",
    "telecare.vitals",
    "telecare.consultations",
    "telecare.visits",
    "telecare.exchange",
    "telecare.dashboards",
    "telecare.privacy",
    "allauth",
    "allauth.account",  # needed by the others; none of its pages is served
    "allauth.mfa",
    "config",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.middleware.PermissionsMiddleware",
    "patients.fhir.middleware.FHIRMiddleware",  # answers /fhir; what stands below is for pages
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "config.middleware.ActorMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.language.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.ProblemMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "config.context.page",
            ],
            "builtins": ["config.templatetags.components", "config.templatetags.formats"],
        },
    }
]
FORM_RENDERER = "config.forms.Renderer"

# -- sign-in
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["patients.accounts.backends.SignIn"]
LOGIN_URL = "accounts:sign-in"
LOGIN_REDIRECT_URL = "start"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "patients.accounts.passwords.Length"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name")},
    },
    {"NAME": "patients.accounts.passwords.Guessable"},
    {"NAME": "patients.accounts.passwords.Breached"},
]
BREACHED_PASSWORDS = env.file("TELECARE_BREACHED_PASSWORDS")  # SHA-1 digests in order, see patients.accounts.passwords
SECOND_FACTOR = env.one_of("TELECARE_SECOND_FACTOR", ("roles", "none", "all"), "none" if DEMO else "roles")
IDENTITY_PROVIDERS = env.providers("TELECARE_OIDC")  # of organisations; their secrets stand in no table
ACCOUNT_EMAIL_VERIFICATION = "none"  # accounts hold no e-mail
ACCOUNT_USER_MODEL_EMAIL_FIELD = None
MFA_ADAPTER = "patients.accounts.factors.adapter.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1  # a code also holds half a minute before and after: clocks differ
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MESSAGE_STORAGE = "config.notices.Notices"  # a cookie, never in a table: they may carry names
SESSION_ENGINE = "patients.accounts.sessions"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_IDLE = env.number("TELECARE_IDLE_MINUTES", 240, least=15, most=720)  # minutes without a page, then it is over
_HOST_ONLY = "__Host-" if SECURE else ""  # browsers then refuse such a cookie from any other host (RFC 6265bis)
SESSION_COOKIE_NAME = f"{_HOST_ONLY}telecare"
CSRF_COOKIE_NAME = f"{_HOST_ONLY}csrftoken"
LANGUAGE_COOKIE_NAME = f"{_HOST_ONLY}django_language"
MESSAGES_COOKIE_NAME = f"{_HOST_ONLY}messages"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "config.failures.refused_form"
CSRF_COOKIE_HTTPONLY = True  # forms carry it, and scripts read it from the page's meta tag
# derived from the master key when first needed: there is no second secret, and `check` works without any
SECRET_KEY = lazy(vault.secret_key, str)()
SECRET_KEY_FALLBACKS = [lazy(vault.older_secret_key, str)()]

# -- the wire
ALLOWED_HOSTS = env.words("TELECARE_HOSTS", "127.0.0.1,localhost,[::1],testserver")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SECURE_SSL_REDIRECT = False  # the proxy does it
# of no use to operators: the policy forbids frames, the proxy redirects, and config.checks asks for https
SILENCED_SYSTEM_CHECKS = [f"security.W{number}" for number in ("002", "004", "008", "010", "011", "012", "016")]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
PROXIES = env.words("TELECARE_PROXIES")  # addresses whose X-Forwarded-For and -Proto are believed
if env.flag("TELECARE_BEHIND_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    USE_X_FORWARDED_HOST = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "font-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
FHIR_BODY_LIMIT = 16 * 1024 * 1024
FHIR_RATE = env.number("TELECARE_FHIR_RATE", 12_000, most=10**9)  # requests of one account in a minute; 0: no bound
BODY_LIMIT = 32 * 1024 * 1024  # of any request; edges set their own below it

# -- words and time
LANGUAGE_CODE = "de"
LANGUAGES = [("de", _("German")), ("en", _("English"))]
LOCALE_PATHS = [ROOT / "config" / "locale"]
USE_I18N = True
TIME_ZONE = env.text("TELECARE_TIME_ZONE", "Europe/Berlin")
USE_TZ = True

# -- files
STATIC_URL = "/static/"
STATIC_ROOT = env.path("TELECARE_STATIC", ROOT / "config" / "static_built")
STATICFILES_DIRS = [ROOT / "config" / "static"]
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]  # only ours, none of a library's
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA / "files"},
    },
    "staticfiles": {"BACKEND": "config.static_files.Storage"},
}

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
_WORDY = ("django.db.backends", "django.security.csrf", "uvicorn.error", "websockets.server")
LOGGING_CONFIG = "config.logs.configure"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"discreet": {"()": "config.logs.Discreet"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("TELECARE_LOG", "INFO")},
    "loggers": {
        "django.server": {"propagate": True},
        **{name: {"level": "ERROR"} for name in ("fontTools", "fpdf")},  # they tell of every letter
        # refusals stand in the audit log; an address may hold an identifier
        "django.request": {"level": "ERROR", "filters": ["discreet"]},
        **{name: {"filters": ["discreet"]} for name in _WORDY},
    },
}
