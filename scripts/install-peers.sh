#!/bin/sh
# Installs the Debian programs that the tests talk to: Zebra, YAZ, Perl ZOOM, OpenSSL, Catmandu (OAI, SRU, MARC), xmllint,
# Chromium and a CJK font; Java and Maven, by which the tests fetch and run an Elasticsearch node.
set -eu
missing=""
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need zebrasrv idzebra-2.0
need yaz-client yaz
need yaz-ztest yaz
need zoomsh yaz
need openssl openssl
need chromium chromium
need xmllint libxml2-utils
need java openjdk-17-jre-headless
need mvn maven
if command -v dpkg-query >/dev/null 2>&1; then
  for package in fonts-noto-cjk libnet-z3950-zoom-perl libcatmandu-oai-perl libcatmandu-sru-perl libcatmandu-marc-perl; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok' || missing="$missing $package"
  done
fi
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1; then
  echo "install-peers: no apt-get here; install by hand:$missing" >&2
  exit 0
fi
run=""
[ "$(id -u)" = 0 ] || run="sudo -n"
$run apt-get update -qq
# shellcheck disable=SC2086 # a list of words on purpose
$run env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
