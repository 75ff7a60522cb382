#!/bin/sh
# After unpacking: the service's own user, its folder, and the service itself (started anew after an upgrade).
set -e
[ "$1" = configure ] || exit 0
if ! getent passwd gonggu >/dev/null; then
  adduser --system --group --home /var/lib/gonggu --no-create-home --gecos Gonggu gonggu >/dev/null 2>&1
fi
install -d -o gonggu -g gonggu -m 0700 /var/lib/gonggu
# The settings may hold the password of a database.
chgrp gonggu /etc/gonggu/gonggu.conf
chmod 0640 /etc/gonggu/gonggu.conf
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl enable gonggu >/dev/null 2>&1 || true
  systemctl restart gonggu || true
  if [ -z "$2" ]; then
    echo "巩固已安装并启动。初始账号和密码：sudo cat /var/lib/gonggu/first-password.txt"
  fi
fi
exit 0
