// tests/unit/cypher/temporal_functions_test.cpp: the rows of temporal and spatial functions.
#include <catch2/catch.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/print.hpp"
#include "core/temporal.hpp"
#include "cypher/functions/function.hpp"

namespace kith {
namespace {

constexpr std::int64_t kHour = 3'600'000'000'000;

class FixedClock final : public FunctionContext {
 public:
  Arena& arena() override { return arena_; }
  const storage::View& view() override { throw std::logic_error("no graph is needed"); }
  std::int64_t statement_time() override { return 2 * kHour; }
  std::int64_t transaction_time() override { return kHour; }
  std::int64_t real_time() override { return 3 * kHour; }
  double random() override { throw std::logic_error("no chance is needed"); }

 private:
  Arena arena_;
};

std::vector<const FunctionDef*> all_rows() {
  std::vector<const FunctionDef*> rows;
  for (const auto family : {temporal_functions(), duration_functions(), spatial_functions()}) {
    for (const auto& row : family) rows.push_back(&row);
  }
  return rows;
}

std::string call(std::string_view name, std::vector<Cell> arguments = {}) {
  FixedClock context;
  for (const auto* row : all_rows()) {
    if (row->name != name) continue;
    REQUIRE(arguments.size() >= row->min_arguments);
    REQUIRE(arguments.size() <= row->max_arguments);
    try {
      return to_cypher(row->run(context, arguments));
    } catch (const Error& error) {
      return error.type() + "/" + error.detail();
    }
  }
  return "no row";
}

}  // namespace

TEST_CASE("each row says all there is to say, once") {
  std::set<std::string_view> names;
  for (const auto* row : all_rows()) {
    INFO(row->name);
    CHECK(names.insert(row->name).second);
    CHECK(row->run != nullptr);
    CHECK_FALSE(row->summary.empty());
    CHECK(row->summary.back() == '.');
    CHECK(row->signature.find(") -> ") != std::string_view::npos);
    CHECK(row->example.find(row->name) == 0);
    CHECK_FALSE(row->answer.empty());
    CHECK(row->min_arguments <= row->max_arguments);
  }
}

TEST_CASE("each clock is its own") {
  CHECK(call("localtime") == "localtime('02:00')");
  CHECK(call("localtime.statement") == "localtime('02:00')");
  CHECK(call("localtime.transaction") == "localtime('01:00')");
  CHECK(call("localtime.realtime") == "localtime('03:00')");
  CHECK(call("timestamp") == "7200000");
  CHECK(call("date.realtime", {Cell::of(std::string_view("-18:00"))}) == "date('1969-12-31')");
  CHECK(call("datetime.transaction", {Cell::of(std::string_view("Europe/Stockholm"))}) ==
        "datetime('1970-01-01T02:00+01:00[Europe/Stockholm]')");
  CHECK(call("time.statement", {Cell::of(std::string_view("+01:30"))}) == "time('03:30+01:30')");
  CHECK(call("date.realtime", {Cell::of(std::int64_t{1})}) == "TypeError/InvalidArgumentType");
  CHECK(call("date.realtime", {Cell::of(std::string_view("Atlantis"))}) ==
        "ArgumentError/InvalidArgumentValue");
}

TEST_CASE("kernels take their arguments in order and check them") {
  const auto text = [](std::string_view s) { return Cell::of(s); };
  CHECK(call("date", {text("2020-W05-5")}) == "date('2020-01-31')");
  CHECK(call("date.truncate", {text("year"), Cell::date(40)}) == "date('1970-01-01')");
  CHECK(call("localdatetime.truncate", {text("day")}) == "localdatetime('1970-01-01T00:00')");
  CHECK(call("date.truncate", {Cell::date(40), Cell::date(40)}) == "TypeError/InvalidArgumentType");
  CHECK(call("datetime.fromEpoch", {Cell::of(std::int64_t{1}), Cell::of(std::int64_t{5})}) ==
        "datetime('1970-01-01T00:00:01.000000005Z')");
  CHECK(call("datetime.fromEpochMillis", {Cell::of(std::int64_t{-1})}) ==
        "datetime('1969-12-31T23:59:59.999Z')");
  CHECK(call("datetime.fromEpochMillis", {Cell::of(1.5)}) == "TypeError/InvalidArgumentType");
  CHECK(call("duration", {text("P1Y")}) == "duration('P1Y')");
  CHECK(call("duration.between", {Cell::date(0), Cell::date(40)}) == "duration('P1M9D')");
  CHECK(call("duration.inMonths", {Cell::date(0), Cell::date(40)}) == "duration('P1M')");
  CHECK(call("duration.inDays", {Cell::date(0), Cell::date(40)}) == "duration('P40D')");
  CHECK(call("duration.inSeconds", {Cell::date(40), Cell::date(0)}) == "duration('PT-960H')");
  CHECK(call("point.distance", {Cell::date(40), Cell::date(0)}) == "TypeError/InvalidArgumentType");
}

}  // namespace kith
