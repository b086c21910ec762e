// tests/unit/storage/schema_test.cpp: what a schema holds, and that it is kept through everything
// that graphs are kept through.
#include "storage/schema.hpp"

#include <catch2/catch.hpp>

#include "kith/error.hpp"
#include "storage/store.hpp"
#include "storage/writer.hpp"

namespace kith::storage {
namespace {

const SchemaToken kPerson = SchemaToken::of(LabelId{0});
const SchemaToken kKnows = SchemaToken::of(TypeId{0});

IndexDef index_on(const Schema& schema, std::string name, SchemaToken token,
                  std::vector<KeyId> keys) {
  return {schema.next_id(), std::move(name), token, std::move(keys)};
}
ConstraintDef constraint_on(std::string name, ConstraintKind kind, SchemaToken token,
                            std::vector<KeyId> keys) {
  ConstraintDef made;
  made.name = std::move(name);
  made.kind = kind;
  made.token = token;
  made.keys = std::move(keys);
  return made;
}

std::shared_ptr<const Schema> sample() {
  auto schema = Schema::empty();
  schema = schema->with(index_on(*schema, "a", kPerson, {{1}, {2}}));
  ConstraintDef unique = constraint_on("u", ConstraintKind::Unique, kPerson, {{1}});
  unique.id = schema->next_id();
  unique.index = unique.id + 1;
  schema = schema->with(unique);
  ConstraintDef type = constraint_on("t", ConstraintKind::Type, kKnows, {{2}});
  type.id = schema->next_id();
  type.types = {TypeSet::of(Kind::Integer), TypeSet::of(Kind::String)};
  return schema->with(type);
}

TEST_CASE("A schema finds its parts by name, id, place and key") {
  const auto schema = sample();
  REQUIRE(schema->indexes().size() == 2);
  REQUIRE(schema->constraints().size() == 2);
  CHECK(schema->find_index("a")->id == 1);
  CHECK(schema->find_constraint("u")->index == 3);
  CHECK(schema->find_index("u")->constraint == 2);
  CHECK(schema->find_index(3)->name == "u");
  CHECK(schema->find_index(2) == nullptr);
  CHECK(schema->find_index("t") == nullptr);
  const std::vector<KeyId> forward{{1}, {2}}, backward{{2}, {1}};
  CHECK(schema->find_index(kPerson, forward)->name == "a");
  CHECK(schema->find_index(kPerson, backward) == nullptr);
  CHECK(schema->find_index(kKnows, forward) == nullptr);
  CHECK(schema->indexes_on(kPerson).size() == 2);
  CHECK(schema->indexes_on(kKnows).empty());
  CHECK(schema->indexes_with(ElementKind::Node, KeyId{1}).size() == 2);
  CHECK(schema->indexes_with(ElementKind::Node, KeyId{2}).size() == 1);
  CHECK(schema->indexes_with(ElementKind::Relationship, KeyId{2}).empty());
  CHECK(schema->constraints_on(kKnows).size() == 1);
  CHECK(schema->next_id() == 5);
}

TEST_CASE("A schema is read back as it was written, and no cut of it is believed") {
  const auto schema = sample();
  const std::string bytes = schema->encode();
  const auto read = Schema::decode(std::as_bytes(std::span(bytes.data(), bytes.size())));
  CHECK(read->version() == schema->version());
  CHECK(read->next_id() == schema->next_id());
  CHECK(std::equal(read->indexes().begin(), read->indexes().end(), schema->indexes().begin(),
                   schema->indexes().end()));
  CHECK(std::equal(read->constraints().begin(), read->constraints().end(),
                   schema->constraints().begin(), schema->constraints().end()));
  for (std::size_t length = 0; length < bytes.size(); ++length)
    CHECK_THROWS_AS(Schema::decode(std::as_bytes(std::span(bytes.data(), length))), StorageError);
}

TEST_CASE("Every change of a schema gives another version; ids are not given again") {
  const auto schema = sample();
  const auto dropped = schema->without_index(1);
  const auto without = schema->without_constraint(2);
  CHECK(without->find_index("u") == nullptr);
  CHECK(dropped->version() != schema->version());
  CHECK(dropped->version() != without->version());
  const auto again = dropped->with(index_on(*dropped, "a", kPerson, {{1}, {2}}));
  CHECK(again->version() != schema->version());
  CHECK(again->find_index("a")->id == 5);
}

// A store with a label, a type and three keys.
class SchemaStore {
 public:
  SchemaStore() {
    options_.environment = memory_environment();
    options_.memory_limit_bytes = 64 * kMiB;
    open();
    const auto tx = store_->begin();
    tx->intern_label("Person");
    tx->intern_type("KNOWS");
    for (const char* key : {"id", "name", "since"}) tx->intern_key(key);
    tx->commit();
  }
  void open() { store_ = Store::open("/graph.kith", options_); }
  void reopen() {
    store_->close();
    open();
  }
  // On the files as they are at this moment: what a killed process leaves.
  void die_and_reopen() {
    Environment copy = memory_environment();
    for (const std::string& name : options_.environment.files->list("/")) {
      const auto from = options_.environment.files->open("/" + name, OpenMode::ReadOnly);
      std::vector<std::byte> bytes(from->size());
      from->read(0, bytes);
      copy.files->open("/" + name, OpenMode::CreateNew)->write(0, bytes);
    }
    options_.environment = std::move(copy);
    open();
  }
  Store& store() { return *store_; }
  template <class Work>
  Counters change(Work&& work) {
    const auto tx = store_->begin();
    tx->begin_statement();
    work(*tx);
    tx->end_statement();
    const Counters counters = tx->counters();
    tx->commit();
    return counters;
  }
  std::vector<std::string> names() {
    const View view = store_->snapshot();
    std::vector<std::string> names;
    for (const IndexDef& index : view.schema().indexes()) names.push_back("i " + index.name);
    for (const ConstraintDef& c : view.schema().constraints()) names.push_back("c " + c.name);
    return names;
  }

 private:
  StoreOptions options_;
  std::shared_ptr<Store> store_;
};

using Names = std::vector<std::string>;

TEST_CASE("The schema is kept by commits, checkpoints and reopening; dropped parts stay dropped") {
  SchemaStore s;
  const Counters added = s.change([](Transaction& tx) {
    tx.create_index({0, "by_name", kPerson, {{1}}});
    tx.create_constraint(constraint_on("one_id", ConstraintKind::Key, kPerson, {{0}}));
    tx.create_constraint(constraint_on("since", ConstraintKind::Exists, kKnows, {{2}}));
  });
  CHECK(added.indexes_added == 1);
  CHECK(added.constraints_added == 2);
  const Names all{"i by_name", "i one_id", "c one_id", "c since"};
  CHECK(s.names() == all);
  const std::uint64_t version = s.store().snapshot().schema().version();
  s.store().checkpoint();
  CHECK(s.names() == all);
  s.reopen();
  CHECK(s.names() == all);
  CHECK(s.store().snapshot().schema().version() == version);

  const Counters removed = s.change([](Transaction& tx) {
    tx.drop_index("by_name");
    tx.drop_constraint("one_id");
  });
  CHECK(removed.indexes_removed == 1);
  CHECK(removed.constraints_removed == 1);
  CHECK(s.names() == Names{"c since"});
  s.reopen();
  CHECK(s.names() == Names{"c since"});
  CHECK(s.store().snapshot().schema().next_id() == 5);
}

TEST_CASE("Each record of a schema change is replayed") {
  SchemaStore s;
  s.change([](Transaction& tx) { tx.create_index({0, "by_name", kPerson, {{1}}}); });
  s.change([](Transaction& tx) {
    tx.create_constraint(constraint_on("one_id", ConstraintKind::Key, kPerson, {{0}}));
    ConstraintDef type = constraint_on("since", ConstraintKind::Type, kKnows, {{2}});
    type.types.items = TypeSet::of(Kind::Date) | TypeSet::of(Kind::String);
    tx.create_constraint(type);
  });
  const std::string before = s.store().snapshot().schema().encode();
  s.die_and_reopen();
  CHECK(s.store().open_report().replayed_commits > 0);
  CHECK(s.store().snapshot().schema().encode() == before);
  s.change([](Transaction& tx) { tx.drop_index("by_name"); });
  s.change([](Transaction& tx) { tx.drop_constraint("one_id"); });
  s.die_and_reopen();
  CHECK(s.names() == Names{"c since"});
}

TEST_CASE("A schema change that is rolled back was never made") {
  SchemaStore s;
  const auto tx = s.store().begin();
  const std::uint64_t version = tx->view().schema().version();
  tx->begin_statement();
  tx->create_index({0, "", kPerson, {{1}}});
  CHECK(tx->view().schema().indexes().size() == 1);
  tx->rollback_statement();
  CHECK(tx->view().schema().is_empty());
  CHECK(tx->view().schema().version() == version);
  tx->begin_statement();
  tx->create_index({0, "", kPerson, {{1}}});
  tx->end_statement();
  tx->rollback();
  CHECK(s.names().empty());
}

template <class Work>
std::string detail_of(SchemaStore& s, Work&& work) {
  const auto tx = s.store().begin();
  tx->begin_statement();
  try {
    work(*tx);
  } catch (const QueryError& error) {
    CHECK(error.type() == "SchemaError");
    return error.detail();
  }
  return "";
}

TEST_CASE("What is there already, or is not there, is refused by name") {
  SchemaStore s;
  s.change([](Transaction& tx) {
    tx.create_index({0, "by_name", kPerson, {{1}}});
    tx.create_constraint(constraint_on("one_id", ConstraintKind::Unique, kPerson, {{0}}));
  });
  const auto index = [&](std::string name, std::vector<KeyId> keys) {
    return detail_of(s, [&](Transaction& tx) { tx.create_index({0, name, kPerson, keys}); });
  };
  CHECK(index("by_name", {{1}}) == "EquivalentSchemaRuleAlreadyExists");
  CHECK(index("", {{1}}) == "EquivalentSchemaRuleAlreadyExists");
  CHECK(index("other", {{1}}) == "IndexAlreadyExists");
  CHECK(index("by_name", {{2}}) == "IndexWithNameAlreadyExists");
  CHECK(index("one_id", {{2}}) == "ConstraintWithNameAlreadyExists");
  CHECK(index("other", {{0}}) == "ConstraintAlreadyExists");
  CHECK(index("twice", {{1}, {1}}) == "RepeatedPropertyInSchema");
  CHECK(index("", {{1}, {0}}) == "");
  const auto constraint = [&](std::string name, ConstraintKind kind, std::vector<KeyId> keys) {
    return detail_of(s, [&](Transaction& tx) {
      tx.create_constraint(constraint_on(name, kind, kPerson, keys));
    });
  };
  CHECK(constraint("", ConstraintKind::Unique, {{0}}) == "EquivalentSchemaRuleAlreadyExists");
  CHECK(constraint("other", ConstraintKind::Unique, {{0}}) == "ConstraintAlreadyExists");
  CHECK(constraint("other", ConstraintKind::Key, {{0}}) == "ConstraintAlreadyExists");
  CHECK(constraint("other", ConstraintKind::Key, {{1}}) == "IndexAlreadyExists");
  CHECK(constraint("by_name", ConstraintKind::Exists, {{0}}) == "IndexWithNameAlreadyExists");
  CHECK(constraint("one_id", ConstraintKind::Exists, {{0}}) == "ConstraintWithNameAlreadyExists");
  CHECK(constraint("", ConstraintKind::Exists, {{0}}) == "");
  const auto drop = [&](const char* name) {
    return detail_of(s, [&](Transaction& tx) { tx.drop_index(name); });
  };
  CHECK(drop("one_id") == "IndexBelongsToConstraint");
  CHECK(drop("nothing") == "IndexNotFound");
  CHECK(detail_of(s, [](Transaction& tx) { tx.drop_constraint("by_name"); }) ==
        "ConstraintNotFound");
}

}  // namespace
}  // namespace kith::storage
