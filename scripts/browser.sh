#!/usr/bin/env bash
# Prints the path of a Chromium for the browser test, installing Debian's (and a Chinese font) when run as root without one.
set -euo pipefail
find_one() {
  for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
    [ -n "$name" ] && command -v "$name" && return 0
  done
  return 1
}
font() { ! command -v fc-list >/dev/null || [ -n "$(fc-list :lang=zh-cn | head -1)" ]; }
if ! find_one >/dev/null || ! font; then
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fontconfig fonts-noto-cjk; } >/dev/null 2>&1 </dev/null ||
      { echo "installing chromium and fonts-noto-cjk by apt-get failed" >&2; exit 1; }
  else
    echo "a browser or a Chinese font is missing: install the packages chromium and fonts-noto-cjk (Debian: sudo apt-get install chromium fonts-noto-cjk)" >&2
    exit 1
  fi
fi
find_one
