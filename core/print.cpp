// core/print.cpp: cells as Cypher text.
#include "core/print.hpp"

#include <fmt/format.h>

#include <iterator>

#include "core/number.hpp"
#include "core/temporal.hpp"
#include "core/text.hpp"

namespace kith {

namespace {

void print_list(std::string& out, const Cell& cell) {
  out.push_back('[');
  std::string_view between;
  for (const Cell& item : cell.items()) {
    out.append(between);
    print_cypher(out, item);
    between = ", ";
  }
  out.push_back(']');
}

void print_map(std::string& out, const Cell& cell) {
  out.push_back('{');
  std::string_view between;
  for (const MapEntry& entry : cell.entries()) {
    out.append(between);
    append_name(out, entry.key);
    out.append(": ");
    print_cypher(out, entry.value);
    between = ", ";
  }
  out.push_back('}');
}

void print_path(std::string& out, const PathData& path) {
  auto to = std::back_inserter(out);
  fmt::format_to(to, "<({})", path.nodes[0].value);
  for (std::uint64_t i = 0; i < path.length; ++i) {
    fmt::format_to(to, "-[{}]-({})", path.relationships[i].value, path.nodes[i + 1].value);
  }
  out.push_back('>');
}

void print_temporal(std::string& out, const Cell& cell, std::string_view function) {
  out.append(function).append("('");
  format_temporal(out, cell);
  out.append("')");
}

void print_point(std::string& out, const PointData& point) {
  fmt::format_to(std::back_inserter(out), "point({{srid: {}", point.srid);
  constexpr std::string_view kNames[] = {", x: ", ", y: ", ", z: "};
  for (std::uint32_t i = 0; i < point.dimensions; ++i) {
    out.append(kNames[i]);
    append_float(out, point.coordinates[i]);
  }
  out.append("})");
}

// The letter that follows a backslash, or 0.
char escape_of(char c) {
  switch (c) {
    case '\'':
      return '\'';
    case '\\':
      return '\\';
    case '\n':
      return 'n';
    case '\t':
      return 't';
    case '\r':
      return 'r';
    case '\b':
      return 'b';
    case '\f':
      return 'f';
    default:
      return 0;
  }
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  out.reserve(out.size() + text.size() + 2);
  out.push_back('\'');
  for (const char c : text) {
    if (const char escape = escape_of(c); escape != 0) {
      out.push_back('\\');
      out.push_back(escape);
    } else if (const auto code = static_cast<unsigned char>(c); code < 0x20 || code == 0x7f) {
      fmt::format_to(std::back_inserter(out), "\\u{:04x}", code);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('\'');
}

void append_name(std::string& out, std::string_view name) {
  if (is_plain_name(name)) {
    out.append(name);
    return;
  }
  out.push_back('`');
  for (const char c : name) out.append(c == '`' ? 2 : 1, c);
  out.push_back('`');
}

void print_cypher(std::string& out, const Cell& cell) {
  switch (cell.kind) {
    case Kind::Null:
      out.append("null");
      return;
    case Kind::Boolean:
      out.append(cell.is_true() ? "true" : "false");
      return;
    case Kind::Integer:
      append_integer(out, cell.integer);
      return;
    case Kind::Float:
      append_float(out, cell.real);
      return;
    case Kind::String:
      append_quoted(out, cell.string());
      return;
    case Kind::List:
      print_list(out, cell);
      return;
    case Kind::Map:
      print_map(out, cell);
      return;
    case Kind::Node:
      fmt::format_to(std::back_inserter(out), "({})", cell.word);
      return;
    case Kind::Relationship:
      fmt::format_to(std::back_inserter(out), "[{}]", cell.word);
      return;
    case Kind::Path:
      print_path(out, *cell.path);
      return;
    case Kind::Date:
      print_temporal(out, cell, "date");
      return;
    case Kind::LocalTime:
      print_temporal(out, cell, "localtime");
      return;
    case Kind::Time:
      print_temporal(out, cell, "time");
      return;
    case Kind::LocalDateTime:
      print_temporal(out, cell, "localdatetime");
      return;
    case Kind::DateTime:
      print_temporal(out, cell, "datetime");
      return;
    case Kind::Duration:
      print_temporal(out, cell, "duration");
      return;
    case Kind::Point:
      print_point(out, *cell.point);
      return;
  }
}

std::string to_cypher(const Cell& cell) {
  std::string out;
  print_cypher(out, cell);
  return out;
}

std::string to_short_cypher(const Cell& cell, std::size_t most) {
  std::string out = to_cypher(cell);
  if (out.size() <= most) return out;
  std::size_t end = most;
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xc0) == 0x80) --end;
  out.resize(end);
  return out.append("…");
}

std::string element_id(NodeId id) { return fmt::format("n:{}", id.value); }
std::string element_id(RelationshipId id) { return fmt::format("r:{}", id.value); }

}  // namespace kith
