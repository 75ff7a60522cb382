#!/bin/sh
# The county's data is not removed with the program, not even by purge, unless GONGGU_PURGE_DATA=yes says so.
set -e
if [ "$1" = purge ]; then
  rmdir /etc/gonggu 2>/dev/null || true
  if [ "${GONGGU_PURGE_DATA:-}" != yes ] && { [ -e /var/lib/gonggu/gonggu.db ] || [ -d /var/lib/gonggu/keys ]; }; then
    echo "数据仍在 /var/lib/gonggu（含密钥和备份），没有删除。确实不要了，再运行：sudo rm -r /var/lib/gonggu；sudo deluser gonggu"
  else
    rm -rf /var/lib/gonggu
    deluser --quiet --system gonggu >/dev/null 2>&1 || true
  fi
fi
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload || true
fi
exit 0
