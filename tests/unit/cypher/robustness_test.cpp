// tests/unit/cypher/robustness_test.cpp: every function, aggregate and operator with every kind of
// argument: null in each place, wrong types, wrong counts, extreme values. An answer or an Error,
// nothing else.
#include <catch2/catch.hpp>
#include <random>

#include "cypher/functions/function.hpp"
#include "tests/unit/cypher/exec_fixture.hpp"

namespace kith {

namespace {

constexpr const char* kExtremes = R"(
  [null, true, false, 0, 1, -1, 2, 9223372036854775807, -9223372036854775808,
   0.0, -0.0, 1.5, 0.0 / 0.0, 1.0 / 0.0, -1.0 / 0.0, 1.7976931348623157e308, 5e-324, 1e19,
   '', 'a', 'größe', '9223372036854775808', '2020-01-31', '12:31:14.5', 'P1Y2M3DT4H', 'Europe/Paris',
   'day', 'century', 'NFD', 'HALF_UP', '\u0000', '+999999999-12-31', '-999999999-01-01T00:00Z',
   'P9223372036854775807Y', '(((((', '.*',
   [], [1], [null], [1, 'a', null, 2.5], ['a', ''], [[1], [[2]]], range(1, 3000),
   {}, {a: 1}, {year: 999999999}, {year: -999999999, month: 1}, {year: 9223372036854775807},
   {hour: 23, minute: -1}, {x: 1, y: 2}, {x: 0.0 / 0.0, y: 1}, {longitude: 180, latitude: 90, height: 1e308},
   {months: 9223372036854775807}, {days: -9223372036854775808, seconds: 9223372036854775807},
   {epochSeconds: 9223372036854775807}, {timezone: 'nowhere'}, {date: date('2020-01-31'), day: 99},
   date('+999999999-12-31'), date('-999999999-01-01'), date('2020-02-29'),
   localtime('23:59:59.999999999'), time('00:00+18:00'), time('00:00-18:00'),
   localdatetime('+999999999-12-31T23:59:59.999999999'), localdatetime('-999999999-01-01T00:00'),
   datetime('+999999999-12-31T23:59:59.999999999Z'), datetime('-999999999-01-02T00:00+18:00'),
   datetime('2020-03-29T02:30[Europe/Paris]'),
   duration({days: 9223372036854775807}), duration({months: -9223372036854775808}),
   duration({seconds: 9223372036854775807, nanoseconds: 999999999}), duration('P0D'),
   point({x: 1, y: 2}), point({x: 1e308, y: -1e308, z: 5e-324}), point({longitude: 180, latitude: 90}),
   point({longitude: 1, latitude: 2, height: 3})])";

class Extremes {
 public:
  Extremes() : database_({}) {
    database_.run("CREATE (:A {x: 1})-[:T {y: 2}]->(:B)");
    add(std::string("UNWIND ") + kExtremes + " AS x RETURN x");
    add("MATCH p = (a)-[r]->(b) UNWIND [a, r, p] AS x RETURN x");
    values_.emplace_back(std::string(20'000, 'x'));
    Value nested = List{};
    for (int i = 0; i < 90; ++i) nested = List{nested};
    values_.push_back(nested);
  }

  const std::vector<Value>& values() const { return values_; }

  // Runs it: true if there is an answer. What is no Error ends the test.
  bool answers(const std::string& statement, const Parameters& parameters = {}) {
    ++runs_;
    try {
      database_.run(statement, parameters);
      return true;
    } catch (const Error& error) {
      const bool says = !error.type().empty() && std::string(error.what()).size() > 10;
      if (!says) FAIL(statement << ": an error that says nothing");
      return false;
    }
  }
  std::uint64_t runs() const { return runs_; }

 private:
  void add(const std::string& statement) {
    const auto prepared = database_.engine().prepare(statement, database_.store().snapshot());
    auto run =
        database_.engine().run(prepared, {}, database_.options(database_.store().snapshot()));
    std::vector<std::vector<Value>> rows;
    while (run->fetch(rows, 100)) {
    }
    for (auto& row : rows) values_.push_back(std::move(row.at(0)));
  }

  test::QueryDatabase database_;
  std::vector<Value> values_;
  std::uint64_t runs_ = 0;
};

std::string call(std::string_view name, std::size_t arguments) {
  constexpr const char* kNames[] = {"$a", "$b", "$c", "$d"};
  std::string out = std::string(name) + "(";
  for (std::size_t i = 0; i < arguments; ++i) out += (i > 0 ? ", " : "") + std::string(kNames[i]);
  return out + ")";
}

}  // namespace

TEST_CASE("Functions answer or refuse whatever they are given") {
  Extremes extremes;
  const auto& values = extremes.values();
  REQUIRE(values.size() > 80);
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  const auto any = [&] { return values[random() % values.size()]; };
  constexpr std::size_t kEach = 4;
  std::size_t answered = 0;
  for (const FunctionDef* function : all_functions()) {
    INFO(function->name);
    const std::size_t most = std::min<std::size_t>(function->max_arguments, 3);
    for (std::size_t count = function->min_arguments; count <= most; ++count) {
      const std::string statement = "RETURN " + call(function->name, count) + " AS x";
      if (count == 0) answered += extremes.answers(statement) ? 1 : 0;
      for (std::size_t i = 0; count == 1 && i < values.size(); ++i) {
        answered += extremes.answers(statement, {{"a", values[i]}}) ? 1 : 0;
      }
      // Of the pairs each run takes others.
      for (std::size_t i = random() % kEach; count == 2 && i < values.size() * values.size();
           i += kEach) {
        const Parameters given = {{"a", values[i / values.size()]},
                                  {"b", values[i % values.size()]}};
        answered += extremes.answers(statement, given) ? 1 : 0;
      }
      for (std::size_t i = 0; count == 3 && i < 3 * values.size(); ++i) {
        Parameters given = {{"a", any()}, {"b", any()}, {"c", any()}};
        given[i % 3 == 0 ? "a" : i % 3 == 1 ? "b" : "c"] = values[i / 3];
        answered += extremes.answers(statement, given) ? 1 : 0;
      }
    }
  }
  CHECK(extremes.runs() > 40'000);
  CHECK(answered > 3'000);
}

TEST_CASE("Functions with null in any place, or the wrong number of arguments, are no surprise") {
  Extremes extremes;
  const auto nulls = [](std::string_view name, std::size_t count) {
    std::string out = "RETURN " + std::string(name) + "(";
    for (std::size_t i = 0; i < count; ++i) out += i > 0 ? ", null" : "null";
    return out + ") AS x";
  };
  const auto check = [&](const auto& row) {
    for (std::size_t count = 0; count <= 5; ++count) {
      const bool right = count >= row.min_arguments && count <= row.max_arguments;
      INFO(nulls(row.name, count));
      const bool answered = extremes.answers(nulls(row.name, count));
      if (!right) CHECK_FALSE(answered);
    }
  };
  for (const FunctionDef* function : all_functions()) check(*function);
  for (const AggregateDef* function : all_aggregates()) check(*function);
}

TEST_CASE("A function that hands null on does so in every place") {
  Extremes extremes;
  for (const FunctionDef* function : all_functions()) {
    if (function->nulls != Nulls::Propagate) continue;
    for (std::size_t count = function->min_arguments;
         count <= std::min<std::size_t>(function->max_arguments, 3); ++count) {
      for (std::size_t null_at = 0; null_at < count; ++null_at) {
        // Arguments of no type in particular: no kernel may see them.
        Parameters given = {{"a", Map{}}, {"b", Map{}}, {"c", Map{}}};
        given[null_at == 0 ? "a" : null_at == 1 ? "b" : "c"] = Value();
        INFO(call(function->name, count) << ", null at " << null_at);
        CHECK(extremes.answers("RETURN " + call(function->name, count) + " AS x", given));
      }
    }
  }
}

TEST_CASE("Aggregates answer or refuse whatever they are given") {
  Extremes extremes;
  const auto& values = extremes.values();
  for (const AggregateDef* function : all_aggregates()) {
    INFO(function->name);
    const std::string second = function->max_arguments > 1 ? ", $b" : "";
    const std::string statement = "UNWIND $a AS x RETURN " + std::string(function->name) + "(x" +
                                  second + ") AS a, " + std::string(function->name) +
                                  "(DISTINCT x" + second + ") AS b";
    extremes.answers(statement, {{"a", List{}}, {"b", 0.5}});
    for (const Value& one : values) {
      extremes.answers(statement, {{"a", List{one}}, {"b", one}});
      for (const Value& two : values) {
        extremes.answers(statement, {{"a", List{one, two, one}}, {"b", 0.5}});
      }
    }
  }
  CHECK(extremes.runs() > 10'000);
}

TEST_CASE("Operators answer or refuse whatever they are given") {
  Extremes extremes;
  const auto& values = extremes.values();
  const char* const unary[] = {"NOT $a",
                               "-$a",
                               "+$a",
                               "$a IS NULL",
                               "$a.x",
                               "$a.year",
                               "$a[0]",
                               "$a[-1]",
                               "$a[1..]",
                               "[x IN $a | x]",
                               "$a:A",
                               "$a IS :: LIST<INTEGER>",
                               "$a IS NORMALIZED",
                               "any(x IN $a WHERE x)",
                               "reduce(s = 0, x IN $a | s + x)",
                               "CASE $a WHEN 1 THEN 2 END",
                               "size([$a])",
                               "trim(BOTH FROM $a)"};
  for (const char* expression : unary) {
    INFO(expression);
    for (const Value& value : values) {
      extremes.answers("RETURN " + std::string(expression) + " AS x", {{"a", value}});
    }
  }
}

TEST_CASE("Operators of two operands answer or refuse whatever they are given") {
  Extremes extremes;
  const auto& values = extremes.values();
  const unsigned seed = std::random_device{}();
  CAPTURE(seed);
  std::mt19937 random(seed);
  constexpr std::size_t kEach = 4;  // of the pairs each run takes others
  const char* const binary[] = {"$a + $b",
                                "$a - $b",
                                "$a * $b",
                                "$a / $b",
                                "$a % $b",
                                "$a ^ $b",
                                "$a || $b",
                                "$a = $b",
                                "$a <> $b",
                                "$a < $b",
                                "$a >= $b",
                                "$a IN $b",
                                "$a =~ $b",
                                "$a AND $b",
                                "$a XOR $b",
                                "$a CONTAINS $b",
                                "$a STARTS WITH $b",
                                "$a ENDS WITH $b",
                                "$a[$b]",
                                "$a[$b..]",
                                "$a[..$b]",
                                "trim(BOTH $a FROM $b)"};
  for (const char* expression : binary) {
    INFO(expression);
    for (std::size_t i = random() % kEach; i < values.size() * values.size(); i += kEach) {
      const Parameters given = {{"a", values[i / values.size()]}, {"b", values[i % values.size()]}};
      extremes.answers("RETURN " + std::string(expression) + " AS x", given);
    }
  }
}

TEST_CASE("Clauses that take a list or a number answer or refuse whatever they are given") {
  Extremes extremes;
  const auto& values = extremes.values();
  for (const char* statement :
       {"UNWIND $a AS x RETURN x ORDER BY x", "UNWIND $a AS x RETURN DISTINCT x",
        "UNWIND $a AS x RETURN x SKIP $b", "RETURN 1 AS x LIMIT $b", "UNWIND $b AS x RETURN x"}) {
    INFO(statement);
    for (const Value& b : values) {
      extremes.answers(statement, {{"a", List(values.begin(), values.end())}, {"b", b}});
    }
  }
}

}  // namespace kith
