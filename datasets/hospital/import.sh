#!/usr/bin/env bash
# import.sh KITH DATABASE: the hospital from the CSV files beside this script, under its schema.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kith=${1:?usage: import.sh KITH DATABASE} database=${2:?}
"$kith" import "$database" --schema "$here/schema.cypher" \
  --nodes "Patient=$here/patients.csv" --nodes "Practitioner=$here/practitioners.csv" \
  --nodes "Appointment=$here/appointments.csv" --nodes "Diagnosis=$here/diagnoses.csv" \
  --nodes "Bill=$here/bills.csv" \
  --relationships "HAS_APPOINTMENT=$here/has_appointment.csv" --relationships "WITH=$here/with.csv" \
  --relationships "MADE=$here/made.csv" --relationships "HAS_BILL=$here/has_bill.csv" \
  --relationships "FOR_APPOINTMENT=$here/for_appointment.csv"
