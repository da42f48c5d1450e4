"""Transfers per second: our ledger beside hand-written SQL, django-hordak and a naive ORM version, in one run.

    .venv/bin/python benchmarks/posting.py [--seconds 4] [--rounds 3] [--clients 4]

PostgreSQL only (`DATABASE_URL` names the server; default postgres://postgres@127.0.0.1:5432/postgres). Makes scratch
databases `ledger_bench_*` and drops them. Every candidate runs with the same number of client processes on two hot
accounts, one transfer a transaction; rounds take turns, so that a noisy machine is noisy for all. Exit status 1 when a
target is missed.
"""

import argparse
import os
import subprocess
import sys
import venv
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2  # type: ignore[import-untyped]

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
CANDIDATES = {
    "sql": "hand-written SQL, same rows, one statement",
    "service": "reserve.services.ledger.post",
    "hordak": "django-hordak transfer_to (no floor, key or chain)",
    "orm": "naive ORM, same rows and checks",
}
TARGETS = {"sql": 0.4, "hordak": 1.1, "orm": 3.5}


def main() -> int:
    """Run all candidates in turn and compare."""
    options = _options()
    server = os.environ.get("DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
    names = {kind: f"ledger_bench_{kind}_{os.getpid()}" for kind in ("ours", "hordak")}
    urls = {kind: urlunsplit(urlsplit(server)._replace(path=f"/{name}")) for kind, name in names.items()}
    pythons = {"ours": sys.executable, "hordak": str(options.hordak_python or _hordak_python())}
    for name in names.values():
        _administer(server, f"CREATE DATABASE {name}")
    try:
        for kind, url in urls.items():
            _finish(_client(pythons[kind], kind, "setup", url))
        done = dict.fromkeys(CANDIDATES, 0)
        for _ in range(options.rounds):
            for candidate in CANDIDATES:
                kind = "hordak" if candidate == "hordak" else "ours"
                done[candidate] += _round(pythons[kind], kind, candidate, urls[kind], options)
        verdict = _finish(_client(pythons["ours"], "ours", "verify", urls["ours"]))
    finally:
        for name in names.values():
            _administer(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    rates = {candidate: count / (options.rounds * options.seconds) for candidate, count in done.items()}
    return _report(rates, verdict, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--hordak-python", type=Path, help="an interpreter that has benchmarks/requirements-posting.txt")
    return parser.parse_args()


def _hordak_python() -> Path:
    """The interpreter of a throwaway environment, made when it is not there."""
    home = ROOT / "var" / "bench-venv"
    python = home / "bin" / "python"
    if not python.exists():
        venv.create(home, with_pip=True)
        requirements = str(HERE / "requirements-posting.txt")
        subprocess.run([python, "-m", "pip", "install", "-q", "-r", requirements], check=True)
    return python


def _administer(server: str, statement: str) -> None:
    connection = psycopg2.connect(server)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


def _client(python: str, kind: str, what: str, url: str, *, seconds: float = 0) -> subprocess.Popen[str]:
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": path}
    return subprocess.Popen(
        [python, str(HERE / f"posting_{kind}.py"), what, str(seconds)],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _round(python: str, kind: str, candidate: str, url: str, options: argparse.Namespace) -> int:
    """Start the clients, let them go together, add up what they did."""
    clients = [_client(python, kind, candidate, url, seconds=options.seconds) for _ in range(options.clients)]
    for client in clients:
        assert client.stdout is not None
        if client.stdout.readline().strip() != "ready":
            raise SystemExit(f"a {candidate} client did not start")
    for client in clients:
        assert client.stdin is not None
        client.stdin.write("go\n")
        client.stdin.flush()
    return sum(int(_finish(client)) for client in clients)


def _finish(client: subprocess.Popen[str]) -> str:
    output, _ = client.communicate(timeout=600)
    if client.returncode:
        raise SystemExit(f"{client.args!r} failed")
    return output.strip().splitlines()[-1] if output.strip() else ""


def _report(rates: dict[str, float], verdict: str, options: argparse.Namespace) -> int:
    print(f"{options.clients} clients, {options.rounds} rounds of {options.seconds:g} s, two hot accounts, transfers per second:")
    for candidate, rate in rates.items():
        print(f"  {candidate:8} {rate:8.0f}   {CANDIDATES[candidate]}")
    failed = False
    for candidate, target in TARGETS.items():
        ratio = rates["service"] / rates[candidate]
        failed |= ratio < target
        print(f"  service / {candidate:7} {ratio:6.2f}   target {target:.1f}   {'PASS' if ratio >= target else 'FAIL'}")
    print(f"  verify_ledger of what the service wrote: {verdict}")
    return int(failed or not verdict.startswith("OK"))


if __name__ == "__main__":
    sys.exit(main())
