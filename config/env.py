"""What the environment may say, and what it must say before the application starts in production."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core.exceptions import ImproperlyConfigured

DEMONSTRATION_KEY = "only-for-demonstration-" + "0" * 40
"""Signs sessions on a developer's machine. Production refuses it by name."""

REQUIRED = {
    "SECRET_KEY": "a random string of at least 50 characters, kept secret",
    "ALLOWED_HOSTS": "the host names the application answers to, separated by commas",
    "DATABASE_URL": "postgres://user:password@host:5432/name",
    "REDIS_URL": "redis://host:6379/0 (or CELERY_BROKER_URL)",
}
SECRET_KEY_LENGTH = 50
DURABLE = "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;"


def is_production(environ: Mapping[str, str] = os.environ) -> bool:
    """True for `ENVIRONMENT=production`; a word that is neither that nor `development` is a mistake, not a default."""
    name = environ.get("ENVIRONMENT", "development")
    if name not in {"production", "development"}:
        raise ImproperlyConfigured(f"ENVIRONMENT={name!r}: only 'production' and 'development' exist.")
    return name == "production"


def problems_in_production(environ: Mapping[str, str]) -> list[str]:
    """One line for each thing that is missing or unsafe. Empty: production may start."""
    given = dict(environ)
    given["REDIS_URL"] = environ.get("REDIS_URL") or environ.get("CELERY_BROKER_URL", "")
    found = [f"{name} is missing: {meaning}" for name, meaning in REQUIRED.items() if not given.get(name, "").strip()]
    key = given.get("SECRET_KEY", "")
    if key and (key == DEMONSTRATION_KEY or len(key) < SECRET_KEY_LENGTH or len(set(key)) < 5):
        found.append(f"SECRET_KEY is unsafe: {REQUIRED['SECRET_KEY']}")
    if given.get("DATABASE_URL", "").startswith("sqlite"):
        found.append("DATABASE_URL is SQLite: production needs PostgreSQL")
    if "*" in given.get("ALLOWED_HOSTS", "").split(","):
        found.append("ALLOWED_HOSTS contains '*': name the hosts")
    if given.get("DEBUG", "").lower() in {"1", "true", "yes", "on"}:
        found.append("DEBUG is on: it shows settings and data to whoever meets an error")
    return found + problems_of_bucket(environ)


def refuse_unsafe_production(environ: Mapping[str, str]) -> None:
    """Raises: ImproperlyConfigured, naming everything at once, so that nobody mends it one restart at a time."""
    found = problems_in_production(environ)
    if found:
        raise ImproperlyConfigured("Production does not start:\n" + "\n".join(f"  - {line}" for line in found))


def with_engine_options(database: dict[str, Any]) -> dict[str, Any]:
    """The options without which each engine loses writes or keeps dead connections."""
    if database["ENGINE"].endswith("sqlite3"):
        # IMMEDIATE takes the write lock at BEGIN, so lock → check → write is one critical section here too; with
        # Django's DEFERRED default two such transactions fail with "database is locked" instead of waiting.
        options = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": DURABLE}
        return database | {"OPTIONS": database.get("OPTIONS", {}) | options}
    # connect_timeout in seconds: without, a server that takes the connection and hangs is waited for without end. No just-in-time
    # compiler: the lists ask many short subqueries, which it compiles for far longer than they run (the board: 20 s for 0.5 s).
    options = {"connect_timeout": 3, "options": "-c jit=off"}
    return {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True} | database | {"OPTIONS": options | database.get("OPTIONS", {})}


def redis_url(environ: Mapping[str, str], var_dir: Path) -> str:
    """The queue's address as redis-py writes it; by default the embedded queue's socket."""
    return environ.get("REDIS_URL") or environ.get("CELERY_BROKER_URL") or f"unix://{var_dir / 'queue.sock'}"


def redis_cache(url: str) -> dict[str, Any]:
    """The cache of production. A Redis that hangs is given up soon: the cache is asked while somebody waits."""
    return {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": url, "OPTIONS": {"socket_timeout": 2}}


def file_storage(environ: Mapping[str, str]) -> dict[str, Any]:
    """Where papers and files of rows are kept: the local MEDIA_ROOT, or a private bucket where S3_BUCKET names one.

    Raises: ImproperlyConfigured, naming what is wrong with the bucket's variables.
    """
    bucket = environ.get("S3_BUCKET", "")
    found = problems_of_bucket(environ)
    if found:
        raise ImproperlyConfigured("Object storage is not configured:\n" + "\n".join(f"  - {line}" for line in found))
    if not bucket:
        return {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"file_permissions_mode": 0o640}}
    options = {
        "bucket_name": bucket,
        "endpoint_url": environ.get("S3_ENDPOINT_URL") or None,
        "region_name": environ.get("S3_REGION") or None,
        "access_key": environ.get("S3_ACCESS_KEY") or None,
        "secret_key": environ.get("S3_SECRET_KEY") or None,
        "location": environ.get("S3_PREFIX", ""),
        "addressing_style": environ.get("S3_ADDRESSING") or None,
        "default_acl": None,  # the bucket's own: private
        "file_overwrite": False,
    }
    return {"BACKEND": "config.storage.PaperStorage", "OPTIONS": options}


def problems_of_bucket(environ: Mapping[str, str]) -> list[str]:
    """One line for each thing that is wrong. Keys come together, or neither where the machine has a role of its own."""
    keys = [name for name in ("S3_ACCESS_KEY", "S3_SECRET_KEY") if environ.get(name)]
    given = [name for name in ("S3_ENDPOINT_URL", "S3_REGION", "S3_PREFIX", "S3_ADDRESSING", *keys) if environ.get(name)]
    found = []
    if given and not environ.get("S3_BUCKET"):
        found.append(f"S3_BUCKET is missing, but {', '.join(dict.fromkeys(given))} is given: papers would stay in MEDIA_ROOT")
    if len(keys) == 1:
        found.append(f"{keys[0]} is given without the other: S3_ACCESS_KEY and S3_SECRET_KEY belong together")
    if environ.get("S3_ADDRESSING", "") not in {"", "path", "virtual", "auto"}:
        found.append("S3_ADDRESSING is one of path, virtual, auto")
    if is_production(environ) and environ.get("S3_ENDPOINT_URL", "").startswith("http://"):
        found.append("S3_ENDPOINT_URL is http: papers and keys would cross the network unencrypted; use https")
    return found


def broker_url(environ: Mapping[str, str], var_dir: Path) -> str:
    """The same address as Celery writes it: its scheme for a socket is another one."""
    url = environ.get("CELERY_BROKER_URL") or redis_url(environ, var_dir)
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    database = parse_qs(parts.query).get("db", ["0"])[0]
    return f"redis+socket://{parts.path}?virtual_host={database}"
