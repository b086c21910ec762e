// tests/unit/core/temporal_expression.cpp: see temporal_expression.hpp.
#include "tests/unit/core/temporal_expression.hpp"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <stdexcept>
#include <vector>

#include "core/spatial.hpp"
#include "core/temporal.hpp"
#include "kith/error.hpp"

namespace kith::test {
namespace {

const std::map<std::string, Kind, std::less<>> kKinds = {{"date", Kind::Date},
                                                         {"localtime", Kind::LocalTime},
                                                         {"time", Kind::Time},
                                                         {"localdatetime", Kind::LocalDateTime},
                                                         {"datetime", Kind::DateTime}};
const std::map<std::string, DurationUnit, std::less<>> kUnits = {
    {"duration.between", DurationUnit::All},
    {"duration.inMonths", DurationUnit::Months},
    {"duration.inDays", DurationUnit::Days},
    {"duration.inSeconds", DurationUnit::Seconds}};

class Evaluator {
 public:
  Evaluator(std::string_view text, Arena& arena) : text_(text), arena_(arena) {}
  Cell run() {
    const Cell result = sum();
    if (!at_end()) fail("trailing text");
    return result;
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw std::logic_error(why + " at " + std::to_string(at_) + " of " + std::string(text_));
  }
  bool at_end() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
    return at_ == text_.size();
  }
  char peek() { return at_end() ? '\0' : text_[at_]; }
  bool accept(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) fail(std::string("no ") + c);
  }
  static bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }
  std::string_view word() {
    at_end();
    const auto start = at_;
    while (at_ < text_.size() && is_word(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  Cell sum() {
    Cell left = product();
    for (;;) {
      if (accept('+')) {
        left = temporal_add(left, product(), arena_);
      } else if (accept('-')) {
        left = temporal_subtract(left, product(), arena_);
      } else {
        return left;
      }
    }
  }
  Cell product() {
    Cell left = part();
    for (;;) {
      if (accept('*')) {
        const Cell right = part();
        left = left.kind == Kind::Duration ? duration_multiply(left, right, arena_)
                                           : duration_multiply(right, left, arena_);
      } else if (accept('/')) {
        left = duration_divide(left, part(), arena_);
      } else {
        return left;
      }
    }
  }
  Cell part() {
    Cell value = primary();
    while (accept('.')) {
      const auto name = word();
      bool known = false;
      value = temporal_property(value, name, arena_, known);
      if (!known) throw std::logic_error("no part " + std::string(name));
    }
    return value;
  }
  Cell primary() {
    if (accept('(')) {
      const Cell inner = sum();
      expect(')');
      return inner;
    }
    if (accept('\'')) {
      const auto end = text_.find('\'', at_);
      const auto content = text_.substr(at_, end - at_);
      at_ = end + 1;
      return Cell::of(content);
    }
    if (accept('{')) return map();
    if (accept('-')) {
      const Cell value = primary();
      if (value.kind == Kind::Duration) return duration_negate(value, arena_);
      return value.kind == Kind::Float ? Cell::of(-value.real) : Cell::of(-value.integer);
    }
    if (peek() >= '0' && peek() <= '9') return number();
    return call();
  }
  Cell number() {
    const auto start = at_;
    while (at_ < text_.size() && (is_word(text_[at_]) || text_[at_] == '.')) ++at_;
    const std::string digits(text_.substr(start, at_ - start));
    if (digits.find_first_of(".e") == std::string::npos)
      return Cell::of(std::int64_t{std::stoll(digits)});
    return Cell::of(std::stod(digits));
  }
  Cell map() {
    std::vector<MapEntry> entries;
    while (!accept('}')) {
      const auto key = word();
      expect(':');
      entries.push_back({key, sum()});
      accept(',');
    }
    return make_map(arena_, entries);
  }
  Cell call() {
    std::string name(word());
    if (name == "null") return Cell::null();
    if (name == "true") return Cell::boolean(true);
    while (peek() == '.') {
      expect('.');
      name.append(".").append(word());
    }
    expect('(');
    std::vector<Cell> arguments;
    while (!accept(')')) {
      arguments.push_back(sum());
      accept(',');
    }
    return apply(name, arguments);
  }
  Cell apply(const std::string& name, std::span<const Cell> arguments) {
    const TemporalContext context{arena_, kTestNow};
    if (const auto unit = kUnits.find(name); unit != kUnits.end()) {
      return duration_between(unit->second, arguments[0], arguments[1], arena_);
    }
    if (name == "duration") return make_duration_from(arguments[0], arena_);
    if (name == "point") return make_point_from(arguments[0], arena_);
    if (name == "point.distance") return point_distance(arguments[0], arguments[1]);
    if (name == "point.withinBBox") {
      return point_within_box(arguments[0], arguments[1], arguments[2]);
    }
    if (name == "datetime.fromepoch") {
      return datetime_from_epoch(arguments[0].integer, arguments[1].integer, arena_);
    }
    if (name == "datetime.fromepochmillis") {
      return datetime_from_epoch(0, arguments[0].integer * 1'000'000, arena_);
    }
    const auto dot = name.find('.');
    const auto kind = kKinds.find(name.substr(0, dot));
    if (kind == kKinds.end()) fail("no function " + name);
    if (dot != std::string::npos && name.substr(dot) == ".truncate") {
      return truncate_temporal(kind->second, arguments[0].string(), arguments[1],
                               arguments.size() > 2 ? arguments[2] : Cell::null(), context);
    }
    if (arguments.empty()) return current_temporal(kind->second, "Z", context);
    return make_temporal(kind->second, arguments[0], context);
  }

  std::string_view text_;
  Arena& arena_;
  std::size_t at_ = 0;
};

}  // namespace

Cell evaluate_temporal(std::string_view expression, Arena& arena) {
  return Evaluator(expression, arena).run();
}

std::string temporal_text(std::string_view expression) {
  Arena arena;
  std::string text;
  try {
    const Cell value = evaluate_temporal(expression, arena);
    if (is_temporal(value.kind)) {
      format_temporal(text, value);
      return text;
    }
    if (value.kind == Kind::Integer) return std::to_string(value.integer);
    if (value.kind == Kind::Float) return fmt::format("{}", value.real);
    if (value.kind == Kind::String) return std::string(value.string());
    if (value.kind == Kind::Boolean) return value.is_true() ? "true" : "false";
    return value.is_null() ? "null" : std::string(kind_name(value.kind));
  } catch (const Error& error) {
    return error.type() + "/" + error.detail();
  }
}

}  // namespace kith::test
