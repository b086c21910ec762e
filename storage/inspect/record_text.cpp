// storage/inspect/record_text.cpp: one overload for each type of field, so that a new kind of
// record needs nothing here.
#include "storage/inspect/record_text.hpp"

#include <fmt/format.h>

#include <type_traits>

#include "core/print.hpp"
#include "core/text.hpp"

namespace kith::storage::inspect {

namespace {

constexpr std::size_t kLongestValue = 200;  // bytes of its text

struct Print {
  std::string& out;

  void operator()(std::uint64_t value) { out += std::to_string(value); }
  void operator()(std::uint32_t value) { out += std::to_string(value); }
  void operator()(std::int64_t value) { out += std::to_string(value); }
  void operator()(std::string_view value) {
    if (find_invalid_utf8(value) == kValidUtf8) return append_quoted(out, value);
    for (const char byte : value) out += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void operator()(Enum value) { out += std::to_string(static_cast<std::uint64_t>(value)); }
  template <class Tag, class Number>
  void operator()(Id<Tag, Number> id) {
    out += std::to_string(id.value);
  }
  void operator()(const Cell& value) { out += to_short_cypher(value, kLongestValue); }
  void operator()(const Property& property) {
    out += std::to_string(property.key.value) + ": ";
    (*this)(property.value);
  }
  void operator()(const ListChange& change) {
    out += fmt::format("{}{} to {} of type {}", change.added ? '+' : '-', change.relationship,
                       change.neighbour, change.type.value);
  }
  template <class Item>
  void operator()(std::span<const Item> items) {
    out.push_back('[');
    std::string_view between;
    for (const Item& item : items) {
      out.append(between);
      (*this)(item);
      between = ", ";
    }
    out.push_back(']');
  }
  template <class I>
  void operator()(const IdRuns<I>& runs) {
    (*this)(runs.ids);
  }
  void operator()(const ValueColumns& columns) { (*this)(columns.values); }
};

}  // namespace

std::string to_text(const Record& record) {
  std::string out;
  Print print{out};
  std::visit(
      [&](const auto& kind) {
        out += kind.kName;
        kind.fields(kind, [&](std::string_view name, const auto& field) {
          out.append(" ").append(name).append("=");
          print(field);
        });
      },
      record);
  return out;
}

}  // namespace kith::storage::inspect
