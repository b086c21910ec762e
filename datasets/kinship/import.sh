#!/usr/bin/env bash
# import.sh KITH DATABASE: the kinship graph from the CSV files beside this script.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kith=${1:?usage: import.sh KITH DATABASE} database=${2:?}
"$kith" import "$database" --nodes "$here/people.csv" --nodes "$here/places.csv" --nodes "$here/schools.csv" \
  --relationships "PARENT_OF=$here/parents.csv" --relationships "MARRIED_TO=$here/marriages.csv" \
  --relationships "LIVES_IN=$here/lives_in.csv" --relationships "STUDIED_AT=$here/studied.csv" \
  --relationships "$here/ties.csv"
