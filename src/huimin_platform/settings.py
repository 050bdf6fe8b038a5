"""What the environment says, checked, and the Django settings that follow from it.

Every variable is described in docs/settings.md, which a test compares with `Environment`.
"""

import os
import secrets
import sys
from datetime import date
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from platformdirs import user_data_path
from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PACKAGE = Path(__file__).resolve().parent
SOCKET_PATH_LIMIT = 100  # Linux allows 107 bytes, macOS 103.


class WrongSettings(Exception):
    """The environment holds values that cannot be used; `problems` names each variable and the cure."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Environment(BaseSettings):
    """Every setting there is. Names of variables are the field names in capitals, after HUIMIN_."""

    model_config = SettingsConfigDict(
        env_prefix="HUIMIN_", populate_by_name=True, extra="ignore", env_ignore_empty=True
    )

    home: Path = Field(
        default_factory=lambda: user_data_path("huimin"),
        description="Folder of this installation: database, lake, keys, logs, the bank's exchange folder.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        validation_alias="DATABASE_URL",
        description="A PostgreSQL server to use instead of the embedded one: postgresql://user:password@host:5432/name",
    )
    master_key: SecretStr | None = Field(
        default=None,
        description="Wraps all data keys, 64 hexadecimal digits; else made in home/keys/master_key.",
    )
    secret_key: SecretStr | None = Field(
        default=None,
        description="Signs sessions and forms, 32 characters or more; else made in home/keys/secret_key.",
    )
    lake: str = Field(
        default="",
        description="Where files are kept, by fsspec: file:///srv/lake, s3://bucket/lake; else home/lake.",
    )
    scratch: Path = Field(
        default=Path("/dev/shm"),  # noqa: S108 - each use makes a folder of its own there, for its user only
        description="Folder in memory for content while it is received and read; where there is none, the system's temporary folder.",
    )
    policies: Path = Field(
        default=PACKAGE.parent / "huimin_policies",
        description="Folder of the policies, one folder a region and policy.",
    )
    contracts: Path | None = Field(
        default=None,
        description="Folder of this place's own contracts of data sets, one YAML file each; else home/contracts.",
    )
    inbox: str = Field(
        default="",
        description="Where departments put files for the worker to take up, by fsspec: file:///srv/inbox, s3://bucket/inbox.",
    )
    hosts: str = Field(
        default="localhost,127.0.0.1,[::1]",
        description="Host names that pages are served under, separated by commas.",
    )
    https: bool = Field(
        default=False,
        description="Pages are served over HTTPS: cookies travel only so, and browsers insist on it.",
    )
    proxied: bool = Field(
        default=False,
        description="A proxy of ours stands before the pages and sets X-Forwarded-Proto and X-Forwarded-For.",
    )
    language: Literal["zh-hans", "en"] = Field(
        default="zh-hans", description="Language of people who have not chosen one."
    )
    time_zone: str = Field(
        default="Asia/Shanghai", description="Time zone of dates on pages and of deadlines."
    )
    today: date | None = Field(
        default=None, description="A date to take for today, for demonstrations and tests."
    )
    advance_minutes: int = Field(
        default=5,
        ge=1,
        le=59,
        description="Minutes between two runs of the loop by the worker of `huimin up`.",
    )
    messages: bool = Field(
        default=False,
        description="Write a file a run for a gateway of short messages into home/messages/out and read its receipts from home/messages/in: who has a new notice hears of it.",
    )
    needs_a_day: int = Field(
        default=10,
        ge=1,
        le=1000,
        description="Needs that the officers of one place answer a day; more found at once have later terms.",
    )
    session_hours: int = Field(
        default=8, ge=1, le=24, description="Hours without an act after which one signs in again."
    )
    debug: bool = Field(default=False, description="Show details of errors on pages. For developers only.")

    @field_validator("language", mode="before")
    @classmethod
    def _known_language(cls, value: Any) -> Any:
        text = str(value).lower().replace("_", "-")
        return "zh-hans" if text.startswith("zh") else "en" if text.startswith("en") else value

    @field_validator("home", "policies")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return Path(os.path.abspath(value.expanduser()))

    @field_validator("master_key")
    @classmethod
    def _key_of_32_bytes(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            text = value.get_secret_value()
            if len(text) != 64 or any(digit not in "0123456789abcdefABCDEF" for digit in text):
                raise ValueError("not_64_hexadecimal_digits")
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 32:
            raise ValueError("shorter_than_32")
        return value

    @field_validator("database_url")
    @classmethod
    def _postgresql_only(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and urlsplit(value.get_secret_value()).scheme not in ("postgresql", "postgres"):
            raise ValueError("not_postgresql")
        return value

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError) as problem:
            raise ValueError("unknown_time_zone") from problem
        return value

    @field_validator("policies")
    @classmethod
    def _a_folder(cls, value: Path) -> Path:
        if not value.is_dir():
            raise ValueError("not_a_folder")
        return value


CURES = {
    "not_64_hexadecimal_digits": ("要 64 位十六进制数字", "needs 64 hexadecimal digits"),
    "shorter_than_32": ("至少要 32 个字符", "needs at least 32 characters"),
    "not_postgresql": (
        "只支持 PostgreSQL，请写成 postgresql://用户:密码@主机:5432/库名",
        "must name a PostgreSQL server: postgresql://user:password@host:5432/name",
    ),
    "unknown_time_zone": (
        "没有这个时区，例如 Asia/Shanghai",
        "is no time zone that is known here; Asia/Shanghai is one",
    ),
    "not_a_folder": ("没有这个文件夹", "is not a folder"),
    "literal_error": ("只能是 zh-hans 或 en", "must be zh-hans or en"),
    "bool_parsing": ("只能是 true 或 false", "must be true or false"),
    "int_parsing": ("要整数", "must be a whole number"),
    "greater_than_equal": ("太小", "is too small"),
    "less_than_equal": ("太大", "is too large"),
    "date": ("要写成 2026-07-01 这样的日期", "must be a date such as 2026-07-01"),
}


def read_environment() -> Environment:
    """The settings of this process; WrongSettings names every variable that cannot be used."""
    try:
        return Environment()
    except ValidationError as wrong:
        raise WrongSettings([_sentence(error) for error in wrong.errors()]) from None


def _sentence(error: Any) -> str:
    name = str(error["loc"][0])
    variable = name if name.isupper() else f"HUIMIN_{name.upper()}"
    code = str(error["ctx"]["error"]) if error["type"] == "value_error" else error["type"]
    code = "date" if code.startswith("date_") else code
    chinese, english = CURES.get(code, (error["msg"], error["msg"]))
    secret = name in ("master_key", "secret_key", "DATABASE_URL")
    value = "" if secret or error.get("input") is None else f" = {error['input']!s:.80}"
    return f"{variable}{value}: {chinese} / {english}"


def kept_key(home: Path, name: str) -> str:
    """The key of this name from home/keys, made on first use and readable by its owner only."""
    folder = home / "keys"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / name
    if not path.exists():
        draft = folder / f".{name}.{os.getpid()}"
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # Two processes starting at once agree on one key.
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


def signing_key(environment: Environment) -> str:
    """What signs sessions and forms; WrongSettings when the home folder cannot hold it."""
    if environment.secret_key:
        return environment.secret_key.get_secret_value()
    try:
        return kept_key(environment.home, "secret_key")
    except OSError as problem:
        words = "这个文件夹不能写入，请换一个：--home / cannot be written to, choose another one with --home"
        raise WrongSettings([f"HUIMIN_HOME = {environment.home}: {words} ({problem.strerror})"]) from problem


def socket_folder(home: Path) -> Path:
    """Where the embedded server's socket is: the data folder, or a short path where that one is too long."""
    import hashlib

    data = home / "postgres"
    if len(os.fsencode(data / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT:
        return data
    return Path("/tmp") / f"huimin-{hashlib.sha256(os.fsencode(data)).hexdigest()[:16]}"  # noqa: S108 - owner checked


def database_settings(environment: Environment) -> dict[str, Any]:
    """Django's description of the database."""
    common = {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"application_name": "huimin"},
    }
    if environment.database_url is None:
        return common | {
            "NAME": "huimin",
            "USER": "huimin",
            "HOST": str(socket_folder(environment.home)),
            "PORT": "5432",
        }
    parts = urlsplit(environment.database_url.get_secret_value())
    query = dict(parse_qsl(parts.query))
    host = query.pop("host", "") or unquote(parts.hostname or "")
    return common | {
        "NAME": unquote(parts.path.lstrip("/")) or "huimin",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": common["OPTIONS"] | query,
    }


# Django
HUIMIN = read_environment()
HUIMIN_HOME = HUIMIN.home
HUIMIN_LAKE = HUIMIN.lake or HUIMIN.home.joinpath("lake").as_uri()
HUIMIN_POLICIES = HUIMIN.policies
HUIMIN_CONTRACTS = HUIMIN.contracts or HUIMIN.home / "contracts"
HUIMIN_INBOX = HUIMIN.inbox
HUIMIN_SCRATCH = str(HUIMIN.scratch)
HUIMIN_EXCHANGE = HUIMIN.home / "exchange"
HUIMIN_TODAY = HUIMIN.today
HUIMIN_ADVANCE_MINUTES = HUIMIN.advance_minutes
HUIMIN_MESSAGES = HUIMIN.messages
HUIMIN_NEEDS_A_DAY = HUIMIN.needs_a_day

SECRET_KEY = signing_key(HUIMIN)
DEBUG = HUIMIN.debug
ALLOWED_HOSTS = [host.strip() for host in HUIMIN.hosts.split(",") if host.strip()]
DATABASES = {"default": database_settings(HUIMIN)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "huimin_platform.urls"
WSGI_APPLICATION = "huimin_platform.wsgi.application"

STAGES = ["intake", "registry", "needs", "matching", "cases", "delivery", "funds", "feedback", "evaluation"]
ROOMS = ["design", "base", "supply", *STAGES, "portal"]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "csp",
    "django_htmx",
    "django_cotton",
    "procrastinate.contrib.django",
    *(f"huimin_platform.{room}" for room in ROOMS),
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "huimin_platform.base.reader.ReaderLanguageMiddleware",
    "huimin_platform.base.reader.known_signs",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "huimin_platform.design.context.page",
                "huimin_platform.base.reader.viewer",
                "huimin_platform.portal.navigation.context",
            ],
        },
    }
]

LANGUAGE_CODE = HUIMIN.language
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LANGUAGE_COOKIE_NAME = "huimin_language"
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = HUIMIN.time_zone

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 3600

AUTH_USER_MODEL = "base.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "huimin_platform.registry.signing_in.OwnFile",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name")},
    },
]
LOGIN_URL = "base:sign_in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "base:sign_in"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "base/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False

SESSION_COOKIE_AGE = HUIMIN.session_hours * 3600
SESSION_SAVE_EVERY_REQUEST = False
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HUIMIN.https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HUIMIN.https else 0
SECURE_SSL_REDIRECT = False
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HUIMIN.proxied else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS] if HUIMIN.https else []
CSRF_FAILURE_VIEW = "huimin_platform.base.pages.errors.stale_form"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_TEMP_DIR = HUIMIN_SCRATCH if HUIMIN.scratch.is_dir() else None

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
PROCRASTINATE_WORKER_DEFAULTS = {"delete_jobs": "successful"}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "stream": sys.stderr, "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
