"""What the environment decides, and what production refuses to start without."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env

BASE = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "ENVIRONMENT": "production",
    "SECRET_KEY": "kR7-" + "abcdefghij0123456789" * 3,
    "ALLOWED_HOSTS": "reserve.example",
    "DATABASE_URL": "postgres://reserve:pw@db:5432/reserve",
    "REDIS_URL": "redis://redis:6379/0",
}


def manage(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=BASE, env=clean | environ, capture_output=True, text=True, check=False
    )


def test_complete_production_has_no_problem() -> None:
    assert env.problems_in_production(PRODUCTION) == []


@pytest.mark.parametrize("name", ["SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL"])
def test_production_names_what_is_missing(name: str) -> None:
    found = env.problems_in_production({key: value for key, value in PRODUCTION.items() if key != name})
    assert len(found) == 1
    assert found[0].startswith(f"{name} is missing")


def test_everything_missing_is_named_at_once() -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        env.refuse_unsafe_production({})
    assert all(name in str(refusal.value) for name in env.REQUIRED)


@pytest.mark.parametrize(
    "name, value",
    [
        ("SECRET_KEY", env.DEMONSTRATION_KEY),
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "x" * 60),
        ("DATABASE_URL", "sqlite:///db.sqlite3"),
        ("ALLOWED_HOSTS", "*"),
        ("DEBUG", "1"),
    ],
)
def test_production_refuses_what_is_unsafe(name: str, value: str) -> None:
    assert env.problems_in_production(PRODUCTION | {name: value})


def test_another_broker_replaces_redis_url() -> None:
    given = {key: value for key, value in PRODUCTION.items() if key != "REDIS_URL"} | {"CELERY_BROKER_URL": "redis://q:6379/1"}
    assert env.problems_in_production(given) == []
    assert env.broker_url(given, BASE) == "redis://q:6379/1"


@pytest.mark.parametrize(
    "environ, broker",
    [
        ({}, "redis+socket:///v/queue.sock?virtual_host=0"),
        ({"REDIS_URL": "unix:///s/q.sock?db=3"}, "redis+socket:///s/q.sock?virtual_host=3"),
        ({"REDIS_URL": "redis://h:6379/5"}, "redis://h:6379/5"),
        ({"REDIS_URL": "redis://h:6379/5", "CELERY_BROKER_URL": "amqp://q"}, "amqp://q"),
    ],
)
def test_the_queue_address_in_the_words_of_celery(environ: dict[str, str], broker: str) -> None:
    assert env.broker_url(environ, Path("/v")) == broker


def test_a_misspelt_environment_is_a_mistake_not_development() -> None:
    with pytest.raises(ImproperlyConfigured, match="prodution"):
        env.is_production({"ENVIRONMENT": "prodution"})


def test_production_without_secrets_does_not_start() -> None:
    result = manage("check", ENVIRONMENT="production")
    assert result.returncode != 0
    assert "SECRET_KEY is missing" in result.stderr


@pytest.mark.slow
def test_check_deploy_is_clean() -> None:
    result = manage("check", "--deploy", "--fail-level", "INFO", **PRODUCTION)
    assert result.returncode == 0, result.stderr


@pytest.mark.slow
def test_static_files_are_collected_under_hashed_names(tmp_path: Path) -> None:
    result = manage("collectstatic", "--noinput", STATIC_ROOT=str(tmp_path), **PRODUCTION)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "staticfiles.json").exists()
    assert list(tmp_path.rglob("*.css.gz"))
    # root collects them when the image is built, another user serves them
    assert [path for path in tmp_path.rglob("*") if path.is_file() and not path.stat().st_mode & stat.S_IROTH] == []


# --- object storage


def test_without_a_bucket_papers_stay_in_the_folder() -> None:
    found = env.file_storage({})
    assert found["BACKEND"] == "django.core.files.storage.FileSystemStorage"
    assert found["OPTIONS"] == {"file_permissions_mode": 0o640}


def test_with_a_bucket_they_go_there_privately_and_overwrite_nothing() -> None:
    found = env.file_storage({"S3_BUCKET": "papers", "S3_REGION": "cn-south-1", "S3_ACCESS_KEY": "a", "S3_SECRET_KEY": "b"})
    assert found["BACKEND"] == "config.storage.PaperStorage"
    options = found["OPTIONS"]
    assert (options["bucket_name"], options["region_name"], options["access_key"]) == ("papers", "cn-south-1", "a")
    assert (options["default_acl"], options["file_overwrite"], options["endpoint_url"]) == (None, False, None)


@pytest.mark.parametrize(
    "given, said",
    [
        ({"S3_REGION": "cn-south-1"}, "S3_BUCKET is missing"),
        ({"S3_BUCKET": "papers", "S3_ACCESS_KEY": "a"}, "S3_ACCESS_KEY is given without the other"),
        ({"S3_BUCKET": "papers", "S3_SECRET_KEY": "a"}, "S3_SECRET_KEY is given without the other"),
        ({"S3_BUCKET": "papers", "S3_ADDRESSING": "dns"}, "S3_ADDRESSING is one of"),
        ({"S3_BUCKET": "papers", "S3_ENDPOINT_URL": "http://minio:9000"}, "S3_ENDPOINT_URL is http"),
    ],
)
def test_a_half_configured_bucket_is_refused_by_name(given: dict[str, str], said: str) -> None:
    [found] = env.problems_in_production(PRODUCTION | given)
    assert said in found
    with pytest.raises(ImproperlyConfigured, match="Object storage"):
        env.file_storage(PRODUCTION | given)
