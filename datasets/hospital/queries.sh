#!/usr/bin/env bash
# queries.sh KITH DATABASE: what the constraints refuse, and what deleting a patient takes along. The database changes.
set -euo pipefail
kith=${1:?usage: queries.sh KITH DATABASE} database=${2:?}
run() { "$kith" shell "$database" --format box -c "$1"; }
refused() {
  if run "$1" 2>/tmp/refused.$$; then echo "not refused: $1"; exit 1; fi
  cat /tmp/refused.$$; rm /tmp/refused.$$
}

echo "== what there is"
run "MATCH (n) RETURN labels(n)[0] AS label, count(*) AS nodes ORDER BY label"

echo "== an appointment without a patient"
refused "MATCH (d:Practitioner {id: 'D1'})
         CREATE (:Appointment {id: 'A9000', at: localdatetime('2026-03-02T10:00')})-[:WITH]->(d)"

echo "== a bill for two patients"
refused "MATCH (p:Patient {id: 'P001'}), (b:Bill {number: 'B0001'})
         CREATE (p)-[:HAS_BILL {entry: 9000}]->(b)"

echo "== a patient again"
refused "CREATE (:Patient {id: 'P001', name: 'Somebody Else'})"

echo "== a practitioner who has appointments"
refused "MATCH (d:Practitioner {id: 'D1'}) DETACH DELETE d"

echo "== an appointment that was billed"
refused "MATCH (a:Appointment {id: 'A0001'}) DETACH DELETE a"

echo "== a patient and what belongs to them, in one transaction"
run "MATCH (p:Patient {id: 'P002'})
     RETURN COUNT { (p)-[:HAS_APPOINTMENT]->() } AS appointments,
            COUNT { (p)-[:HAS_APPOINTMENT]->()-[:MADE]->() } AS diagnoses,
            COUNT { (p)-[:HAS_BILL]->() } AS bills"
run "MATCH (p:Patient {id: 'P002'}) DETACH DELETE p"
run "MATCH (n) RETURN labels(n)[0] AS label, count(*) AS nodes ORDER BY label"
