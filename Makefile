# Gonggu: `make run` shows it, `make test` proves it. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# One set of flags for building, vetting and testing: they share what was compiled.
export CGO_ENABLED := 0
export GOFLAGS := -trimpath

HOUSEHOLDS ?= 3000
LISTEN ?= 127.0.0.1:8080
DEMO := .cache/demo-$(HOUSEHOLDS)

# What each stamp is made of: nothing is built again unless one of these changed.
go_files := $(shell find cmd internal packs web go.mod go.sum \( -name node_modules -o -name dist -o -name testdata \) -prune -o -type f \( -name '*.go' -o -name '*.sql' -o -name '*.yaml' -o -name '*.csv' -o -name 'go.*' \) ! -name '*_test.go' -print)
web_files := $(shell find web \( -name node_modules -o -name dist -o -name test \) -prune -o -type f ! -name '*.go' ! -name '*.tsbuildinfo' -print)

.PHONY: help run test gen build web postgres bench clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 12

run: build ## set everything up and serve a demonstration county (HOUSEHOLDS=3000 LISTEN=127.0.0.1:8080)
	@grep -qs '"complete": true' $(DEMO)/demo.json || bin/gonggu demo --data $(DEMO) --households $(HOUSEHOLDS)
	@exec bin/gonggu serve --data $(DEMO) --listen $(LISTEN)

test: ## everything that is checked, on both engines and in a browser; ends with one countable line
	@scripts/test.sh

gen: .cache/npm.stamp ## write api/openapi.json and the web's types from the code
	go run ./cmd/gonggu openapi >.cache/openapi.json
	mv .cache/openapi.json api/openapi.json
	cd web && npm run --silent types

build: bin/gonggu ## the web desk, then the one binary bin/gonggu

web: web/dist/index.html ## the web desk only

postgres: ## start the throw-away PostgreSQL of the tests (scripts/postgres.sh stop ends it)
	scripts/postgres.sh

bench: ## the benchmarks beside the code, one short pass
	go test -run '^$$' -bench . -benchtime 1x -timeout 20m ./...

clean: ## remove what was built and the demonstrations
	-scripts/postgres.sh stop
	rm -rf bin .cache web/node_modules web/packages/*/node_modules web/apps/*/node_modules e2e/node_modules
	find web/dist -mindepth 1 ! -name .keep -delete

.cache/npm.stamp: web/package.json web/package-lock.json
	@mkdir -p .cache
	cd web && npm ci --no-fund --no-audit --loglevel=error
	@touch $@

web/dist/index.html: .cache/npm.stamp $(web_files)
	cd web && npm run --silent build
	@touch $@

bin/gonggu: web/dist/index.html $(go_files)
	go build -o $@ ./cmd/gonggu
