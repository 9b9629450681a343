#!/bin/sh
# Install the Debian packages that are missing, when we may; otherwise say which.
# Usage: system_packages.sh [PACKAGE ...]        without arguments: what the tests need
set -eu
if [ $# -gt 0 ]; then wanted="$*"; else
  wanted="chromium mosquitto openssl python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good gstreamer1.0-plugins-bad glib-networking"
fi
missing=""
for package in $wanted; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
run=""
if [ "$(id -u)" != 0 ]; then
  if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then run="sudo -n"; else
    echo "These system packages are missing and this account may not install them:$missing" >&2
    echo "Ask an administrator for: apt-get install$missing" >&2
    exit 1
  fi
fi
if ! command -v apt-get >/dev/null 2>&1; then
  echo "These programs are needed and there is no apt here to install them:$missing" >&2
  exit 1
fi
echo "Installing system packages:$missing"
$run env DEBIAN_FRONTEND=noninteractive sh -c 'apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@"' sh $missing >/dev/null
