// tests/unit/storage/property_reader_test.cpp: one property of ids in any order, from more segments
// than a reader keeps open. KITH_SEED repeats a run.
#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "storage/cursor.hpp"
#include "storage/store.hpp"
#include "storage/writer.hpp"
#include "tests/unit/core/random_cells.hpp"

namespace kith::storage {
namespace {

TEST_CASE("A property is read of ids in any order, from more segments than a reader keeps open") {
  const std::uint64_t seed = kith::test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  std::mt19937_64 random(seed);
  StoreOptions options;
  options.environment = memory_environment();
  options.memory_limit_bytes = 64 * kMiB;
  const auto store = Store::open("/graph.kith", options);
  constexpr int kSegments = 90, kNodes = 5;  // a segment for each label
  std::vector<std::uint64_t> nodes;
  std::vector<std::string> texts;
  const auto tx = store->begin();
  tx->begin_statement();
  const KeyId keys[] = {tx->intern_key("i"), tx->intern_key("s")};
  for (int segment = 0; segment < kSegments; ++segment) {
    const LabelId label = tx->intern_label("L" + std::to_string(segment));
    for (int i = 0; i < kNodes; ++i) {
      texts.push_back("text " + std::to_string(random() % 1000) +
                      std::string(static_cast<std::size_t>(i), 'x'));
      const Property properties[] = {{keys[0], Cell::of(static_cast<std::int64_t>(nodes.size()))},
                                     {keys[1], Cell::of(std::string_view(texts.back()))}};
      nodes.push_back(tx->create_node({&label, 1}, properties).value);
    }
  }
  tx->end_statement();
  tx->commit();
  store->checkpoint();
  const View view = store->snapshot();
  PropertyReader numbers(view, ElementKind::Node, keys[0]);
  PropertyReader strings(view, ElementKind::Node, keys[1]);
  Vector number, text;
  for (int round = 0; round < 30; ++round) {
    // Now and then from few segments, so that those stay open; in order, or not.
    const std::size_t among = round % 3 == 0 ? 7 * kNodes : nodes.size();
    std::vector<std::size_t> wanted(1 + random() % 600);
    for (std::size_t& one : wanted) one = random() % among;
    if (round % 4 == 0) std::sort(wanted.begin(), wanted.end());
    std::vector<std::uint64_t> ids;
    for (const std::size_t one : wanted) ids.push_back(nodes[one]);
    numbers.read(ids, nullptr, number);
    strings.read(ids, nullptr, text);
    bool same = true;
    for (std::uint32_t i = 0; i < ids.size(); ++i) {
      same &= number.cell(i).integer == static_cast<std::int64_t>(wanted[i]);
      same &= text.cell(i).string() == texts[wanted[i]];
    }
    REQUIRE(same);
  }
}

// What a batch sets nodes to: all the same, numbers or dates, or anything.
Cell value_of_batch(std::mt19937_64& random, std::uint64_t form) {
  const auto number = static_cast<std::int64_t>(random() % 1000);
  if (form == 0) return Cell::of(std::int64_t{7});
  if (form <= 2) return Cell::of(number);
  if (form == 3) return Cell::of(static_cast<double>(number) / 8);
  if (form == 4) return Cell::date(number);
  return number % 3 == 0 ? Cell::null() : number % 3 == 1 ? Cell::of(number) : Cell::of("text");
}

TEST_CASE("Runs of ids are read as they are one by one, whatever was set of some of them") {
  const std::uint64_t seed = kith::test::fresh_seed();
  INFO("KITH_SEED=" << seed);
  std::mt19937_64 random(seed);
  StoreOptions options;
  options.environment = memory_environment();
  const auto store = Store::open("/graph.kith", options);
  constexpr std::size_t kNodes = 2000;
  std::vector<std::uint64_t> nodes(kNodes);
  std::vector<Cell> cells(kNodes);
  KeyId key, other;
  for (int round = 0; round < 60; ++round) {
    const auto tx = store->begin();
    tx->begin_statement();
    if (round == 0) {
      key = tx->intern_key("i"), other = tx->intern_key("o");
      for (std::size_t i = 0; i < kNodes; ++i)
        cells[i] = random() % 90 == 0 ? Cell::null() : Cell::of(static_cast<std::int64_t>(i));
      tx->create_nodes({{}, {&key, 1}, cells, kNodes}, nodes);
    }
    for (std::uint64_t sets = random() % 4; sets > 0; --sets) {
      const std::uint64_t form = random() % 6, step = random() % 3 == 0 ? 1 + random() % 9 : 1;
      const KeyId to = random() % 5 == 0 ? other : key;
      const std::size_t first = random() % kNodes, most = first + random() % kNodes;
      std::vector<NodeId> ids;
      std::vector<Cell> values;
      for (std::size_t i = first; i < std::min(kNodes, most); i += step) {
        ids.push_back({nodes[i]});
        values.push_back(value_of_batch(random, form));
        if (to == key) cells[i] = values.back();
      }
      tx->set_properties(ids, {&to, 1}, values);
    }
    tx->end_statement();
    tx->commit();
    if (random() % 6 == 0) store->checkpoint();
    PropertyReader reader(store->snapshot(), ElementKind::Node, key);
    Vector out;
    for (int i = 0; i < 20; ++i) {
      const std::size_t first = random() % kNodes, count = 1 + random() % (kNodes - first);
      reader.read(std::span(nodes).subspan(first, count), nullptr, out);
      bool same = true;
      for (std::uint32_t row = 0; row < count; ++row) {
        const Cell found = out.cell(row), &wanted = cells[first + row];
        same &=
            found.kind == wanted.kind && (found.kind == Kind::String || found.word == wanted.word);
      }
      REQUIRE(same);
    }
  }
}

TEST_CASE("A text stays while a long one before it in its block is read after it") {
  StoreOptions options;
  options.environment = memory_environment();
  options.memory_limit_bytes = 2 * kMiB;
  const auto store = Store::open("/graph.kith", options);
  std::vector<std::uint64_t> ids;
  std::vector<std::string> texts;
  const auto tx = store->begin();
  tx->begin_statement();
  const KeyId key = tx->intern_key("s");
  std::mt19937_64 random(7);
  for (int i = 0; i < 24; ++i) {  // long and short in turns
    std::string text(i % 2 == 0 ? 300'000 : 100, ' ');
    for (char& c : text) c = static_cast<char>('a' + random() % 26);
    texts.push_back(std::move(text));
    const Property property{key, Cell::of(std::string_view(texts.back()))};
    ids.push_back(tx->create_node({}, {&property, 1}).value);
  }
  tx->end_statement();
  tx->commit();
  store->checkpoint();
  PropertyReader reader(store->snapshot(), ElementKind::Node, key);
  std::vector<std::size_t> order;
  for (std::size_t i = 1; i < ids.size(); i += 2) order.push_back(i);
  for (std::size_t i = 0; i < ids.size(); i += 2) order.push_back(i);
  std::vector<std::uint64_t> wanted;
  for (const std::size_t i : order) wanted.push_back(ids[i]);
  Vector out;
  reader.read(wanted, nullptr, out);
  PropertyReader other(store->snapshot(), ElementKind::Node, key);
  Vector others;  // for which the pool gives up what nobody uses
  for (int round = 0; round < 3; ++round)
    for (const std::uint64_t id : ids) other.read({&id, 1}, nullptr, others);
  for (std::uint32_t i = 0; i < order.size(); ++i) {
    INFO(order[i]);
    CHECK((out.cell(i).string() == texts[order[i]]));
  }
}

}  // namespace
}  // namespace kith::storage
