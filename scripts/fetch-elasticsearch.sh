#!/bin/sh
# Fetches Elasticsearch's minimal node (the distribution that its own plug-in tests run) through Maven into a cache
# folder and prints where the archive lies. Usage: fetch-elasticsearch.sh VERSION
set -eu
version="$1"
folder="${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/wenyuan"
archive="$folder/elasticsearch-$version.zip"
if [ ! -f "$archive" ]; then
  command -v mvn >/dev/null 2>&1 || { echo "fetch-elasticsearch: mvn is not installed" >&2; exit 3; }
  mkdir -p "$folder"
  part="$(mktemp -d "$folder/part.XXXXXX")"
  trap 'rm -rf "$part"' EXIT
  mvn -q -B org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
    -Dartifact="org.elasticsearch.distribution.integ-test-zip:elasticsearch:$version:zip" \
    -DoutputDirectory="$part" </dev/null >&2
  mv "$part/elasticsearch-$version.zip" "$archive"
fi
echo "$archive"
