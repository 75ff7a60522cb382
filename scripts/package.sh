#!/usr/bin/env bash
# Builds what is handed out into dist/: the .deb for amd64 and arm64, and the Windows binary.
# usage: scripts/package.sh VERSION [amd64|arm64|windows …]
set -euo pipefail
cd "$(dirname "$0")/.."
version=${1:?usage: scripts/package.sh VERSION [amd64|arm64|windows …]}
shift
[ $# -gt 0 ] || set -- amd64 arm64 windows
nfpm=github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.43.0
[ -f web/dist/index.html ] || make --no-print-directory web
mkdir -p dist .cache/package
for target in "$@"; do
  os=linux arch=$target name=gonggu
  [ "$target" != windows ] || os=windows arch=amd64 name=gonggu.exe
  stage=.cache/package/$target
  mkdir -p "$stage"
  GOOS=$os GOARCH=$arch CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$version" -o "$stage/$name" ./cmd/gonggu
  if [ "$target" = windows ]; then
    cp "$stage/$name" "dist/gonggu-$version-windows-amd64.exe"
  else
    VERSION=$version ARCH=$arch STAGE=$stage go run "$nfpm" package --config packaging/nfpm.yaml --packager deb --target "dist/gonggu_${version}_$arch.deb" >/dev/null
  fi
done
ls -l dist
