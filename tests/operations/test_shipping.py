"""Dockerfile, docker-compose.yml, CI and locks name things that exist and agree with each other."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from config import env
from config.celery import app

BASE = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((BASE / "docker-compose.yml").read_text())
DOCKERFILE = (BASE / "Dockerfile").read_text()
OURS = ("migrate", "web", "worker", "beat")


def test_the_services_of_the_compose_file() -> None:
    assert set(COMPOSE["services"]) == {"db", "redis", *OURS}


@pytest.mark.parametrize("name", OURS)
def test_each_service_of_ours_gets_all_that_production_requires(name: str) -> None:
    environment = COMPOSE["services"][name]["environment"]
    assert set(env.REQUIRED) <= set(environment)
    assert environment["ENVIRONMENT"] == "production"


def test_no_secret_has_a_default() -> None:
    values = re.findall(r"\$\{(\w*(?:SECRET|PASSWORD)\w*)(.*?)\}", (BASE / "docker-compose.yml").read_text())
    assert values
    assert all(rest.startswith(":?") or rest == ":-" for _, rest in values)  # asked for, or empty where it is not needed


def test_the_example_names_every_variable_of_the_compose_file_and_keeps_secrets_empty() -> None:
    example = dict(line.split("=", 1) for line in (BASE / ".env.example").read_text().splitlines() if "=" in line and line[0] != "#")
    assert set(re.findall(r"\$\{(\w+)", (BASE / "docker-compose.yml").read_text())) == set(example)
    assert [name for name, value in example.items() if value and ("SECRET" in name or "PASSWORD" in name)] == []


def test_every_volume_is_declared() -> None:
    used = {mount.split(":")[0] for service in COMPOSE["services"].values() for mount in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])


def test_nothing_waits_for_a_check_that_does_not_exist() -> None:
    for service in COMPOSE["services"].values():
        for other, wait in service.get("depends_on", {}).items():
            if wait["condition"] == "service_healthy":
                assert "test" in COMPOSE["services"][other]["healthcheck"]


def test_commands_name_files_programs_and_the_celery_application_that_exist() -> None:
    commands = [COMPOSE["services"][name].get("command", []) for name in OURS]
    commands += [COMPOSE["services"]["web"]["healthcheck"]["test"][1:]]
    commands += [re.findall(r'"([^"]*)"', line) for line in DOCKERFILE.splitlines() if "CMD [" in line]
    for command in filter(None, commands):
        assert shutil.which(command[0]) or (BASE / ".venv" / "bin" / command[0]).exists(), command
        assert all((BASE / word).exists() for word in command if word.endswith(".py")), command
    assert app.main == "config"


def test_the_image_copies_files_that_exist_and_installs_by_hash() -> None:
    sources = [line.split()[1] for line in DOCKERFILE.splitlines() if line.startswith("COPY ") and "--from" not in line]
    assert sources
    assert all((BASE / source).exists() for source in sources)
    assert "--require-hashes" in DOCKERFILE
    assert re.search(r"^USER (?!root)", DOCKERFILE, re.M)


def test_the_image_and_the_scripts_install_the_same_libraries_for_pdf() -> None:
    wanted = set(re.findall(r"want (lib\S+?);?\s", (BASE / "scripts" / "system-packages.sh").read_text()))
    assert wanted == set(re.findall(r"(lib(?:pango|harfbuzz)\S+)", DOCKERFILE))


@pytest.mark.parametrize("name", ["runtime", "demo", "dev"])
def test_a_lock_has_a_hash_for_each_package_and_no_address(name: str) -> None:
    text = (BASE / "requirements" / f"{name}.lock").read_text()
    entries = re.split(r"\n(?=[a-z0-9])", text)
    assert len(entries) > 40
    assert all("--hash=sha256:" in entry for entry in entries)
    assert not re.search(r"://|--(extra-)?index|--find-links|--trusted", text)


@pytest.mark.parametrize("script", [".ci/run", "scripts/setup.sh", "scripts/system-packages.sh"])
def test_a_script_can_be_read_by_its_shell(script: str) -> None:
    path = BASE / script
    shell = "bash" if "bash" in path.read_text().splitlines()[0] else "sh"
    assert subprocess.run([shell, "-n", path], check=False).returncode == 0
    assert script != ".ci/run" or os.access(path, os.X_OK)
