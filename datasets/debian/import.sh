#!/usr/bin/env bash
# import.sh KITH CSV_FOLDER DATABASE: the package graph from the files of make_csv.sh.
set -euo pipefail
kith=${1:?usage: import.sh KITH CSV_FOLDER DATABASE} csv=${2:?} database=${3:?}
arguments=(--nodes "$csv/packages.csv" --nodes "Maintainer=$csv/maintainers.csv"
  --nodes "Section=$csv/sections.csv" --nodes "Tag=$csv/tags.csv" --ignore-empty-strings)
for type in DEPENDS PRE_DEPENDS RECOMMENDS SUGGESTS CONFLICTS PROVIDES MAINTAINED_BY IN_SECTION HAS_TAG; do
  arguments+=(--relationships "$type=$csv/$type.csv")
done
"$kith" import "$database" "${arguments[@]}"
