"""Settings of one installation. Everything that differs between installations is an environment variable,
described in `dotenv-sample`; a file `.env` in the working folder is read too."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

from greenhood.kit import postgres

REPOSITORY = Path(__file__).resolve().parents[2]


# The environment


def _read_dotenv(path: Path) -> None:
    """Take NAME=value lines as defaults; what the environment already has wins."""
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.partition("=")
        if equals and not name.lstrip().startswith("#"):
            os.environ.setdefault(name.strip(), value.strip().strip("\"'"))


def env_text(name: str, default: str | None = None, *, choices: tuple[str, ...] = ()) -> str:
    value = os.environ.get(name) or default
    if value is None:
        raise ImproperlyConfigured(f"缺少环境变量 {name}。请在 .env 中写一行 {name}=…，说明见 dotenv-sample。")
    if choices and value not in choices:
        raise ImproperlyConfigured(f"环境变量 {name} 的值是“{value}”，应为其中之一：{'、'.join(choices)}。")
    return value


def env_flag(name: str, *, default: bool) -> bool:
    value = env_text(name, "yes" if default else "no").lower()
    if value not in {"yes", "no", "true", "false", "1", "0"}:
        raise ImproperlyConfigured(f"环境变量 {name} 的值是“{value}”，应为 yes 或 no。")
    return value in {"yes", "true", "1"}


def env_number(name: str, default: int, *, least: int = 0) -> int:
    value = env_text(name, str(default))
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(f"环境变量 {name} 的值是“{value}”，应为不小于 {least} 的整数。")
    return int(value)


_read_dotenv(Path.cwd() / ".env")

# The state folder and the mode

_is_checkout = (REPOSITORY / "pyproject.toml").exists()
VAR = Path(env_text("GREENHOOD_VAR", str((REPOSITORY if _is_checkout else Path.cwd()) / "var"))).expanduser().resolve()

# A demonstration makes its own key and opens accounts with known passwords, and says so on every page. Without a key
# of its own an installation can be nothing else.
DEMO = env_flag("GREENHOOD_DEMO", default="GREENHOOD_SECRET_KEY" not in os.environ)
DEMO_PUBLIC = env_flag("GREENHOOD_DEMO_PUBLIC", default=False)
DEBUG = env_flag("GREENHOOD_DEBUG", default=False)


def _demonstration_key() -> str:
    path = VAR / "secret-key"
    VAR.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(descriptor, "w") as file:
        file.write(key := secrets.token_urlsafe(50))
    return key


SECRET_KEY = _demonstration_key() if DEMO else env_text("GREENHOOD_SECRET_KEY")

# Addresses

ALLOWED_HOSTS = [host for host in env_text("GREENHOOD_HOSTS", "127.0.0.1,localhost,[::1]").split(",") if host]
if DEMO and not DEMO_PUBLIC and set(ALLOWED_HOSTS) - {"127.0.0.1", "localhost", "[::1]", "testserver"}:
    raise ImproperlyConfigured(
        f"演示模式的账号和密码是公开的，只在本机提供服务，但 GREENHOOD_HOSTS 为“{','.join(ALLOWED_HOSTS)}”。"
        "正式使用请设置 GREENHOOD_SECRET_KEY 和 GREENHOOD_DEMO=no；确要公开演示，请设置 GREENHOOD_DEMO_PUBLIC=yes。"
    )
SITE_URL = env_text("GREENHOOD_URL", "http://127.0.0.1:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
IS_HTTPS = SITE_URL.startswith("https://")
ROOT_URLCONF = "greenhood.urls"

# Rooms, from the top of the house to the ground, then what they stand on

ROOMS = [
    "greenhood.demo",
    "greenhood.site",
    "greenhood.planning",
    "greenhood.programme",
    "greenhood.coordination",
    "greenhood.supervision",
    "greenhood.exemplars",
    "greenhood.reporting",
    "greenhood.documents",
    "greenhood.insight",
    "greenhood.declarations",
    "greenhood.assessments",
    "greenhood.indicators",
    "greenhood.baseline",
    "greenhood.experts",
    "greenhood.works",
    "greenhood.communities",
    "greenhood.activities",
    "greenhood.participation",
    "greenhood.gridwork",
    "greenhood.sensing",
    "greenhood.facts",
    "greenhood.evidence",
    "greenhood.accounts",
    "greenhood.schemes",
    "greenhood.divisions",
    "greenhood.history",
    "greenhood.kit",
]

INSTALLED_APPS = [
    *ROOMS,
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "template_partials.apps.SimpleAppConfig",
    "django_htmx",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "axes",
    "csp",
    "ninja",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "greenhood.kit.device_access.DeviceAccessMiddleware",
    "greenhood.kit.null_characters.NullCharactersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "greenhood.accounts.middleware.SignInRequiredMiddleware",
    "greenhood.accounts.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "greenhood.site.context.site",
            ],
            "builtins": ["template_partials.templatetags.partials"],
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    ["django.template.loaders.app_directories.Loader"]
                    if DEBUG
                    else [
                        ("django.template.loaders.cached.Loader", ["django.template.loaders.app_directories.Loader"])
                    ],
                )
            ],
        },
    }
]

# The database

POOL_SIZE = env_number("GREENHOOD_DATABASE_POOL", 0)


def _database(url: str) -> dict[str, Any]:
    try:
        parts = conninfo_to_dict(url)
    except Exception as error:
        raise ImproperlyConfigured(
            f"环境变量 DATABASE_URL 不是 PostgreSQL 地址：{error}。应为 postgresql://用户:密码@主机:5432/数据库名。"
        ) from error
    options: dict[str, Any] = {
        # Plain PostgreSQL ignores the dotted names; Citus needs them.
        "options": "-c citus.multi_shard_modify_mode=sequential -c citus.enable_repartition_joins=on",
    }
    if POOL_SIZE:
        options["pool"] = {"min_size": 1, "max_size": POOL_SIZE, "timeout": 10}
    for name in set(parts) - {"dbname", "user", "password", "host", "port", "options"}:
        options[name] = parts[name]
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname") or "greenhood",
        "USER": parts.get("user") or "",
        "PASSWORD": parts.get("password") or "",
        "HOST": parts.get("host") or "",
        "PORT": str(parts.get("port") or ""),
        # A connection that the server has closed is found before a request uses it, not by the request.
        "CONN_HEALTH_CHECKS": True,
        "CONN_MAX_AGE": 0 if POOL_SIZE else 60,
        "OPTIONS": options,
        "TEST": {"TEMPLATE": "template0"},
    }


USES_EMBEDDED_DATABASE = not os.environ.get("DATABASE_URL")
DATABASE_URL = postgres.address(VAR) if USES_EMBEDDED_DATABASE else env_text("DATABASE_URL")
DATABASES = {"default": _database(DATABASE_URL)}

# People

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "greenhood.accounts.passwords.ComplexityValidator"},
]
REQUIRE_TOTP = env_flag("GREENHOOD_REQUIRE_TOTP", default=False)
OTP_TOTP_ISSUER = "绿色社区创建平台"

# Five wrong passwords close an account, as tried from one address, for a quarter of an hour.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False
AXES_CLIENT_IP_CALLABLE = "greenhood.accounts.address.client_address"
AXES_LOCKOUT_CALLABLE = "greenhood.accounts.views.session.locked_out"
# Trying again while locked doesn't push the end of the lock further away.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_IPWARE_PROXY_COUNT = env_number("GREENHOOD_PROXIES", 0) or None

SESSION_COOKIE_AGE = env_number("GREENHOOD_IDLE_MINUTES", 30, least=1) * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_HTTPONLY = False  # read by the script that adds the token to HTMX requests

# Pages

SECURE_SSL_REDIRECT = False  # the proxy in front does it; see docs/operations.md
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if AXES_IPWARE_PROXY_COUNT else None
SECURE_HSTS_SECONDS = 31536000 if IS_HTTPS else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FORMAT_MODULE_PATH: list[str] = []

# The base map of 天地图 by its key; without one, maps have a plain ground. Its tiles are the only pictures from elsewhere.

TIANDITU_KEY = env_text("GREENHOOD_TIANDITU_KEY", "")
if TIANDITU_KEY:
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"].append("https://*.tianditu.gov.cn")

# Static files: our own from each room, third-party ones as `greenhood assets` copied them

VENDOR_ROOT = VAR / "vendor"
# Faces for official forms; a folder with licensed ones (仿宋_GB2312, 方正小标宋) may be named instead
FONTS_ROOT = Path(env_text("GREENHOOD_FONTS", str(VAR / "fonts")))
STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [("vendor", VENDOR_ROOT)]
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# Evidence and other files

MEDIA_ROOT = Path(env_text("GREENHOOD_MEDIA", str(VAR / "media")))
MEDIA_URL = "media/"
MAX_UPLOAD_BYTES = env_number("GREENHOOD_MAX_UPLOAD_MB", 50, least=1) * 2**20
# A view takes files only under kit.uploads.with_uploads.
FILE_UPLOAD_HANDLERS = ["greenhood.kit.uploads.NoUploads"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_PERMISSIONS = 0o640

# From which percentage of an item's points a reviewer's difference from the claim is marked as large
DEVIATION_PERCENT = env_number("GREENHOOD_DEVIATION_PERCENT", 30, least=1)

# How far outside a community's boundary a photo may have been taken before it is flagged, beyond its own inaccuracy
EVIDENCE_OUTSIDE_METRES = env_number("GREENHOOD_EVIDENCE_OUTSIDE_METRES", 100)
# How many years before the assessment's a photo may be of, where the scheme names none
EVIDENCE_LOOKBACK_YEARS = env_number("GREENHOOD_EVIDENCE_LOOKBACK_YEARS", 1)
# Within how many minutes a photo taken in the page must be sent, so that the server vouches for its time
CAPTURE_MINUTES = env_number("GREENHOOD_CAPTURE_MINUTES", 10, least=1)

_bucket = env_text("GREENHOOD_S3_BUCKET", "")
USES_OBJECT_STORE = bool(_bucket)
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
if USES_OBJECT_STORE:
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": _bucket,
            "endpoint_url": env_text("GREENHOOD_S3_ENDPOINT"),
            "access_key": env_text("GREENHOOD_S3_KEY"),
            "secret_key": env_text("GREENHOOD_S3_SECRET"),
            "region_name": env_text("GREENHOOD_S3_REGION", "") or None,
            "querystring_auth": True,
            "file_overwrite": False,
            "signature_version": "s3v4",
        },
    }

# The hash of evidence and of the history chain; SM3 (GB/T 32905) where national cryptography is asked for

HASH = env_text("GREENHOOD_HASH", "sha256", choices=("sha256", "sm3"))

# A YAML file of public holidays that are published after this release; see docs/operations.md
HOLIDAYS_FILE = env_text("GREENHOOD_HOLIDAYS", "")

# Limits of environmental noise by functional area, by day and by night in dB(A), as GB 3096-2008 has them in table 1

_NOISE_AREAS = env_text("GREENHOOD_NOISE_LIMITS", "0=50/40,1=55/45,2=60/50,3=65/55,4a=70/55,4b=70/60")
if not re.fullmatch(r"(?:(?:0|1|2|3|4a|4b)=\d{2,3}/\d{2,3},?){6}", _NOISE_AREAS):
    raise ImproperlyConfigured(
        f"环境变量 GREENHOOD_NOISE_LIMITS 的值是“{_NOISE_AREAS}”，应写明六类功能区的昼间、夜间限值，如 0=50/40,1=55/45,2=60/50,3=65/55,4a=70/55,4b=70/60。"
    )
NOISE_LIMITS = {area: (int(day), int(night)) for area, day, night in re.findall(r"(\w+)=(\d+)/(\d+)", _NOISE_AREAS)}

# A YAML file of walking distances of the 15-minute living circle; see docs/operations.md
LIVING_CIRCLE_FILE = env_text("GREENHOOD_LIVING_CIRCLE", "")

# Mail

EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
if _mail := env_text("GREENHOOD_SMTP_HOST", ""):
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = _mail
    EMAIL_PORT = env_number("GREENHOOD_SMTP_PORT", 465, least=1)
    EMAIL_HOST_USER = env_text("GREENHOOD_SMTP_USER", "")
    EMAIL_HOST_PASSWORD = env_text("GREENHOOD_SMTP_PASSWORD", "")
    EMAIL_USE_SSL = EMAIL_PORT == 465
    DEFAULT_FROM_EMAIL = env_text("GREENHOOD_MAIL_FROM", EMAIL_HOST_USER)

# Reminders of reports: console, mail, wecom, sms, or the dotted path of a class of one's own (reporting/channels.py)
REMINDER_CHANNELS = [
    name.strip() for name in env_text("GREENHOOD_REMINDER_CHANNELS", "console").split(",") if name.strip()
]
WECOM_ROBOTS = [text.strip() for text in env_text("GREENHOOD_WECOM_ROBOTS", "").split(",") if text.strip()]
SMS_URL = env_text("GREENHOOD_SMS_URL", "")
SMS_BODY = env_text("GREENHOOD_SMS_BODY", "")
SMS_HEADERS = env_text("GREENHOOD_SMS_HEADERS", "")
SMS_SUCCESS = env_text("GREENHOOD_SMS_SUCCESS", "")
# Where the two may post to, who vouches for those hosts besides the usual authorities, and how many seconds one may take
CHANNEL_HOSTS = [
    host.strip() for host in env_text("GREENHOOD_CHANNEL_HOSTS", "qyapi.weixin.qq.com").split(",") if host.strip()
]
CHANNEL_CA = env_text("GREENHOOD_CHANNEL_CA", "")
CHANNEL_TIMEOUT = env_number("GREENHOOD_CHANNEL_TIMEOUT", 10, least=1)

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "greenhood": {"level": env_text("GREENHOOD_LOG_LEVEL", "INFO")},
        "axes": {"level": "ERROR"},
    },
}

SILENCED_SYSTEM_CHECKS = [
    # The folder of third-party assets is made by `greenhood assets`, after the first check.
    "staticfiles.W004",
]
