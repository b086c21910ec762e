// shell/json.cpp: see json.hpp.
#include "shell/json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace kith::shell {
namespace {

void append_integer(std::string& out, std::int64_t value) {
  std::array<char, 24> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

// A float always shows that it is one; what JSON has no word for becomes an object.
void append_float(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += std::isnan(value) ? R"({"~float":"NaN"})"
           : value > 0       ? R"({"~float":"Infinity"})"
                             : R"({"~float":"-Infinity"})";
    return;
  }
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  const std::string_view digits(text.data(), static_cast<std::size_t>(end - text.data()));
  const auto exponent = digits.find('e');
  out += digits.substr(0, exponent);
  if (digits.find_first_of(".e") == std::string_view::npos) out += ".0";
  if (exponent == std::string_view::npos) return;
  out += digits.substr(exponent, 2);  // the letter and the sign; the rest without a leading zero
  const auto number = digits.substr(exponent + 2);
  out += number.substr(std::min(number.find_first_not_of('0'), number.size()));
}

void append_map(std::string& out, const Map& map) {
  out += '{';
  bool first = true;
  for (const auto& [key, value] : map) {
    if (!first) out += ',';
    first = false;
    append_json_text(out, key);
    out += ':';
    append_json(out, value);
  }
  out += '}';
}

template <class Items, class Append>
void append_list(std::string& out, const Items& items, Append append) {
  out += '[';
  bool first = true;
  for (const auto& item : items) {
    if (!first) out += ',';
    first = false;
    append(item);
  }
  out += ']';
}

void append_node(std::string& out, const Node& node) {
  out += "{\"id\":";
  append_integer(out, node.id());
  out += ",\"labels\":";
  append_list(out, node.labels(), [&](const std::string& label) { append_json_text(out, label); });
  out += ",\"properties\":";
  append_map(out, node.properties());
  out += '}';
}

void append_relationship(std::string& out, const Relationship& relationship) {
  out += "{\"id\":";
  append_integer(out, relationship.id());
  out += ",\"type\":";
  append_json_text(out, relationship.type());
  out += ",\"start\":";
  append_integer(out, relationship.start_id());
  out += ",\"end\":";
  append_integer(out, relationship.end_id());
  out += ",\"properties\":";
  append_map(out, relationship.properties());
  out += '}';
}

void append_path(std::string& out, const Path& path) {
  out += "{\"nodes\":";
  append_list(out, path.nodes(), [&](const Node& node) { append_node(out, node); });
  out += ",\"relationships\":";
  append_list(out, path.relationships(),
              [&](const Relationship& r) { append_relationship(out, r); });
  out += '}';
}

void append_point(std::string& out, const Point& point) {
  out += "{\"srid\":";
  append_integer(out, point.srid);
  out += ",\"x\":";
  append_float(out, point.x);
  out += ",\"y\":";
  append_float(out, point.y);
  if (point.dimensions() == 3) {
    out += ",\"z\":";
    append_float(out, point.z);
  }
  out += '}';
}

template <class Append>
void tagged(std::string& out, std::string_view tag, Append append) {
  out += "{\"~";
  out += tag;
  out += "\":";
  append();
  out += '}';
}

template <class Temporal>
void temporal(std::string& out, std::string_view tag, const Temporal& value) {
  tagged(out, tag, [&] { append_json_text(out, value.to_string()); });
}

bool append_temporal(std::string& out, const Value& value) {
  if (const auto* v = value.get_if_date())
    temporal(out, "date", *v);
  else if (const auto* w = value.get_if_local_time())
    temporal(out, "localtime", *w);
  else if (const auto* x = value.get_if_time())
    temporal(out, "time", *x);
  else if (const auto* y = value.get_if_local_date_time())
    temporal(out, "localdatetime", *y);
  else if (const auto* z = value.get_if_date_time())
    temporal(out, "datetime", *z);
  else if (const auto* d = value.get_if_duration())
    temporal(out, "duration", *d);
  else
    return false;
  return true;
}

}  // namespace

void append_json_text(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (byte < 0x20) {
      out += "\\u00";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_json(std::string& out, const Value& value) {
  if (value.is_null())
    out += "null";
  else if (const auto* b = value.get_if_bool())
    out += *b ? "true" : "false";
  else if (const auto* i = value.get_if_int())
    append_integer(out, *i);
  else if (const auto* f = value.get_if_double())
    append_float(out, *f);
  else if (const auto* s = value.get_if_string())
    append_json_text(out, *s);
  else if (const auto* l = value.get_if_list())
    append_list(out, *l, [&](const Value& item) { append_json(out, item); });
  else if (const auto* m = value.get_if_map())
    append_map(out, *m);
  else if (const auto* n = value.get_if_node())
    tagged(out, "node", [&] { append_node(out, *n); });
  else if (const auto* r = value.get_if_relationship())
    tagged(out, "relationship", [&] { append_relationship(out, *r); });
  else if (const auto* p = value.get_if_path())
    tagged(out, "path", [&] { append_path(out, *p); });
  else if (const auto* q = value.get_if_point())
    tagged(out, "point", [&] { append_point(out, *q); });
  else
    append_temporal(out, value);
}

}  // namespace kith::shell
