#!/usr/bin/env bash
# What `make test` does, step by step; the first step that fails ends it. It brings PostgreSQL and a browser along, stops the
# PostgreSQL that it started, and closes with one line of counts.
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p .cache/test
out=$PWD/.cache/test
began=$SECONDS

step() { printf '\n== %s (%ds)\n' "$1" $((SECONDS - began)); }
fail() { printf 'make test: %s\n' "$*" >&2; exit 1; }

# A PostgreSQL that was running before is somebody's: it stays.
mine=no
scripts/postgres.sh running || mine=yes
finish() { [ $mine = no ] || scripts/postgres.sh stop; }
trap finish EXIT

step "PostgreSQL and a browser"
scripts/postgres.sh
CHROMIUM=$(scripts/browser.sh)
export CHROMIUM

step "formatting"
bad=$(gofmt -l cmd internal packs web/*.go)
[ -z "$bad" ] || fail "not formatted by gofmt: $bad"
go vet ./...

step "the desk: packages, types, build"
make --no-print-directory build
(cd web && npm run --silent check)

step "the program for Windows"
GOOS=windows GOARCH=amd64 go build -o "$out/gonggu.exe" ./cmd/gonggu

step "what is generated is what is committed"
bin/gonggu openapi >"$out/openapi.json"
cmp "$out/openapi.json" api/openapi.json || fail "api/openapi.json is stale: run make gen"
(cd web && npx --no-install openapi-typescript "$out/openapi.json" -o "$out/schema.d.ts" >/dev/null)
cmp "$out/schema.d.ts" web/packages/api/src/schema.d.ts || fail "web/packages/api/src/schema.d.ts is stale: run make gen"

step "the pack: lint and its own cases"
bin/gonggu pack lint
bin/gonggu pack test | tee "$out/pack.log" | tail -n 3

step "Go, on SQLite and PostgreSQL"
go test -v -timeout 18m ./... 2>&1 | tee "$out/go.log" | grep -vE '^ *=== (RUN|PAUSE|CONT|NAME)'

step "TypeScript"
(cd web && npm test --silent 2>&1) | tee "$out/vitest.log"

step "the whole product in a browser"
[ -e e2e/node_modules/playwright-core ] || (cd e2e && npm ci --no-fund --no-audit --loglevel=error)
(cd e2e && npm test --silent 2>&1) | tee "$out/e2e.log"

count() { grep -cE "$1" "$2" || true; }
vitest=$(sed 's/\x1b\[[0-9;]*m//g' "$out/vitest.log" | sed -nE 's/^ *Tests +([0-9]+) passed.*/\1/p' | awk "{ n += \$1 } END { print n + 0 }")
browser=$(sed -nE 's/^(# |ℹ )pass ([0-9]+)$/\2/p' "$out/e2e.log" | tail -n 1)
printf '\nmake test: all passed: %d Go tests (%d with subtests), %d TypeScript tests, %d browser tests, %d s\n' \
  "$(count '^--- PASS' "$out/go.log")" "$(count '^ *--- PASS' "$out/go.log")" "$vitest" "${browser:-0}" $((SECONDS - began))
