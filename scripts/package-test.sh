#!/usr/bin/env bash
# Installs, starts, upgrades, removes and purges the .deb on this machine (root; leaves nothing behind). Not part of
# `make test`: it fetches nfpm and adds a system user for the while.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "run as root" >&2; exit 1; }
if dpkg -s gonggu >/dev/null 2>&1 || [ -e /var/lib/gonggu ]; then echo "gonggu is installed here: not on this machine" >&2; exit 1; fi
arch=$(dpkg --print-architecture)
old=0.0.1 new=0.0.2 port=${PORT:-18109}
say() { printf '== %s\n' "$*"; }
fail() { echo "package-test: $*" >&2; exit 1; }

pid=
stop() { [ -z "$pid" ] || { kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; pid=; }; }
finish() { stop; GONGGU_PURGE_DATA=yes dpkg --purge gonggu >/dev/null 2>&1 || true; rm -f "dist/gonggu_${old}_$arch.deb" "dist/gonggu_${new}_$arch.deb"; }
trap finish EXIT

# Where no systemd runs, the unit's own command is started as its user, in its environment.
start() {
  command=$(sed -n 's/^ExecStart=//p' /lib/systemd/system/gonggu.service)
  (
    set -a
    eval "$(sed -n 's/^Environment=//p' /lib/systemd/system/gonggu.service)"
    . /etc/gonggu/gonggu.conf
    set +a
    cd /var/lib/gonggu
    exec setpriv --reuid=gonggu --regid=gonggu --clear-groups sh -c "umask 077; exec $command"
  ) >.cache/package/server.log 2>&1 &
  pid=$!
  for _ in $(seq 100); do
    if curl -fs "http://127.0.0.1:$port/api/health" >/dev/null; then return; fi
    sleep 0.2
  done
  cat .cache/package/server.log >&2
  fail "the server did not start"
}

say "building $old and $new"
for v in $old $new; do scripts/package.sh $v "$arch" >/dev/null; done
if command -v systemd-analyze >/dev/null; then
  # The unit names a binary that is not installed yet: only that may be complained about.
  bad=$(systemd-analyze verify packaging/gonggu.service 2>&1 | grep -i 'gonggu.service' | grep -vi 'not executable' || true)
  [ -z "$bad" ] || fail "the unit: $bad"
fi

say "installing $old"
dpkg -i "dist/gonggu_${old}_$arch.deb" >/dev/null
gonggu version | grep -q "^gonggu $old " || fail "version: $(gonggu version)"
[ "$(stat -c %U:%a /var/lib/gonggu)" = gonggu:700 ] || fail "data folder: $(stat -c %U:%a /var/lib/gonggu)"
[ "$(stat -c %G:%a /etc/gonggu/gonggu.conf)" = gonggu:640 ] || fail "settings: $(stat -c %G:%a /etc/gonggu/gonggu.conf)"
sed -i "s/^GONGGU_LISTEN=.*/GONGGU_LISTEN=127.0.0.1:$port/" /etc/gonggu/gonggu.conf
start
[ "$(stat -c %U:%a /var/lib/gonggu/first-password.txt)" = gonggu:600 ] || fail "the first password lies open"
if grep -qF "$(cut -d' ' -f2 /var/lib/gonggu/first-password.txt)" .cache/package/server.log; then fail "the first password stands in the log"; fi
if gonggu verify --data /var/lib/gonggu >/dev/null 2>&1; then fail "root worked in the service's folder"; fi
setpriv --reuid=gonggu --regid=gonggu --clear-groups gonggu verify --data /var/lib/gonggu >/dev/null || fail "verify beside the server"
before=$(sha256sum /var/lib/gonggu/keys/seal.json)
stop

say "upgrading to $new"
dpkg -i "dist/gonggu_${new}_$arch.deb" >/dev/null
gonggu version | grep -q "^gonggu $new " || fail "version: $(gonggu version)"
grep -q "127.0.0.1:$port" /etc/gonggu/gonggu.conf || fail "the settings were overwritten"
start
[ "$(sha256sum /var/lib/gonggu/keys/seal.json)" = "$before" ] || fail "the keys changed"
setpriv --reuid=gonggu --regid=gonggu --clear-groups gonggu backup --data /var/lib/gonggu --to /var/lib/gonggu/backups | grep -q 备份完成 || fail "backup beside the server"
stop

say "removing"
dpkg -r gonggu >/dev/null
[ ! -e /usr/bin/gonggu ] || fail "the binary is still there"
[ -e /var/lib/gonggu/gonggu.db ] || fail "the data went with the program"
say "purging keeps the data unless asked"
dpkg --purge gonggu | grep -q 数据仍在 || fail "purge did not say that the data stays"
[ -e /var/lib/gonggu/gonggu.db ] || fail "purge removed the data unasked"
dpkg -i "dist/gonggu_${new}_$arch.deb" >/dev/null
GONGGU_PURGE_DATA=yes dpkg --purge gonggu >/dev/null
[ ! -e /var/lib/gonggu ] || fail "purge left the data though it was asked"
if getent passwd gonggu >/dev/null; then fail "the user is still there"; fi
echo "package-test: all passed"
