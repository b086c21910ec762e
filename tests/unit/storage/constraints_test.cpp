// tests/unit/storage/constraints_test.cpp: each rule of docs/constraints.md, one at a time.
#include <catch2/catch.hpp>
#include <functional>

#include "kith/error.hpp"
#include "storage/schema_text.hpp"
#include "storage/store.hpp"
#include "tests/unit/storage/crash_disk.hpp"
#include "tests/unit/storage/graph_model.hpp"
#include "tests/unit/storage/store_fixture.hpp"

namespace kith::storage {
namespace {

using test::capture;

Cell number(std::int64_t value) { return Cell::of(value); }
Cell text(std::string_view value) { return Cell::of(value); }

// A database with some names, and short words to write into it.
struct Hospital {
  Hospital() {
    options = test::options_on(test::environment_of(disk));
    store = Store::open("/graph.kith", options);
    const auto tx = store->begin();
    tx->begin_statement();
    patient = tx->intern_label("Patient");
    visit = tx->intern_label("Visit");
    doctor = tx->intern_label("Doctor");
    has = tx->intern_type("HAS");
    with = tx->intern_type("WITH");
    id = tx->intern_key("id");
    name = tx->intern_key("name");
    tx->end_statement();
    tx->commit();
  }

  ConstraintDef of(ConstraintKind kind, SchemaToken token, std::vector<KeyId> keys = {}) const {
    ConstraintDef constraint;
    constraint.name = "c" + std::to_string(++*constraints);
    constraint.kind = kind;
    constraint.token = token;
    constraint.keys = std::move(keys);
    return constraint;
  }
  ConstraintDef unique() const {
    return of(ConstraintKind::Unique, SchemaToken::of(patient), {id});
  }
  // A visit has `least` … `most` patients.
  ConstraintDef count(std::uint64_t least, std::uint64_t most) const {
    ConstraintDef constraint = of(ConstraintKind::Count, SchemaToken::of(visit));
    constraint.step = {Direction::In, {has}, {patient}};
    constraint.least = least;
    constraint.most = most;
    return constraint;
  }
  ConstraintDef on_delete(LabelId label, PatternStep step, bool cascades) const {
    ConstraintDef constraint = of(ConstraintKind::OnDelete, SchemaToken::of(label));
    constraint.step = std::move(step);
    constraint.cascades = cascades;
    return constraint;
  }
  ConstraintDef visits_go() const {
    return on_delete(patient, {Direction::Out, {has}, {visit}}, true);
  }
  ConstraintDef doctors_stay() const {
    return on_delete(doctor, {Direction::In, {with}, {}}, false);
  }

  using Work = std::function<void(Transaction&)>;
  static void statement(Transaction& tx, const Work& work) {
    tx.begin_statement();
    try {
      work(tx);
    } catch (...) {
      tx.rollback_statement();
      throw;
    }
    tx.end_statement();
  }
  Counters write(const Work& work) const {
    const auto tx = store->begin();
    statement(*tx, work);
    const Counters counters = tx->counters();
    tx->commit();
    return counters;
  }
  void make(const ConstraintDef& constraint) const {
    write([&](Transaction& tx) { tx.create_constraint(constraint); });
  }
  NodeId create(Transaction& tx, LabelId label, const Cell& value = Cell::null()) const {
    const Property property{id, value};
    return tx.create_node({&label, 1}, {&property, 1});
  }
  NodeId create(LabelId label, const Cell& value = Cell::null()) const {
    NodeId node;
    write([&](Transaction& tx) { node = create(tx, label, value); });
    return node;
  }
  RelationshipId join(NodeId start, TypeId type, NodeId end) const {
    RelationshipId made;
    write([&](Transaction& tx) { made = tx.create_relationship(type, start, end, {}); });
    return made;
  }

  // Fails with this detail and message, and leaves the graph as it was.
  void refuses(std::string_view detail, std::string_view message, const Work& work) const {
    const auto before = capture(store->snapshot());
    std::string got = "no error";
    try {
      write(work);
    } catch (const ConstraintError& error) {
      got = error.detail() + ": " + error.what();
    }
    CHECK(got == std::string(detail) + ": " + std::string(message));
    CHECK((capture(store->snapshot()) == before));
    CHECK_NOTHROW(write([](Transaction&) {}));  // the next writer is not in the way of anybody
  }
  bool exists(NodeId node) const { return store->snapshot().exists(node); }

  std::shared_ptr<test::CrashDisk> disk = std::make_shared<test::CrashDisk>();  // with the store
  StoreOptions options;
  std::shared_ptr<Store> store;
  LabelId patient, visit, doctor;
  TypeId has, with;
  KeyId id, name;
  std::shared_ptr<int> constraints = std::make_shared<int>(0);  // shared: counted in const methods
};

const std::string kRolledBack = "; the transaction was rolled back: nothing of it is kept";

TEST_CASE("Unique: creation, change, label, and what is not compared") {
  Hospital h;
  h.make(h.unique());
  const NodeId one = h.create(h.patient, number(1));
  const NodeId two = h.create(h.patient, number(2));
  const NodeId other = h.create(h.visit, number(1));
  h.create(h.patient);
  h.create(h.patient);  // without the property
  const std::string message =
      "Node(0) already exists with label `Patient` and property `id` = 1 "
      "(constraint `c1`)";
  h.refuses("NotUnique", message, [&](Transaction& tx) { h.create(tx, h.patient, number(1)); });
  h.refuses("NotUnique", message, [&](Transaction& tx) { h.create(tx, h.patient, Cell::of(1.0)); });
  h.refuses("NotUnique", message, [&](Transaction& tx) { tx.set_property(two, h.id, number(1)); });
  h.refuses("NotUnique", message, [&](Transaction& tx) { tx.add_label(other, h.patient); });
  h.refuses("NotUnique",
            "Node(4) already exists with label `Patient` and property `id` = 'x' (constraint `c1`)",
            [&](Transaction& tx) {
              h.create(tx, h.patient, text("x"));
              h.create(tx, h.patient, text("x"));
            });
  h.write([&](Transaction& tx) {  // one statement may swap values
    tx.set_property(one, h.id, number(2));
    tx.set_property(two, h.id, number(1));
  });
  h.write([&](Transaction& tx) {  // and make room
    tx.delete_node(two);
    h.create(tx, h.patient, number(1));
  });
}

TEST_CASE("Unique: a statement that fails leaves the others of its transaction") {
  Hospital h;
  h.make(h.unique());
  const auto tx = h.store->begin();
  Hospital::statement(*tx, [&](Transaction& t) { h.create(t, h.patient, number(1)); });
  CHECK_THROWS_AS(
      Hospital::statement(*tx, [&](Transaction& t) { h.create(t, h.patient, number(1)); }),
      ConstraintError);
  Hospital::statement(*tx, [&](Transaction& t) { h.create(t, h.patient, number(2)); });
  tx->commit();
  CHECK(h.store->snapshot().node_count() == 2);
}

TEST_CASE("Key, existence and type: at the end of the statement") {
  Hospital h;
  h.make(h.of(ConstraintKind::Key, SchemaToken::of(h.patient), {h.id, h.name}));
  const auto full = [&](Transaction& tx, const Cell& id, const Cell& name) {
    const NodeId node = h.create(tx, h.patient, id);
    tx.set_property(node, h.name, name);
    return node;
  };
  NodeId ada;
  h.write([&](Transaction& tx) { ada = full(tx, number(1), text("Ada")); });
  h.write([&](Transaction& tx) { full(tx, number(1), text("Alan")); });
  h.refuses("NotUnique",
            "Node(0) already exists with label `Patient` and properties `id` = 1, `name` = 'Ada' "
            "(constraint `c1`)",
            [&](Transaction& tx) { full(tx, number(1), text("Ada")); });
  h.refuses("PropertyMissing",
            "Node(2) with label `Patient` must have the property `name` (constraint `c1`)",
            [&](Transaction& tx) { h.create(tx, h.patient, number(3)); });
  h.refuses("PropertyMissing",
            "Node(0) with label `Patient` must have the properties `id`, `name` (constraint `c1`)",
            [&](Transaction& tx) {
              tx.set_property(ada, h.id, Cell::null());
              tx.set_property(ada, h.name, Cell::null());
            });

  ConstraintDef type = h.of(ConstraintKind::Type, SchemaToken::of(h.has), {h.id});
  type.types.values = TypeSet::of(Kind::Integer) | TypeSet::of(Kind::Float);
  h.make(type);
  h.make(h.of(ConstraintKind::Exists, SchemaToken::of(h.has), {h.name}));
  h.refuses("WrongPropertyType",
            "Relationship(0) with type `HAS` must have a value of type INTEGER | FLOAT as property "
            "`id`, not 'x' (constraint `c2`)",
            [&](Transaction& tx) {
              const Property property{h.id, text("x")};
              tx.create_relationship(h.has, ada, ada, {&property, 1});
            });
  h.refuses("PropertyMissing",
            "Relationship(0) with type `HAS` must have the property `name` (constraint `c3`)",
            [&](Transaction& tx) { tx.create_relationship(h.has, ada, ada, {}); });
  h.write([&](Transaction& tx) {
    const RelationshipId made = tx.create_relationship(h.has, ada, ada, {});
    tx.set_property(made, h.name, text("n"));
    tx.set_property(made, h.id, text("wrong for a moment"));
    tx.set_property(made, h.id, Cell::of(0.5));
  });
}

TEST_CASE("Labels of ends: on creation, and when a label goes") {
  Hospital h;
  ConstraintDef ends = h.of(ConstraintKind::Ends, SchemaToken::of(h.has));
  ends.ends = {{{h.patient, h.doctor}, {h.visit}}, {{}, {h.doctor}}};
  h.make(ends);
  const NodeId patient = h.create(h.patient), visit = h.create(h.visit),
               doctor = h.create(h.doctor);
  h.join(patient, h.has, visit);
  h.join(doctor, h.has, visit);
  h.join(visit, h.has, doctor);
  h.join(visit, h.with, visit);  // not of the type
  const std::string rule = "(:Patient|Doctor)-[r]->(:Visit) OR ()-[r]->(:Doctor)";
  h.refuses("WrongEnds",
            "Relationship(3) of type `HAS` must be " + rule +
                ", but goes from Node(16384:Visit) to Node(0:Patient) (constraint `c1`)",
            [&](Transaction& tx) { tx.create_relationship(h.has, visit, patient, {}); });
  h.refuses("WrongEnds",
            "Relationship(0) of type `HAS` must be " + rule +
                ", but goes from Node(0) to Node(16384:Visit) (constraint `c1`)",
            [&](Transaction& tx) { tx.remove_label(patient, h.patient); });
  h.write([&](Transaction& tx) {
    tx.remove_label(patient, h.patient);
    tx.add_label(patient, h.doctor);
  });
}

TEST_CASE("Counts: at commit, whatever the statements in between") {
  Hospital h;
  h.make(h.count(1, 1));
  h.refuses("WrongCount",
            "Node(0) with label `Visit` must have exactly 1 of (:Visit)<-[:HAS]-(:Patient), but "
            "has 0 (constraint `c1`)" +
                kRolledBack,
            [&](Transaction& tx) { h.create(tx, h.visit); });
  NodeId patient, visit;
  RelationshipId relationship;
  const auto tx = h.store->begin();
  Hospital::statement(*tx, [&](Transaction& t) { visit = h.create(t, h.visit); });
  Hospital::statement(*tx, [&](Transaction& t) { patient = h.create(t, h.patient); });
  Hospital::statement(*tx, [&](Transaction& t) {
    relationship = t.create_relationship(h.has, patient, visit, {});
  });
  tx->commit();
  const std::string wrong = "must have exactly 1 of (:Visit)<-[:HAS]-(:Patient), but has ";
  const std::string who = fmt::format("Node({}) with label `Visit` ", visit.value);
  const std::string rest = " (constraint `c1`)" + kRolledBack;
  h.refuses("WrongCount", who + wrong + "2" + rest,
            [&](Transaction& t) { t.create_relationship(h.has, patient, visit, {}); });
  h.refuses("WrongCount", who + wrong + "0" + rest,
            [&](Transaction& t) { t.delete_relationship(relationship); });
  h.refuses("WrongCount", who + wrong + "0" + rest,
            [&](Transaction& t) { t.remove_label(patient, h.patient); });
  h.refuses("WrongCount", who + wrong + "0" + rest,
            [&](Transaction& t) { t.detach_delete_node(patient); });
  h.write([&](Transaction& t) {
    t.detach_delete_node(visit);  // one that is gone needs nothing
    t.detach_delete_node(patient);
  });
  const NodeId plain = h.create(h.doctor);
  h.refuses("WrongCount",
            fmt::format("Node({}) with label `Visit` ", plain.value) + wrong + "0" + rest,
            [&](Transaction& t) { t.add_label(plain, h.visit); });
}

TEST_CASE("Counts: a label at the other end is counted when it comes") {
  Hospital h;
  const NodeId doctor = h.create(h.doctor), visit = h.create(h.visit);
  h.join(doctor, h.has, visit);
  h.make(h.count(0, 0));
  h.refuses("WrongCount",
            fmt::format("Node({}) with label `Visit` must have exactly 0 of "
                        "(:Visit)<-[:HAS]-(:Patient), but has 1 (constraint `c1`)",
                        visit.value) +
                kRolledBack,
            [&](Transaction& tx) { tx.add_label(doctor, h.patient); });
}

TEST_CASE("Counts: a loop counts once without an arrow, and any type where none is named") {
  Hospital h;
  ConstraintDef any = h.of(ConstraintKind::Count, SchemaToken::of(h.patient));
  any.step = {Direction::Both, {}, {}};
  any.most = 2;
  h.make(any);
  const NodeId node = h.create(h.patient);
  h.join(node, h.has, node);
  h.join(node, h.with, node);
  h.refuses("WrongCount",
            "Node(0) with label `Patient` must have at most 2 of (:Patient)--(), but has 3 "
            "(constraint `c1`)" +
                kRolledBack,
            [&](Transaction& tx) { tx.create_relationship(h.with, node, node, {}); });
}

TEST_CASE("Cascade: DETACH DELETE takes along what belongs, in the counters, and nothing else") {
  Hospital h;
  h.make(h.visits_go());
  const NodeId patient = h.create(h.patient), other = h.create(h.patient);
  const NodeId first = h.create(h.visit), second = h.create(h.visit), foreign = h.create(h.visit);
  const NodeId doctor = h.create(h.doctor);
  h.join(patient, h.has, first);
  h.join(patient, h.has, second);
  h.join(other, h.has, foreign);
  h.join(first, h.with, doctor);
  h.join(patient, h.has, doctor);  // the rule speaks of visits
  const Counters counters = h.write([&](Transaction& tx) { tx.detach_delete_node(patient); });
  CHECK(counters.nodes_deleted == 3);
  CHECK(counters.relationships_deleted == 4);
  for (const NodeId gone : {patient, first, second}) CHECK_FALSE(h.exists(gone));
  for (const NodeId kept : {other, foreign, doctor}) CHECK(h.exists(kept));
  CHECK(h.store->snapshot().relationship_count() == 1);
}

TEST_CASE("Cascade: DELETE goes along the rule and stops at other relationships") {
  Hospital h;
  h.make(h.visits_go());
  const NodeId patient = h.create(h.patient), visit = h.create(h.visit);
  h.join(patient, h.has, visit);
  const NodeId doctor = h.create(h.doctor);
  const RelationshipId with = h.join(visit, h.with, doctor);
  h.refuses("DeleteConnectedNode",
            fmt::format("node {} cannot be deleted, because it still has relationships; delete "
                        "them first, or use DETACH DELETE",
                        visit.value),
            [&](Transaction& tx) { tx.delete_node(patient); });
  h.write([&](Transaction& tx) {
    tx.delete_node(patient);
    tx.delete_relationship(with);
  });
  CHECK_FALSE(h.exists(visit));
  CHECK(h.exists(doctor));
}

TEST_CASE("Cascade: what is deleted by name is not followed, in whatever order it was named") {
  for (const bool detach : {false, true})
    for (const bool node_first : {false, true}) {
      CAPTURE(detach, node_first);
      Hospital h;
      h.make(h.visits_go());
      const NodeId patient = h.create(h.patient), cut = h.create(h.visit), gone = h.create(h.visit);
      const RelationshipId named = h.join(patient, h.has, cut);
      h.join(patient, h.has, gone);
      h.write([&](Transaction& tx) {
        if (!node_first) tx.delete_relationship(named);
        detach ? tx.detach_delete_node(patient) : tx.delete_node(patient);
        if (node_first) tx.delete_relationship(named);
      });
      CHECK(h.exists(cut));
      CHECK_FALSE(h.exists(gone));
      CHECK(h.store->snapshot().relationship_count() == 0);
    }
}

TEST_CASE("Cascade: circles end, and a node of two owners goes with the first") {
  for (const bool detach : {false, true}) {
    CAPTURE(detach);
    Hospital h;
    h.make(h.on_delete(h.patient, {Direction::Out, {h.has}, {}}, true));
    const NodeId a = h.create(h.patient), b = h.create(h.patient), c = h.create(h.patient);
    const NodeId owner = h.create(h.patient);
    h.join(a, h.has, b);
    h.join(b, h.has, c);
    h.join(c, h.has, a);
    h.join(c, h.has, c);
    const RelationshipId second = h.join(owner, h.has, b);
    h.write([&](Transaction& tx) {
      detach ? tx.detach_delete_node(a) : tx.delete_node(a);
      if (!detach) tx.delete_relationship(second);
    });
    CHECK(h.store->snapshot().node_count() == 1);
    CHECK(h.exists(owner));
  }
}

TEST_CASE("Restrict: not by DETACH DELETE, not by a cascade; but with the other end, or cut") {
  Hospital h;
  h.make(h.doctors_stay());
  const NodeId doctor = h.create(h.doctor), visit = h.create(h.visit),
               patient = h.create(h.patient);
  const RelationshipId with = h.join(visit, h.with, doctor);
  const std::string message = fmt::format(
      "Node({}) with label `Doctor` cannot be deleted while Relationship({}) of type `WITH` joins "
      "it to Node({}:Visit) (constraint `c1`)",
      doctor.value, with.value, visit.value);
  h.refuses("DeleteRestricted", message, [&](Transaction& tx) { tx.detach_delete_node(doctor); });
  h.refuses("DeleteRestricted", message, [&](Transaction& tx) { tx.delete_node(doctor); });
  h.make(h.on_delete(h.patient, {Direction::Out, {h.has}, {h.doctor}}, true));
  h.join(patient, h.has, doctor);
  h.refuses("DeleteRestricted", message, [&](Transaction& tx) { tx.detach_delete_node(patient); });
  SECTION("with the other end") {
    h.write([&](Transaction& tx) {
      tx.detach_delete_node(doctor);
      tx.detach_delete_node(visit);
    });
    CHECK(h.store->snapshot().node_count() == 1);
  }
  SECTION("cut") {
    h.write([&](Transaction& tx) {
      tx.detach_delete_node(doctor);
      tx.delete_relationship(with);
    });
    CHECK(h.exists(visit));
  }
}

TEST_CASE("A constraint is refused while the data breaks it, and names who does") {
  Hospital h;
  for (int i = 0; i < 5; ++i) h.create(h.patient, number(i / 2));
  const NodeId visit = h.create(h.visit);
  const auto message = [&](const ConstraintDef& constraint) {
    try {
      h.make(constraint);
    } catch (const ConstraintError& error) {
      return error.detail() + ": " + error.what();
    }
    return std::string("no error");
  };
  CHECK(
      message(h.unique()) ==
      "NotUnique: the constraint `c1` cannot be made, because the data breaks it: Node(0) already "
      "exists with label `Patient` and property `id` = 0; Node(2) already exists with label "
      "`Patient` and property `id` = 1");
  CHECK(
      message(h.of(ConstraintKind::Exists, SchemaToken::of(h.patient), {h.name})) ==
      "PropertyMissing: the constraint `c2` cannot be made, because the data breaks it: Node(0) "
      "with label `Patient` must have the property `name`; Node(1) with label `Patient` must have "
      "the property `name`; Node(2) with label `Patient` must have the property `name`; and 2 "
      "more");
  CHECK(message(h.count(1, kNoMost)) ==
        fmt::format("WrongCount: the constraint `c3` cannot be made, because the data breaks it: "
                    "Node({}) with label `Visit` must have at least 1 of "
                    "(:Visit)<-[:HAS]-(:Patient), but has 0",
                    visit.value));
  CHECK(h.store->snapshot().schema().constraints().empty());
}

TEST_CASE("Constraints about relationships: several on one label, the same one only once") {
  Hospital h;
  h.make(h.count(0, 3));
  h.make(h.count(0, 2));
  h.make(h.visits_go());
  for (const bool named : {true, false}) {
    ConstraintDef again = h.count(0, 2);
    if (!named) again.name.clear();
    try {
      h.make(again);
      FAIL("made twice");
    } catch (const QueryError& error) {
      CHECK(error.detail() ==
            (named ? "ConstraintAlreadyExists" : "EquivalentSchemaRuleAlreadyExists"));
    }
  }
  h.store->close();
  h.store = Store::open("/graph.kith", h.options);
  CHECK(h.store->snapshot().schema().constraints().size() == 3);
}

TEST_CASE(
    "Constraints outlive checkpoint, reopening and replay, and hold from the first write on") {
  Hospital h;
  h.make(h.unique());
  h.make(h.count(1, 1));
  h.make(h.visits_go());
  h.make(h.doctors_stay());
  h.create(h.patient, number(1));
  const auto statements = [&] {
    std::vector<std::string> all;
    const View view = h.store->snapshot();
    for (const ConstraintDef& c : view.schema().constraints())
      all.push_back(create_statement(view.catalog(), c));
    return all;
  };
  const auto before = statements();
  CHECK(before ==
        std::vector<std::string>{
            "CREATE CONSTRAINT `c1` FOR (n:`Patient`) REQUIRE (n.`id`) IS UNIQUE",
            "CREATE CONSTRAINT `c2` FOR (n:`Visit`) REQUIRE COUNT { "
            "(n)<-[:`HAS`]-(:`Patient`) } = 1",
            "CREATE CONSTRAINT `c3` FOR (n:`Patient`)-[r:`HAS`]->(m:`Visit`) REQUIRE ON DELETE OF "
            "n CASCADE TO m",
            "CREATE CONSTRAINT `c4` FOR (n:`Doctor`)<-[r:`WITH`]-(m) REQUIRE ON DELETE OF n "
            "RESTRICT"});
  std::mt19937_64 fate(1);
  for (const bool clean : {false, true}) {
    CAPTURE(clean);
    if (clean) {
      h.store->close();
    } else {
      h.disk = h.disk->power_loss(fate);
    }
    h.store.reset();
    h.options.environment = test::environment_of(h.disk);
    h.store = Store::open("/graph.kith", h.options);
    CHECK((h.store->open_report().replayed_commits > 0) == !clean);
    CHECK(statements() == before);
    CHECK_THROWS_AS(h.create(h.patient, number(1)), ConstraintError);
    CHECK_THROWS_AS(h.create(h.visit), ConstraintError);
    h.create(h.patient, number(clean ? 2 : 3));
  }
}

}  // namespace
}  // namespace kith::storage
