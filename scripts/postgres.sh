#!/usr/bin/env bash
# Starts a throw-away PostgreSQL for the tests and writes its address to .cache/postgres.url.
# Doing it again finds the running one. `scripts/postgres.sh stop` ends it; `scripts/postgres.sh running` only asks.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .cache
cache=$PWD/.cache
url_file=$cache/postgres.url
state=$cache/postgres.dir
if [ "${1:-}" != "" ] && [ ! -f "$state" ]; then
  [ "$1" = stop ] # nothing runs: nothing to stop, and the answer to `running` is no
  exit
fi

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1 || true)
[ -n "$bin" ] || bin=$(dirname "$(command -v initdb 2>/dev/null || echo /nowhere/initdb)")
if [ ! -x "$bin/initdb" ]; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql; } >/dev/null 2>&1 </dev/null ||
      { echo "installing PostgreSQL by apt-get failed: install the package 'postgresql'" >&2; exit 1; }
    bin=$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)
  else
    echo "PostgreSQL is missing: install the package 'postgresql' (Debian: sudo apt-get install postgresql)" >&2
    exit 1
  fi
fi

# PostgreSQL refuses to run as root; then it runs as its own user, in a folder of that user's.
as=()
if [ "$(id -u)" = 0 ]; then
  id postgres >/dev/null 2>&1 || useradd --system --home /var/lib/postgresql postgres
  as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
fi

if [ -f "$state" ]; then
  dir=$(cat "$state")
  if [ "${1:-}" = stop ]; then
    (cd / && "${as[@]}" "$bin/pg_ctl" -D "$dir/data" -m immediate stop) >/dev/null 2>&1 || true
    rm -rf "$dir" "$state" "$url_file"
    exit 0
  fi
  if [ -d "$dir/data" ] && (cd / && "${as[@]}" "$bin/pg_ctl" -D "$dir/data" status >/dev/null 2>&1); then
    exit 0
  fi
  [ "${1:-}" != running ] || exit 1
  rm -rf "$dir" "$state" "$url_file"
fi

dir=$(mktemp -d /tmp/gonggu-pg.XXXXXX)
[ "$(id -u)" = 0 ] && chown postgres "$dir"
chmod 755 "$dir"
cd /
"${as[@]}" "$bin/initdb" -D "$dir/data" -U gonggu --auth=trust --encoding=UTF8 --locale=C >/dev/null
for port in $(shuf -i 20000-40000 -n 20); do
  if "${as[@]}" "$bin/pg_ctl" -D "$dir/data" -w -l "$dir/log" \
    -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$dir -c shared_buffers=256MB -c max_connections=200 -c max_wal_size=2GB -c autovacuum_naptime=10s -c max_pred_locks_per_transaction=256" \
    start >/dev/null 2>&1; then
    echo "$dir" >"$state"
    echo "postgres://gonggu@127.0.0.1:$port/postgres?sslmode=disable" >"$url_file"
    exit 0
  fi
done
echo "PostgreSQL did not start; its log:" >&2
cat "$dir/log" >&2
exit 1
