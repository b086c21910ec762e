#!/usr/bin/env bash
# queries.sh KITH DATABASE: the questions of the demo, each with the reason one asks it.
set -euo pipefail
kith=${1:?usage: queries.sh KITH DATABASE} database=${2:?}

ask() {  # ask "question" "statement"
  printf '\n-- %s\n%s\n' "$1" "$2"
  "$kith" shell "$database" --read-only --format table -c "$2"
}

ask "What is in the graph?" \
  "MATCH (n) RETURN labels(n)[0] AS label, count(*) AS nodes ORDER BY nodes DESC;"

ask "Which packages do most others depend on?" \
  "MATCH (p:Package)-[:DEPENDS]->(d:Package)
RETURN d.name AS package, count(DISTINCT p) AS dependents ORDER BY dependents DESC, package LIMIT 10;"

ask "What does installing git pull in? (everything reachable through Depends and Pre-Depends)" \
  "MATCH (:Package {name: 'git'})-[:DEPENDS|PRE_DEPENDS*1..]->(d:Package)
RETURN count(DISTINCT d) AS packages;"

ask "Who depends on libssl3 only through libcurl4?" \
  "MATCH (p:Package)-[:DEPENDS]->(via:Package {name: 'libcurl4'})-[:DEPENDS]->(ssl:Package {name: 'libssl3'})
WHERE NOT (p)-[:DEPENDS]->(ssl)
RETURN count(DISTINCT p) AS packages, collect(DISTINCT p.name)[..5] AS some;"

ask "Through which libraries do most packages come to libssl3?" \
  "MATCH (p:Package)-[:DEPENDS]->(via:Package)-[:DEPENDS]->(:Package {name: 'libssl3'})
RETURN via.name AS through, count(DISTINCT p) AS packages ORDER BY packages DESC, through LIMIT 5;"

ask "Which maintainers' packages depend on each other, both ways, most often?" \
  "MATCH (a:Maintainer)<-[:MAINTAINED_BY]-(p:Package)-[:DEPENDS]->(q:Package)-[:MAINTAINED_BY]->(b:Maintainer)
WHERE a <> b
WITH a, b, count(*) AS there
MATCH (b)<-[:MAINTAINED_BY]-(:Package)-[:DEPENDS]->(:Package)-[:MAINTAINED_BY]->(a)
WITH a, b, there, count(*) AS back
WHERE a.email < b.email
RETURN a.name AS one, b.name AS other, there, back ORDER BY there + back DESC, one LIMIT 5;"

ask "Are there cycles of three packages?" \
  "MATCH (a:Package)-[:DEPENDS]->(b:Package)-[:DEPENDS]->(c:Package)-[:DEPENDS]->(a)
WHERE a.name < b.name AND a.name < c.name
RETURN DISTINCT a.name AS a, b.name AS b, c.name AS c ORDER BY a, b, c LIMIT 5;"

ask "How many packages does nothing depend on, recommend or suggest?" \
  "MATCH (p:Package)
WHERE NOT (p)<-[:DEPENDS|PRE_DEPENDS|RECOMMENDS|SUGGESTS]-()
RETURN count(*) AS packages;"
