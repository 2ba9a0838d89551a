#!/usr/bin/env bash
# Installs what the tests need on Debian 12 and is not there yet: PostgreSQL 15, Chromium, a Chinese font,
# and a C compiler for the race detector.
set -euo pipefail

missing=()
[ -x /usr/lib/postgresql/15/bin/initdb ] || missing+=(postgresql-15)
command -v chromium >/dev/null || missing+=(chromium)
[ -n "$(fc-list 2>/dev/null | grep -i 'Noto Sans CJK')" ] || missing+=(fonts-noto-cjk fontconfig)
command -v gcc >/dev/null || missing+=(gcc libc6-dev)
[ ${#missing[@]} -eq 0 ] && exit 0

echo "installing: ${missing[*]}"
if [ "$(id -u)" -ne 0 ]; then
	echo "not root: please install these packages and run again: ${missing[*]}" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
# Installing PostgreSQL must not start a server of its own: the tests bring their own cluster.
mkdir -p /etc/postgresql-common
[ -f /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
apt-get update -q
apt-get install -y -q --no-install-recommends "${missing[@]}"
