"""`scripts/run.py` leaves nobody behind."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.conftest import until

FILE = Path(__file__).resolve().parents[2] / "scripts" / "run.py"
PARENT = "import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {child!r}]); print(child.pid, flush=True); child.wait()"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
GENTLE = "import time; time.sleep(60)"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("run_script", FILE)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "STOP_SECONDS", 1)
    return module


def alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads /proc")
@pytest.mark.parametrize("child", [GENTLE, DEAF])
def test_stopping_ends_children_of_children_even_deaf_ones(run: ModuleType, capsys: pytest.CaptureFixture[str], child: str) -> None:
    supervisor = run.Supervisor()
    supervisor.start("parent", sys.executable, "-c", PARENT.format(child=child))
    printed = ""

    def told() -> bool:
        nonlocal printed
        printed += capsys.readouterr().out
        return "parent | " in printed and printed.endswith("\n")

    until(told, "the parent tells its child's number")
    grandchild = int(printed.split("|")[1])
    assert alive(grandchild)
    supervisor.stop()
    until(lambda: not alive(grandchild), "the grandchild is gone", 5)


def test_a_process_that_ends_is_noticed_by_name(run: ModuleType) -> None:
    supervisor = run.Supervisor()
    supervisor.start("steady", sys.executable, "-c", GENTLE)
    supervisor.start("brief", sys.executable, "-c", "")
    until(lambda: supervisor.first_dead() == "brief", "the brief one has ended")
    supervisor.stop()


def test_waiting_for_something_ends_when_a_process_dies(run: ModuleType) -> None:
    supervisor = run.Supervisor()
    supervisor.start("brief", sys.executable, "-c", "")
    with pytest.raises(SystemExit, match="brief ended before the page answered"):
        run.wait_for("the page", 30, supervisor, lambda: False)
    supervisor.stop()


def test_a_port_in_use_is_named_with_the_way_out(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(run, "PORT", taken.getsockname()[1])
        with pytest.raises(SystemExit, match="PORT=8001"):
            run.require_free_port()


def test_every_demonstration_login_is_printed(run: ModuleType) -> None:
    for name in ["province", "science", "centre", "town", "bank", "auditor", "sysadmin", "secadmin", "auditadmin", "client"]:
        assert name in run.PEOPLE
