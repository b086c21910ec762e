// tests/unit/storage/log_record_test.cpp: every kind of record survives its own bytes, and no bytes
// are believed that are not a record.
#include "storage/log/record.hpp"

#include <catch2/catch.hpp>
#include <random>

#include "core/compare.hpp"
#include "kith/error.hpp"
#include "tests/unit/core/random_cells.hpp"

namespace kith::storage {
namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

// One of each kind; the arrays live as long as the program.
std::vector<Record> samples() {
  static const LabelId labels[] = {{0}, {3}, {900}};
  static const KeyId keys[] = {{5}, {300}};
  static const Cell numbers[] = {Cell::of(std::int64_t{1}), Cell::of(2.5)};
  static const ListData list{2, numbers};
  static const Property properties[] = {{KeyId{0}, Cell::of(std::string_view("Ada"))},
                                        {KeyId{7}, Cell::of(&list)},
                                        {KeyId{300}, Cell::of(std::int64_t{-5})}};
  static const Cell values[] = {Cell::of(std::int64_t{7}), Cell::null(), Cell::null(),
                                Cell::of(&list)};
  static const Cell alike[] = {Cell::of(std::int64_t{-9}), Cell::of("text"),
                               Cell::of(std::int64_t{5'000'000'000}), Cell::of("text")};
  static const NodeId nodes[] = {{7}, {16383}}, others[] = {{7}, {UINT64_MAX >> 2}};
  static const RelationshipId edges_set[] = {{400}, {0}};
  static const ListChange edges[] = {{7, 9, TypeId{1}, true}, {400, 1, TypeId{2}, false}};
  return {
      record::AddName{NameKind::Type, 4, "KNOWS"},
      record::CreateNode{NodeId{1}, labels, properties},
      record::CreateNode{NodeId{UINT64_MAX >> 2}, {}, {}},
      record::DeleteNode{NodeId{77}},
      record::AddLabel{NodeId{5}, LabelId{1}},
      record::RemoveLabel{NodeId{5}, LabelId{2}},
      record::SetNodeProperty{NodeId{5}, {KeyId{1}, Cell::of(true ? 1.5 : 0.0)}},
      record::SetNodeProperty{NodeId{5}, {KeyId{1}, Cell::null()}},
      record::CreateRelationship{RelationshipId{9}, TypeId{2}, NodeId{1}, NodeId{2}, properties},
      record::DeleteRelationship{RelationshipId{9}},
      record::SetRelationshipProperty{RelationshipId{9}, {KeyId{2}, Cell::boolean(true)}},
      record::Commit{12, 1'700'000'000'000'000'000},
      record::CreateIndex{3, "by name", ElementKind::Relationship, 7, keys},
      record::DropIndex{3},
      record::CreateConstraint{4, "one id", ConstraintKind::Type, ElementKind::Node, 1, keys,
                               "\x01\x02"},
      record::CreateConstraint{6, "key", ConstraintKind::Key, ElementKind::Node, 900, keys, ""},
      record::DropConstraint{4},
      record::CarryNode{NodeId{8}, Existence::Deleted, 1, labels, properties, edges, {}},
      record::CarryNode{NodeId{9}, Existence::InBase, 0, {}, {}, {}, edges},
      record::CarryRelationship{RelationshipId{4}, Existence::Created, TypeId{1}, NodeId{1},
                                NodeId{70}, properties},
      record::CreateNodes{NodeId{16384}, 2, labels, keys, values},
      record::CreateNodes{NodeId{3}, 70, {}, {}, {}},
      record::CreateRelationships{RelationshipId{300}, TypeId{1}, nodes, others, keys, values},
      record::CreateRelationships{RelationshipId{0}, TypeId{0}, nodes, nodes, {}, {}},
      record::SetNodeProperties{nodes, keys, values},
      record::SetRelationshipProperties{edges_set, keys, values},
      record::DeleteNodes{nodes},
      record::DeleteRelationships{TypeId{4}, edges_set},
      record::AddLabels{LabelId{300}, nodes},
      record::RemoveLabels{LabelId{0}, nodes},
      record::SetNodeColumns{{nodes}, keys, {2, values}},
      record::SetNodeColumns{{others}, keys, {2, alike}},
      record::SetNodeColumns{{}, keys, {2, {}}},
      record::SetRelationshipColumns{{edges_set}, keys, {2, values}},
      record::AddLabelRuns{LabelId{300}, {nodes}},
      record::RemoveLabelRuns{LabelId{0}, {others}}};
}

// A record as text, by its own list of fields.
struct Show {
  std::string out;
  void operator()(std::uint64_t v) { out += std::to_string(v) + " "; }
  void operator()(std::uint32_t v) { out += std::to_string(v) + " "; }
  void operator()(std::int64_t v) { out += std::to_string(v) + " "; }
  void operator()(std::string_view v) { out += std::string(v) + " "; }
  void operator()(ElementKind v) { out += std::to_string(static_cast<int>(v)) + " "; }
  void operator()(ConstraintKind v) { out += std::to_string(static_cast<int>(v)) + " "; }
  void operator()(Existence v) { out += std::to_string(static_cast<int>(v)) + " "; }
  void operator()(const ListChange& v) {
    (*this)(v.relationship), (*this)(v.neighbour), (*this)(v.type);
    out += v.added ? "+ " : "- ";
  }
  void operator()(NameKind v) { out += std::to_string(static_cast<int>(v)) + " "; }
  template <class Tag, class Number>
  void operator()(Id<Tag, Number> v) {
    (*this)(v.value);
  }
  void operator()(const Cell& v) {
    std::string bytes;
    encode(bytes, v);
    (*this)(std::string_view(bytes));
  }
  void operator()(const Property& v) { (*this)(v.key), (*this)(v.value); }
  template <class Item>
  void operator()(std::span<const Item> items) {
    out += "[";
    for (const Item& item : items) (*this)(item);
    out += "]";
  }
  template <class I>
  void operator()(const IdRuns<I>& runs) {
    (*this)(runs.ids);
  }
  void operator()(const ValueColumns& columns) {
    out += std::to_string(columns.keys) + " ";
    (*this)(columns.values);
  }
};
std::string show(const Record& record) {
  return std::visit(
      [](const auto& r) {
        Show s{std::string(r.kName) + " "};
        r.fields(r, [&](std::string_view, const auto& field) { s(field); });
        return s.out;
      },
      record);
}

TEST_CASE("Every kind of record is read back as it was written") {
  std::string log;
  for (const Record& record : samples()) encode(log, record);
  ByteReader in(bytes_of(log));
  Arena arena;
  for (const Record& record : samples()) CHECK(show(decode_record(in, arena)) == show(record));
  CHECK(in.at_end());
}

TEST_CASE("A cut record is an error, wherever it is cut") {
  for (const Record& record : samples()) {
    std::string log;
    encode(log, record);
    for (std::size_t length = 0; length < log.size(); ++length) {
      const std::string cut = log.substr(0, length);
      ByteReader in(bytes_of(cut));
      Arena arena;
      CHECK_THROWS_AS(decode_record(in, arena), StorageError);
    }
  }
}

TEST_CASE("A record with any byte changed is another record or an error, never a crash") {
  for (const Record& record : samples()) {
    std::string log;
    encode(log, record);
    for (std::size_t i = 0; i < log.size(); ++i)
      for (int bit = 0; bit < 8; ++bit) {
        std::string changed = log;
        changed[i] = static_cast<char>(changed[i] ^ (1 << bit));
        ByteReader in(bytes_of(changed));
        Arena arena;
        try {
          decode_record(in, arena);
        } catch (const StorageError&) {
        }
      }
  }
}

// Values of a column, as its form in the log may be: all the same, words, or any.
Cell random_value(std::mt19937_64& random, std::uint64_t form) {
  const auto number = static_cast<std::int64_t>(random() >> (random() % 64));
  if (form == 0) return Cell::of(std::int64_t{7});
  if (form == 1) return Cell::of(random() % 2 == 0 ? number : -number);
  if (form == 2) return Cell::of(1.0 / static_cast<double>(number + 1));
  if (form == 3) return Cell::date(number % 100'000);
  return random() % 3 == 0 ? Cell::null() : random() % 2 == 0 ? Cell::of("t") : Cell::of(number);
}

TEST_CASE("Runs of ids and columns of values are read back as they were") {
  const std::uint64_t seed = kith::test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 300; ++round) {
    std::vector<NodeId> nodes;
    for (std::uint64_t runs = random() % 6; runs > 0; --runs) {
      const std::uint64_t first = random() >> (random() % 64);
      for (std::uint64_t i = 0; i <= random() % 40; ++i) nodes.push_back({first + i});
    }
    std::vector<KeyId> keys;
    for (std::uint32_t key = 0; key < random() % 4; ++key) keys.push_back({key * 5});
    std::vector<Cell> values(nodes.size() * keys.size());
    for (std::size_t key = 0; key < keys.size(); ++key) {
      const std::uint64_t form = random() % 5;
      for (std::size_t at = key; at < values.size(); at += keys.size())
        values[at] = random_value(random, form);
    }
    const Record record = record::SetNodeColumns{{nodes}, keys, {keys.size(), values}};
    std::string log;
    encode(log, record);
    ByteReader in(bytes_of(log));
    Arena arena;
    CHECK(show(decode_record(in, arena)) == show(record));
  }
}

TEST_CASE("Equal values and ids one after another take a few bytes") {
  std::vector<RelationshipId> ids;
  for (std::uint64_t id = 5000; id < 105000; ++id) ids.push_back({id});
  const KeyId keys[] = {{3}};
  std::vector<Cell> values(ids.size(), Cell::of("one text"));
  std::string log;
  encode(log, record::SetRelationshipColumns{{ids}, keys, {1, values}});
  CHECK(log.size() < 50);
  for (std::size_t i = 0; i < ids.size(); ++i) values[i] = Cell::of(static_cast<double>(i));
  log.clear();
  encode(log, record::SetRelationshipColumns{{ids}, keys, {1, values}});
  CHECK(log.size() < 8 * ids.size() + 50);
}

TEST_CASE("A record of an unknown kind says that a later version wrote it") {
  const std::string log("\x02\x7f\x00", 3);
  ByteReader in(bytes_of(log));
  Arena arena;
  try {
    decode_record(in, arena);
    FAIL("it was read");
  } catch (const StorageError& error) {
    CHECK(error.detail() == "NewerVersion");
  }
}

}  // namespace
}  // namespace kith::storage
