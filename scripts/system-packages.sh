#!/bin/sh
# Installs missing Debian packages where this user may (root, or sudo without a password). Never fails: it says what
# stays missing and what that means. Usage: sh scripts/system-packages.sh pdf|browser ...
set -u

needed=""
want() { dpkg -s "$1" >/dev/null 2>&1 || needed="$needed $1"; }

command -v apt-get >/dev/null 2>&1 && command -v dpkg >/dev/null 2>&1 || exit 0
for group in "$@"; do
    case $group in
        pdf) want libpango-1.0-0; want libpangoft2-1.0-0; want libharfbuzz-subset0 ;;
        browser) command -v chromium >/dev/null 2>&1 || command -v chromium-browser >/dev/null 2>&1 || want chromium ;;
        *) echo "unknown group: $group" >&2; exit 2 ;;
    esac
done
[ -n "$needed" ] || exit 0

if [ "$(id -u)" = 0 ]; then as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then as_root="sudo -n"
else
    echo "Note: missing system packages:$needed (PDF or browser tests need them): sudo apt-get install$needed" >&2
    exit 0
fi
log=$(mktemp)
echo "Installing system packages:$needed ..."
install() {
    # shellcheck disable=SC2086  two lists of words
    $as_root env DEBIAN_FRONTEND=noninteractive timeout 300 apt-get install -y -q --no-install-recommends $needed </dev/null >>"$log" 2>&1
}
# The package list of a new machine is empty or old: try as it is, else refresh it once.
if ! install; then
    $as_root timeout 120 apt-get update -q </dev/null >>"$log" 2>&1
    if ! install; then
        echo "Note: could not install$needed (see $log); PDF or browser tests need them." >&2
        exit 0
    fi
fi
rm -f "$log"
