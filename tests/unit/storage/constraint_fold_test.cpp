// tests/unit/storage/constraint_fold_test.cpp: constraints of transactions that are larger than
// memory: what they check went into the file long before.
#include <atomic>
#include <catch2/catch.hpp>
#include <functional>

#include "kith/error.hpp"
#include "storage/store.hpp"
#include "tests/unit/storage/check_fixture.hpp"
#include "tests/unit/storage/crash_disk.hpp"
#include "tests/unit/storage/graph_model.hpp"
#include "tests/unit/storage/store_fixture.hpp"

namespace kith::storage::test {
namespace {

constexpr const char* kPath = "/graph.kith";
constexpr std::uint64_t kMemory = kMiB;  // a quarter of it is folded
constexpr std::int64_t kMany = 3000;     // patients with their visits: some 3 MB of changes

Cell number(std::int64_t value) { return Cell::of(value); }

// Patients have an id and a name, doctors a ward and a number; each visit is one patient's, and
// goes with him; who has visits stays a doctor. All of that is said by constraints.
class Clinic {
 public:
  Clinic() {
    store = Store::open(kPath, options_on(environment_of(disk), kMemory));
    disk->before = [this](CrashDisk::Call call, const std::string& path) {
      if (call == CrashDisk::Call::Write && path == kPath) ++writes_;
    };
    const auto tx = store->begin();
    tx->begin_statement();
    patient = tx->intern_label("Patient");
    visit = tx->intern_label("Visit");
    doctor = tx->intern_label("Doctor");
    has = tx->intern_type("HAS");
    with = tx->intern_type("WITH");
    id = tx->intern_key("id");
    name = tx->intern_key("name");
    ward = tx->intern_key("ward");
    make_constraints(*tx);
    tx->end_statement();
    tx->begin_statement();
    for (std::int64_t i = 0; i < 20; ++i) add_patient(*tx, i);
    const Property keys[] = {{ward, number(1)}, {id, number(1)}};
    chief = tx->create_node({&doctor, 1}, keys);
    tx->create_relationship(with, NodeId{first.value + 1}, chief, {});
    tx->end_statement();
    tx->commit();
    store->checkpoint();
  }
  ~Clinic() { disk->before = nullptr; }

  NodeId add_patient(Transaction& tx, std::int64_t number_of) {
    const std::string text(200, static_cast<char>('a' + number_of % 26));
    const Property properties[] = {{id, number(number_of)},
                                   {name, Cell::of(std::string_view(text))}};
    const NodeId node = tx.create_node({&patient, 1}, properties);
    const NodeId seen = tx.create_node({&visit, 1}, {});
    tx.create_relationship(has, node, seen, {});
    if (number_of == 0) first = node;
    return node;
  }
  void add_many(Transaction& tx, std::int64_t from = 1000) {
    const std::uint64_t before = writes_;
    for (std::int64_t i = 0; i < kMany; ++i) add_patient(tx, from + i);
    REQUIRE(writes_ > before);  // it was folded
  }

  std::shared_ptr<CrashDisk> disk = std::make_shared<CrashDisk>();  // shared: with the store
  std::shared_ptr<Store> store;
  LabelId patient, visit, doctor;
  TypeId has, with;
  KeyId id, name, ward;
  NodeId first, chief;

 private:
  void make_constraints(Transaction& tx) const {
    const auto of = [&](ConstraintKind kind, SchemaToken token, std::vector<KeyId> keys,
                        const char* called) {
      ConstraintDef made;
      made.name = called;
      made.kind = kind;
      made.token = token;
      made.keys = std::move(keys);
      return made;
    };
    tx.create_constraint(of(ConstraintKind::Unique, SchemaToken::of(patient), {id}, "unique"));
    tx.create_constraint(of(ConstraintKind::Key, SchemaToken::of(doctor), {ward, id}, "key"));
    tx.create_constraint(of(ConstraintKind::Exists, SchemaToken::of(patient), {name}, "exists"));
    ConstraintDef type = of(ConstraintKind::Type, SchemaToken::of(patient), {name}, "type");
    type.types = {TypeSet::of(Kind::String), {}};
    tx.create_constraint(type);
    ConstraintDef ends = of(ConstraintKind::Ends, SchemaToken::of(has), {}, "ends");
    ends.ends = {{{patient}, {visit}}};
    tx.create_constraint(ends);
    ConstraintDef count = of(ConstraintKind::Count, SchemaToken::of(visit), {}, "count");
    count.step = {Direction::In, {has}, {patient}};
    count.least = count.most = 1;
    tx.create_constraint(count);
    ConstraintDef goes = of(ConstraintKind::OnDelete, SchemaToken::of(patient), {}, "goes");
    goes.step = {Direction::Out, {has}, {visit}};
    goes.cascades = true;
    tx.create_constraint(goes);
    ConstraintDef stays = of(ConstraintKind::OnDelete, SchemaToken::of(doctor), {}, "stays");
    stays.step = {Direction::In, {with}, {}};
    tx.create_constraint(stays);
  }

  std::atomic<std::uint64_t> writes_{0};
};

std::string failure(const std::function<void()>& work) {
  try {
    work();
  } catch (const ConstraintError& error) {
    return error.detail();
  }
  return "none";
}

struct Breach {
  const char* detail;
  std::function<void(Clinic&, Transaction&)> make;
};

const std::vector<Breach>& breaches_of_statements() {
  static const std::vector<Breach> all = {
      {"NotUnique", [](Clinic& c, Transaction& tx) { c.add_patient(tx, 7); }},     // is there
      {"NotUnique", [](Clinic& c, Transaction& tx) { c.add_patient(tx, 1500); }},  // comes, too
      {"NotUnique",
       [](Clinic& c, Transaction& tx) {
         const Property keys[] = {{c.ward, number(1)}, {c.id, Cell::of(1.0)}};
         tx.create_node({&c.doctor, 1}, keys);
       }},
      {"PropertyMissing",
       [](Clinic& c, Transaction& tx) {
         const Property keys[] = {{c.ward, number(1)}};
         tx.create_node({&c.doctor, 1}, keys);
       }},
      {"PropertyMissing",
       [](Clinic& c, Transaction& tx) { tx.set_property(c.first, c.name, Cell::null()); }},
      {"WrongPropertyType",
       [](Clinic& c, Transaction& tx) { tx.set_property(c.first, c.name, number(1)); }},
      {"WrongEnds",
       [](Clinic& c, Transaction& tx) { tx.create_relationship(c.has, c.chief, c.first, {}); }},
      {"DeleteRestricted", [](Clinic& c, Transaction& tx) { tx.detach_delete_node(c.chief); }},
  };
  return all;
}

}  // namespace

TEST_CASE("A statement larger than memory that breaks a constraint is taken back, others are not") {
  Clinic clinic;
  GraphModel graph = capture(clinic.store->snapshot());
  for (const bool breach_first : {true, false}) {
    for (const Breach& breach : breaches_of_statements()) {
      CAPTURE(breach.detail, breach_first, &breach - breaches_of_statements().data());
      const auto tx = clinic.store->begin();
      tx->begin_statement();
      if (breach_first) breach.make(clinic, *tx);
      clinic.add_many(*tx);
      if (!breach_first) breach.make(clinic, *tx);
      CHECK(failure([&] { tx->end_statement(); }) == breach.detail);
      CHECK((capture(tx->view()) == graph));
      tx->begin_statement();
      clinic.add_patient(*tx, 100'000);
      tx->end_statement();
      tx->rollback();
      CHECK((capture(clinic.store->snapshot()) == graph));
    }
  }
  CHECK(check(environment_of(clinic.disk), kPath).problems == "");
}

TEST_CASE("A transaction larger than memory that breaks a count is taken back at its commit") {
  Clinic clinic;
  const GraphModel before = capture(clinic.store->snapshot());
  const bool too_many = GENERATE(true, false);
  const auto tx = clinic.store->begin();
  tx->begin_statement();
  const NodeId lonely = tx->create_node({&clinic.visit, 1}, {});
  if (too_many)
    for (std::uint64_t other : {0, 2})
      tx->create_relationship(clinic.has, NodeId{clinic.first.value + other}, lonely, {});
  tx->end_statement();
  tx->begin_statement();
  clinic.add_many(*tx);
  tx->end_statement();
  CHECK(failure([&] { tx->commit(); }) == "WrongCount");
  CHECK((capture(clinic.store->snapshot()) == before));
  clinic.store->checkpoint();
  CHECK(check(environment_of(clinic.disk), kPath).problems == "");
}

TEST_CASE("A transaction larger than memory that keeps all constraints commits, and cascades") {
  Clinic clinic;
  const auto tx = clinic.store->begin();
  tx->begin_statement();
  const NodeId lonely = tx->create_node({&clinic.visit, 1}, {});  // not for long
  clinic.add_many(*tx);
  tx->end_statement();
  tx->begin_statement();
  tx->create_relationship(clinic.has, clinic.first, lonely, {});
  tx->set_property(clinic.first, clinic.id, number(5000));
  clinic.add_patient(*tx, 4999);
  tx->end_statement();
  tx->commit();
  CHECK(clinic.store->snapshot().node_count(clinic.patient) == 20 + kMany + 1);
  CHECK(clinic.store->snapshot().node_count(clinic.visit) == 20 + kMany + 2);
  CHECK(check(environment_of(clinic.disk), kPath).problems == "");

  // Every visit goes with its patient, and nothing else: more than memory has room for.
  const View view = clinic.store->snapshot();
  const auto all = clinic.store->begin();
  all->begin_statement();
  NodeScan patients(view, {clinic.patient});
  patients.begin({0, view.node_id_limit()});
  std::vector<std::uint64_t> ids(500);
  while (const std::size_t count = patients.next(ids))
    for (std::size_t i = 0; i < count; ++i) all->detach_delete_node(NodeId{ids[i]});
  all->end_statement();
  CHECK(all->counters().nodes_deleted == 2 * (20 + kMany + 1) + 1);
  all->commit();
  CHECK(clinic.store->snapshot().node_count() == 1);
  CHECK(clinic.store->snapshot().relationship_count() == 0);
  clinic.store->close();
  CHECK(check(environment_of(clinic.disk), kPath).problems == "");
}

}  // namespace kith::storage::test
