#!/usr/bin/env bash
# make_csv.sh FOLDER: this machine's Debian package metadata as node and relationship CSV files.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=${1:?usage: make_csv.sh FOLDER}
mkdir -p "$out"
if [ "$(apt-cache dumpavail | head -c 1 | wc -c)" -eq 0 ]; then
  echo "no package lists yet: running apt-get update"
  if [ "$(id -u)" -eq 0 ]; then apt-get update -qq; else sudo apt-get update -qq; fi
fi
apt-cache dumpavail | LC_ALL=C.UTF-8 awk -v out="$out" -f "$here/packages.awk"
for file in "$out"/*.csv; do printf '%9d rows  %s\n' "$(($(wc -l <"$file") - 1))" "$(basename "$file")"; done
