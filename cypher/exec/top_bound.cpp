// cypher/exec/top_bound.cpp: first keys against the last one that is good enough.
#include "cypher/exec/top_bound.hpp"

#include <string_view>

#include "core/assert.hpp"
#include "core/compare.hpp"
#include "cypher/exec/select_rows.hpp"

namespace kith::exec {

namespace {

// How the values of a vector compare.
template <class T>
struct AsIs {
  using Stored = T;
  T operator()(T value) const { return value; }
};
struct AsText {
  using Stored = Cell;
  std::string_view operator()(const Cell& cell) const { return cell.string(); }
};

}  // namespace

void TopBound::reset() {
  const std::lock_guard lock(mutex_);
  version_.store(0, std::memory_order_release);
  key_ = {};
}

void TopBound::offer(const Cell& key) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t version = version_.load(std::memory_order_relaxed);
  if (version != 0) {
    const auto than_known = order(key, key_.cell());
    if (ascending_ ? than_known >= 0 : than_known <= 0) return;
  }
  key_ = OwnedCell(key);
  version_.store(version + 1, std::memory_order_release);
}

OwnedCell TopBound::key() const {
  const std::lock_guard lock(mutex_);
  return key_;
}

// Null is the greatest value.
bool TopBound::excludes(const Cell& minimum, const Cell& maximum, bool may_be_null) const {
  if (version() == 0) return false;
  const std::lock_guard lock(mutex_);
  if (ascending_) return order(minimum, key_.cell()) > 0;
  return order(maximum, key_.cell()) < 0 && (!may_be_null || maximum.is_null());
}

void FirstKeyTest::found(const Cell& key) {
  shared_.offer(key);
  const bool known = is_known();
  KITH_ASSERT(known);
  if (known && only_key_ && order(key, key_.cell()) == 0) strict_ = true;
}

bool FirstKeyTest::is_known() {
  const std::uint64_t version = shared_.version();
  if (version == version_) return known_;
  version_ = version;
  OwnedCell theirs = shared_.key();
  strict_ = strict_ && order(theirs.cell(), key_.cell()) == 0;
  key_ = std::move(theirs);
  known_ = true;
  return true;
}

bool FirstKeyTest::may_be_needed(const Cell& key) const {
  const Cell& bound = key_.cell();
  if (key.kind == bound.kind && (key.kind == Kind::Date || key.kind == Kind::LocalTime)) {
    if (key.word == bound.word) return !strict_;
    return (key.integer < bound.integer) == shared_.ascending();
  }
  const auto result = order(key, bound);
  if (result == 0) return !strict_;
  return shared_.ascending() ? result < 0 : result > 0;
}

// Null comes last, or first if descending; the bound is not null.
template <class T, class Value>
void FirstKeyTest::select_native(const Column& keys, std::uint32_t rows, T bound, Value value,
                                 std::vector<std::uint32_t>& kept) const {
  using Stored = typename Value::Stored;
  const auto run = [&](bool keep_nulls, auto test) {
    select_rows<Stored>(
        keys, rows, keep_nulls, [=](const Stored& stored) { return test(value(stored)); }, kept);
  };
  if (shared_.ascending()) {
    if (strict_) return run(false, [=](const T& v) { return v < bound; });
    return run(false, [=](const T& v) { return v <= bound; });
  }
  // Descending, NaN passes: it is greater than all numbers.
  if (strict_) return run(true, [=](const T& v) { return !(v <= bound); });
  run(true, [=](const T& v) { return !(v < bound); });
}

void FirstKeyTest::select(const Column& keys, std::uint32_t rows,
                          std::vector<std::uint32_t>& kept) const {
  KITH_ASSERT(known_);
  const Cell& key = key_.cell();
  const VectorType type = keys.vector->type();
  if (type == VectorType::Integer && key.kind == Kind::Integer)
    return select_native(keys, rows, key.integer, AsIs<std::int64_t>{}, kept);
  if (type == VectorType::Float && key.kind == Kind::Float && key.real == key.real)
    return select_native(keys, rows, key.real, AsIs<double>{}, kept);
  if (type == VectorType::Boolean && key.kind == Kind::Boolean) {
    const auto bound = static_cast<std::uint8_t>(key.word);
    return select_native(keys, rows, bound, AsIs<std::uint8_t>{}, kept);
  }
  if (type == VectorType::String && key.kind == Kind::String)
    return select_native(keys, rows, key.string(), AsText{}, kept);
  kept.clear();
  for (std::uint32_t i = 0; i < rows; ++i) {
    if (may_be_needed(keys.cell(i))) kept.push_back(i);
  }
}

}  // namespace kith::exec
