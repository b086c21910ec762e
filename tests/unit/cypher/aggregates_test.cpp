// tests/unit/cypher/aggregates_test.cpp: aggregates over rows, in any order and spread.
#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "core/print.hpp"
#include "cypher/functions/exact_sum.hpp"
#include "cypher/functions/function.hpp"
#include "cypher/functions/procedure.hpp"
#include "cypher/prepare.hpp"
#include "tests/unit/cypher/function_fixture.hpp"

namespace kith {

namespace {

// The aggregate over a list, spread over `states` states that are merged in order.
std::string over(std::string_view name, std::span<const Cell> values, std::size_t states = 1,
                 const Cell& second = {}) {
  test::Context context;
  const AggregateDef* aggregate = find_aggregate(name);
  REQUIRE(aggregate != nullptr);
  try {
    std::vector<std::unique_ptr<AggregateState>> parts;
    for (std::size_t i = 0; i < states; ++i) parts.push_back(aggregate->make());
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (values[i].is_null()) continue;
      const Cell arguments[] = {values[i], second};
      const std::size_t count = aggregate->max_arguments;
      parts[i * states / values.size()]->add(context, std::span(arguments).first(count), 1);
    }
    for (std::size_t i = 1; i < states; ++i) parts[0]->merge(*parts[i]);
    return to_cypher(parts[0]->finish(context.arena()));
  } catch (const Error& error) {
    return error.type() + "/" + error.detail();
  }
}

std::string over(std::string_view name, const std::string& list, double second = 0) {
  test::Context context;
  const ast::Query query = cypher::parse("RETURN " + list);
  const auto& clause = std::get<ast::Return>(query.parts.at(0).clauses.at(0).node);
  const Cell values = test::evaluate(*clause.body.items.at(0).value, context, {});
  const std::string one = over(name, values.items(), 1, Cell::of(second));
  for (const std::size_t states : {2, 3, 7}) {
    CHECK(over(name, values.items(), states, Cell::of(second)) == one);
  }
  return one;
}

}  // namespace

TEST_CASE("Sums, averages and extremes skip null") {
  CHECK(over("count", "[1, null, 'a']") == "2");
  CHECK(over("sum", "[1, null, 2]") == "3");
  CHECK(over("sum", "[]") == "0");
  CHECK(over("sum", "[1, 2.5]") == "3.5");
  CHECK(over("avg", "[1, 2]") == "1.5");
  CHECK(over("avg", "[]") == "null");
  CHECK(over("min", "[1, 2, 0, null, -1]") == "-1");
  CHECK(over("max", "[1, 2.0, 5, null, 3.2, 0.1]") == "5");
  CHECK(over("max", "['a', 'b', 'B', null, 'abc', 'abc1']") == "'b'");
  CHECK(over("min", "[[1], [2], [2, 1]]") == "[1]");
  CHECK(over("max", "[1, 'a', null, [1, 2], 0.2, 'b']") == "1");
  CHECK(over("min", "[1, 'a', null, [1, 2], 0.2, 'b']") == "[1, 2]");
  CHECK(over("min", "[]") == "null");
  CHECK(over("collect", "[3, null, [1, {a: 'b'}], 3]") == "[3, [1, {a: 'b'}], 3]");
  CHECK(over("collect", "[]") == "[]");
}

TEST_CASE("Only a sum that does not fit in the end overflows") {
  CHECK(over("sum", "[9223372036854775807, 1]") == "ArithmeticError/IntegerOverflow");
  CHECK(over("sum", "[9223372036854775807, 1, -1]") == "9223372036854775807");
  CHECK(over("avg", "[9223372036854775807, 9223372036854775807]") == "9.223372036854776e18");
  CHECK(over("sum", "[1e308, 1e308]") == "Infinity");
  CHECK(over("sum", "['a']") == "TypeError/InvalidArgumentType");
}

TEST_CASE("Durations are summed and averaged, but not with numbers") {
  CHECK(over("sum", "[duration('P1M'), duration('P2DT1.5S'), duration('PT-2S')]") ==
        "duration('P1M2DT-0.5S')");
  CHECK(over("avg", "[duration('PT1H'), duration('PT2H')]") == "duration('PT1H30M')");
  CHECK(over("sum", "[duration('P1D'), 1]") == "TypeError/InvalidArgumentType");
}

TEST_CASE("The sum of floats does not depend on their order") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> mantissa(-1, 1);
  std::uniform_int_distribution<int> exponent(-30, 30);
  std::vector<Cell> values;
  for (int i = 0; i < 2000; ++i)
    values.push_back(Cell::of(std::ldexp(mantissa(random), exponent(random))));
  const std::string sum = over("sum", values), average = over("avg", values);
  for (int i = 0; i < 20; ++i) {
    std::shuffle(values.begin(), values.end(), random);
    CHECK(over("sum", values, 1 + static_cast<std::size_t>(i % 5)) == sum);
    CHECK(over("avg", values, 1 + static_cast<std::size_t>(i % 5)) == average);
  }
  CHECK(over("sum", "[1e100, 1.0, -1e100]") == "1.0");
  CHECK(over("sum", "[0.1, 0.2, 0.3]") == "0.6");
}

TEST_CASE("What is not finite stays so in a sum") {
  DoubleDouble sum;
  sum.add(1.0);
  sum.add(std::numeric_limits<double>::infinity());
  sum.add(-1.0);
  CHECK(sum.value() == std::numeric_limits<double>::infinity());
  sum.add(-std::numeric_limits<double>::infinity());
  CHECK(std::isnan(sum.value()));
}

TEST_CASE("A row of weight n counts n times") {
  test::Context context;
  const auto weighted = [&](std::string_view name, const Cell& second = {}) {
    const AggregateDef* aggregate = find_aggregate(name);
    const auto state = aggregate->make();
    const Cell first[] = {Cell::of(std::int64_t{10}), second};
    const Cell last[] = {Cell::of(std::int64_t{20}), second};
    state->add(context, std::span(first).first(aggregate->max_arguments), 3);
    state->add(context, std::span(last).first(aggregate->max_arguments), 1);
    return to_cypher(state->finish(context.arena()));
  };
  CHECK(weighted("count") == "4");
  CHECK(weighted("sum") == "50");
  CHECK(weighted("avg") == "12.5");
  CHECK(weighted("collect") == "[10, 10, 10, 20]");
  CHECK(weighted("stDevP") == over("stDevP", "[10, 10, 10, 20]"));
  CHECK(weighted("percentileDisc", Cell::of(0.75)) == "10");
  CHECK(weighted("percentileDisc", Cell::of(0.76)) == "20");
  CHECK(weighted("percentileCont", Cell::of(0.5)) == "10.0");
}

namespace {

const Cell kShare = Cell::of(0.3);  // the second argument of percentiles

// The numbers one after the other, and all at once: integers, then (`forms` > 1) floats, then
// (`forms` > 2) a row of some weight and the integers again.
void compare_ways(const AggregateDef& aggregate, const std::vector<std::int64_t>& integers,
                  const std::vector<double>& floats, int forms) {
  test::Context context;
  const auto one = aggregate.make(), all = aggregate.make();
  const auto add = [&](AggregateState& state, const Cell& value, std::uint64_t weight) {
    const Cell arguments[] = {value, kShare};
    state.add(context, std::span(arguments).first(aggregate.max_arguments), weight);
  };
  const auto add_all = [&](const auto& numbers) {
    for (const auto number : numbers) add(*one, Cell::of(number), 1);
    using T = typename std::decay_t<decltype(numbers)>::value_type;
    all->add_all(context, std::span<const T>(numbers),
                 std::span(&kShare, aggregate.max_arguments - 1u));
  };
  add_all(integers);
  if (forms > 1) add_all(floats);
  if (forms > 2) {
    for (AggregateState* state : {one.get(), all.get()}) add(*state, Cell::of(7.5), 3);
    add_all(integers);
  }
  std::string bytes;
  all->save(bytes);
  const auto loaded = aggregate.make();
  ByteReader reader(std::as_bytes(std::span(bytes.data(), bytes.size())));
  loaded->load(reader);
  const std::string expected = to_cypher(one->finish(context.arena()));
  CHECK(to_cypher(all->finish(context.arena())) == expected);
  CHECK(to_cypher(loaded->finish(context.arena())) == expected);
}

}  // namespace

TEST_CASE("Many numbers at once are the same as one after the other") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (const std::string_view name :
       {"stDev", "stDevP", "percentileCont", "percentileDisc", "sum"}) {
    // Small integers, large ones, some that doubles do not hold; a sum of all must fit.
    for (const int shift : {50, 30, 9, name == "sum" ? 12 : 1}) {
      std::vector<std::int64_t> integers;
      std::vector<double> floats;
      for (int i = 0; i < 500; ++i) {
        integers.push_back(static_cast<std::int64_t>(random()) >> shift);
        floats.push_back(std::ldexp(static_cast<double>(random() % 100) - 50, 3 - shift));
      }
      INFO(name << " of integers shifted by " << shift);
      for (const int forms : {1, 2, 3})
        compare_ways(*find_aggregate(name), integers, floats, forms);
    }
  }
}

TEST_CASE("Deviations are those of statistics, far from zero too") {
  CHECK(over("stDev", "[]") == "0.0");
  CHECK(over("stDev", "[5]") == "0.0");
  CHECK(over("stDevP", "[2, 4, 4, 4, 5, 5, 7, 9]") == "2.0");
  CHECK(over("stDev", "[1, 2, 3, 4, 5]") == "1.5811388300841898");
  CHECK(over("stDevP", "[1000000000000001, 1000000000000003]") == "1.0");
  CHECK(over("stDev", "['a']") == "TypeError/InvalidArgumentType");
}

TEST_CASE("Percentiles lie between values, or are one of them") {
  CHECK(over("percentileDisc", "[10.0, 20.0, 30.0]", 0.0) == "10.0");
  CHECK(over("percentileDisc", "[30.0, 10.0, 20.0]", 0.5) == "20.0");
  CHECK(over("percentileDisc", "[10.0, 20.0, 30.0]", 1.0) == "30.0");
  CHECK(over("percentileCont", "[10.0, 20.0, 30.0]", 0.5) == "20.0");
  CHECK(over("percentileCont", "[10, 20]", 0.25) == "12.5");
  CHECK(over("percentileCont", "[10, 20, 30]", 1.0) == "30.0");
  CHECK(over("percentileCont", "[]", 0.5) == "null");
  CHECK(over("percentileDisc", "[3, 1, 2]", 0.5) == "2");
  CHECK(over("percentileDisc", "[3, 1.0, 2]", 0.1) == "1.0");
  CHECK(over("percentileDisc", "[1e308, -1.5, 0.5, -2.5]", 0.3) == "-1.5");
  CHECK(over("percentileDisc", "[1.5, 0.0 / 0.0, 2.5]", 1.0) == "NaN");
  CHECK(over("percentileCont", "[-1.5, -2.5]", 0.5) == "-2.0");
  for (const double share : {1000.0, -1.0, 1.1, std::numeric_limits<double>::quiet_NaN()}) {
    CHECK(over("percentileCont", "[1]", share) == "ArgumentError/NumberOutOfRange");
    CHECK(over("percentileDisc", "[1]", share) == "ArgumentError/NumberOutOfRange");
  }
}

TEST_CASE("Procedures are found by name and can be replaced") {
  ProcedureRegistry registry;
  REQUIRE(registry.find("db.labels") != nullptr);
  CHECK(registry.find("db.nope") == nullptr);
  CHECK(registry.all().size() == 11);
  registry.add({"test.my.proc", "A test.", {}, {}, nullptr});
  registry.add({"test.my.proc", "Another.", {}, {}, nullptr});
  CHECK(registry.all().size() == 12);
  CHECK(registry.find("test.my.proc")->summary == "Another.");
  test::Context context;
  const auto rows = registry.find("dbms.components")->run(context, {});
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].size() == registry.find("dbms.components")->outputs.size());
  CHECK(to_cypher(rows[0][0].cell()) == "'kith'");
}

}  // namespace kith
