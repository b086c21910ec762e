// tests/unit/cypher/plan_statistics_test.cpp: what the planner learns from a store.
#include <catch2/catch.hpp>
#include <vector>

#include "cypher/plan/statistics.hpp"
#include "storage/store.hpp"
#include "storage/writer.hpp"

using namespace kith;
using kith::plan::End;

namespace {

// 1000 persons with an id and one of four colours; each likes one of 100 cities. 10 robots like
// nobody; robot 0 is liked by robot 1.
std::shared_ptr<storage::Store> social_store() {
  storage::StoreOptions options;
  options.environment = memory_environment();
  options.memory_limit_bytes = 16 * kMiB;
  auto store = storage::Store::open("graph.kith", options);
  const auto tx = store->begin();
  tx->begin_statement();
  const LabelId person = tx->intern_label("Person"), city = tx->intern_label("City");
  const LabelId robot = tx->intern_label("Robot");
  const TypeId likes = tx->intern_type("LIKES"), serves = tx->intern_type("SERVES");
  const KeyId id = tx->intern_key("id"), colour = tx->intern_key("colour");
  std::vector<NodeId> cities, robots;
  for (int i = 0; i < 100; ++i) cities.push_back(tx->create_node({{city}}, {}));
  for (int i = 0; i < 10; ++i) robots.push_back(tx->create_node({{robot}}, {}));
  for (std::int64_t i = 0; i < 1000; ++i) {
    const std::vector<storage::Property> properties = {{id, Cell::of(i)},
                                                       {colour, Cell::of(i % 4)}};
    const NodeId node = tx->create_node({{person}}, properties);
    tx->create_relationship(likes, node, cities[static_cast<std::size_t>(i % 100)], {});
  }
  tx->create_relationship(serves, robots[1], robots[0], {});
  tx->end_statement();
  tx->commit();
  return store;
}

}  // namespace

TEST_CASE("Counts of the statistics are the store's", "[plan]") {
  const auto store = social_store();
  const auto statistics = plan::statistics_of(store->snapshot());
  CHECK(statistics->nodes() == 1110);
  CHECK(statistics->nodes("Person") == 1000);
  CHECK(statistics->nodes("Nobody") == 0);
  CHECK(statistics->relationships() == 1001);
  CHECK(statistics->relationships("LIKES") == 1000);
  CHECK(statistics->relationships("HATES") == 0);
}

TEST_CASE("A sample tells between which labels a type runs", "[plan]") {
  const auto store = social_store();
  const auto statistics = plan::statistics_of(store->snapshot());
  CHECK(statistics->share("LIKES", End::Start, "Person") == 1);
  CHECK(statistics->share("LIKES", End::End, "City") == 1);
  CHECK(statistics->share("LIKES", End::End, "Person") < 0.05);
  CHECK(statistics->share("LIKES", End::End, "Nobody") == 0);
  CHECK(statistics->population("LIKES", End::Start) == 1000);
  CHECK(statistics->population("LIKES", End::End) == 100);
  CHECK(statistics->population("SERVES", End::End) == 10);
  CHECK(statistics->population("HATES", End::End) == 1110);
}

TEST_CASE("Labels at the two ends of a type are seen together", "[plan]") {
  const auto store = social_store();
  const auto statistics = plan::statistics_of(store->snapshot());
  CHECK(statistics->share_between("LIKES", "Person", "City") == 1);
  CHECK(statistics->share_between("LIKES", "City", "Person") < 0.01);
  CHECK(statistics->share_between("SERVES", "Robot", "Robot") == 1);
  CHECK(statistics->share_between("LIKES", "Nobody", "City") == 0);
}

TEST_CASE("A label that few relationships of a type have is measured by its nodes", "[plan]") {
  storage::StoreOptions options;
  options.environment = memory_environment();
  options.memory_limit_bytes = 16 * kMiB;
  auto store = storage::Store::open("graph.kith", options);
  const auto tx = store->begin();
  tx->begin_statement();
  const LabelId rare = tx->intern_label("Rare"), common = tx->intern_label("Common");
  const TypeId type = tx->intern_type("T");
  const NodeId hub = tx->create_node({}, {});
  for (int i = 0; i < 20'000; ++i) {
    const LabelId label = i % 2'000 == 7 ? rare : common;
    tx->create_relationship(type, tx->create_node({{label}}, {}), hub, {});
  }
  tx->end_statement();
  tx->commit();
  const auto statistics = plan::statistics_of(store->snapshot());
  CHECK(statistics->share("T", End::Start, "Rare") == Approx(10 / 20'000.0));
  CHECK(statistics->share("T", End::Start, "Common") > 0.99);
}

TEST_CASE("A sample tells keys from categories", "[plan]") {
  const auto store = social_store();
  const auto statistics = plan::statistics_of(store->snapshot());
  CHECK(statistics->equality("Person", "id") == Approx(0.001));
  CHECK(statistics->equality("Person", "colour") == Approx(0.25));
  CHECK(statistics->equality("City", "colour") < 0.01);
  CHECK(statistics->equality("Person", "nothing") < 0.001);
  CHECK(statistics->equality("Nobody", "id") <= 1);
}

TEST_CASE("The same graph gives the same statistics", "[plan]") {
  const auto store = social_store();
  const auto one = plan::statistics_of(store->snapshot());
  const auto two = plan::statistics_of(store->snapshot());
  for (const char* key : {"id", "colour"}) {
    CHECK(one->equality("Person", key) == two->equality("Person", key));
    CHECK(one->equality("", key) == two->equality("", key));
  }
}

TEST_CASE("A sample tells what share of the values lies in a range", "[plan]") {
  const auto store = social_store();
  const auto statistics = plan::statistics_of(store->snapshot());
  const auto ids = statistics->values("Person", "id");
  REQUIRE(ids != nullptr);
  CHECK(ids->values.size() == ids->nodes);
  const Cell low = Cell::of(std::int64_t{250}), high = Cell::of(std::int64_t{500});
  CHECK(ids->share({.upper = &low}, true) == Approx(0.25).margin(0.05));
  CHECK(ids->share({.lower = &low}, true) == Approx(0.75).margin(0.05));
  CHECK(ids->share({.lower = &low, .upper = &high}, true) == Approx(0.25).margin(0.05));
  const Cell colour = Cell::of(std::int64_t{1});
  const auto colours = statistics->values("Person", "colour");
  CHECK(colours->share({.upper = &colour}, true) == Approx(0.25).margin(0.02));
  CHECK(colours->share({.upper = &colour, .upper_inclusive = true}, true) ==
        Approx(0.5).margin(0.02));
  const Cell text = Cell::of(std::string_view("a"));  // of another type than all
  CHECK(ids->share({.lower = &text}, true) < 0.01);
  // Of all nodes some have it.
  const auto any = statistics->values("", "id");
  CHECK(any->values.size() < any->nodes);
  CHECK(any->share({.lower = &low}, false) > any->share({.lower = &low}, true));
  CHECK(statistics->values("Nobody", "id") == nullptr);
  CHECK(statistics->values("Person", "nothing") == nullptr);
}
