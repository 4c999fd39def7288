#!/usr/bin/env bash
# What the tests need from the operating system: a browser, a font with Chinese, PostgreSQL's programs, what sets PDF pages.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin # ldconfig, for who is not root

missing=()
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
command -v fc-list >/dev/null && fc-list :lang=zh-cn family | grep -q . || missing+=(fontconfig fonts-noto-cjk)
compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
for library in libpango-1.0.so.0:libpango-1.0-0 libpangoft2-1.0.so.0:libpangoft2-1.0-0 libharfbuzz-subset.so.0:libharfbuzz-subset0; do
    ldconfig -p | grep -q "${library%%:*}" || missing+=("${library##*:}")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "The tests need ${missing[*]}. On Debian: sudo apt-get install ${missing[*]}" >&2
    exit 1
fi
export DEBIAN_FRONTEND=noninteractive
if [[ " ${missing[*]} " == *" postgresql "* ]]; then
    # Only the programs are wanted: the tests start their own throw-away cluster.
    mkdir -p /etc/postgresql-common
    [ -e /etc/postgresql-common/createcluster.conf ] || echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
fi
echo "Installing ${missing[*]} …"
apt-get -qq update </dev/null
apt-get -qq install -y --no-install-recommends -o Dpkg::Options::=--force-confold "${missing[@]}" </dev/null >/dev/null
