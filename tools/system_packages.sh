#!/usr/bin/env bash
# What the tests need from the operating system: a browser, a font with Chinese, PostgreSQL's programs, what sets PDF pages.
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin # ldconfig, for who is not root

missing=()
# The browser without its windows does the same in a third of the time; where it cannot be had, one with windows will do.
if ! command -v chromium-headless-shell >/dev/null; then
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null && apt-get -qq update </dev/null >/dev/null 2>&1 &&
        apt-cache show chromium-headless-shell >/dev/null 2>&1; then
        missing+=(chromium-headless-shell)
    elif ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null && ! command -v google-chrome >/dev/null; then
        missing+=(chromium)
    fi
fi
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
