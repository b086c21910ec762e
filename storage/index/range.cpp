// storage/index/range.cpp: the sections of types, inclusive and exclusive bounds, prefixes.
#include "storage/index/range.hpp"

#include <algorithm>
#include <cmath>

#include "core/compare.hpp"
#include "core/property_types.hpp"
#include "storage/index/key.hpp"

namespace kith::storage {

namespace {

bool can_be_property(const Cell& value) {
  constexpr TypeSet kSingle = single_property_kinds();
  if (value.kind != Kind::List) return kSingle.may_be(value.kind);
  const std::span<const Cell> items = value.items();
  return std::all_of(items.begin(), items.end(),
                     [&](const Cell& item) { return kSingle.may_be(item.kind); });
}

// The smallest and the largest value that `<` compares with this one, as the first byte of keys.
bool section_of(const Cell& value, std::string& low, std::string& high) {
  if (value.is_number()) {
    if (value.kind == Kind::Float && std::isnan(value.real)) return false;
    put_key(low, Cell::of(-HUGE_VAL));
    put_key(high, Cell::of(NAN));
    return true;
  }
  if (value.kind == Kind::List) {  // its items may be what no property holds
    const ListData none{0, nullptr};
    put_key(low, Cell::of(&none));
  } else if (ordered_property_kinds().may_be(value.kind)) {
    put_key(low, value);
  } else {
    return false;
  }
  low.resize(1);
  high = low;
  return next_after_prefix(high);
}

// `key` becomes the least string of bytes above all that begin with it.
bool step_over(std::string& key) { return next_after_prefix(key); }

void set_bounds(const IndexRange& range, KeyBounds& bounds, const std::string& equal) {
  const IndexRange::Bound& any = range.lower ? *range.lower : *range.upper;
  std::string low, high;
  if (!section_of(any.value, low, high)) {
    bounds.nothing = true;
    return;
  }
  if (range.lower && range.upper) {
    std::string other_low, other_high;
    if (!section_of(range.upper->value, other_low, other_high) || other_low[0] != low[0]) {
      bounds.nothing = true;  // greater than a value of one type and less than one of another
      return;
    }
  }
  bounds.low = equal + low;
  bounds.high = equal + high;
  bounds.has_high = true;
  if (any.value.kind == Kind::List) {
    bounds.compare_lists = true;
    return;
  }
  if (range.lower) {
    bounds.low = equal;
    put_key(bounds.low, range.lower->value);
    if (!range.lower->inclusive && !step_over(bounds.low)) bounds.nothing = true;
  }
  if (range.upper) {
    bounds.high = equal;
    put_key(bounds.high, range.upper->value);
    if (range.upper->inclusive) bounds.has_high = step_over(bounds.high);
  }
}

}  // namespace

bool equal_key(std::span<const Cell> values, std::string& key) {
  for (const Cell& value : values) {
    if (value.kind == Kind::Integer || value.kind == Kind::String) {  // equal to themselves
      put_key(key, value);
      continue;
    }
    if (!can_be_property(value) || equals(value, value) != Truth::True) return false;
    put_key(key, value);
  }
  return true;
}

void bounds_of(const IndexRange& range, KeyBounds& bounds) {
  bounds.low.clear();
  bounds.high.clear();
  bounds.has_high = bounds.nothing = bounds.compare_lists = false;
  if (!equal_key(range.equal, bounds.low)) {
    bounds.nothing = true;
    return;
  }
  if (range.lower || range.upper) {
    const std::string equal = bounds.low;
    return set_bounds(range, bounds, equal);
  }
  if (range.prefix) put_key_prefix(bounds.low, *range.prefix);
  bounds.high = bounds.low;
  bounds.has_high = step_over(bounds.high);
}

bool within(const IndexRange& range, const Cell& value) {
  using Result = Comparison::Result;
  if (range.lower) {
    const Result by = compare(value, range.lower->value).result;
    if (by != Result::Greater && !(by == Result::Equal && range.lower->inclusive)) return false;
  }
  if (range.upper) {
    const Result by = compare(value, range.upper->value).result;
    if (by != Result::Less && !(by == Result::Equal && range.upper->inclusive)) return false;
  }
  return true;
}

void entry_bounds(const KeyBounds& bounds, std::string& low, std::string& high) {
  low = bounds.low;
  cut_key(low);
  high.clear();
  if (!bounds.has_high) return;
  high = bounds.high;
  // A cut key that the bound begins with may be of a value below it.
  if (high.size() > kCutKeyBytes) {
    cut_key(high);
    if (!next_after_prefix(high)) high.clear();
  }
}

}  // namespace kith::storage
