// core/value.cpp: kith::Value and its family: access, equality, hashes and Cypher text.
//
// What has no graph in it prints and hashes as the cell of the same value does, so there is one
// spelling and one hash. Building values from ISO text is in value_parse.cpp.
#include "kith/value.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ostream>

#include "core/calendar.hpp"
#include "core/hash.hpp"
#include "core/number.hpp"
#include "core/print.hpp"
#include "core/temporal.hpp"

namespace kith {

struct Node::Data {
  std::int64_t id = 0;
  std::vector<std::string> labels;
  Map properties;
};
struct Relationship::Data {
  std::int64_t id = 0;
  std::string type;
  std::int64_t start_id = 0, end_id = 0;
  Map properties;
};
struct Path::Data {
  std::vector<Node> nodes;
  std::vector<Relationship> relationships;
};

namespace {

const Value& find_or_null(const Map& properties, std::string_view key) {
  static const Value kNull;
  const auto found = properties.find(key);
  return found == properties.end() ? kNull : found->second;
}

// NaN is NaN here, so that == is reflexive and values can be keys.
bool same_float(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

// The cells of values that hold nothing but themselves; `room` keeps what the cell points to.
struct CellRoom {
  DateTimeData datetime;
  DurationData duration;
};

Cell temporal_cell(const Date& v, CellRoom&) { return Cell::date(v.days); }
Cell temporal_cell(const LocalTime& v, CellRoom&) { return Cell::local_time(v.nanoseconds); }
Cell temporal_cell(const Time& v, CellRoom&) { return Cell::time(v.nanoseconds, v.offset); }
Cell temporal_cell(const LocalDateTime& v, CellRoom&) {
  return Cell::local_date_time(v.seconds, v.nanoseconds);
}
Cell temporal_cell(const DateTime& v, CellRoom& room) {
  room.datetime = {v.seconds, v.nanoseconds, v.offset, v.zone};
  return Cell::of(&room.datetime);
}
Cell temporal_cell(const Duration& v, CellRoom& room) {
  room.duration = {v.months, v.days, v.seconds, v.nanoseconds};
  return Cell::of(&room.duration);
}

template <class T>
std::string iso_text(const T& value) {
  CellRoom room{};
  std::string out;
  format_temporal(out, temporal_cell(value, room));
  return out;
}

// --- Cypher text

void print(std::string& out, const Value& value);

template <class T>
void print_temporal(std::string& out, const T& value) {
  CellRoom room{};
  print_cypher(out, temporal_cell(value, room));
}

void print_point(std::string& out, const Point& p) {
  const PointData data{p.srid, static_cast<std::uint32_t>(p.dimensions()), {p.x, p.y, p.z}};
  print_cypher(out, Cell::of(&data));
}

void print_list(std::string& out, const List& list) {
  std::string_view between = "[";
  for (const Value& item : list) {
    out.append(between);
    print(out, item);
    between = ", ";
  }
  out.append(list.empty() ? "[]" : "]");
}

void print_map(std::string& out, const Map& map) {
  std::string_view between = "{";
  for (const auto& [key, value] : map) {
    out.append(between);
    append_name(out, key);
    out.append(": ");
    print(out, value);
    between = ", ";
  }
  out.append(map.empty() ? "{}" : "}");
}

void print_node(std::string& out, const Node& node) {
  out.push_back('(');
  for (const std::string& label : node.labels()) {
    out.push_back(':');
    append_name(out, label);
  }
  if (!node.properties().empty()) {
    if (!node.labels().empty()) out.push_back(' ');
    print_map(out, node.properties());
  }
  out.push_back(')');
}

void print_relationship(std::string& out, const Relationship& relationship) {
  out.append("[:");
  append_name(out, relationship.type());
  if (!relationship.properties().empty()) {
    out.push_back(' ');
    print_map(out, relationship.properties());
  }
  out.push_back(']');
}

void print_path(std::string& out, const Path& path) {
  out.push_back('<');
  for (std::size_t i = 0; i < path.nodes().size(); ++i) {
    print_node(out, path.nodes()[i]);
    if (i >= path.length()) break;
    const Relationship& step = path.relationships()[i];
    const bool forward = step.start_id() == path.nodes()[i].id();
    out.append(forward ? "-" : "<-");
    print_relationship(out, step);
    out.append(forward ? "->" : "-");
  }
  out.push_back('>');
}

void print(std::string& out, const Value& value) {
  switch (value.type()) {
    case ValueType::Null:
      out.append("null");
      return;
    case ValueType::Boolean:
      out.append(value.as_bool() ? "true" : "false");
      return;
    case ValueType::Integer:
      append_integer(out, value.as_int());
      return;
    case ValueType::Float:
      append_float(out, value.as_double());
      return;
    case ValueType::String:
      append_quoted(out, value.as_string());
      return;
    case ValueType::List:
      print_list(out, value.as_list());
      return;
    case ValueType::Map:
      print_map(out, value.as_map());
      return;
    case ValueType::Node:
      print_node(out, value.as_node());
      return;
    case ValueType::Relationship:
      print_relationship(out, value.as_relationship());
      return;
    case ValueType::Path:
      print_path(out, value.as_path());
      return;
    case ValueType::Date:
      print_temporal(out, value.as_date());
      return;
    case ValueType::LocalTime:
      print_temporal(out, value.as_local_time());
      return;
    case ValueType::Time:
      print_temporal(out, value.as_time());
      return;
    case ValueType::LocalDateTime:
      print_temporal(out, value.as_local_date_time());
      return;
    case ValueType::DateTime:
      print_temporal(out, value.as_date_time());
      return;
    case ValueType::Duration:
      print_temporal(out, value.as_duration());
      return;
    case ValueType::Point:
      print_point(out, value.as_point());
      return;
  }
}

template <class Printer, class T>
std::ostream& write(std::ostream& out, Printer&& printer, const T& value) {
  std::string text;
  printer(text, value);
  return out << text;
}

// --- hashes

std::uint64_t hash_pieces(ValueType type, std::initializer_list<std::uint64_t> pieces) {
  std::uint64_t seed = mix_bits(static_cast<std::uint64_t>(type) + 1);
  for (const std::uint64_t piece : pieces) seed = combine_hashes(seed, piece);
  return seed;
}

std::uint64_t bits(std::int64_t value) { return static_cast<std::uint64_t>(value); }

std::uint64_t hash_list(const List& list) {
  std::uint64_t seed = hash_pieces(ValueType::List, {});
  for (const Value& item : list) seed = combine_hashes(seed, hash_value(item));
  return seed;
}

std::uint64_t hash_map(const Map& map) {
  std::uint64_t seed = hash_pieces(ValueType::Map, {});
  for (const auto& [key, value] : map) {
    seed = combine_hashes(combine_hashes(seed, hash_text(key)), hash_value(value));
  }
  return seed;
}

std::uint64_t hash_path(const Path& path) {
  std::uint64_t seed = hash_pieces(ValueType::Path, {});
  for (const Node& node : path.nodes()) seed = combine_hashes(seed, bits(node.id()));
  for (const Relationship& r : path.relationships()) seed = combine_hashes(seed, bits(r.id()));
  return seed;
}

std::uint64_t hash_temporal(const Value& value) {
  const ValueType type = value.type();
  if (const Date* v = value.get_if_date()) return hash_pieces(type, {bits(v->days)});
  if (const LocalTime* v = value.get_if_local_time()) {
    return hash_pieces(type, {bits(v->nanoseconds)});
  }
  if (const Time* v = value.get_if_time()) {
    return hash_pieces(type, {bits(v->nanoseconds), bits(v->offset)});
  }
  if (const LocalDateTime* v = value.get_if_local_date_time()) {
    return hash_pieces(type, {bits(v->seconds), v->nanoseconds});
  }
  if (const DateTime* v = value.get_if_date_time()) {
    return hash_pieces(type,
                       {bits(v->seconds), v->nanoseconds, bits(v->offset), hash_text(v->zone)});
  }
  const Duration& v = value.as_duration();
  return hash_pieces(type, {bits(v.months), bits(v.days), bits(v.seconds), bits(v.nanoseconds)});
}

std::uint64_t hash_point(const Point& p) {
  const std::uint64_t z = p.dimensions() == 3 ? hash_float(p.z) : 0;
  return hash_pieces(ValueType::Point, {p.srid, hash_float(p.x), hash_float(p.y), z});
}

}  // namespace

// --- temporal types

Date Date::of(std::int64_t year, int month, int day) {
  const bool exists = valid_year(year) && month >= 1 && month <= 12 && day >= 1 &&
                      day <= days_in_month(year, month);
  if (!exists) {
    throw QueryError("ArgumentError", "InvalidArgumentValue",
                     fmt::format("there is no day {}-{}-{}", year, month, day));
  }
  return {day_number(year, month, day)};
}

std::int64_t Date::year() const { return civil_date(days).year; }
int Date::month() const { return civil_date(days).month; }
int Date::day() const { return civil_date(days).day; }

std::string Date::to_string() const { return iso_text(*this); }
std::string LocalTime::to_string() const { return iso_text(*this); }
std::string Time::to_string() const { return iso_text(*this); }
std::string LocalDateTime::to_string() const { return iso_text(*this); }
std::string DateTime::to_string() const { return iso_text(*this); }
std::string Duration::to_string() const { return iso_text(*this); }

bool operator==(const Point& a, const Point& b) {
  return a.srid == b.srid && same_float(a.x, b.x) && same_float(a.y, b.y) &&
         (a.dimensions() == 2 || same_float(a.z, b.z));
}

// --- nodes, relationships, paths

Node::Node(std::int64_t id, std::vector<std::string> labels, Map properties)
    : data_(std::make_shared<const Data>(Data{id, std::move(labels), std::move(properties)})) {}

const Node::Data& Node::data() const {
  static const Data kNone;
  return data_ ? *data_ : kNone;
}
std::int64_t Node::id() const { return data().id; }
std::string Node::element_id() const {
  return kith::element_id(NodeId{static_cast<std::uint64_t>(id())});
}
const std::vector<std::string>& Node::labels() const { return data().labels; }
bool Node::has_label(std::string_view label) const {
  return std::find(labels().begin(), labels().end(), label) != labels().end();
}
const Map& Node::properties() const { return data().properties; }
const Value& Node::operator[](std::string_view key) const {
  return find_or_null(properties(), key);
}

Relationship::Relationship(std::int64_t id, std::string type, std::int64_t start_id,
                           std::int64_t end_id, Map properties)
    : data_(std::make_shared<const Data>(
          Data{id, std::move(type), start_id, end_id, std::move(properties)})) {}

const Relationship::Data& Relationship::data() const {
  static const Data kNone;
  return data_ ? *data_ : kNone;
}
std::int64_t Relationship::id() const { return data().id; }
std::string Relationship::element_id() const {
  return kith::element_id(RelationshipId{static_cast<std::uint64_t>(id())});
}
const std::string& Relationship::type() const { return data().type; }
std::int64_t Relationship::start_id() const { return data().start_id; }
std::int64_t Relationship::end_id() const { return data().end_id; }
const Map& Relationship::properties() const { return data().properties; }
const Value& Relationship::operator[](std::string_view key) const {
  return find_or_null(properties(), key);
}

Path::Path(std::vector<Node> nodes, std::vector<Relationship> relationships)
    : data_(std::make_shared<const Data>(Data{std::move(nodes), std::move(relationships)})) {}

const Path::Data& Path::data() const {
  static const Data kNone;
  return data_ ? *data_ : kNone;
}
const std::vector<Node>& Path::nodes() const { return data().nodes; }
const std::vector<Relationship>& Path::relationships() const { return data().relationships; }

// --- Value

std::string_view type_name(ValueType type) {
  static_assert(static_cast<int>(ValueType::Point) == static_cast<int>(Kind::Point));
  static_assert(static_cast<int>(ValueType::Path) == static_cast<int>(Kind::Path));
  return kind_name(static_cast<Kind>(type));  // the two enums name the same types in one order
}

void Value::fail(ValueType wanted) const {
  throw TypeError("UnexpectedType",
                  fmt::format("the value is {}, not {}", type_name(), kith::type_name(wanted)));
}

void Value::fail_too_large() {
  throw QueryError("ArithmeticError", "NumberOutOfRange",
                   "an unsigned number does not fit into a 64-bit signed integer");
}

std::string Value::to_string() const {
  std::string out;
  print(out, *this);
  return out;
}

bool operator==(const Value& a, const Value& b) {
  if (a.type() != b.type()) return false;
  if (const double* left = a.get_if_double()) return same_float(*left, b.as_double());
  if (const Map* left = a.get_if_map()) return *left == b.as_map();
  if (const DateTime* left = a.get_if_date_time()) return *left == b.as_date_time();
  return std::visit(
      [&b]<class T>(const T& left) {
        if constexpr (std::equality_comparable<T>) {
          return left == std::get<T>(b.data_);
        } else {
          return false;  // boxes, compared above
        }
      },
      a.data_);
}

std::size_t hash_value(const Value& value) noexcept {
  switch (value.type()) {
    case ValueType::Null:
      return kNullHash;
    case ValueType::Boolean:
      return hash_boolean(value.as_bool());
    case ValueType::Integer:
      return hash_integer(value.as_int());
    case ValueType::Float:
      return hash_float(value.as_double());
    case ValueType::String:
      return hash_text(value.as_string());
    case ValueType::List:
      return hash_list(value.as_list());
    case ValueType::Map:
      return hash_map(value.as_map());
    case ValueType::Node:
      return hash_node(bits(value.as_node().id()));
    case ValueType::Relationship:
      return hash_relationship(bits(value.as_relationship().id()));
    case ValueType::Path:
      return hash_path(value.as_path());
    case ValueType::Date:
    case ValueType::LocalTime:
    case ValueType::Time:
    case ValueType::LocalDateTime:
    case ValueType::DateTime:
    case ValueType::Duration:
      return hash_temporal(value);
    case ValueType::Point:
      return hash_point(value.as_point());
  }
  return 0;
}

std::ostream& operator<<(std::ostream& out, const Value& value) { return write(out, print, value); }
std::ostream& operator<<(std::ostream& out, const Node& node) {
  return write(out, print_node, node);
}
std::ostream& operator<<(std::ostream& out, const Relationship& relationship) {
  return write(out, print_relationship, relationship);
}
std::ostream& operator<<(std::ostream& out, const Path& path) {
  return write(out, print_path, path);
}
std::ostream& operator<<(std::ostream& out, const Date& date) {
  return write(out, print_temporal<Date>, date);
}
std::ostream& operator<<(std::ostream& out, const LocalTime& time) {
  return write(out, print_temporal<LocalTime>, time);
}
std::ostream& operator<<(std::ostream& out, const Time& time) {
  return write(out, print_temporal<Time>, time);
}
std::ostream& operator<<(std::ostream& out, const LocalDateTime& time) {
  return write(out, print_temporal<LocalDateTime>, time);
}
std::ostream& operator<<(std::ostream& out, const DateTime& time) {
  return write(out, print_temporal<DateTime>, time);
}
std::ostream& operator<<(std::ostream& out, const Duration& duration) {
  return write(out, print_temporal<Duration>, duration);
}
std::ostream& operator<<(std::ostream& out, const Point& point) {
  return write(out, print_point, point);
}

}  // namespace kith
