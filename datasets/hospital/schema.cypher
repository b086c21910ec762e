// What must be true of the hospital, in all kinds of constraints there are (docs/constraints.md).

// Keys, what must be there, and of what type.
CREATE CONSTRAINT patient_id FOR (p:Patient) REQUIRE p.id IS NODE KEY;
CREATE CONSTRAINT practitioner_id FOR (d:Practitioner) REQUIRE d.id IS NODE KEY;
CREATE CONSTRAINT appointment_id FOR (a:Appointment) REQUIRE a.id IS UNIQUE;
CREATE CONSTRAINT diagnosis_id FOR (g:Diagnosis) REQUIRE g.id IS UNIQUE;
CREATE CONSTRAINT bill_number FOR (b:Bill) REQUIRE b.number IS UNIQUE;
CREATE CONSTRAINT bill_entry FOR ()-[r:HAS_BILL]-() REQUIRE r.entry IS UNIQUE;
CREATE CONSTRAINT patient_name FOR (p:Patient) REQUIRE p.name IS NOT NULL;
CREATE CONSTRAINT appointment_has_time FOR (a:Appointment) REQUIRE a.at IS NOT NULL;
CREATE CONSTRAINT booking_has_date FOR ()-[r:HAS_APPOINTMENT]-() REQUIRE r.booked IS NOT NULL;
CREATE CONSTRAINT appointment_time FOR (a:Appointment) REQUIRE a.at IS :: LOCAL DATETIME;
CREATE CONSTRAINT bill_amount FOR (b:Bill) REQUIRE b.amount IS :: INTEGER | FLOAT;
CREATE CONSTRAINT diagnosis_certain FOR ()-[r:MADE]-() REQUIRE r.certain IS :: BOOLEAN;

// Which labels a relationship type joins.
CREATE CONSTRAINT has_appointment FOR ()-[r:HAS_APPOINTMENT]->()
  REQUIRE (:Patient)-[r]->(:Appointment);
CREATE CONSTRAINT with_practitioner FOR ()-[r:WITH]->() REQUIRE (:Appointment)-[r]->(:Practitioner);
CREATE CONSTRAINT made FOR ()-[r:MADE]->() REQUIRE (:Appointment)-[r]->(:Diagnosis);
CREATE CONSTRAINT has_bill FOR ()-[r:HAS_BILL]->() REQUIRE (:Patient)-[r]->(:Bill);
CREATE CONSTRAINT for_appointment FOR ()-[r:FOR_APPOINTMENT]->()
  REQUIRE (:Bill)-[r]->(:Appointment);

// How many each needs, or may have.
CREATE CONSTRAINT appointment_patient FOR (a:Appointment)
  REQUIRE COUNT { (a)<-[:HAS_APPOINTMENT]-(:Patient) } = 1;
CREATE CONSTRAINT appointment_practitioner FOR (a:Appointment)
  REQUIRE EXISTS { (a)-[:WITH]->(:Practitioner) };
CREATE CONSTRAINT diagnosis_appointment FOR (g:Diagnosis)
  REQUIRE COUNT { (g)<-[:MADE]-(:Appointment) } = 1;
CREATE CONSTRAINT bill_patient FOR (b:Bill) REQUIRE COUNT { (b)<-[:HAS_BILL]-(:Patient) } = 1;
CREATE CONSTRAINT bill_appointment FOR (b:Bill)
  REQUIRE COUNT { (b)-[:FOR_APPOINTMENT]->(:Appointment) } <= 1;

// What goes with whom, and who stays: an appointment that was billed goes only together with its
// bill, so with the patient; a practitioner who has appointments does not go at all.
CREATE CONSTRAINT patient_appointments FOR (p:Patient)-[r:HAS_APPOINTMENT]->(a:Appointment)
  REQUIRE ON DELETE OF p CASCADE TO a;
CREATE CONSTRAINT patient_bills FOR (p:Patient)-[r:HAS_BILL]->(b:Bill)
  REQUIRE ON DELETE OF p CASCADE TO b;
CREATE CONSTRAINT appointment_diagnoses FOR (a:Appointment)-[r:MADE]->(g:Diagnosis)
  REQUIRE ON DELETE OF a CASCADE TO g;
CREATE CONSTRAINT billed_appointment FOR (b:Bill)-[r:FOR_APPOINTMENT]->(a:Appointment)
  REQUIRE ON DELETE OF a RESTRICT;
CREATE CONSTRAINT practitioner_stays FOR (a:Appointment)-[r:WITH]->(d:Practitioner)
  REQUIRE ON DELETE OF d RESTRICT;
