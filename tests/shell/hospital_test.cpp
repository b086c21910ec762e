// tests/shell/hospital_test.cpp: datasets/hospital: imported under its schema, and what that keeps.
#include <catch2/catch.hpp>

#include "tests/shell/program.hpp"

using kith::test::Folder;
using kith::test::Ran;
using kith::test::run_kith;

namespace {

const std::string kData = std::string(KITH_DATASETS) + "/hospital/";

Ran import_into(const std::string& file, const std::string& bills = kData + "has_bill.csv",
                const std::string& schema = kData + "schema.cypher") {
  std::vector<std::string> arguments{"import", file, "--schema", schema};
  const std::pair<const char*, const char*> nodes[] = {{"Patient", "patients"},
                                                       {"Practitioner", "practitioners"},
                                                       {"Appointment", "appointments"},
                                                       {"Diagnosis", "diagnoses"},
                                                       {"Bill", "bills"}};
  for (const auto& [label, name] : nodes)
    arguments.insert(arguments.end(), {"--nodes", label + ("=" + kData) + name + ".csv"});
  const std::pair<const char*, std::string> relationships[] = {
      {"HAS_APPOINTMENT", kData + "has_appointment.csv"},
      {"WITH", kData + "with.csv"},
      {"MADE", kData + "made.csv"},
      {"HAS_BILL", bills},
      {"FOR_APPOINTMENT", kData + "for_appointment.csv"}};
  for (const auto& [type, name] : relationships)
    arguments.insert(arguments.end(), {"--relationships", type + ("=" + name)});
  return run_kith(arguments);
}

// One database; statements and what comes of them.
struct Hospital {
  Folder folder;
  std::string file = folder / "hospital.kith";

  Hospital() {
    const auto ran = import_into(file);
    CHECK(ran.err == "");
    REQUIRE(ran.status == 0);
  }
  Ran run(const std::string& statements) const {
    return run_kith({"shell", file, "--format", "csv", "-c", ".headers off\n" + statements});
  }
  std::string ask(const std::string& query) const {
    const auto ran = run(query);
    CHECK(ran.err == "");
    return ran.out;
  }
  std::string counts() const {
    return ask("MATCH (n) RETURN labels(n)[0] AS label, count(*) AS n ORDER BY label");
  }
  // Refused with this text, and nothing of it is there.
  void refuses(const std::string& statement, const std::string& says) const {
    const std::string before = counts();
    const auto ran = run(statement);
    INFO(statement << '\n' << ran.err);
    CHECK(ran.status == 1);
    CHECK(ran.err.find(says) != std::string::npos);
    CHECK(counts() == before);
  }
};

}  // namespace

TEST_CASE("hospital: everything is imported under its schema, whose statements give it again") {
  const Hospital hospital;
  CHECK(hospital.counts() ==
        "Appointment,124\nBill,111\nDiagnosis,105\nPatient,60\nPractitioner,8\n");
  CHECK(hospital.ask("SHOW CONSTRAINTS YIELD name RETURN count(*) AS n") == "27\n");
  const std::string statements = hospital.ask(
      "SHOW CONSTRAINTS YIELD name, createStatement RETURN createStatement + ';' AS "
      "s ORDER BY name");
  const Folder folder;
  std::string script;
  for (std::string line : kith::test::lines_of(statements)) {
    while (!line.empty() && (line.back() == '\r' || line.back() == '"')) line.pop_back();
    if (line.starts_with('"')) line.erase(0, 1);
    script += line + '\n';
  }
  const auto again = import_into(folder / "again.kith", kData + "has_bill.csv",
                                 folder.write("schema.cypher", script));
  CHECK(again.err == "");
  CHECK(run_kith({"shell", folder / "again.kith", "--format", "csv", "-c",
                  ".headers off\nSHOW CONSTRAINTS YIELD name, createStatement RETURN "
                  "createStatement + ';' AS s ORDER BY name"})
            .out == statements);
}

TEST_CASE("hospital: deleting a patient takes along what belongs to them, and nothing else") {
  const Hospital hospital;
  const std::string others =
      "MATCH (p:Patient)-[:HAS_APPOINTMENT]->(a) WHERE p.id <> 'P002' OPTIONAL MATCH "
      "(a)-[:MADE]->(g) OPTIONAL MATCH (b:Bill)-[:FOR_APPOINTMENT]->(a) RETURN p.id, a.id, g.id, "
      "b.number ORDER BY a.id, g.id";
  const std::string before = hospital.ask(others);
  CHECK(hospital.ask("MATCH (p:Patient {id: 'P002'}) RETURN COUNT { (p)-[:HAS_APPOINTMENT]->() } "
                     "AS a, COUNT { (p)-[:HAS_APPOINTMENT]->()-[:MADE]->() } AS g, COUNT { "
                     "(p)-[:HAS_BILL]->() } AS b") == "3,3,3\n");
  const auto ran = run_kith({"shell", hospital.file, "--format", "jsonl", "-c",
                             "MATCH (p:Patient {id: 'P002'}) DETACH DELETE p"});
  CHECK(ran.status == 0);
  CHECK(ran.out.find("\"nodes_deleted\":10,\"relationships_created\":0,\"relationships_deleted\":"
                     "15,") != std::string::npos);
  CHECK(hospital.counts() ==
        "Appointment,121\nBill,108\nDiagnosis,102\nPatient,59\nPractitioner,8\n");
  CHECK(hospital.ask(others) == before);
}

TEST_CASE("hospital: what its constraints refuse") {
  const Hospital hospital;
  hospital.refuses(
      "MATCH (d:Practitioner {id: 'D1'}) CREATE (:Appointment {id: 'A9000', at: "
      "localdatetime('2026-03-02T10:00')})-[:WITH]->(d)",
      "must have exactly 1 of (:Appointment)<-[:HAS_APPOINTMENT]-(:Patient), but has 0 (constraint "
      "`appointment_patient`)");
  hospital.refuses(
      "MATCH (d:Practitioner {id: 'D1'}) MERGE (a:Appointment {id: 'A9000', at: "
      "localdatetime('2026-03-02T10:00')}) MERGE (a)-[:WITH]->(d)",
      "(constraint `appointment_patient`)");
  hospital.refuses(
      "MATCH (p:Patient {id: 'P001'}), (b:Bill {number: 'B0001'}) CREATE (p)-[:HAS_BILL {entry: "
      "9000}]->(b)",
      "must have exactly 1 of (:Bill)<-[:HAS_BILL]-(:Patient), but has 2 (constraint "
      "`bill_patient`)");
  hospital.refuses("CREATE (:Patient {id: 'P001', name: 'Somebody Else'})",
                   "already exists with label `Patient` and property `id` = 'P001' (constraint "
                   "`patient_id`)");
  hospital.refuses("CREATE (:Patient {id: 'P900'})",
                   "must have the property `name` (constraint `patient_name`)");
  hospital.refuses("MATCH (b:Bill {number: 'B0001'}) SET b.amount = 'much'",
                   "must have a value of type INTEGER | FLOAT as property `amount`, not 'much'");
  hospital.refuses(
      "MATCH (p:Patient {id: 'P001'}), (d:Practitioner {id: 'D1'}) CREATE "
      "(p)-[:HAS_APPOINTMENT {booked: date()}]->(d)",
      "must be (:Patient)-[r]->(:Appointment), but goes from ");
  hospital.refuses("MATCH (d:Practitioner {id: 'D1'}) DETACH DELETE d",
                   "with label `Practitioner` cannot be deleted while ");
  hospital.refuses("MATCH (a:Appointment {id: 'A0001'}) DETACH DELETE a",
                   "(constraint `billed_appointment`)");
  hospital.ask("MATCH (d:Practitioner {id: 'D8'}) DELETE d");  // who has no appointments
}

TEST_CASE("hospital: an import that breaks a constraint names who does, and leaves no database") {
  const Folder folder;
  const auto file = folder / "h.kith";
  const std::string bills = kith::test::read_file(kData + "has_bill.csv");
  const auto two = import_into(file, folder.write("two.csv", bills + "P001,B0001,9000\n"));
  CHECK(two.status == 1);
  CHECK(two.err.find("the constraint `bill_patient` cannot be made, because the data breaks it: "
                     "Node(") != std::string::npos);
  CHECK(two.err.find("must have exactly 1 of (:Bill)<-[:HAS_BILL]-(:Patient), but has 2") !=
        std::string::npos);
  const auto bad = import_into(file, kData + "has_bill.csv",
                               folder.write("bad.cypher", "CREATE CONSTRAINT FOR (x) NONSENSE;"));
  CHECK(bad.status == 1);
  const auto other = import_into(file, kData + "has_bill.csv",
                                 folder.write("other.cypher", "MATCH (n) DETACH DELETE n;"));
  CHECK(other.status == 1);
  CHECK(other.err.find("takes CREATE INDEX and CREATE CONSTRAINT") != std::string::npos);
  CHECK(folder.names() == std::vector<std::string>{"bad.cypher", "other.cypher", "two.csv"});
}
