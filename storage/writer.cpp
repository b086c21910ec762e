// storage/writer.cpp: what a property can hold.
#include "storage/writer.hpp"

#include <fmt/format.h>

#include "core/assert.hpp"
#include "core/property_types.hpp"
#include "kith/error.hpp"

namespace kith::storage {

namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw TypeError("InvalidPropertyType",
                  fmt::format("a property cannot hold {}; it holds booleans, numbers, strings, "
                              "temporal values, points, and lists of one of these",
                              what));
}

bool is_simple(Kind kind) { return single_property_kinds().may_be(kind); }

// The first item that a list in a property cannot have, or nullptr.
const Cell* find_misfit(std::span<const Cell> items) {
  for (const Cell& item : items) {
    const bool alike =
        item.kind == items.front().kind || (item.is_number() && items.front().is_number());
    if (!is_simple(item.kind) || !alike) return &item;
  }
  return nullptr;
}

void check_list(std::span<const Cell> items) {
  const Cell* misfit = find_misfit(items);
  if (misfit == nullptr) return;
  if (misfit->is_null()) refuse("a list with null in it");
  if (!is_simple(misfit->kind))
    refuse(fmt::format("a list with {} in it", kind_name(misfit->kind)));
  refuse(fmt::format("a list that mixes {} and {}", kind_name(items.front().kind),
                     kind_name(misfit->kind)));
}

}  // namespace

void check_any_storable(const Cell& value) {
  KITH_ASSERT(static_cast<std::size_t>(value.kind) < kKindCount);
  if (value.kind == Kind::List) return check_list(value.items());
  if (!is_simple(value.kind)) refuse(std::string(kind_name(value.kind)));
}

bool is_any_storable(const Cell& value) {
  return value.kind == Kind::List ? find_misfit(value.items()) == nullptr : is_simple(value.kind);
}

}  // namespace kith::storage
