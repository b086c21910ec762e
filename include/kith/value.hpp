// include/kith/value.hpp: the values that go into queries and come out of them.
//
// All are regular value types: copy, ==, std::hash, and `<<`, which prints Cypher text ('Ada',
// [1, 2.5], (:Person {name: 'Ada'}), date('2020-01-31')). Equality is exact: 1 is not 1.0 (it is in
// a query), NaN is NaN, and nodes and relationships are equal if their ids are. Copies of nodes,
// relationships and paths share what they hold, which nothing changes: they are cheap and may be
// read by several threads.
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "kith/error.hpp"

namespace kith {

class Value;
inline namespace containers {  // inline: an enumerator named List somewhere does not shadow it
using List = std::vector<Value>;
using Map = std::map<std::string, Value, std::less<>>;
}  // namespace containers
using Parameters = Map;  // {{"id", 1}, {"name", "Ada"}}

// --- temporal types: to_string() and parse() are ISO 8601

struct Date {
  std::int64_t days = 0;  // since 1970-01-01

  static Date of(std::int64_t year, int month, int day);  // throws QueryError if there is none
  static Date parse(std::string_view text);
  std::int64_t year() const;
  int month() const;  // from 1
  int day() const;    // from 1
  std::string to_string() const;
  friend auto operator<=>(const Date&, const Date&) = default;
};

struct LocalTime {
  std::int64_t nanoseconds = 0;  // of the day

  static LocalTime parse(std::string_view text);
  std::string to_string() const;
  friend auto operator<=>(const LocalTime&, const LocalTime&) = default;
};

struct Time {
  std::int64_t nanoseconds = 0;  // of the day, as the clock shows it
  std::int32_t offset = 0;       // seconds east of UTC

  static Time parse(std::string_view text);
  std::string to_string() const;
  friend bool operator==(const Time&, const Time&) = default;
};

struct LocalDateTime {
  std::int64_t seconds = 0;  // since 1970-01-01T00:00
  std::uint32_t nanoseconds = 0;

  static LocalDateTime parse(std::string_view text);
  std::string to_string() const;
  friend auto operator<=>(const LocalDateTime&, const LocalDateTime&) = default;
};

struct DateTime {
  std::int64_t seconds = 0;  // since 1970-01-01T00:00Z
  std::uint32_t nanoseconds = 0;
  std::int32_t offset = 0;  // seconds east of UTC
  std::string zone;         // "Europe/Stockholm", or empty where only an offset is known

  static DateTime parse(std::string_view text);
  std::string to_string() const;
  friend bool operator==(const DateTime&, const DateTime&) = default;
};

// Its parts are kept apart: a month is not 30 days, a day is not 24 hours.
struct Duration {
  std::int64_t months = 0, days = 0, seconds = 0;
  std::int32_t nanoseconds = 0;  // 0 … 999,999,999; the sign is in seconds

  static Duration parse(std::string_view text);
  std::string to_string() const;
  friend bool operator==(const Duration&, const Duration&) = default;
};

struct Point {
  static constexpr std::uint32_t kCartesian = 7203, kCartesian3d = 9157;
  static constexpr std::uint32_t kWgs84 = 4326, kWgs84_3d = 4979;

  std::uint32_t srid = kCartesian;
  double x = 0, y = 0, z = 0;  // WGS-84: longitude, latitude, height; z is 0 in two dimensions

  int dimensions() const { return srid == kCartesian3d || srid == kWgs84_3d ? 3 : 2; }
  friend bool operator==(const Point& a, const Point& b);
};

// --- the graph

class Node {
 public:
  Node() = default;
  Node(std::int64_t id, std::vector<std::string> labels, Map properties);

  std::int64_t id() const;
  std::string element_id() const;  // as the function elementId() gives it
  const std::vector<std::string>& labels() const;
  bool has_label(std::string_view label) const;
  const Map& properties() const;
  const Value& operator[](std::string_view key) const;  // null if there is no such property
  friend bool operator==(const Node& a, const Node& b) { return a.id() == b.id(); }

 private:
  struct Data;
  const Data& data() const;
  std::shared_ptr<const Data> data_;  // shared by copies; constant
};

class Relationship {
 public:
  Relationship() = default;
  Relationship(std::int64_t id, std::string type, std::int64_t start_id, std::int64_t end_id,
               Map properties);

  std::int64_t id() const;
  std::string element_id() const;
  const std::string& type() const;
  std::int64_t start_id() const;
  std::int64_t end_id() const;
  const Map& properties() const;
  const Value& operator[](std::string_view key) const;  // null if there is no such property
  friend bool operator==(const Relationship& a, const Relationship& b) { return a.id() == b.id(); }

 private:
  struct Data;
  const Data& data() const;
  std::shared_ptr<const Data> data_;  // shared by copies; constant
};

// nodes()[i] and nodes()[i + 1] are the ends of relationships()[i], in either direction.
class Path {
 public:
  Path() = default;
  Path(std::vector<Node> nodes, std::vector<Relationship> relationships);

  const std::vector<Node>& nodes() const;
  const std::vector<Relationship>& relationships() const;
  std::size_t length() const { return relationships().size(); }
  friend bool operator==(const Path& a, const Path& b) {
    return a.nodes() == b.nodes() && a.relationships() == b.relationships();
  }

 private:
  struct Data;
  const Data& data() const;
  std::shared_ptr<const Data> data_;  // shared by copies; constant
};

// --- any of them

enum class ValueType : std::uint8_t {
  Null,
  Boolean,
  Integer,
  Float,
  String,
  List,
  Map,
  Node,
  Relationship,
  Path,
  Date,
  LocalTime,
  Time,
  LocalDateTime,
  DateTime,
  Duration,
  Point,
};
std::string_view type_name(ValueType type);  // "INTEGER", "ZONED DATETIME", …

namespace detail {

// Owns one T, which may be incomplete where Box<T> is a member; copies deeply.
template <class T>
class Box {
 public:
  Box() : held_(std::make_unique<T>()) {}
  explicit Box(T held) : held_(std::make_unique<T>(std::move(held))) {}
  Box(const Box& from) : held_(std::make_unique<T>(*from)) {}
  Box(Box&& from) noexcept = default;
  Box& operator=(const Box& from) { return *this = Box(from); }
  Box& operator=(Box&& from) noexcept = default;
  ~Box() = default;

  const T& operator*() const {
    static const T kMovedFrom{};
    return held_ ? *held_ : kMovedFrom;
  }

 private:
  std::unique_ptr<T> held_;
};

template <class T, class... Of>
concept OneOf = (std::same_as<T, Of> || ...);

template <class T>
concept Number = std::is_arithmetic_v<T> &&
    !OneOf<T, bool, char, wchar_t, char8_t, char16_t, char32_t, long double>;
template <class T>
concept Text = std::convertible_to<const T&, std::string_view> && !OneOf<T, std::nullptr_t>;

template <class T>
inline constexpr bool kMakesValue =
    Number<T> || Text<T> ||
    OneOf<T, bool, List, Map, Node, Relationship, Path, Date, LocalTime, Time, LocalDateTime,
          DateTime, Duration, Point>;
template <class T>
inline constexpr bool kMakesValue<std::vector<T>> = kMakesValue<T> || std::same_as<T, Value>;
template <class T>
inline constexpr bool kMakesValue<std::optional<T>> = kMakesValue<T> || std::same_as<T, Value>;

}  // namespace detail

class Value {
 public:
  Value() noexcept = default;  // null
  Value(std::nullptr_t) noexcept {}
  // From bool, any number, text, a List (or another vector), a Map, and the types above. A list in
  // braces says what it is: kith::List{1, 2, 3}. Throws QueryError for a number over 2^63 - 1.
  template <class T>
  requires detail::kMakesValue<std::remove_cvref_t<T>> Value(T&& from) {
    set(std::forward<T>(from));
  }

  ValueType type() const noexcept { return static_cast<ValueType>(data_.index()); }
  std::string_view type_name() const noexcept { return kith::type_name(type()); }
  bool is_null() const noexcept { return type() == ValueType::Null; }

  // The value as that type; throws TypeError, which names both, if it is another.
  bool as_bool() const { return get<bool>(ValueType::Boolean); }
  std::int64_t as_int() const { return get<std::int64_t>(ValueType::Integer); }
  double as_double() const { return get<double>(ValueType::Float); }
  std::string_view as_string() const { return get<std::string>(ValueType::String); }
  const List& as_list() const { return get<List>(ValueType::List); }
  const Map& as_map() const { return *get<detail::Box<Map>>(ValueType::Map); }
  const Node& as_node() const { return get<Node>(ValueType::Node); }
  const Relationship& as_relationship() const { return get<Relationship>(ValueType::Relationship); }
  const Path& as_path() const { return get<Path>(ValueType::Path); }
  const Date& as_date() const { return get<Date>(ValueType::Date); }
  const LocalTime& as_local_time() const { return get<LocalTime>(ValueType::LocalTime); }
  const Time& as_time() const { return get<Time>(ValueType::Time); }
  const LocalDateTime& as_local_date_time() const {
    return get<LocalDateTime>(ValueType::LocalDateTime);
  }
  const DateTime& as_date_time() const { return *get<detail::Box<DateTime>>(ValueType::DateTime); }
  const Duration& as_duration() const { return get<Duration>(ValueType::Duration); }
  const Point& as_point() const { return get<Point>(ValueType::Point); }

  // The value as that type, or nullptr. Points into this value.
  const bool* get_if_bool() const noexcept { return std::get_if<bool>(&data_); }
  const std::int64_t* get_if_int() const noexcept { return std::get_if<std::int64_t>(&data_); }
  const double* get_if_double() const noexcept { return std::get_if<double>(&data_); }
  const std::string* get_if_string() const noexcept { return std::get_if<std::string>(&data_); }
  const List* get_if_list() const noexcept { return std::get_if<List>(&data_); }
  const Map* get_if_map() const noexcept { return unboxed<Map>(); }
  const Node* get_if_node() const noexcept { return std::get_if<Node>(&data_); }
  const Relationship* get_if_relationship() const noexcept {
    return std::get_if<Relationship>(&data_);
  }
  const Path* get_if_path() const noexcept { return std::get_if<Path>(&data_); }
  const Date* get_if_date() const noexcept { return std::get_if<Date>(&data_); }
  const LocalTime* get_if_local_time() const noexcept { return std::get_if<LocalTime>(&data_); }
  const Time* get_if_time() const noexcept { return std::get_if<Time>(&data_); }
  const LocalDateTime* get_if_local_date_time() const noexcept {
    return std::get_if<LocalDateTime>(&data_);
  }
  const DateTime* get_if_date_time() const noexcept { return unboxed<DateTime>(); }
  const Duration* get_if_duration() const noexcept { return std::get_if<Duration>(&data_); }
  const Point* get_if_point() const noexcept { return std::get_if<Point>(&data_); }

  std::string to_string() const;  // Cypher text, as `<<` prints it
  friend bool operator==(const Value& a, const Value& b);

 private:
  // In the order of ValueType.
  using Data = std::variant<std::monostate, bool, std::int64_t, double, std::string, List,
                            detail::Box<Map>, Node, Relationship, Path, Date, LocalTime, Time,
                            LocalDateTime, detail::Box<DateTime>, Duration, Point>;

  template <class T>
  const T& get(ValueType wanted) const {
    if (const T* found = std::get_if<T>(&data_)) return *found;
    fail(wanted);
  }
  template <class T>
  const T* unboxed() const noexcept {
    const detail::Box<T>* found = std::get_if<detail::Box<T>>(&data_);
    return found == nullptr ? nullptr : &**found;
  }
  [[noreturn]] void fail(ValueType wanted) const;
  [[noreturn]] static void fail_too_large();

  template <class From>
  void set(From&& from);
  template <class T>
  void set_vector(const std::vector<T>& from);
  template <class T>
  void set_vector(const std::optional<T>& from);

  Data data_;
};

std::ostream& operator<<(std::ostream& out, const Value& value);
std::ostream& operator<<(std::ostream& out, const Node& node);
std::ostream& operator<<(std::ostream& out, const Relationship& relationship);
std::ostream& operator<<(std::ostream& out, const Path& path);
std::ostream& operator<<(std::ostream& out, const Date& date);
std::ostream& operator<<(std::ostream& out, const LocalTime& time);
std::ostream& operator<<(std::ostream& out, const Time& time);
std::ostream& operator<<(std::ostream& out, const LocalDateTime& time);
std::ostream& operator<<(std::ostream& out, const DateTime& time);
std::ostream& operator<<(std::ostream& out, const Duration& duration);
std::ostream& operator<<(std::ostream& out, const Point& point);

std::size_t hash_value(const Value& value) noexcept;

template <class T>
void Value::set_vector(const std::vector<T>& from) {
  List& list = data_.emplace<List>();
  list.reserve(from.size());
  for (auto&& item : from) list.emplace_back(static_cast<T>(item));  // a bool may be a proxy
}

template <class T>
void Value::set_vector(const std::optional<T>& from) {
  if (from) *this = Value(*from);
}

template <class From>
void Value::set(From&& from) {
  using T = std::remove_cvref_t<From>;
  if constexpr (std::same_as<T, bool> || std::floating_point<T>) {
    data_ = static_cast<std::conditional_t<std::same_as<T, bool>, bool, double>>(from);
  } else if constexpr (std::integral<T>) {
    if (!std::in_range<std::int64_t>(from)) fail_too_large();
    data_ = static_cast<std::int64_t>(from);
  } else if constexpr (detail::OneOf<T, std::string, List>) {
    data_ = std::forward<From>(from);
  } else if constexpr (detail::OneOf<T, Map, DateTime>) {
    data_ = detail::Box<T>(std::forward<From>(from));
  } else if constexpr (detail::Text<T>) {
    data_.emplace<std::string>(std::string_view(from));
  } else if constexpr (requires(const T& v) { set_vector(v); }) {
    set_vector(from);
  } else {
    data_ = std::forward<From>(from);
  }
}

}  // namespace kith

template <>
struct std::hash<kith::Value> {
  std::size_t operator()(const kith::Value& value) const noexcept { return hash_value(value); }
};
// Nodes, dates and the rest hash as the Value that holds them.
template <class T>
requires kith::detail::OneOf<T, kith::Node, kith::Relationship, kith::Path, kith::Date,
                             kith::LocalTime, kith::Time, kith::LocalDateTime, kith::DateTime,
                             kith::Duration, kith::Point>
struct std::hash<T> {
  std::size_t operator()(const T& value) const { return hash_value(kith::Value(value)); }
};
