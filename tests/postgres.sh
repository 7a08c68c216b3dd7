#!/bin/sh
# Starts a throw-away PostgreSQL on a socket of its own, asks it about every SQL text of the server, and takes it away again.
# It needs the programs of PostgreSQL 15 or newer, on the PATH or where Debian puts them. As root it runs them as `postgres`.
set -eu
cd "$(dirname "$0")/.."

for folder in /usr/lib/postgresql/*/bin; do PATH="$PATH:$folder"; done
command -v initdb pg_ctl >/dev/null || { echo "PostgreSQL is not installed" >&2; exit 1; }

place=$(mktemp -d)
as() { "$@"; }
if [ "$(id -u)" = 0 ]; then
    chown postgres "$place"
    as() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }
fi
stop() {
    as pg_ctl -D "$place/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$place"
}
trap stop EXIT
trap 'exit 1' HUP INT TERM

(
    cd "$place"
    as initdb -D "$place/data" -U postgres --auth=trust --encoding=UTF8 --no-sync >/dev/null
    as pg_ctl -D "$place/data" -l "$place/log" -w -o "-c listen_addresses='' -c unix_socket_directories='$place' -c fsync=off" start >/dev/null
)
AI_SETU_TEST_POSTGRES_URL="host=$place user=postgres dbname=postgres" cargo test --package aisetu-tests --test postgres -- --ignored >"$place/output" 2>&1 || {
    cat "$place/output" >&2
    exit 1
}
cat "$place/output"
# A test that is no longer there passes too.
grep -q '^test result: ok. 1 passed' "$place/output"
