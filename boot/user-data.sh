#!/bin/sh
# This instance fetches the Google credential configs of its IAM role, at boot and every quarter of an hour; without
# systemd, now and once, and /var/log/google-access.log has the messages. Nothing here waits for a fetch.
# Made by `rolebridge boot --print user-data`; `rolebridge boot --print script` shows the script that is packed here.
set -eu
umask 022
# An image that is being built may lie elsewhere.
root=${GOOGLE_ACCESS_ROOT:-}
mkdir -p "$root/usr/local/sbin" "$root/etc/systemd/system"

base64 -d <<'END' | gzip -d >"$root/usr/local/sbin/google-access-fetch"
@packed-script@
END
chmod 0755 "$root/usr/local/sbin/google-access-fetch"

cat >"$root/etc/systemd/system/google-access.service" <<'END'
@google-access.service@
END

cat >"$root/etc/systemd/system/google-access.timer" <<'END'
@google-access.timer@
END

if [ -n "$root" ]; then
  systemctl --root="$root" enable google-access.timer google-access.service
elif [ -d /run/systemd/system ]; then
  # This reloads systemd, too.
  systemctl enable google-access.timer google-access.service
  # Without --no-block, cloud-init (and all that waits for it) would wait for the first grant, for up to five minutes.
  systemctl start --no-block google-access.timer google-access.service
else
  # In the background, for the same reason, and with files in place of cloud-init's pipes, whose end cloud-init awaits.
  mkdir -p /var/log
  nohup /usr/local/sbin/google-access-fetch </dev/null >>/var/log/google-access.log 2>&1 &
fi
