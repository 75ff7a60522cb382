#!/bin/sh
# Before removing; at an upgrade the server runs until its successor is unpacked.
set -e
if [ "$1" = remove ] && [ -d /run/systemd/system ]; then
  systemctl stop gonggu || true
  systemctl disable gonggu >/dev/null 2>&1 || true
fi
exit 0
