#!/usr/bin/env bash
# check.sh KITH DATABASE: the demo's answers against counts made from the same package metadata with
# grep, sed, awk, sort, join and comm; status 1 if one differs.
set -euo pipefail
kith=${1:?usage: check.sh KITH DATABASE} database=${2:?}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export LC_ALL=C
bad=0

compare() {  # compare "what" "counted with standard tools" "statement"
  local answer
  answer=$("$kith" shell "$database" --read-only --format csv -c ".headers off" -c "$3")
  if [ "$answer" = "$2" ]; then
    printf 'ok         %-58s %s\n' "$1" "$(tr '\n' ' ' <<<"$answer" | cut -c1-60)"
  else
    printf 'DIFFERENT  %s\n  counted: %s\n  kith:    %s\n' "$1" "$2" "$answer"
    bad=1
  fi
}

# field FIELD…: "package <tab> name" of every item of these fields, once each.
field() {
  local pattern
  pattern=$(IFS='|'; echo "$*")
  grep -E "^(Package|$pattern):" "$work/avail" |
    sed -nE "/^Package: /{s///;h;b};s/^[A-Za-z-]*: *//;s/ *[(][^)]*[)]//g;s/:[a-z0-9]+//g;s/ *[|] */, /g;G;p" |
    awk 'NR % 2 { line = $0; next } { n = split(line, names, /, */); for (i = 1; i <= n; i++) if (names[i] != "") print $0 "\t" names[i] }' |
    sort -u
}

apt-cache dumpavail >"$work/avail"
grep '^Package: ' "$work/avail" | sed 's/^Package: //' | sort -u >"$work/packages"
field Depends >"$work/depends"
join -t $'\t' -1 2 -2 1 -o 1.1,1.2 <(sort -t $'\t' -k2,2 "$work/depends") "$work/packages" | sort -u >"$work/real_depends"

compare "packages" "$(wc -l <"$work/packages")" "MATCH (p:Package) RETURN count(*) AS n;"
compare "maintainers" "$(grep '^Maintainer:' "$work/avail" | sed -E 's/^Maintainer: [^<]*<([^>]*)>.*/\1/' | tr '[:upper:]' '[:lower:]' | sort -u | wc -l)" \
  "MATCH (m:Maintainer) RETURN count(*) AS n;"
compare "pairs of packages joined by Depends" "$(wc -l <"$work/depends")" \
  "MATCH (p:Package)-[:DEPENDS]->(d) WITH DISTINCT p, d RETURN count(*) AS n;"
compare "most depended-on packages" \
  "$(cut -f2 "$work/real_depends" | sort | uniq -c | sort -k1,1nr -k2,2 | head -10 | awk '{print $2 "," $1}')" \
  "MATCH (p:Package)-[:DEPENDS]->(d:Package)
   RETURN d.name AS package, count(DISTINCT p) AS dependents ORDER BY dependents DESC, package LIMIT 10;"
compare "what git pulls in" \
  "$(field Depends Pre-Depends | join -t $'\t' -1 2 -2 1 -o 1.1,1.2 <(sort -t $'\t' -k2,2 /dev/stdin) "$work/packages" |
    awk -F '\t' '{ to[$1] = to[$1] " " $2 } END { queue[n = 1] = "git"; for (i = 1; i <= n; i++) { k = split(to[queue[i]], next_, " ");
      for (j = 1; j <= k; j++) if (!(next_[j] in seen)) { seen[next_[j]] = 1; queue[++n] = next_[j] } } print length(seen) }')" \
  "MATCH (:Package {name: 'git'})-[:DEPENDS|PRE_DEPENDS*1..]->(d:Package) RETURN count(DISTINCT d) AS n;"
compare "packages that need libcurl4 but not libssl3 themselves" \
  "$(comm -23 <(awk -F '\t' '$2 == "libcurl4" {print $1}' "$work/depends" | sort) \
    <(awk -F '\t' '$2 == "libssl3" {print $1}' "$work/depends" | sort) | wc -l)" \
  "MATCH (p:Package)-[:DEPENDS]->(:Package {name: 'libcurl4'})-[:DEPENDS]->(ssl:Package {name: 'libssl3'})
   WHERE NOT (p)-[:DEPENDS]->(ssl) RETURN count(DISTINCT p) AS n;"
compare "ways of two steps to libssl3" \
  "$(awk -F '\t' 'NR == FNR { if ($2 == "libssl3") via[$1] = 1; next } ($2 in via) { count[$2]++ } END { for (v in count) print v "," count[v] }' \
    "$work/depends" "$work/depends" | sort -t, -k2,2nr -k1,1 | head -5)" \
  "MATCH (p:Package)-[:DEPENDS]->(via:Package)-[:DEPENDS]->(:Package {name: 'libssl3'})
   RETURN via.name AS through, count(DISTINCT p) AS packages ORDER BY packages DESC, through LIMIT 5;"
compare "cycles of three packages" \
  "$(awk -F '\t' '{ to[$1] = to[$1] " " $2; has[$1, $2] = 1 } END { for (a in to) { n = split(to[a], b, " ");
      for (i = 1; i <= n; i++) if (a < b[i]) { m = split(to[b[i]], c, " "); for (j = 1; j <= m; j++) if (a < c[j] && c[j] != b[i] && (c[j], a) in has) t++ } } print t + 0 }' \
    "$work/real_depends")" \
  "MATCH (a:Package)-[:DEPENDS]->(b:Package)-[:DEPENDS]->(c:Package)-[:DEPENDS]->(a)
   WHERE a.name < b.name AND a.name < c.name WITH DISTINCT a, b, c RETURN count(*) AS n;"
compare "packages nothing asks for" \
  "$(comm -23 "$work/packages" <(field Depends Pre-Depends Recommends Suggests | cut -f2 | sort -u) | wc -l)" \
  "MATCH (p:Package) WHERE NOT (p)<-[:DEPENDS|PRE_DEPENDS|RECOMMENDS|SUGGESTS]-() RETURN count(*) AS n;"
exit $bad
