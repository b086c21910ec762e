#!/usr/bin/env bash
# make_csv.sh FOLDER: the CSV files of this folder again, the same on every machine.
set -euo pipefail
folder=${1:?usage: make_csv.sh FOLDER}
mkdir -p "$folder"
LC_ALL=C awk -v folder="$folder" '
function roll(n) { seed = (seed * 1103 + 12345) % 2147483; return int(seed / 7) % n }  # 0 … n - 1
function pick(list,   parts) { return parts[1 + roll(split(list, parts, "|"))] }
function date(from, days,   t) {  # from year-month-day of 30-day months, so many days later
  t = from + days
  return sprintf("%04d-%02d-%02d", int(t / 360), 1 + int(t / 30) % 12, 1 + t % 28)
}
function open(name, header) { file = folder "/" name ".csv"; print header > file; return file }
BEGIN {
  seed = 20260131
  people = open("patients", "id:ID(Patient),name,born:date,sex")
  doctors = open("practitioners", "id:ID(Practitioner),name,speciality")
  visits = open("appointments", "id:ID(Appointment),at:localdatetime,reason")
  findings = open("diagnoses", "id:ID(Diagnosis),code,name,made:date")
  bills = open("bills", "number:ID(Bill),amount:float,issued:date,paid:boolean")
  has = open("has_appointment", ":START_ID(Patient),:END_ID(Appointment),booked:date")
  with = open("with", ":START_ID(Appointment),:END_ID(Practitioner)")
  made = open("made", ":START_ID(Appointment),:END_ID(Diagnosis),certain:boolean")
  owes = open("has_bill", ":START_ID(Patient),:END_ID(Bill),entry:int")
  covers = open("for_appointment", ":START_ID(Bill),:END_ID(Appointment)")

  first["f"] = "Amina|Birgit|Chiara|Dorota|Elif|Freya|Greta|Hana|Ines|Jana|Kaja|Leila|Maren|Nora"
  first["m"] = "Anton|Bilal|Carlos|Dmitri|Emil|Farid|Gustav|Henrik|Ivo|Jonas|Karim|Lars|Milan|Otto"
  last = "Alvarez|Berg|Costa|Demir|Eriksen|Fischer|Grabowski|Haddad|Ivanov|Jansen|Kovac|Lindqvist|Moreau|Novak|Olsen|Petrov"
  specialities = "general medicine|general medicine|cardiology|dermatology|orthopaedics|neurology|paediatrics|ophthalmology"
  reasons = "check-up|follow-up|fever|chest pain|back pain|rash|headache|vaccination|blood test|dizziness"
  codes = "I10:Hypertension|E11:Type 2 diabetes|J06:Upper respiratory infection|M54:Back pain|L20:Atopic dermatitis|G43:Migraine|R07:Chest pain|H10:Conjunctivitis|K21:Reflux|D50:Iron deficiency anaemia"

  split(specialities, speciality, "|")
  for (d = 1; d <= 8; ++d) {
    sex = roll(2) ? "f" : "m"
    printf "D%d,Dr %s %s,%s\n", d, pick(first[sex]), pick(last), speciality[d] > doctors
  }
  for (p = 1; p <= 60; ++p) {
    sex = roll(2) ? "f" : "m"
    printf "P%03d,%s %s,%s,%s\n", p, pick(first[sex]), pick(last), date(1935 * 360, roll(80 * 360)), sex > people
    for (n = roll(5); n > 0; --n) {
      ++a
      day = 2024 * 360 + roll(700)
      printf "A%04d,%sT%02d:%02d,%s\n", a, date(day, 0), 8 + roll(9), 15 * roll(4), pick(reasons) > visits
      printf "P%03d,A%04d,%s\n", p, a, date(day, -1 - roll(20)) > has
      printf "A%04d,D%d\n", a, 1 + roll(7) > with  # nobody sees D8
      for (m = roll(3); m > 0; --m) {
        split(pick(codes), code, ":")
        printf "G%04d,%s,%s,%s\n", ++g, code[1], code[2], date(day, 0) > findings
        printf "A%04d,G%04d,%s\n", a, g, roll(4) ? "true" : "false" > made
      }
      if (roll(10) == 0) continue
      printf "B%04d,%d.%02d,%s,%s\n", ++b, 30 + roll(270), 5 * roll(20), date(day, 5 + roll(20)), roll(3) ? "true" : "false" > bills
      printf "P%03d,B%04d,%d\n", p, b, 1000 + b > owes
      printf "B%04d,A%04d\n", b, a > covers
    }
  }
}'
